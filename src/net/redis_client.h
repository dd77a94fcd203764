/* SPDX-License-Identifier: Apache-2.0
 * Redis on the loop (hiredis): one connection, reconnecting with back-off, scripts loaded again by themselves. */
#ifndef SV_REDIS_CLIENT_H
#define SV_REDIS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

struct sv_redis;
struct sv_redis_call;

enum sv_redis_kind { SV_REDIS_NIL = 0, SV_REDIS_TEXT, SV_REDIS_INTEGER, SV_REDIS_ARRAY, SV_REDIS_ERROR };
struct sv_redis_value {
	enum sv_redis_kind kind;
	const char *text;                      /* TEXT, ERROR: length bytes, NUL added */
	size_t length;
	int64_t integer;
	const struct sv_redis_value *items;    /* ARRAY: `length` of them */
};

/* rc 0: `value` holds the reply (borrowed for the call; an error reply of Redis is rc SV_EPROTO with value set).
 * SV_EUNAVAIL: not connected, or the connection was lost (the command may have been carried out); SV_ETIMEOUT: no reply in time (a late one
 * is dropped). */
typedef void sv_redis_fn(void *context, int rc, const struct sv_redis_value *value);

/* `address`: "unix:PATH" or "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]".  Connects in the background; commands issued while not connected wait up to
 * timeout_ms (0: 2,000) for the connection, then fail with SV_EUNAVAIL. */
int sv_redis_open(struct sv_loop *loop, const char *address, uint64_t timeout_ms, struct sv_redis **ret_redis);
/* Outstanding calls end with SV_ECANCELED before this returns; their callbacks issue no new ones.  Accepts NULL. */
void sv_redis_close(struct sv_redis *redis);
bool sv_redis_up(const struct sv_redis *redis);

/* A command of `count` arguments; `lengths` NULL: C strings.  Arguments are copied.  Returns a handle for sv_redis_cancel, good until
 * `fn` runs (never from inside this call); at most 64 MiB of arguments. */
struct sv_redis_call *sv_redis_command(struct sv_redis *redis, const char *const *arguments, const size_t *lengths, size_t count, sv_redis_fn *fn,
    void *context);
/* A Lua script by its text (a static string): EVALSHA, and EVAL on NOSCRIPT.  The first `keys` of the arguments are
 * keys. */
struct sv_redis_call *sv_redis_script(struct sv_redis *redis, const char *script, const char *const *arguments, size_t count, size_t keys, sv_redis_fn *fn,
    void *context);
/* `fn` will not run; a command that was sent is carried out all the same.  Accepts NULL. */
void sv_redis_cancel(struct sv_redis_call *call);

#endif
