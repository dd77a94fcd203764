/* SPDX-License-Identifier: Apache-2.0
 * The private Redis: unix socket only, no port, a 0700 folder, nothing evicted. */
#ifndef SV_REDIS_PRIVATE_H
#define SV_REDIS_PRIVATE_H

#include <stddef.h>
#include <sys/types.h>

#include "settings.h"

#define SV_REDIS_PRIVATE_ARGUMENTS 4

/* Write STATE/redis/redis.conf and fill argv (pointers to memory that lives as long as the process).  0 or SV_E* with one line. */
int sv_redis_private_prepare(const struct sv_settings *settings, uid_t uid, gid_t gid, const char *arguments[static SV_REDIS_PRIVATE_ARGUMENTS],
    char *why, size_t why_size);

#endif
