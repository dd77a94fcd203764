/* SPDX-License-Identifier: Apache-2.0
 * Signed stream links: who may fetch which file, until when, how fast.
 *   md5 = base64url(MD5("expires|file|client|tier|play|v|secret")), without padding, as nginx's secure_link computes it
 * No field can hold the separator, and the secret stands last, so fields cannot be shifted or appended to.
 * Pure; any thread. */
#ifndef SV_LINK_H
#define SV_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "text.h"

#define SV_LINK_MD5_LENGTH 22
#define SV_LINK_CLIENT_SIZE 20      /* "4:255.255.255.255" or "6:" and 16 hex digits, and NUL */

enum sv_link_tier { SV_LINK_TIER_NONE = 0, SV_LINK_TIER_GUEST, SV_LINK_TIER_MEMBER, SV_LINK_TIER_COUNT };

struct sv_link {
	struct sv_text file;             /* public id */
	struct sv_text play;             /* public id of the playback */
	struct sv_text client;           /* of sv_link_client_*; not part of the address */
	enum sv_link_tier tier;
	int64_t expires_unix_s;          /* 1 or later */
	uint64_t version;                /* of the file's content */
	struct sv_text md5;              /* as it came; ignored when signing */
};

/* "none", "guest", "member"; and back: SV_LINK_TIER_NONE for anything that is not guest or member. */
const char *sv_link_tier_name(enum sv_link_tier tier);
enum sv_link_tier sv_link_tier_from(struct sv_text name);

/* The client's key: "4:1.2.3.4", or "6:" and the /64 in hexadecimal; an IPv4-mapped address counts as IPv4.
 * 0 or SV_EINVAL (not an address, a zone id, a port or brackets; another family; then `out` is ""). */
int sv_link_client_from_text(struct sv_text address, char out[static SV_LINK_CLIENT_SIZE]);
struct sockaddr;
int sv_link_client_from_sockaddr(const struct sockaddr *address, char out[static SV_LINK_CLIENT_SIZE]);
/* Has the text the form that these two write? */
bool sv_link_client_valid(struct sv_text client);

/* The signature, NUL added.  0, or SV_EINVAL when a field has not its form or the secret is empty. */
int sv_link_sign(const struct sv_link *link, struct sv_text secret, char out[static SV_LINK_MD5_LENGTH + 1]);

/* "expires=...&tier=...&play=...&v=...&md5=...", signed; put it behind "/stream/FILE?" or "/download/FILE?".  0 or SV_EINVAL. */
int sv_link_write_query(const struct sv_link *link, struct sv_text secret, struct sv_buffer *out);

/* Read these arguments from a query, in any order.  Texts point into it; file and client are left as they are.  0, or SV_EINVAL when one
 * is missing, twice, or malformed.  Other arguments are passed over. */
int sv_link_parse_query(struct sv_text query, struct sv_link *link);

/* Does link->md5 fit the other members under one of the secrets (an empty one is none), in constant time?
 * 0, SV_EACCES (it does not), SV_EEXPIRED (it does, but its time is over). */
int sv_link_check(const struct sv_link *link, const struct sv_text *secrets, size_t secret_count, int64_t now_unix_s);

#endif
