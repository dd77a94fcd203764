/* SPDX-License-Identifier: Apache-2.0
 * One attempt at a connection to Redis and its life: resolve, connect, bytes out, replies in.  Who uses it decides what to do when it
 * ends; a new attempt is a new link. */
#ifndef SV_REDIS_LINK_H
#define SV_REDIS_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "loop.h"
#include "redis_address.h"
#include "redis_client.h"

struct sv_redis_link;

/* None runs from inside a call on the link, except that sv_redis_link_close may be called from inside each.
 *   on_open   connected
 *   on_reply  one reply, borrowed for the call
 *   on_lost   it is over, why: static text; close it */
struct sv_redis_link_events {
	void (*on_open)(void *context);
	void (*on_reply)(void *context, const struct sv_redis_value *value);
	void (*on_lost)(void *context, const char *why);
	void *context;
};

struct sv_redis_link *sv_redis_link_open(struct sv_loop *loop, const struct sv_redis_address *address, const struct sv_redis_link_events *events);
/* Silence.  Accepts NULL. */
void sv_redis_link_close(struct sv_redis_link *link);
/* Two pieces of one command, copied.  Only after on_open. */
void sv_redis_link_send(struct sv_redis_link *link, const struct sv_buffer *head, const struct sv_buffer *rest);

#endif
