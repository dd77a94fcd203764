/* SPDX-License-Identifier: Apache-2.0
 * The parts of one loop's stream, and the tick that looks after their limits. */
#include "stream.h"

#include <stdlib.h>

#include "alloc.h"
#include "block_cache.h"
#include "stream_private.h"
#include "sv_assert.h"

#define BUDGET_LEAST ((uint64_t)4 << 20)

static void
tick(void *context)
{
	struct sv_stream *stream = context;
	uint64_t now_ms = sv_loop_now_ms(stream->loop);

	SV_CHECK(stream, SV_STREAM_MAGIC);
	sv_read_ahead_tick(stream, now_ms, false);
	sv_block_cache_tick(stream->cache, now_ms);
	sv_stream_file_tick(stream, now_ms);
}

static void
preset(uint64_t *option, uint64_t value)
{
	if (*option == 0)
		*option = value;
}

struct sv_stream *
sv_stream_new(struct sv_loop *loop, const struct sv_stream_options *options)
{
	struct sv_stream *stream = sv_xcalloc(1, sizeof *stream);

	stream->magic = SV_STREAM_MAGIC;
	stream->loop = loop;
	stream->options = *options;
	if (stream->options.budget_bytes < BUDGET_LEAST)
		stream->options.budget_bytes = BUDGET_LEAST;
	preset(&stream->options.stall_ms, 10000);
	preset(&stream->options.cooldown_ms, 30000);
	preset(&stream->options.playback_idle_ms, 30000);
	preset(&stream->options.block_idle_ms, 300000);
	preset(&stream->options.source_idle_ms, 60000);
	preset(&stream->options.tick_ms, 1000);
	if (stream->options.sources_max == 0)
		stream->options.sources_max = 256;
	sv_list_init(&stream->sources);
	sv_list_init(&stream->playbacks);
	for (unsigned i = 0; i < SV_PLAYBACK_BUCKETS; i++)
		sv_list_init(&stream->playback_buckets[i]);
	stream->cache = sv_block_cache_new(stream);
	stream->tick = sv_timer_start(loop, stream->options.tick_ms, stream->options.tick_ms, tick, stream);
	return stream;
}

void
sv_stream_free(struct sv_stream *stream)
{
	if (stream == NULL)
		return;
	SV_CHECK(stream, SV_STREAM_MAGIC);
	sv_timer_cancel(stream->tick);
	sv_read_ahead_tick(stream, 0, true);
	sv_assert(stream->playback_count == 0);
	sv_block_cache_free(stream->cache);
	sv_assert(stream->files == 0 && stream->source_count == 0);
	stream->magic = 0;
	free(stream);
}

void
sv_stream_look(const struct sv_stream *stream, struct sv_stream_usage *ret_usage)
{
	SV_CHECK(stream, SV_STREAM_MAGIC);
	sv_block_cache_look(stream->cache, ret_usage);
	ret_usage->playbacks = stream->playback_count;
	ret_usage->sources = stream->source_count;
}

void
sv_stream_trim(struct sv_stream *stream)
{
	SV_CHECK(stream, SV_STREAM_MAGIC);
	sv_block_cache_trim(stream->cache);
}
