/* SPDX-License-Identifier: Apache-2.0
 * Body: purpose '|' expires '|' payload.  The MAC covers everything before it, version and key id included, and is checked
 * before a byte of the body is read. */
#include "token.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "alloc.h"
#include "errors.h"
#include "sv_assert.h"

#define BODY_MAX (SV_TOKEN_PAYLOAD_MAX + 100)
#define MAC_LENGTH crypto_auth_hmacsha256_BYTES

static void
make_mac(const struct sv_token_key *key, struct sv_text text, uint8_t mac[static MAC_LENGTH])
{
	(void)crypto_auth_hmacsha256(mac, (const uint8_t *)text.data, text.length, key->bytes);
}

int
sv_token_sign(const struct sv_token_key *key, const char *purpose, int64_t expires_unix_s, struct sv_text payload, struct sv_buffer *out)
{
	char body[BODY_MAX] = "", encoded[BODY_MAX * 4 / 3 + 4] = "";
	uint8_t mac[MAC_LENGTH] = {0};
	size_t start = out->length;

	sv_assert(strchr(purpose, '|') == NULL && strlen(purpose) < 64 && key->id[0] != '\0');
	if (payload.length > SV_TOKEN_PAYLOAD_MAX)
		return SV_ETOOBIG;
	int head = snprintf(body, sizeof body, "%s|%" PRId64 "|", purpose, expires_unix_s);
	sv_assert(head > 0 && (size_t)head + payload.length <= sizeof body);
	if (payload.length > 0)
		memcpy(body + head, payload.data, payload.length);
	(void)sv_base64url_encode(body, (size_t)head + payload.length, encoded);
	sv_buffer_printf(out, "v1.%s.%s", key->id, encoded);
	sv_wipe(body, sizeof body);
	if (sv_buffer_error(out) != 0)
		return sv_buffer_error(out);
	make_mac(key, (struct sv_text){(const char *)out->data + start, out->length - start}, mac);
	(void)sv_base64url_encode(mac, sizeof mac, encoded);
	sv_buffer_printf(out, ".%s", encoded);
	return sv_buffer_error(out);
}

/* The body of a token whose MAC is right; its length or SV_EACCES. */
static int
open_token(const struct sv_token_key *keys, size_t key_count, struct sv_text token, uint8_t body[static BODY_MAX])
{
	struct sv_text left = token;
	struct sv_text version = sv_text_split(&left, '.'), id = sv_text_split(&left, '.'), encoded = sv_text_split(&left, '.');
	uint8_t mac[MAC_LENGTH] = {0}, right[MAC_LENGTH] = {0};

	if (!sv_text_is(version, "v1") || left.data == NULL || sv_base64url_decode(left, mac, sizeof mac) != (int)sizeof mac)
		return SV_EACCES;
	for (size_t i = 0; i < key_count; i++) {
		if (!sv_text_is(id, keys[i].id))
			continue;
		make_mac(&keys[i], (struct sv_text){token.data, (size_t)(left.data - 1 - token.data)}, right);
		if (sodium_memcmp(mac, right, sizeof mac) != 0)
			continue;
		int length = sv_base64url_decode(encoded, body, BODY_MAX);
		return length < 0 ? SV_EACCES : length;
	}
	return SV_EACCES;
}

int
sv_token_check(const struct sv_token_key *keys, size_t key_count, const char *purpose, struct sv_text token, int64_t now_unix_s,
    char *payload, size_t cap)
{
	uint8_t body[BODY_MAX] = {0};
	uint64_t expires = 0;
	int rc = open_token(keys, key_count, token, body);

	if (rc < 0)
		return rc;
	struct sv_text left = {(const char *)body, (size_t)rc};
	struct sv_text purpose_text = sv_text_split(&left, '|'), expires_text = sv_text_split(&left, '|');
	if (left.data == NULL || !sv_text_is(purpose_text, purpose) || sv_text_to_u64(expires_text, &expires) != 0)
		rc = SV_EACCES;
	else if (now_unix_s < 0 || expires < (uint64_t)now_unix_s)
		rc = SV_EEXPIRED;
	else if (left.length >= cap)
		rc = SV_ENOSPC;
	else {
		memcpy(payload, left.data, left.length);
		payload[left.length] = '\0';
		rc = (int)left.length;
	}
	sv_wipe(body, sizeof body);
	return rc;
}
