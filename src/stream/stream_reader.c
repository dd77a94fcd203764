/* SPDX-License-Identifier: Apache-2.0
 * A reader holds one block at a time: the one its next byte is in, from the first take there to the last.  While it waits for
 * memory it holds nothing, so readers cannot lock each other out. */
#include "stream_reader.h"

#include <stdlib.h>

#include "alloc.h"
#include "block_cache.h"
#include "errors.h"
#include "metrics.h"
#include "sv_assert.h"

#define READER_MAGIC 0x53740005u

struct sv_stream_reader {
	unsigned magic;
	struct sv_stream *stream;
	struct sv_stream_file *file;
	struct sv_stream_reader_options options;
	uint64_t at;
	struct sv_block *block;
	unsigned had;                    /* pieces of the block that were ready when we came */
	struct sv_block_want want;
	struct sv_playback *playback;
	bool waiting;
	int failed;
};

static void
want_ready(void *context)
{
	struct sv_stream_reader *reader = context;

	SV_CHECK(reader, READER_MAGIC);
	if (!reader->waiting || sv_block_ready(reader->block, (size_t)(reader->at % SV_BLOCK_BYTES)) == 0)
		return;
	reader->waiting = false;
	reader->options.on_ready(reader->options.context);
}

static void
want_failed(void *context, int rc)
{
	struct sv_stream_reader *reader = context;

	SV_CHECK(reader, READER_MAGIC);
	reader->failed = rc;
	if (!reader->waiting)
		return;
	reader->waiting = false;
	reader->options.on_fail(reader->options.context, rc);
}

struct sv_stream_reader *
sv_stream_reader_open(struct sv_stream *stream, struct sv_stream_file *file, const struct sv_stream_reader_options *options)
{
	struct sv_stream_reader *reader = sv_xcalloc(1, sizeof *reader);
	struct sv_read_ahead_options ahead = {options->play, options->start, options->ahead_limit, options->ahead_blocks};

	sv_assert(options->start < options->end && options->end <= file->size_bytes);
	if (options->play.length == 0 && ahead.limit > options->end)
		ahead.limit = options->end;
	reader->magic = READER_MAGIC;
	reader->stream = stream;
	reader->file = sv_stream_file_ref(file);
	reader->options = *options;
	reader->options.play = (struct sv_text){NULL, 0};
	reader->at = options->start;
	reader->want = (struct sv_block_want){.on_ready = want_ready, .on_fail = want_failed, .context = reader};
	reader->playback = sv_read_ahead_open(stream, file, &ahead);
	sv_read_ahead_own(reader->playback, reader);
	return reader;
}

/* Where the part of the block that this reader needs ends, from the block's start. */
static size_t
end_in_block(const struct sv_stream_reader *reader)
{
	uint64_t end = reader->options.end - reader->block->index * SV_BLOCK_BYTES;

	return end < reader->block->length ? (size_t)end : reader->block->length;
}

static void
enter_block(struct sv_stream_reader *reader)
{
	size_t offset = (size_t)(reader->at % SV_BLOCK_BYTES);

	reader->block = sv_block_cache_get(reader->stream->cache, reader->file, reader->at / SV_BLOCK_BYTES);
	reader->had = reader->block->ready;
	sv_block_want_start(&reader->want, reader->block, sv_block_mask(offset, end_in_block(reader)));
	sv_metric_add(reader->want.block == NULL ? SV_METRIC_cache_hits : SV_METRIC_cache_misses, 0, 1);
}

static void
leave_block(struct sv_stream_reader *reader)
{
	struct sv_block *block = reader->block;

	if (block == NULL)
		return;
	reader->block = NULL;
	sv_block_want_cancel(&reader->want);
	sv_block_cache_put(block);
}

int
sv_stream_reader_take(struct sv_stream_reader *reader, size_t max, struct sv_stream_chunk *ret_chunk)
{
	SV_CHECK(reader, READER_MAGIC);
	sv_assert(max > 0);
	if (reader->at == reader->options.end)
		return 0;
	if (reader->block == NULL)
		enter_block(reader);
	size_t offset = (size_t)(reader->at % SV_BLOCK_BYTES), length = sv_block_ready(reader->block, offset);
	if (length == 0 && reader->failed != 0)
		return reader->failed;
	if (length == 0) {
		reader->waiting = true;
		return SV_EAGAIN;
	}
	size_t left = end_in_block(reader) - offset;
	length = length < left ? length : left;
	length = length < max ? length : max;
	unsigned piece = (unsigned)(offset / SV_BLOCK_PIECE_BYTES);
	sv_metric_add(SV_METRIC_stream_bytes, (reader->had & 1u << piece) != 0 ? SV_LABEL_CACHE : reader->block->origin[piece], (int64_t)length);
	*ret_chunk = (struct sv_stream_chunk){reader->block->memory->data + offset, length, sv_block_memory_ref(reader->block->memory)};
	reader->at += length;
	if (length == left)
		leave_block(reader);
	sv_read_ahead_advance(reader->playback, reader, reader->at);
	return 1;
}

void
sv_stream_reader_release(void *memory)
{
	sv_block_memory_unref(memory);
}

uint64_t
sv_stream_reader_taken(const struct sv_stream_reader *reader)
{
	SV_CHECK(reader, READER_MAGIC);
	return reader->at - reader->options.start;
}

void
sv_stream_reader_close(struct sv_stream_reader *reader)
{
	if (reader == NULL)
		return;
	SV_CHECK(reader, READER_MAGIC);
	leave_block(reader);
	sv_read_ahead_close(reader->playback, reader, reader->at < reader->options.end);
	sv_stream_file_unref(reader->file);
	reader->magic = 0;
	free(reader);
}
