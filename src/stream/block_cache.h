/* SPDX-License-Identifier: Apache-2.0
 * Blocks of 1 MiB in memory, eight pieces each, found by file id, version and index.
 *
 * Who uses a block holds it (get, put) and states which of its pieces it wants; one fetch a block serves all wants, and wants
 * hear of each piece that becomes ready.  Without wants there is no fetch.  Blocks that nobody holds are kept, least recently used
 * first to go, while the byte budget lasts; when it is spent, blocks wait for memory in the order of their first want.
 *
 * Memory is counted on its own: a block's bytes handed to a socket, or still owned by a cancelled read, outlive the block. */
#ifndef SV_BLOCK_CACHE_H
#define SV_BLOCK_CACHE_H

#include <stdbool.h>

#include "block_fill.h"
#include "stream_private.h"

struct sv_block_memory {
	struct sv_block_cache *cache;    /* NULL once the cache is gone */
	struct sv_list node;             /* in cache->memories */
	unsigned refs;
	size_t length;                   /* whole pages */
	uint8_t *data;
};

/* Embedded in whoever wants pieces. Zero it before the first use. */
struct sv_block_want {
	struct sv_block *block;          /* NULL: idle */
	struct sv_list node;             /* in block->wants, oldest first */
	unsigned pieces;                 /* bit mask of what is still missing */
	/* More pieces are ready; `want->block` is NULL when none is missing any more.  May be NULL. */
	void (*on_ready)(void *context);
	/* Every copy failed; the want is idle. */
	void (*on_fail)(void *context, int rc);
	void *context;
};

struct sv_block {
	unsigned magic;
	struct sv_block_cache *cache;
	struct sv_list bucket;           /* in cache->buckets */
	struct sv_list idle;             /* in cache->idle while nobody holds it */
	struct sv_list starving;         /* in cache->starving while it waits for memory */
	struct sv_stream_file *file;     /* a reference, while held */
	char file_id[SV_STREAM_ID_SIZE];
	uint64_t version, index;
	size_t length;                   /* bytes of the file in it */
	unsigned users;
	unsigned telling;                /* wants are being called: the fetch stays as it is */
	unsigned ready;                  /* bit mask of checked pieces */
	uint8_t origin[SV_BLOCK_PIECES]; /* source label of ready pieces */
	struct sv_block_memory *memory;  /* NULL while starving or new */
	struct sv_list wants;
	struct sv_block_fill fill;
	uint64_t used_ms;
};

struct sv_block_cache *sv_block_cache_new(struct sv_stream *stream);
/* No block is held. Accepts NULL. */
void sv_block_cache_free(struct sv_block_cache *cache);
void sv_block_cache_look(const struct sv_block_cache *cache, struct sv_stream_usage *usage);
/* Stalled fetches, blocks that were idle for too long. */
void sv_block_cache_tick(struct sv_block_cache *cache, uint64_t now_ms);
void sv_block_cache_trim(struct sv_block_cache *cache);
struct sv_stream *sv_block_cache_stream(const struct sv_block_cache *cache);
/* Blocks under fetch. */
struct sv_list *sv_block_cache_filling(struct sv_block_cache *cache);
/* Is there memory for one more block without making anyone wait? */
bool sv_block_cache_has_room(const struct sv_block_cache *cache);
/* The budget in whole blocks. */
unsigned sv_block_cache_capacity(const struct sv_block_cache *cache);

/* Find or make, and hold. */
struct sv_block *sv_block_cache_get(struct sv_block_cache *cache, struct sv_stream_file *file, uint64_t index);
/* Wants of the holder were cancelled before. */
void sv_block_cache_put(struct sv_block *block);

unsigned sv_block_piece_count(const struct sv_block *block);
size_t sv_block_piece_length(const struct sv_block *block, unsigned piece);
/* Bit mask of the pieces that cover [from, to) of the block. */
unsigned sv_block_mask(size_t from, size_t to);
/* Ready bytes in a row from `offset` on. */
size_t sv_block_ready(const struct sv_block *block, size_t offset);

/* State a want; memory and a fetch are arranged.  No callback runs from inside.  Pieces that are ready are taken out; nothing happens when none is left. */
void sv_block_want_start(struct sv_block_want *want, struct sv_block *block, unsigned pieces);
/* Silence.  A fetch that nobody wants any more is cancelled at once.  Idle wants are fine. */
void sv_block_want_cancel(struct sv_block_want *want);
/* For block_fill: take ready pieces out of all wants and tell them; fail all wants. */
void sv_block_tell_ready(struct sv_block *block);
void sv_block_tell_failed(struct sv_block *block, int rc);

struct sv_block_memory *sv_block_memory_ref(struct sv_block_memory *memory);
void sv_block_memory_unref(struct sv_block_memory *memory);
/* Give the block other memory, over the budget if need be, with a copy of its ready pieces: the old one is still owned by a read.
 * False: the system has none. */
bool sv_block_memory_swap(struct sv_block *block);

#endif
