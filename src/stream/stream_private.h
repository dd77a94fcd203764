/* SPDX-License-Identifier: Apache-2.0
 * What the parts of src/stream know of each other.  Not for other folders. */
#ifndef SV_STREAM_PRIVATE_H
#define SV_STREAM_PRIVATE_H

#include <stdbool.h>

#include "list.h"
#include "source.h"
#include "stream.h"
#include "stream_file.h"

#define SV_STREAM_MAGIC 0x53740001u
#define SV_BLOCK_MAGIC 0x53740002u
#define SV_PLAYBACK_BUCKETS 1024u
#define SV_LABEL_CACHE 2u            /* of the metric stream_bytes, after the source labels */

struct sv_block_cache;

struct sv_stream {
	unsigned magic;
	struct sv_loop *loop;
	struct sv_stream_options options;    /* no zeros */
	struct sv_block_cache *cache;
	struct sv_timer *tick;
	unsigned files;                      /* references are out */
	/* open sources, least recently used first */
	struct sv_list sources;
	unsigned source_count;
	/* playbacks with an id: by id, and least recently used first */
	struct sv_list playback_buckets[SV_PLAYBACK_BUCKETS];
	struct sv_list playbacks;
	unsigned playback_count;
	unsigned ahead_blocks;               /* held by windows */
};

/* One copy of a file. */
struct sv_stream_copy {
	struct sv_stream_copy_options options;
	struct sv_source *source;            /* NULL while closed */
	struct sv_list node;                 /* in stream->sources while open */
	unsigned fetches;                    /* under way */
	uint64_t used_ms;
	uint64_t cool_until_ms;
};

struct sv_stream_file {
	unsigned magic;
	struct sv_stream *stream;
	unsigned refs;
	char id[SV_STREAM_ID_SIZE];
	uint64_t version, size_bytes;
	uint64_t key_hash;
	uint32_t *piece_crcs;                /* NULL: unknown */
	size_t crc_count;
	unsigned copy_count;
	struct sv_stream_copy copies[];      /* by priority */
};

/* The source of a copy, opened when needed and marked used; NULL with *ret_rc set when it cannot be. */
struct sv_source *sv_stream_file_source(struct sv_stream_file *file, unsigned copy, int *ret_rc);
/* A fetch of that copy is over. */
void sv_stream_file_fetch_over(struct sv_stream_file *file, unsigned copy);
/* Close sources that nobody used for source_idle_ms. */
void sv_stream_file_tick(struct sv_stream *stream, uint64_t now_ms);

/* Drop playbacks that were idle for playback_idle_ms (all that can be, with everything set). */
void sv_read_ahead_tick(struct sv_stream *stream, uint64_t now_ms, bool everything);

#endif
