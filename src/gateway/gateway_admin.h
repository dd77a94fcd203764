/* SPDX-License-Identifier: Apache-2.0
 * The gateway's own HTTP on SV_PATH_GATEWAY_SOCKET: /healthz, /metrics, POST /purge/FILE/VERSION?size=BYTES.  Belongs to its loop. */
#ifndef SV_GATEWAY_ADMIN_H
#define SV_GATEWAY_ADMIN_H

#include <stdbool.h>

#include "loop.h"
#include "settings.h"

struct sv_gateway_admin;

/* `*alive` says what /healthz answers; settings and alive are borrowed until the end.  0 or SV_E*. */
int sv_gateway_admin_open(struct sv_loop *loop, const struct sv_settings *settings, const bool *alive, struct sv_gateway_admin **ret_admin);
/* Accepts NULL. */
void sv_gateway_admin_close(struct sv_gateway_admin *admin);

#endif
