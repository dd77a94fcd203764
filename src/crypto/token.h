/* SPDX-License-Identifier: Apache-2.0
 * Signed tokens for what must travel through other hands: v1.KID.base64url(body).base64url(HMAC-SHA-256).
 * One algorithm, fixed; the body carries a purpose and an end of life, so a token for one thing is never good for another.
 * Pure; any thread. */
#ifndef SV_TOKEN_H
#define SV_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "text.h"

#define SV_TOKEN_KEY_LENGTH 32
#define SV_TOKEN_PAYLOAD_MAX 2048            /* bytes */

struct sv_token_key {
	char id[9];                          /* 1 to 8 letters and digits, NUL */
	uint8_t bytes[SV_TOKEN_KEY_LENGTH];
};

/* Append a token.  purpose: letters, digits, dashes (ours).  0, SV_ETOOBIG (payload), or the buffer's error. */
int sv_token_sign(const struct sv_token_key *key, const char *purpose, int64_t expires_unix_s, struct sv_text payload, struct sv_buffer *out);

/* Check a token with one of two or more keys (rotation).  Writes the payload and a NUL behind it.
 * Returns its length, SV_EACCES (not ours, another purpose, malformed), SV_EEXPIRED, SV_ENOSPC (cap too small). */
int sv_token_check(const struct sv_token_key *keys, size_t key_count, const char *purpose, struct sv_text token, int64_t now_unix_s,
    char *payload, size_t cap);

#endif
