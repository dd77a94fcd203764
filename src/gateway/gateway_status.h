/* SPDX-License-Identifier: Apache-2.0
 * nginx's stub_status on its internal socket. */
#ifndef SV_GATEWAY_STATUS_H
#define SV_GATEWAY_STATUS_H

#include <stdint.h>

#include "text.h"

/* The open connections in a whole HTTP answer of stub_status.  0 or SV_EPROTO.  Pure. */
int sv_gateway_status_parse(struct sv_text answer, uint64_t *ret_connections);

/* Ask.  Blocks for 2 s at most; for the pool.  0 or SV_E*. */
int sv_gateway_status_read(const char *socket_path, uint64_t *ret_connections);

#endif
