/* SPDX-License-Identifier: Apache-2.0
 * The bytes of films on one loop: block cache, copies with failover, read-ahead.  One struct sv_stream a loop shares nothing with
 * the others; everything made from it belongs to its loop.  How it works: docs/stream.md. */
#ifndef SV_STREAM_H
#define SV_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "loop.h"

#define SV_BLOCK_BYTES ((size_t)1 << 20)
#define SV_BLOCK_PIECE_BYTES ((size_t)128 << 10)
#define SV_BLOCK_PIECES 8u

struct sv_stream;

/* Zero means the default. */
struct sv_stream_options {
	uint64_t budget_bytes;           /* memory of blocks; default and least: 4 MiB */
	uint64_t stall_ms;               /* a copy that brings nothing for so long is given up; 10,000 */
	uint64_t cooldown_ms;            /* a copy that failed is asked last for so long; 30,000 */
	uint64_t playback_idle_ms;       /* read-ahead of a playback that asks nothing is dropped after; 30,000 */
	uint64_t block_idle_ms;          /* a block nobody asked for is given back to the system after; 300,000 */
	uint64_t source_idle_ms;         /* an unused source is closed after; 60,000 */
	unsigned sources_max;            /* open sources, each one descriptor at most; 256 */
	uint64_t tick_ms;                /* how often the limits above are looked at; 1,000 */
};

struct sv_stream *sv_stream_new(struct sv_loop *loop, const struct sv_stream_options *options);
/* Readers were closed and files unreferenced before; memory that queued writes and cancelled reads still hold goes when they let go.
 * Accepts NULL. */
void sv_stream_free(struct sv_stream *stream);

struct sv_stream_usage {
	uint64_t block_bytes;            /* memory in blocks, cancelled reads and queued writes included */
	unsigned blocks, fetches, starving, playbacks, sources;
};
void sv_stream_look(const struct sv_stream *stream, struct sv_stream_usage *ret_usage);
/* Give back every block that nobody uses. */
void sv_stream_trim(struct sv_stream *stream);

#endif
