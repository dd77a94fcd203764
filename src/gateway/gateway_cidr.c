/* SPDX-License-Identifier: Apache-2.0
 * See gateway_cidr.h. */
#include "gateway_cidr.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>

#include "errors.h"

/* A set bit behind the prefix is a slip more often than a wish: 10.1.2.3/8 could mean the host or the network. */
static bool
host_bits_clear(const uint8_t *bytes, size_t count, uint64_t prefix)
{
	for (size_t bit = prefix; bit < count * 8; bit++)
		if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return false;
	return true;
}

int
sv_gateway_cidr_check(struct sv_text text)
{
	char address[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	bool has_prefix = memchr(text.data == NULL ? "" : text.data, '/', text.length) != NULL;
	struct sv_text host = sv_text_split(&text, '/');
	uint64_t prefix = 0;

	if (host.length == 0 || host.length >= sizeof address)
		return SV_EINVAL;
	memcpy(address, host.data, host.length);
	address[host.length] = '\0';
	size_t count = inet_pton(AF_INET, address, bytes) == 1 ? 4 : inet_pton(AF_INET6, address, bytes) == 1 ? 16 : 0;
	if (count == 0)
		return SV_EINVAL;
	if (!has_prefix)
		return 0;
	if (text.length > 3 || sv_text_to_u64(text, &prefix) != 0 || prefix > count * 8)
		return SV_EINVAL;
	return host_bits_clear(bytes, count, prefix) ? 0 : SV_EINVAL;
}

int
sv_gateway_cidr_each(const char *list, const char *before, const char *after, struct sv_buffer *out, char *why, size_t why_size)
{
	struct sv_text rest = sv_text_trim(sv_text_of(list));

	while (rest.length > 0) {
		struct sv_text range = sv_text_trim(sv_text_split(&rest, ','));

		if (sv_gateway_cidr_check(range) != 0) {
			(void)snprintf(why, why_size, "SV_TRUSTED_PROXIES: '%.*s' is not an address or a range such as 203.0.113.0/24 or 2001:db8::/32",
			    (int)(range.length > 60 ? 60 : range.length), range.data == NULL ? "" : range.data);
			return SV_ECONFIG;
		}
		sv_buffer_text(out, before);
		sv_buffer_append(out, range.data, range.length);
		sv_buffer_text(out, after);
	}
	return 0;
}
