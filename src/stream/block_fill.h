/* SPDX-License-Identifier: Apache-2.0
 * Filling one block: one fetch at a time, for the pieces that someone wants, from the best copy that has not failed; what is left of
 * a failed fetch comes from the next copy. */
#ifndef SV_BLOCK_FILL_H
#define SV_BLOCK_FILL_H

#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "stream.h"

struct sv_block;
struct sv_block_fetch;
struct sv_block_cache;

/* Embedded in the block. */
struct sv_block_fill {
	struct sv_list node;             /* in the cache's list while a fetch is under way or owed and someone waits */
	struct sv_block_fetch *fetch;    /* under way */
	struct sv_block_fetch *owed;     /* over, its memory not let go yet */
	uint32_t tried;                  /* copies that failed since someone waits */
	int error;
	unsigned pieces;                 /* bit mask of the fetch under way */
	uint32_t got[SV_BLOCK_PIECES];   /* bytes of each piece that this fetch brought */
	uint64_t progress_ms;
	struct sv_timer *fail_timer;     /* no copy is left: the wants hear of it from here */
};

void sv_block_fill_init(struct sv_block *block);
/* Wants or memory came: start a fetch when there is something to fetch and none is under way. */
void sv_block_fill_kick(struct sv_block *block);
/* Wants went: cancel a fetch that brings nothing anyone wants. */
void sv_block_fill_wants_gone(struct sv_block *block);
/* The block goes away. */
void sv_block_fill_fini(struct sv_block *block);
/* Give up copies that stall and memory that is not let go. */
void sv_block_fill_tick(struct sv_block_cache *cache, uint64_t now_ms);

#endif
