/* SPDX-License-Identifier: Apache-2.0
 * A loop, a stream, a film and viewers for the tests of this folder. */
#ifndef STREAM_BENCH_H
#define STREAM_BENCH_H

#include "fault_source.h"

#include "block_cache.h"
#include "crc.h"
#include "metrics.h"
#include "stream_reader.h"

#define MIB ((uint64_t)1 << 20)

struct bench {
	struct sv_loop *loop;
	struct sv_stream *stream;
};

static inline void
bench_open(struct bench *bench, struct sv_stream_options options)
{
	bench->loop = sv_loop_new();
	bench->stream = sv_stream_new(bench->loop, &options);
}

struct turns {
	struct sv_loop *loop;
	unsigned left;
	bool done;
};

static inline void
turn(void *context)
{
	struct turns *turns = context;

	if (--turns->left == 0)
		turns->done = true;
	else
		sv_loop_post(turns->loop, turn, turns);
}

/* Let everything happen that needs no clock. */
static inline void
bench_settle(struct bench *bench)
{
	struct turns turns = {bench->loop, 400, false};

	sv_loop_post(bench->loop, turn, &turns);
	sv_loop_run_until(bench->loop, &turns.done);
}

static inline void
bench_close(struct bench *bench)
{
	struct sv_stream_usage usage;

	bench_settle(bench);
	sv_stream_look(bench->stream, &usage);
	assert_int_equal(usage.fetches, 0);
	assert_int_equal(usage.starving, 0);
	sv_stream_free(bench->stream);
	sv_loop_free(bench->loop);
	/* memory that queued writes or late reads held is back as well */
	assert_int_equal(sv_metric_get(SV_METRIC_cache_bytes, 0), 0);
}

static inline struct sv_stream_usage
bench_look(struct bench *bench)
{
	struct sv_stream_usage usage;

	sv_stream_look(bench->stream, &usage);
	return usage;
}

/* A film of `size` bytes with these copies; with_crcs: its checksums are known. */
static inline struct sv_stream_file *
bench_film(struct bench *bench, const char *id, uint64_t size, struct fault_copy *copies, unsigned count, bool with_crcs)
{
	struct sv_stream_copy_options options[SV_STREAM_COPIES_MAX] = {{0}};
	size_t pieces = (size_t)((size + SV_BLOCK_PIECE_BYTES - 1) / SV_BLOCK_PIECE_BYTES);
	uint32_t *crcs = sv_xcalloc(pieces + 1, sizeof *crcs);
	uint8_t *piece = sv_xmalloc(SV_BLOCK_PIECE_BYTES);

	for (unsigned i = 0; i < count; i++) {
		fault_init(&copies[i]);
		options[i] = (struct sv_stream_copy_options){.name = "copy", .open = fault_open, .context = &copies[i]};
	}
	for (size_t p = 0; with_crcs && p < pieces; p++) {
		uint64_t start = p * SV_BLOCK_PIECE_BYTES, length = size - start < SV_BLOCK_PIECE_BYTES ? size - start : SV_BLOCK_PIECE_BYTES;
		for (uint64_t i = 0; i < length; i++)
			piece[i] = fault_byte(start + i);
		crcs[p] = sv_crc_of(piece, (size_t)length);
	}
	struct sv_stream_file *file = sv_stream_file_new(bench->stream, &(struct sv_stream_file_options){.id = id, .version = 1, .size_bytes = size,
	    .piece_crcs = with_crcs ? crcs : NULL, .crc_count = pieces, .copies = options, .copy_count = count});
	free(crcs);
	free(piece);
	return file;
}

/* Reads its range to the end and checks every byte. */
struct viewer {
	struct bench *bench;
	struct sv_stream_reader *reader;
	uint64_t start, end, at;
	uint64_t stop_at;                /* keeps what it has from here on; 0: never */
	bool done;                       /* at the end, stopped, or failed */
	int rc;
	unsigned wakes;
	bool hold;                       /* does not give chunks back ... */
	void *kept[64];
	unsigned kept_count;
	struct viewer *close_too;        /* a viewer that leaves when this one hears of bytes */
};

static inline void viewer_close(struct viewer *viewer);

static inline void
viewer_pump(struct viewer *viewer)
{
	struct sv_stream_chunk chunk;
	int rc = 0;

	while ((viewer->stop_at == 0 || viewer->at < viewer->stop_at) && (rc = sv_stream_reader_take(viewer->reader, 100000, &chunk)) == 1) {
		for (size_t i = 0; i < chunk.length; i++)
			if (chunk.data[i] != fault_byte(viewer->at + i))
				fail_msg("wrong byte at %llu", (unsigned long long)(viewer->at + i));
		viewer->at += chunk.length;
		if (!viewer->hold) {
			sv_stream_reader_release(chunk.memory);
		} else {
			assert_true(viewer->kept_count < 64);
			viewer->kept[viewer->kept_count++] = chunk.memory;
		}
	}
	if (viewer->stop_at != 0 && viewer->at >= viewer->stop_at)
		viewer->done = true;
	else if (rc != SV_EAGAIN) {
		viewer->rc = rc;
		viewer->done = true;
	}
}

static inline void
viewer_ready(void *context)
{
	struct viewer *viewer = context;

	viewer->wakes++;
	if (viewer->close_too != NULL) {
		viewer_close(viewer->close_too);
		viewer->close_too = NULL;
	}
	viewer_pump(viewer);
}

static inline void
viewer_fail(void *context, int rc)
{
	struct viewer *viewer = context;

	viewer->rc = rc;
	viewer->done = true;
}

static inline void
viewer_open(struct viewer *viewer, struct bench *bench, struct sv_stream_file *file, uint64_t start, uint64_t end, const char *play, unsigned ahead)
{
	viewer->bench = bench;
	viewer->start = viewer->at = start;
	viewer->end = end;
	viewer->reader = sv_stream_reader_open(bench->stream, file, &(struct sv_stream_reader_options){.start = start, .end = end,
	    .play = sv_text_of(play), .ahead_limit = UINT64_MAX, .ahead_blocks = ahead, .on_ready = viewer_ready, .on_fail = viewer_fail, .context = viewer});
	viewer_pump(viewer);
}

static inline void
viewer_release(struct viewer *viewer)
{
	while (viewer->kept_count > 0)
		sv_stream_reader_release(viewer->kept[--viewer->kept_count]);
}

static inline void
viewer_close(struct viewer *viewer)
{
	sv_stream_reader_close(viewer->reader);
	viewer->reader = NULL;
	viewer_release(viewer);
}

/* Open, read all, close; the outcome. */
static inline int
view(struct bench *bench, struct sv_stream_file *file, uint64_t start, uint64_t end, const char *play, unsigned ahead)
{
	struct viewer viewer = {0};

	viewer_open(&viewer, bench, file, start, end, play, ahead);
	sv_loop_run_until(bench->loop, &viewer.done);
	if (viewer.rc == 0)
		assert_int_equal(viewer.at, end);
	viewer_close(&viewer);
	return viewer.rc;
}

#endif
