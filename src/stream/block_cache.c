/* SPDX-License-Identifier: Apache-2.0
 * Nothing here calls back to a reader except sv_block_tell_*, which block_fill calls from the drivers' callbacks; so any call
 * of a reader may be made from inside any other. */
#include "block_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc.h"
#include "metrics.h"
#include "sv_assert.h"

struct sv_block_cache {
	struct sv_stream *stream;
	size_t budget, bytes;
	unsigned blocks, fetches;
	size_t bucket_mask;
	struct sv_list *buckets;
	struct sv_list idle;             /* least recently used first */
	struct sv_list starving;         /* first come, first served */
	struct sv_list filling;
	struct sv_list memories;
};

/* ---- memory ---- */

static size_t
whole_pages(size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (length + page - 1) / page * page;
}

/* mmap, not malloc: what is unmapped goes back to the system for certain. */
static struct sv_block_memory *
memory_new(struct sv_block_cache *cache, size_t length)
{
	void *data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return NULL;
	struct sv_block_memory *memory = sv_xcalloc(1, sizeof *memory);
	memory->cache = cache;
	memory->refs = 1;
	memory->length = length;
	memory->data = data;
	sv_list_append(&cache->memories, &memory->node);
	cache->bytes += length;
	sv_metric_add(SV_METRIC_cache_bytes, 0, (int64_t)length);
	return memory;
}

static void
memory_free(struct sv_block_memory *memory)
{
	sv_list_remove(&memory->node);
	if (memory->cache != NULL)
		memory->cache->bytes -= memory->length;
	sv_metric_add(SV_METRIC_cache_bytes, 0, -(int64_t)memory->length);
	sv_assert(munmap(memory->data, memory->length) == 0);
	free(memory);
}

static void
block_free(struct sv_block *block)
{
	struct sv_block_memory *memory = block->memory;

	sv_assert(block->users == 0 && sv_list_empty(&block->wants));
	sv_block_fill_fini(block);
	sv_list_remove(&block->bucket);
	sv_list_remove(&block->idle);
	sv_list_remove(&block->starving);
	block->cache->blocks--;
	block->magic = 0;
	free(block);
	if (memory != NULL && --memory->refs == 0)
		memory_free(memory);
}

/* The least recently used block whose memory can really be had. */
static struct sv_block *
find_victim(struct sv_block_cache *cache)
{
	SV_LIST_EACH(node, &cache->idle) {
		struct sv_block *block = SV_CONTAINER(node, struct sv_block, idle);
		if (block->memory->refs == 1)
			return block;
	}
	return NULL;
}

/* NULL: the budget is spent. */
static struct sv_block_memory *
obtain_memory(struct sv_block_cache *cache, size_t length)
{
	while (cache->bytes + length > cache->budget) {
		struct sv_block *victim = find_victim(cache);
		if (victim == NULL)
			return NULL;
		sv_metric_add(SV_METRIC_cache_evictions, 0, 1);
		struct sv_block_memory *memory = victim->memory;
		if (memory->length == length) {
			/* handed on as it is: no way round by the system */
			victim->memory = NULL;
			block_free(victim);
			return memory;
		}
		block_free(victim);
	}
	return memory_new(cache, length);
}

/* Memory or a block became free: serve those who wait. */
static void
feed(struct sv_block_cache *cache)
{
	while (!sv_list_empty(&cache->starving)) {
		struct sv_block *block = SV_CONTAINER(cache->starving.next, struct sv_block, starving);
		block->memory = obtain_memory(cache, whole_pages(block->length));
		if (block->memory == NULL)
			return;
		sv_list_remove(&block->starving);
		sv_block_fill_kick(block);
	}
}

struct sv_block_memory *
sv_block_memory_ref(struct sv_block_memory *memory)
{
	sv_assert(memory != NULL && memory->refs > 0);
	memory->refs++;
	return memory;
}

void
sv_block_memory_unref(struct sv_block_memory *memory)
{
	struct sv_block_cache *cache = memory->cache;

	sv_assert(memory->refs > 0);
	if (--memory->refs == 0)
		memory_free(memory);
	if (cache != NULL)
		feed(cache);
}

bool
sv_block_memory_swap(struct sv_block *block)
{
	struct sv_block_memory *old = block->memory, *fresh = memory_new(block->cache, old->length);

	if (fresh == NULL)
		return false;
	for (unsigned piece = 0; piece < sv_block_piece_count(block); piece++)
		if ((block->ready & 1u << piece) != 0)
			memcpy(fresh->data + piece * SV_BLOCK_PIECE_BYTES, old->data + piece * SV_BLOCK_PIECE_BYTES, sv_block_piece_length(block, piece));
	block->memory = fresh;
	sv_block_memory_unref(old);
	return true;
}

/* ---- the cache ---- */

struct sv_block_cache *
sv_block_cache_new(struct sv_stream *stream)
{
	struct sv_block_cache *cache = sv_xcalloc(1, sizeof *cache);
	size_t buckets = 64;

	cache->stream = stream;
	cache->budget = (size_t)stream->options.budget_bytes;
	while (buckets < cache->budget / SV_BLOCK_BYTES * 2 && buckets < (size_t)1 << 20)
		buckets *= 2;
	cache->bucket_mask = buckets - 1;
	cache->buckets = sv_xcalloc(buckets, sizeof cache->buckets[0]);
	for (size_t i = 0; i < buckets; i++)
		sv_list_init(&cache->buckets[i]);
	sv_list_init(&cache->idle);
	sv_list_init(&cache->starving);
	sv_list_init(&cache->filling);
	sv_list_init(&cache->memories);
	return cache;
}

void
sv_block_cache_free(struct sv_block_cache *cache)
{
	if (cache == NULL)
		return;
	sv_block_cache_trim(cache);
	sv_assert(cache->blocks == 0);
	SV_LIST_EACH(node, &cache->memories) {
		SV_CONTAINER(node, struct sv_block_memory, node)->cache = NULL;
		sv_list_remove(node);
	}
	free(cache->buckets);
	free(cache);
}

struct sv_stream *
sv_block_cache_stream(const struct sv_block_cache *cache)
{
	return cache->stream;
}

struct sv_list *
sv_block_cache_filling(struct sv_block_cache *cache)
{
	return &cache->filling;
}

bool
sv_block_cache_has_room(const struct sv_block_cache *cache)
{
	return sv_list_empty(&cache->starving) && (cache->bytes + SV_BLOCK_BYTES <= cache->budget || !sv_list_empty(&cache->idle));
}

unsigned
sv_block_cache_capacity(const struct sv_block_cache *cache)
{
	return (unsigned)(cache->budget / SV_BLOCK_BYTES);
}

void
sv_block_cache_look(const struct sv_block_cache *cache, struct sv_stream_usage *usage)
{
	usage->block_bytes = cache->bytes;
	usage->blocks = cache->blocks;
	usage->fetches = usage->starving = 0;
	SV_LIST_EACH(node, &cache->filling)
		usage->fetches += SV_CONTAINER(node, struct sv_block_fill, node)->fetch != NULL;
	SV_LIST_EACH(node, &cache->starving)
		usage->starving++;
}

void
sv_block_cache_trim(struct sv_block_cache *cache)
{
	SV_LIST_EACH(node, &cache->idle)
		block_free(SV_CONTAINER(node, struct sv_block, idle));
}

void
sv_block_cache_tick(struct sv_block_cache *cache, uint64_t now_ms)
{
	sv_block_fill_tick(cache, now_ms);
	/* memory that the system refused may be there now */
	feed(cache);
	SV_LIST_EACH(node, &cache->idle) {
		struct sv_block *block = SV_CONTAINER(node, struct sv_block, idle);
		if (now_ms - block->used_ms < cache->stream->options.block_idle_ms)
			break;
		block_free(block);
	}
}

/* ---- blocks ---- */

static struct sv_list *
bucket_of(struct sv_block_cache *cache, const struct sv_stream_file *file, uint64_t index)
{
	uint64_t hash = (file->key_hash ^ index) * 0x9e3779b97f4a7c15u;

	return &cache->buckets[(hash >> 32) & cache->bucket_mask];
}

static struct sv_block *
block_new(struct sv_block_cache *cache, struct sv_stream_file *file, uint64_t index)
{
	struct sv_block *block = sv_xcalloc(1, sizeof *block);
	uint64_t left = file->size_bytes - index * SV_BLOCK_BYTES;

	block->magic = SV_BLOCK_MAGIC;
	block->cache = cache;
	memcpy(block->file_id, file->id, sizeof block->file_id);
	block->version = file->version;
	block->index = index;
	block->length = left < SV_BLOCK_BYTES ? (size_t)left : SV_BLOCK_BYTES;
	sv_list_init(&block->idle);
	sv_list_init(&block->starving);
	sv_list_init(&block->wants);
	sv_block_fill_init(block);
	sv_list_append(bucket_of(cache, file, index), &block->bucket);
	cache->blocks++;
	return block;
}

struct sv_block *
sv_block_cache_get(struct sv_block_cache *cache, struct sv_stream_file *file, uint64_t index)
{
	struct sv_list *bucket = bucket_of(cache, file, index);
	struct sv_block *block = NULL;

	sv_assert(index < (file->size_bytes + SV_BLOCK_BYTES - 1) / SV_BLOCK_BYTES);
	SV_LIST_EACH(node, bucket) {
		struct sv_block *candidate = SV_CONTAINER(node, struct sv_block, bucket);
		if (candidate->index == index && candidate->version == file->version && strcmp(candidate->file_id, file->id) == 0) {
			block = candidate;
			break;
		}
	}
	if (block == NULL)
		block = block_new(cache, file, index);
	if (block->users++ == 0) {
		sv_list_remove(&block->idle);
		block->file = sv_stream_file_ref(file);
	}
	return block;
}

void
sv_block_cache_put(struct sv_block *block)
{
	struct sv_block_cache *cache = block->cache;

	SV_CHECK(block, SV_BLOCK_MAGIC);
	sv_assert(block->users > 0);
	if (--block->users > 0)
		return;
	sv_assert(sv_list_empty(&block->wants) && block->fill.fetch == NULL);
	sv_stream_file_unref(block->file);
	block->file = NULL;
	block->used_ms = sv_loop_now_ms(cache->stream->loop);
	/* a block without a ready piece is worth nothing */
	if (block->memory == NULL || block->ready == 0)
		block_free(block);
	else
		sv_list_append(&cache->idle, &block->idle);
	feed(cache);
}

unsigned
sv_block_piece_count(const struct sv_block *block)
{
	return (unsigned)((block->length + SV_BLOCK_PIECE_BYTES - 1) / SV_BLOCK_PIECE_BYTES);
}

size_t
sv_block_piece_length(const struct sv_block *block, unsigned piece)
{
	size_t start = piece * SV_BLOCK_PIECE_BYTES;

	return block->length - start < SV_BLOCK_PIECE_BYTES ? block->length - start : SV_BLOCK_PIECE_BYTES;
}

unsigned
sv_block_mask(size_t from, size_t to)
{
	sv_assert(from < to && to <= SV_BLOCK_BYTES);
	unsigned first = (unsigned)(from / SV_BLOCK_PIECE_BYTES), last = (unsigned)((to - 1) / SV_BLOCK_PIECE_BYTES);

	return ((1u << (last + 1)) - 1) & ~((1u << first) - 1);
}

size_t
sv_block_ready(const struct sv_block *block, size_t offset)
{
	unsigned piece = (unsigned)(offset / SV_BLOCK_PIECE_BYTES);

	while (piece < SV_BLOCK_PIECES && (block->ready & 1u << piece) != 0)
		piece++;
	size_t end = piece * SV_BLOCK_PIECE_BYTES;
	if (end > block->length)
		end = block->length;
	return end > offset ? end - offset : 0;
}

/* ---- wants ---- */

void
sv_block_want_start(struct sv_block_want *want, struct sv_block *block, unsigned pieces)
{
	SV_CHECK(block, SV_BLOCK_MAGIC);
	sv_assert(want->block == NULL && block->users > 0);
	want->pieces = pieces & ~block->ready;
	if (want->pieces == 0)
		return;
	want->block = block;
	sv_list_append(&block->wants, &want->node);
	if (block->memory == NULL && sv_list_empty(&block->starving)) {
		sv_list_append(&block->cache->starving, &block->starving);
		feed(block->cache);
	} else if (block->memory != NULL) {
		sv_block_fill_kick(block);
	}
}

static void
want_unlink(struct sv_block_want *want)
{
	sv_list_remove(&want->node);
	want->block = NULL;
	want->pieces = 0;
}

void
sv_block_want_cancel(struct sv_block_want *want)
{
	struct sv_block *block = want->block;

	if (block == NULL)
		return;
	want_unlink(want);
	if (sv_list_empty(&block->wants))
		sv_list_remove(&block->starving);
	sv_block_fill_wants_gone(block);
}

/* Callbacks may start and cancel any wants, of this block too: each want is called from a list that only shrinks, and whether the
 * fetch is still wanted is asked when all were told. */
static void
begin_telling(struct sv_block *block, struct sv_list *round)
{
	sv_list_init(round);
	SV_LIST_EACH(node, &block->wants) {
		sv_list_remove(node);
		sv_list_append(round, node);
	}
	block->users++;
	block->telling++;
}

static void
end_telling(struct sv_block *block)
{
	if (--block->telling == 0) {
		sv_block_fill_wants_gone(block);
		if (block->memory != NULL)
			sv_block_fill_kick(block);
	}
	sv_block_cache_put(block);
}

void
sv_block_tell_ready(struct sv_block *block)
{
	struct sv_list round;

	begin_telling(block, &round);
	while (!sv_list_empty(&round)) {
		struct sv_block_want *want = SV_CONTAINER(round.next, struct sv_block_want, node);
		unsigned missing = want->pieces & ~block->ready;
		bool news = missing != want->pieces;
		sv_list_remove(&want->node);
		want->pieces = missing;
		if (missing == 0)
			want->block = NULL;
		else
			sv_list_append(&block->wants, &want->node);
		if (news && want->on_ready != NULL)
			want->on_ready(want->context);
	}
	end_telling(block);
}

void
sv_block_tell_failed(struct sv_block *block, int rc)
{
	struct sv_list round;

	begin_telling(block, &round);
	while (!sv_list_empty(&round)) {
		struct sv_block_want *want = SV_CONTAINER(round.next, struct sv_block_want, node);
		want_unlink(want);
		want->on_fail(want->context, rc);
	}
	end_telling(block);
}
