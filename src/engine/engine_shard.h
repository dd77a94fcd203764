/* SPDX-License-Identifier: Apache-2.0
 * One loop of the engine: an HTTP server, a stream and the films it knows; nothing is shared with the other loops but what `env`
 * points to, which only says yes or no. */
#ifndef SV_ENGINE_SHARD_H
#define SV_ENGINE_SHARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine_films.h"
#include "http_server.h"
#include "stream.h"

struct sv_engine_shard;

struct sv_engine_shard_options {
	const char *unix_path;           /* of the HTTP server; borrowed for the call */
	struct sv_stream_options stream;
	uint64_t guest_rate;             /* bytes a second; sizes the read-ahead of guests */
	struct sv_engine_finder finder;
	uint64_t fresh_ms;               /* 0: 1,000 */
	const atomic_bool *draining;     /* /readyz answers 503 while it is true; NULL: never */
};

int sv_engine_shard_open(struct sv_loop *loop, const struct sv_engine_shard_options *options, struct sv_engine_shard **ret_shard);
/* Stop accepting, finish what is being sent within limit_ms; then `done` runs once. */
void sv_engine_shard_drain(struct sv_engine_shard *shard, uint64_t limit_ms, sv_loop_fn *done, void *context);
/* Cut what is left.  Accepts NULL. */
void sv_engine_shard_close(struct sv_engine_shard *shard);
/* The viewer of this playback has left. */
void sv_engine_shard_gone(struct sv_engine_shard *shard, struct sv_text play);
struct sv_stream *sv_engine_shard_stream(struct sv_engine_shard *shard);

#endif
