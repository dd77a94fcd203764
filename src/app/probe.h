/* SPDX-License-Identifier: Apache-2.0
 * A blocking HTTP request to one of our own sockets, for commands and the ready check; a well-behaved peer is assumed, a
 * silent one times out.  Any thread. */
#ifndef SV_PROBE_H
#define SV_PROBE_H

#include "buffer.h"

/* GET `path` from `address`: a unix socket path (begins with '/'), or "HOST:PORT".  Returns the status (200), or SV_EUNAVAIL (nobody
 * listens), SV_ETIMEOUT, SV_EPROTO.  `body` (may be NULL) is appended to, at most its ceiling. */
int sv_probe_get(const char *address, const char *path, unsigned timeout_ms, struct sv_buffer *body);

#endif
