/* SPDX-License-Identifier: Apache-2.0
 * One fetch a block at a time.  A piece becomes ready when it is whole and its checksum, where one is known, is right; so a
 * copy that lies, stalls or ends early has given readers nothing wrong, and the next copy goes on at the first missing piece.
 *
 * A fetch is over for us with its on_done or our cancel; until the driver lets go of the memory (on_release) it is `owed`, and
 * no other fetch may write there.  A driver that does not let go within OWED_MS keeps that memory and the block gets another.
 * A fetch under way holds its block. */
#include "block_fill.h"

#include <stdlib.h>

#include "alloc.h"
#include "block_cache.h"
#include "crc.h"
#include "errors.h"
#include "log.h"
#include "metrics.h"
#include "sv_assert.h"

#define OWED_MS 1000u

struct sv_block_fetch {
	struct sv_block *block;              /* NULL: the block has forgotten this fetch */
	struct sv_block_memory *memory;      /* a reference */
	struct sv_source_fetch *handle;
	unsigned copy, label;
	unsigned first;                      /* piece */
	size_t length;
};

static struct sv_stream *
stream_of(const struct sv_block *block)
{
	return sv_block_cache_stream(block->cache);
}

static uint64_t
now_of(const struct sv_block *block)
{
	return sv_loop_now_ms(stream_of(block)->loop);
}

static unsigned
wanted_pieces(const struct sv_block *block)
{
	unsigned wanted = 0;

	SV_LIST_EACH(node, &block->wants)
		wanted |= SV_CONTAINER(node, struct sv_block_want, node)->pieces;
	return wanted & ~block->ready;
}

/* Be in the list of the tick exactly while it has something to look after. */
static void
list_or_not(struct sv_block *block)
{
	struct sv_block_fill *fill = &block->fill;
	bool listed = fill->node.next != &fill->node;
	bool needed = fill->fetch != NULL || (fill->owed != NULL && !sv_list_empty(&block->wants));

	if (needed && !listed)
		sv_list_append(sv_block_cache_filling(block->cache), &fill->node);
	else if (!needed && listed)
		sv_list_remove(&fill->node);
}

void
sv_block_fill_init(struct sv_block *block)
{
	sv_list_init(&block->fill.node);
}

/* The fetch under way is over for us: its memory is owed until the driver lets go.  Put the block afterwards: the fetch held it. */
static struct sv_block_fetch *
end_fetch(struct sv_block *block)
{
	struct sv_block_fetch *fetch = block->fill.fetch;

	sv_assert(fetch != NULL && block->fill.owed == NULL);
	block->fill.fetch = NULL;
	block->fill.owed = fetch;
	block->fill.pieces = 0;
	block->fill.progress_ms = now_of(block);
	sv_stream_file_fetch_over(block->file, fetch->copy);
	return fetch;
}

static void
cancel_fetch(struct sv_block *block)
{
	struct sv_block_fetch *fetch = end_fetch(block);
	struct sv_source_fetch *handle = fetch->handle;

	fetch->handle = NULL;
	/* may release at once: `fetch` is not touched after this */
	sv_source_fetch_cancel(handle);
	sv_block_cache_put(block);
}

void
sv_block_fill_fini(struct sv_block *block)
{
	struct sv_block_fill *fill = &block->fill;

	sv_assert(fill->fetch == NULL);
	if (fill->owed != NULL)
		fill->owed->block = NULL;
	fill->owed = NULL;
	sv_timer_cancel(fill->fail_timer);
	fill->fail_timer = NULL;
	sv_list_remove(&fill->node);
}

/* ---- choosing ---- */

/* The best copy that was not tried since someone waits; those that failed a while ago come last.  -1: none. */
static int
choose_copy(const struct sv_block *block)
{
	uint64_t now = now_of(block);
	int cooling = -1;

	for (unsigned i = 0; i < block->file->copy_count; i++) {
		if ((block->fill.tried & 1u << i) != 0)
			continue;
		if (block->file->copies[i].cool_until_ms <= now)
			return (int)i;
		if (cooling < 0 || block->file->copies[i].cool_until_ms < block->file->copies[cooling].cool_until_ms)
			cooling = (int)i;
	}
	return cooling;
}

/* From the first piece that the oldest want misses to the end of what anyone wants in a row. */
static unsigned
choose_pieces(const struct sv_block *block)
{
	unsigned wanted = wanted_pieces(block), run = 0;

	if (wanted == 0)
		return 0;
	unsigned oldest = SV_CONTAINER(block->wants.next, struct sv_block_want, node)->pieces & ~block->ready;
	if (oldest == 0)
		oldest = wanted;
	for (unsigned piece = (unsigned)__builtin_ctz(oldest); piece < SV_BLOCK_PIECES && (wanted & 1u << piece) != 0; piece++)
		run |= 1u << piece;
	return run;
}

static void
copy_failed(struct sv_block *block, unsigned copy, unsigned label, int rc)
{
	struct sv_stream_file *file = block->file;
	struct sv_stream *stream = stream_of(block);

	block->fill.tried |= 1u << copy;
	/* one that changed says least: another reason is worth more to the viewer */
	if (block->fill.error == 0 || block->fill.error == SV_ECHANGED)
		block->fill.error = rc;
	file->copies[copy].cool_until_ms = now_of(block) + stream->options.cooldown_ms;
	sv_metric_add(SV_METRIC_source_errors, label, 1);
	sv_log(SV_LOG_WARN, SV_EVENT_copy_failed, "file=%s copy=%s error=%s offset=%llu", file->id, sv_log_quote(file->copies[copy].options.name),
	    sv_error_name(rc), (unsigned long long)(block->index * SV_BLOCK_BYTES));
}

static void
all_failed(void *context)
{
	struct sv_block *block = context;
	int rc = block->fill.error != 0 ? block->fill.error : SV_EUNAVAIL;

	SV_CHECK(block, SV_BLOCK_MAGIC);
	block->fill.fail_timer = NULL;
	block->fill.tried = 0;
	block->fill.error = 0;
	sv_block_tell_failed(block, rc);
}

/* ---- the drivers' callbacks ---- */

static void
give_up_copy(struct sv_block *block, int rc)
{
	/* noted first: the cancel may release at once and so choose the next copy */
	copy_failed(block, block->fill.fetch->copy, block->fill.fetch->label, rc);
	cancel_fetch(block);
	sv_block_fill_kick(block);
}

static bool
piece_is_right(const struct sv_block *block, unsigned piece)
{
	uint64_t number = block->index * SV_BLOCK_PIECES + piece;

	if (block->file->piece_crcs == NULL)
		return true;
	return sv_crc_of(block->memory->data + piece * SV_BLOCK_PIECE_BYTES, sv_block_piece_length(block, piece)) == block->file->piece_crcs[number];
}

static void
fetch_bytes(void *context, size_t offset, size_t length)
{
	struct sv_block_fetch *fetch = context;
	struct sv_block *block = fetch->block;
	unsigned ready = 0;

	sv_assert(block != NULL && block->fill.fetch == fetch && length > 0 && offset + length <= fetch->length);
	block->fill.progress_ms = now_of(block);
	sv_metric_add(SV_METRIC_source_bytes, fetch->label, (int64_t)length);
	size_t at = fetch->first * SV_BLOCK_PIECE_BYTES + offset, end = at + length;
	while (at < end) {
		unsigned piece = (unsigned)(at / SV_BLOCK_PIECE_BYTES);
		sv_assert(piece < SV_BLOCK_PIECES);
		size_t piece_end = (piece + 1) * SV_BLOCK_PIECE_BYTES, part = (piece_end < end ? piece_end : end) - at;
		at += part;
		block->fill.got[piece] += (uint32_t)part;
		if (block->fill.got[piece] < sv_block_piece_length(block, piece))
			continue;
		if (!piece_is_right(block, piece)) {
			/* what came before it in this call stays good; readers hear of it with the next copy's pieces at the latest */
			give_up_copy(block, SV_ECORRUPT);
			break;
		}
		block->ready |= 1u << piece;
		block->origin[piece] = (uint8_t)fetch->label;
		ready |= 1u << piece;
	}
	if (ready != 0)
		sv_block_tell_ready(block);
}

static void
fetch_done(void *context, int rc)
{
	struct sv_block_fetch *fetch = context;
	struct sv_block *block = fetch->block;

	sv_assert(block != NULL && block->fill.fetch == fetch);
	/* a driver that says "all" and brought less has broken its promise */
	if (rc == 0 && (block->fill.pieces & ~block->ready) != 0)
		rc = SV_EPROTO;
	unsigned copy = fetch->copy, label = fetch->label;
	fetch->handle = NULL;
	(void)end_fetch(block);
	if (rc != 0)
		copy_failed(block, copy, label, rc);
	sv_block_fill_kick(block);
	sv_block_cache_put(block);
}

static void
fetch_release(void *context)
{
	struct sv_block_fetch *fetch = context;
	struct sv_block *block = fetch->block;
	struct sv_block_memory *memory = fetch->memory;

	free(fetch);
	if (block != NULL) {
		block->fill.owed = NULL;
		sv_block_fill_kick(block);
	}
	/* last: it may evict the block when nobody holds it */
	sv_block_memory_unref(memory);
}

/* ---- moving on ---- */

static void
start_fetch(struct sv_block *block, unsigned copy, unsigned pieces, struct sv_source *source)
{
	struct sv_block_fetch *fetch = sv_xcalloc(1, sizeof *fetch);
	struct sv_source_sink sink = {fetch_bytes, fetch_done, fetch_release, fetch};
	unsigned first = (unsigned)__builtin_ctz(pieces), last = 31u - (unsigned)__builtin_clz(pieces);

	*fetch = (struct sv_block_fetch){.block = block, .memory = sv_block_memory_ref(block->memory), .copy = copy, .label = source->driver->metric_label, .first = first};
	fetch->length = last * SV_BLOCK_PIECE_BYTES + sv_block_piece_length(block, last) - first * SV_BLOCK_PIECE_BYTES;
	block->users++;
	block->fill.fetch = fetch;
	block->fill.pieces = pieces;
	for (unsigned piece = first; piece <= last; piece++)
		block->fill.got[piece] = 0;
	block->fill.progress_ms = now_of(block);
	fetch->handle = sv_source_fetch_start(source, block->index * SV_BLOCK_BYTES + first * SV_BLOCK_PIECE_BYTES, fetch->length,
	    block->memory->data + first * SV_BLOCK_PIECE_BYTES, &sink);
}

void
sv_block_fill_kick(struct sv_block *block)
{
	struct sv_block_fill *fill = &block->fill;
	unsigned pieces = block->telling > 0 ? 0 : choose_pieces(block);

	SV_CHECK(block, SV_BLOCK_MAGIC);
	if (pieces == 0 || block->memory == NULL || fill->fetch != NULL || fill->owed != NULL || fill->fail_timer != NULL) {
		list_or_not(block);
		return;
	}
	for (int copy; (copy = choose_copy(block)) >= 0;) {
		int rc = 0;
		struct sv_source *source = sv_stream_file_source(block->file, (unsigned)copy, &rc);
		if (source != NULL) {
			start_fetch(block, (unsigned)copy, pieces, source);
			break;
		}
		copy_failed(block, (unsigned)copy, 0, rc);
	}
	/* never from inside a call of the reader */
	if (fill->fetch == NULL)
		fill->fail_timer = sv_timer_start(stream_of(block)->loop, 0, 0, all_failed, block);
	list_or_not(block);
}

void
sv_block_fill_wants_gone(struct sv_block *block)
{
	struct sv_block_fill *fill = &block->fill;

	if (block->telling > 0)
		return;
	/* one that brought everything ends by itself, at once */
	if (fill->fetch != NULL && (fill->pieces & wanted_pieces(block)) == 0 && (fill->pieces & ~block->ready) != 0)
		cancel_fetch(block);
	if (sv_list_empty(&block->wants)) {
		fill->tried = 0;
		fill->error = 0;
		sv_timer_cancel(fill->fail_timer);
		fill->fail_timer = NULL;
	}
	list_or_not(block);
}

static void
tick_block(struct sv_block *block, uint64_t now_ms)
{
	struct sv_block_fill *fill = &block->fill;
	uint64_t quiet_ms = now_ms - fill->progress_ms, stall_ms = stream_of(block)->options.stall_ms;

	if (fill->fetch != NULL && quiet_ms >= stall_ms) {
		give_up_copy(block, SV_ETIMEOUT);
	} else if (fill->fetch == NULL && fill->owed != NULL && quiet_ms >= (stall_ms < OWED_MS ? stall_ms : OWED_MS)) {
		struct sv_block_fetch *owed = fill->owed;
		if (!sv_block_memory_swap(block))
			return;
		owed->block = NULL;
		fill->owed = NULL;
		sv_block_fill_kick(block);
	}
}

void
sv_block_fill_tick(struct sv_block_cache *cache, uint64_t now_ms)
{
	/* nothing of this calls a reader back, so only the block itself leaves the list */
	SV_LIST_EACH(node, sv_block_cache_filling(cache))
		tick_block(SV_CONTAINER(SV_CONTAINER(node, struct sv_block_fill, node), struct sv_block, fill), now_ms);
}
