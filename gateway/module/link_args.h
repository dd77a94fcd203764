/* SPDX-License-Identifier: Apache-2.0
 * The arguments of a signed link, read strictly: `expires`, `tier`, `play`, `v` and `md5`, each exactly once, in any order,
 * lower-case, never percent-encoded, and nothing else.  One spelling per meaning keeps cache keys and logs honest.
 * Plain C without nginx or allocation, so that it can be tested and fuzzed alone. */
#ifndef SV_LINK_ARGS_H
#define SV_LINK_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SV_LINK_ID_LENGTH 12
#define SV_LINK_MAC_LENGTH 16

/* Points into the query that was parsed. */
struct sv_link_field {
	const char *data;
	size_t length;
};

struct sv_link_args {
	struct sv_link_field expires, tier, play, v, md5;
	uint64_t expires_unix_s;
	bool member;                     /* tier is "member", otherwise "guest" */
	uint8_t mac[SV_LINK_MAC_LENGTH]; /* md5, decoded */
};

/* Read a query string (what follows the `?`; not NUL-terminated).  Returns false, and leaves `ret_args` alone, unless every
 * argument is there and well formed: expires and v are decimal, at most 18 digits, without leading zeros; play is a public id;
 * md5 is 22 characters of base64url in canonical form.  Pure; any thread. */
bool sv_link_args_parse(const char *query, size_t length, struct sv_link_args *ret_args);

/* 12 characters of [A-Za-z0-9_-]: the form of every public id. */
bool sv_link_args_is_id(const char *text, size_t length);

#endif
