/* SPDX-License-Identifier: Apache-2.0
 * A window is a row of slots, each holding one block and what is still wanted of it.  Held blocks are not evicted, so all windows
 * together take at most half of the budget; a slot is only taken when nobody has to wait for memory because of it. */
#include "read_ahead.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "block_cache.h"
#include "metrics.h"
#include "stream_private.h"
#include "sv_assert.h"

#define PLAYBACK_MAGIC 0x53740004u
#define PLAY_SIZE 32
#define PLAYBACKS_MAX 4096u
/* the block at the position itself and the window behind it */
#define SLOTS (SV_READ_AHEAD_BLOCKS_MAX + 1)

struct slot {
	struct sv_block *block;          /* held; NULL: free */
	struct sv_block_want want;
};

struct sv_playback {
	unsigned magic;
	struct sv_stream *stream;
	struct sv_stream_file *file;     /* a reference */
	char play[PLAY_SIZE];            /* "" when anonymous */
	struct sv_list bucket, used;     /* in the stream's lists; unlinked when anonymous or gone */
	unsigned readers;
	const void *owner;               /* the latest reader; NULL: it has ended */
	bool gone;
	uint64_t at, run_start, limit;
	unsigned window, blocks_max;     /* blocks */
	uint64_t used_ms;
	struct slot slots[SLOTS];
};

static void
drop_slot(struct sv_playback *playback, struct slot *slot)
{
	struct sv_block *block = slot->block;

	if (block == NULL)
		return;
	slot->block = NULL;
	sv_block_want_cancel(&slot->want);
	sv_block_cache_put(block);
	playback->stream->ahead_blocks--;
}

static void
drop_window(struct sv_playback *playback)
{
	for (unsigned i = 0; i < SLOTS; i++)
		drop_slot(playback, &playback->slots[i]);
	playback->window = 0;
}

static void
slot_failed(void *context, int rc)
{
	struct sv_playback *playback = context;

	(void)rc;
	SV_CHECK(playback, PLAYBACK_MAGIC);
	/* the reader will meet the error when it gets there, if it is still one */
	drop_window(playback);
}

/* Hold block `index` and want its pieces from `from` to `to`.  False when there is no room. */
static bool
take_slot(struct sv_playback *playback, uint64_t index, size_t from, size_t to)
{
	struct sv_stream *stream = playback->stream;
	struct slot *slot = NULL;

	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *each = &playback->slots[i];
		if (each->block != NULL && each->block->index == index) {
			if (each->want.block == NULL)
				sv_block_want_start(&each->want, each->block, sv_block_mask(from, to));
			return true;
		}
		if (each->block == NULL && slot == NULL)
			slot = each;
	}
	if (slot == NULL || stream->ahead_blocks >= sv_block_cache_capacity(stream->cache) / 2 || !sv_block_cache_has_room(stream->cache))
		return false;
	slot->block = sv_block_cache_get(stream->cache, playback->file, index);
	stream->ahead_blocks++;
	slot->want = (struct sv_block_want){.on_fail = slot_failed, .context = playback};
	sv_block_want_start(&slot->want, slot->block, sv_block_mask(from, to));
	if (slot->block->memory == NULL && slot->want.block != NULL) {
		drop_slot(playback, slot);
		return false;
	}
	if (slot->want.block != NULL)
		sv_metric_add(SV_METRIC_readahead_blocks, 0, 1);
	return true;
}

/* Bring the slots in line with position and window. */
static void
arrange(struct sv_playback *playback)
{
	uint64_t first = playback->at / SV_BLOCK_BYTES, size = playback->file->size_bytes;
	/* the rest of the block that the position is in, and the window behind it */
	uint64_t behind = (playback->at + SV_BLOCK_BYTES - 1) / SV_BLOCK_BYTES + playback->window;
	uint64_t limit = playback->limit < size ? playback->limit : size;

	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *slot = &playback->slots[i];
		if (slot->block != NULL && (slot->block->index < first || slot->block->index >= behind))
			drop_slot(playback, slot);
	}
	if (playback->window == 0 || playback->gone)
		return;
	for (uint64_t index = first; index < behind; index++) {
		uint64_t block_start = index * SV_BLOCK_BYTES;
		uint64_t from = playback->at > block_start ? playback->at : block_start;
		uint64_t to = limit < block_start + SV_BLOCK_BYTES ? limit : block_start + SV_BLOCK_BYTES;
		if (from >= to || !take_slot(playback, index, (size_t)(from - block_start), (size_t)(to - block_start)))
			break;
	}
}

static unsigned
bucket_of(struct sv_text play)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < play.length; i++)
		hash = (hash ^ (unsigned char)play.data[i]) * 16777619u;
	return hash % SV_PLAYBACK_BUCKETS;
}

static struct sv_playback *
find(struct sv_stream *stream, struct sv_text play)
{
	struct sv_list *bucket = &stream->playback_buckets[bucket_of(play)];

	SV_LIST_EACH(node, bucket) {
		struct sv_playback *playback = SV_CONTAINER(node, struct sv_playback, bucket);
		if (sv_text_is(play, playback->play))
			return playback;
	}
	return NULL;
}

static void
free_playback(struct sv_playback *playback)
{
	SV_CHECK(playback, PLAYBACK_MAGIC);
	sv_assert(playback->readers == 0);
	drop_window(playback);
	if (playback->play[0] != '\0') {
		sv_list_remove(&playback->bucket);
		sv_list_remove(&playback->used);
		playback->stream->playback_count--;
		sv_metric_add(SV_METRIC_playbacks, 0, -1);
	}
	sv_stream_file_unref(playback->file);
	playback->magic = 0;
	free(playback);
}

static struct sv_playback *
make(struct sv_stream *stream, struct sv_stream_file *file, struct sv_text play)
{
	struct sv_playback *playback = sv_xcalloc(1, sizeof *playback);

	playback->magic = PLAYBACK_MAGIC;
	playback->stream = stream;
	playback->file = sv_stream_file_ref(file);
	sv_list_init(&playback->bucket);
	sv_list_init(&playback->used);
	if (play.length == 0)
		return playback;
	/* the oldest that nobody reads makes room; when all are read the new one is served all the same */
	if (stream->playback_count >= PLAYBACKS_MAX)
		SV_LIST_EACH(node, &stream->playbacks) {
			struct sv_playback *old = SV_CONTAINER(node, struct sv_playback, used);
			if (old->readers == 0) {
				free_playback(old);
				break;
			}
		}
	memcpy(playback->play, play.data, play.length);
	sv_list_append(&stream->playback_buckets[bucket_of(play)], &playback->bucket);
	sv_list_append(&stream->playbacks, &playback->used);
	stream->playback_count++;
	sv_metric_add(SV_METRIC_playbacks, 0, 1);
	return playback;
}

static void
touch(struct sv_playback *playback)
{
	playback->used_ms = sv_loop_now_ms(playback->stream->loop);
	if (playback->play[0] != '\0') {
		sv_list_remove(&playback->used);
		sv_list_append(&playback->stream->playbacks, &playback->used);
	}
}

/* Does a request that begins at `start` go on where the playback is?  Players reconnect a little earlier, or skip a little. */
static bool
goes_on(const struct sv_playback *playback, uint64_t start)
{
	return start + SV_BLOCK_BYTES >= playback->at && start <= playback->at + SV_BLOCK_BYTES;
}

struct sv_playback *
sv_read_ahead_open(struct sv_stream *stream, struct sv_stream_file *file, const struct sv_read_ahead_options *options)
{
	struct sv_text play = options->play.length < PLAY_SIZE ? options->play : (struct sv_text){NULL, 0};
	struct sv_playback *playback = play.length > 0 ? find(stream, play) : NULL;
	bool fresh = playback == NULL;

	if (fresh)
		playback = make(stream, file, play);
	if (playback->file->version != file->version || strcmp(playback->file->id, file->id) != 0) {
		drop_window(playback);
		sv_stream_file_unref(playback->file);
		playback->file = sv_stream_file_ref(file);
		fresh = true;
	}
	playback->readers++;
	playback->gone = false;
	playback->limit = options->limit;
	playback->blocks_max = options->blocks_max < SV_READ_AHEAD_BLOCKS_MAX ? options->blocks_max : SV_READ_AHEAD_BLOCKS_MAX;
	if (fresh || !goes_on(playback, options->start)) {
		drop_window(playback);
		playback->run_start = options->start;
	} else if (playback->window == 0 && playback->at > playback->run_start && playback->blocks_max > 0) {
		playback->window = 1;
	}
	playback->at = options->start;
	if (playback->run_start > playback->at)
		playback->run_start = playback->at;
	touch(playback);
	arrange(playback);
	return playback;
}

void
sv_read_ahead_own(struct sv_playback *playback, const void *owner)
{
	SV_CHECK(playback, PLAYBACK_MAGIC);
	playback->owner = owner;
}

void
sv_read_ahead_advance(struct sv_playback *playback, const void *owner, uint64_t at)
{
	SV_CHECK(playback, PLAYBACK_MAGIC);
	if (playback->owner != owner || at <= playback->at)
		return;
	uint64_t crossed = (at - playback->run_start) / SV_BLOCK_BYTES - (playback->at - playback->run_start) / SV_BLOCK_BYTES;
	bool moved = at / SV_BLOCK_BYTES != playback->at / SV_BLOCK_BYTES;
	playback->at = at;
	for (; crossed > 0 && playback->window < playback->blocks_max; crossed--) {
		playback->window = playback->window == 0 ? 1 : playback->window * 2;
		if (playback->window > playback->blocks_max)
			playback->window = playback->blocks_max;
		moved = true;
	}
	if (moved) {
		touch(playback);
		arrange(playback);
	}
}

void
sv_read_ahead_close(struct sv_playback *playback, const void *owner, bool left)
{
	SV_CHECK(playback, PLAYBACK_MAGIC);
	sv_assert(playback->readers > 0);
	playback->readers--;
	bool last_word = playback->owner == owner;
	if (last_word)
		playback->owner = NULL;
	/* one of several connections that ends says nothing about the others */
	if (left && last_word)
		drop_window(playback);
	if (playback->play[0] != '\0')
		touch(playback);
	if (playback->readers == 0 && (playback->play[0] == '\0' || playback->gone))
		free_playback(playback);
}

void
sv_read_ahead_gone(struct sv_stream *stream, struct sv_text play)
{
	SV_CHECK(stream, SV_STREAM_MAGIC);
	struct sv_playback *playback = play.length == 0 ? NULL : find(stream, play);
	if (playback == NULL)
		return;
	playback->gone = true;
	drop_window(playback);
	if (playback->readers == 0)
		free_playback(playback);
}

void
sv_read_ahead_tick(struct sv_stream *stream, uint64_t now_ms, bool everything)
{
	SV_LIST_EACH(node, &stream->playbacks) {
		struct sv_playback *playback = SV_CONTAINER(node, struct sv_playback, used);
		if (!everything && now_ms - playback->used_ms < stream->options.playback_idle_ms)
			break;
		if (playback->readers == 0)
			free_playback(playback);
		else
			drop_window(playback);
	}
}
