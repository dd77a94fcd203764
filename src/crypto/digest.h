/* SPDX-License-Identifier: Apache-2.0
 * Digests by OpenSSL.  MD5 only where nginx chose it (link signatures, names of cache files).  Any thread; a stream belongs to one. */
#ifndef SV_DIGEST_H
#define SV_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SV_DIGEST_SHA256_LENGTH 32
#define SV_DIGEST_MD5_LENGTH 16
#define SV_DIGEST_CACHE_PATH_SIZE 38         /* "c/29/" and 32 hex digits, and NUL */

void sv_digest_sha256(const void *data, size_t length, uint8_t out[static SV_DIGEST_SHA256_LENGTH]);
void sv_digest_md5(const void *data, size_t length, uint8_t out[static SV_DIGEST_MD5_LENGTH]);

/* SHA-256 in pieces: new, add as often as needed, finish once, free. */
struct sv_digest;
struct sv_digest *sv_digest_new(void);
void sv_digest_add(struct sv_digest *digest, const void *data, size_t length);
void sv_digest_finish(struct sv_digest *digest, uint8_t out[static SV_DIGEST_SHA256_LENGTH]);
void sv_digest_free(struct sv_digest *digest);

/* Where nginx keeps the answer with this cache key below its cache folder, with levels=1:2.  Returns `out`. */
char *sv_digest_cache_path(struct sv_text key, char out[static SV_DIGEST_CACHE_PATH_SIZE]);

#endif
