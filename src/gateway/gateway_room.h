/* SPDX-License-Identifier: Apache-2.0
 * A full cache disk.  nginx cuts a viewer whose slice it cannot store, so storing ends before that: slices then pass through, what is
 * cached stays in use, and storing begins again when there is room.  The switch is a file that nginx looks for at each request; off means
 * it is gone, because removing works on a full disk and creating may not. */
#ifndef SV_GATEWAY_ROOM_H
#define SV_GATEWAY_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

/* The file, below SV_PATH_NGINX. */
#define SV_GATEWAY_ROOM_FILE "store-slices"

/* Bytes free for us and in all on the file system of `path`.  Blocking; any thread.  0 or SV_E*. */
int sv_gateway_room_measure(const char *path, uint64_t *ret_free, uint64_t *ret_total);

/* Should slices be stored, when they are (or are not) now?  Between two marks things stay as they are.  Pure. */
bool sv_gateway_room_decide(bool storing, uint64_t free_bytes, uint64_t total_bytes);

/* Make it so.  0 or SV_E*. */
int sv_gateway_room_set(const struct sv_settings *settings, bool storing);

#endif
