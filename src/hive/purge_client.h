/* SPDX-License-Identifier: Apache-2.0
 * Asking a running gateway to drop the slices of a content version.  Blocking, a few seconds at most; any thread. */
#ifndef SV_PURGE_CLIENT_H
#define SV_PURGE_CLIENT_H

#include <stdint.h>

#include "settings.h"

/* 0: the gateway did it; SV_EUNAVAIL: none runs (nothing is lost: the version in the cache key keeps the old bytes from being served, and they age
 * out); SV_ETIMEOUT, SV_EPROTO: it answered late or badly. */
int sv_purge_request(const struct sv_settings *settings, const char *file, uint64_t version, uint64_t size_bytes);

#endif
