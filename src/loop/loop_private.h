/* SPDX-License-Identifier: Apache-2.0
 * What the files of this folder share and nobody else needs. */
#ifndef SV_LOOP_PRIVATE_H
#define SV_LOOP_PRIVATE_H

#include "loop.h"

/* sv_loop_free goes on turning the loop until every owed thing was paid: killed children that are not reaped yet. */
void sv_loop_owe(struct sv_loop *loop);
void sv_loop_pay(struct sv_loop *loop);

/* Run what was posted, and wait for what is owed; says whether there was anything.  Not while the loop runs. */
bool sv_loop_settle(struct sv_loop *loop);

/* Tell libuv the size of its pool before the pool starts, unless the program chose one. */
void sv_offload_pool_default(void);

#endif
