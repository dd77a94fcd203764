/* SPDX-License-Identifier: Apache-2.0
 * Read a range of a file: bytes are handed out by reference as they become ready. */
#ifndef SV_STREAM_READER_H
#define SV_STREAM_READER_H

#include "read_ahead.h"

struct sv_stream_reader;

struct sv_stream_reader_options {
	uint64_t start, end;             /* bytes, start < end <= size */
	struct sv_text play;             /* playback; empty: none */
	uint64_t ahead_limit;            /* nothing at or past it is read ahead; a playback without a name stops at `end` anyway */
	unsigned ahead_blocks;           /* largest window, at most SV_READ_AHEAD_BLOCKS_MAX */
	/* After a take that found nothing: look again.  Not from inside a call of the reader. */
	void (*on_ready)(void *context);
	/* No copy can bring the next bytes; close the reader. */
	void (*on_fail)(void *context, int rc);
	void *context;
};

/* Bytes of a block; `release(memory)` gives them back, once (fits sv_http_write). */
struct sv_stream_chunk {
	const uint8_t *data;
	size_t length;
	void *memory;
};

struct sv_stream_reader *sv_stream_reader_open(struct sv_stream *stream, struct sv_stream_file *file, const struct sv_stream_reader_options *options);
/* The next bytes, at most `max` (> 0): 1 and a chunk; 0 at the end of the range; SV_EAGAIN: on_ready or on_fail will run;
 * another SV_E*: no copy can bring them. */
int sv_stream_reader_take(struct sv_stream_reader *reader, size_t max, struct sv_stream_chunk *ret_chunk);
void sv_stream_reader_release(void *memory);
/* Bytes taken so far. */
uint64_t sv_stream_reader_taken(const struct sv_stream_reader *reader);
/* Silence; chunks that are out stay good.  Before the end of the range it means that the viewer left: reads that nobody else wants end now.
 * Accepts NULL. */
void sv_stream_reader_close(struct sv_stream_reader *reader);

#endif
