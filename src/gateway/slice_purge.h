/* SPDX-License-Identifier: Apache-2.0
 * Removing a file's slices from nginx's cache, by the names nginx gives them: md5 of the cache key "file/version" and slice range, laid out
 * as levels=1:2.  Only space is won by it: the version in the key already keeps old bytes from being served.  nginx notices removed
 * files by itself, and senders that have one open finish rightly.  Blocking; any thread. */
#ifndef SV_SLICE_PURGE_H
#define SV_SLICE_PURGE_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "text.h"

#define SV_SLICE_PURGE_SLICES_MAX (UINT64_C(1) << 23)

/* Where nginx keeps slice number `slice` of a file's version, below the cache folder. */
void sv_slice_purge_name(struct sv_text file, uint64_t version, uint64_t slice, uint64_t slice_size, char out[static SV_DIGEST_CACHE_PATH_SIZE]);

/* Remove all slices of a file of `size` bytes.  0 with how many there were, SV_EINVAL (`file` is no public id), SV_ERANGE (more slices than
 * SV_SLICE_PURGE_SLICES_MAX) or an SV_E* of the first removal that failed (the others are still tried). */
int sv_slice_purge_run(const char *cache, struct sv_text file, uint64_t version, uint64_t size, uint64_t slice_size, uint64_t *ret_slices);

#endif
