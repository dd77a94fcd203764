/* SPDX-License-Identifier: Apache-2.0
 * MD5 is nginx's choice; the link stays a sound MAC because the secret comes last and is long and random. */
#include "link.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/socket.h>

#include "alloc.h"
#include "digest.h"
#include "errors.h"
#include "random.h"

#define SIGNED_MAX 512

static const char *const tier_names[SV_LINK_TIER_COUNT] = {"none", "guest", "member"};

const char *
sv_link_tier_name(enum sv_link_tier tier)
{
	return tier_names[tier < SV_LINK_TIER_COUNT ? tier : SV_LINK_TIER_NONE];
}

enum sv_link_tier
sv_link_tier_from(struct sv_text name)
{
	if (sv_text_is(name, "guest"))
		return SV_LINK_TIER_GUEST;
	return sv_text_is(name, "member") ? SV_LINK_TIER_MEMBER : SV_LINK_TIER_NONE;
}

static int
client_from_v4(const uint8_t bytes[static 4], char out[static SV_LINK_CLIENT_SIZE])
{
	(void)snprintf(out, SV_LINK_CLIENT_SIZE, "4:%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
	return 0;
}

static int
client_from_v6(const uint8_t bytes[static 16], char out[static SV_LINK_CLIENT_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(bytes, mapped, sizeof mapped) == 0)
		return client_from_v4(bytes + 12, out);
	out[0] = '6';
	out[1] = ':';
	sv_hex_encode(bytes, 8, out + 2);
	return 0;
}

int
sv_link_client_from_text(struct sv_text address, char out[static SV_LINK_CLIENT_SIZE])
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t bytes[16] = {0};

	out[0] = '\0';
	if (address.length == 0 || address.length >= sizeof text || memchr(address.data, '\0', address.length) != NULL)
		return SV_EINVAL;
	memcpy(text, address.data, address.length);
	if (inet_pton(AF_INET, text, bytes) == 1)
		return client_from_v4(bytes, out);
	/* inet_pton knows no zone ids, so they are refused here */
	return inet_pton(AF_INET6, text, bytes) == 1 ? client_from_v6(bytes, out) : SV_EINVAL;
}

int
sv_link_client_from_sockaddr(const struct sockaddr *address, char out[static SV_LINK_CLIENT_SIZE])
{
	out[0] = '\0';
	if (address->sa_family == AF_INET)
		return client_from_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr, out);
	if (address->sa_family == AF_INET6)
		return client_from_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr, out);
	return SV_EINVAL;
}

bool
sv_link_client_valid(struct sv_text client)
{
	char key[SV_LINK_CLIENT_SIZE] = "";

	if (sv_text_starts(client, "4:"))
		return sv_link_client_from_text((struct sv_text){client.data + 2, client.length - 2}, key) == 0 && sv_text_is(client, key);
	if (!sv_text_starts(client, "6:") || client.length != 18)
		return false;
	for (size_t i = 2; i < client.length; i++)
		if (client.data[i] == '\0' || strchr("0123456789abcdef", client.data[i]) == NULL)
			return false;
	return true;
}

int
sv_link_sign(const struct sv_link *link, struct sv_text secret, char out[static SV_LINK_MD5_LENGTH + 1])
{
	char text[SIGNED_MAX];
	uint8_t digest[SV_DIGEST_MD5_LENGTH] = {0};

	if (!sv_random_id_valid(link->file) || !sv_random_id_valid(link->play) || !sv_link_client_valid(link->client) ||
	    link->tier <= SV_LINK_TIER_NONE || link->tier >= SV_LINK_TIER_COUNT || link->expires_unix_s < 1 || secret.length == 0)
		return SV_EINVAL;
	int length = snprintf(text, sizeof text, "%" PRId64 "|%.*s|%.*s|%s|%.*s|%" PRIu64 "|%.*s", link->expires_unix_s, SV_TEXT_ARG(link->file),
	    SV_TEXT_ARG(link->client), tier_names[link->tier], SV_TEXT_ARG(link->play), link->version, SV_TEXT_ARG(secret));
	bool fits = length > 0 && (size_t)length < sizeof text;
	if (fits) {
		sv_digest_md5(text, (size_t)length, digest);
		(void)sv_base64url_encode(digest, sizeof digest, out);
	}
	sv_wipe(text, sizeof text);
	return fits ? 0 : SV_EINVAL;
}

int
sv_link_write_query(const struct sv_link *link, struct sv_text secret, struct sv_buffer *out)
{
	char md5[SV_LINK_MD5_LENGTH + 1] = "";
	int rc = sv_link_sign(link, secret, md5);

	if (rc == 0)
		sv_buffer_printf(out, "expires=%" PRId64 "&tier=%s&play=%.*s&v=%" PRIu64 "&md5=%s", link->expires_unix_s, tier_names[link->tier],
		    SV_TEXT_ARG(link->play), link->version, md5);
	return rc;
}

/* Canonical decimal only, so that each link has one spelling. */
static bool
take_number(struct sv_text text, uint64_t max, uint64_t *ret_value)
{
	return (text.length == 1 || !sv_text_starts(text, "0")) && sv_text_to_u64(text, ret_value) == 0 && *ret_value <= max;
}

int
sv_link_parse_query(struct sv_text query, struct sv_link *link)
{
	enum { EXPIRES, TIER, PLAY, VERSION, MD5, COUNT };
	static const char *const names[COUNT] = {"expires", "tier", "play", "v", "md5"};
	struct sv_text found[COUNT] = {{NULL, 0}};
	uint64_t expires = 0;

	while (query.data != NULL) {
		struct sv_text value = sv_text_split(&query, '&');
		struct sv_text name = sv_text_split(&value, '=');
		for (size_t i = 0; i < COUNT; i++) {
			if (!sv_text_is(name, names[i]))
				continue;
			if (found[i].data != NULL || value.data == NULL)
				return SV_EINVAL;
			found[i] = value;
		}
	}
	if (!take_number(found[EXPIRES], INT64_MAX, &expires) || expires == 0 || !take_number(found[VERSION], UINT64_MAX, &link->version) ||
	    !sv_random_id_valid(found[PLAY]) || found[MD5].length != SV_LINK_MD5_LENGTH || sv_link_tier_from(found[TIER]) == SV_LINK_TIER_NONE)
		return SV_EINVAL;
	link->expires_unix_s = (int64_t)expires;
	link->tier = sv_link_tier_from(found[TIER]);
	link->play = found[PLAY];
	link->md5 = found[MD5];
	return 0;
}

int
sv_link_check(const struct sv_link *link, const struct sv_text *secrets, size_t secret_count, int64_t now_unix_s)
{
	char right[SV_LINK_MD5_LENGTH + 1] = "";
	unsigned good = 0;

	if (link->md5.length != SV_LINK_MD5_LENGTH)
		return SV_EACCES;
	for (size_t i = 0; i < secret_count; i++)
		if (secrets[i].length > 0 && sv_link_sign(link, secrets[i], right) == 0)
			good |= CRYPTO_memcmp(right, link->md5.data, SV_LINK_MD5_LENGTH) == 0;
	sv_wipe(right, sizeof right);
	if (good == 0)
		return SV_EACCES;
	return link->expires_unix_s < now_unix_s ? SV_EEXPIRED : 0;
}
