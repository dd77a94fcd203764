/* SPDX-License-Identifier: Apache-2.0
 * What the files of this folder share and nobody else needs. */
#ifndef SV_LOOP_PRIVATE_H
#define SV_LOOP_PRIVATE_H

#include "loop.h"

/* sv_loop_free goes on turning the loop until every owed thing was paid: killed children that are not reaped yet. */
void sv_loop_owe(struct sv_loop *loop);
void sv_loop_pay(struct sv_loop *loop);

/* Tell libuv the size of its pool before the pool starts, unless the program chose one. */
void sv_offload_pool_default(void);

/* Bind a unix socket of the given type: an old socket at `path` is replaced, anything else there is left alone (SV_EBUSY).  Non-blocking,
 * close-on-exec, with exactly `mode`.  Returns the descriptor or SV_E*. */
int sv_unix_socket_bind(const char *path, int type, unsigned mode);

#endif
