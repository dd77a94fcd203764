/* SPDX-License-Identifier: Apache-2.0
 * One look at the catalog per id at a time; everyone who asks meanwhile joins it.  A film object never changes: a new
 * version, name or set of copies makes a new one, and requests in progress keep the one they began with. */
#include "engine_films.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buffer.h"
#include "errors.h"
#include "list.h"
#include "loop.h"
#include "source_file.h"
#include "source_http.h"
#include "sv_assert.h"
#include "url.h"

#define FILMS_MAGIC 0x65660001u
#define FRESH_MS 1000u
#define KEPT_MAX 256u
#define BUCKETS 256u

struct entry {
	struct sv_list bucket, used;
	char id[SV_ID_LENGTH + 1];
	struct sv_engine_film *film;     /* a reference; NULL: not known yet */
	uint64_t generation;
	uint64_t fresh_until_ms;
	struct look *look;               /* under way */
};

struct sv_engine_films {
	unsigned magic;
	struct sv_stream *stream;
	struct sv_loop *loop;
	struct sv_http_client *client;
	struct sv_engine_finder finder;
	uint64_t fresh_ms;
	struct sv_list buckets[BUCKETS];
	struct sv_list used;             /* entries, least recently used first */
	unsigned count;
	bool ready;
};

/* One visit to the catalog; lives until the pool has let go of it. */
struct look {
	struct sv_engine_films *films;   /* NULL once dropped */
	struct entry *entry;
	struct sv_offload *offload;
	struct sv_list finds;
	struct sv_engine_finder finder;
	char id[SV_ID_LENGTH + 1];
	bool known;                      /* the entry has a film, ... */
	uint64_t known_generation;       /* ... as of this */
	uint64_t known_version;          /* whose checksums we have; 0: none */
	/* the answer, written by the pool */
	int rc;
	bool unchanged;
	uint64_t generation;
	struct sv_engine_record *record;
};

struct sv_engine_find {
	struct sv_list node;
	struct look *look;
	sv_engine_find_fn *fn;
	void *context;
};

void
sv_engine_record_free(struct sv_engine_record *record)
{
	if (record == NULL)
		return;
	for (size_t i = 0; i < record->copy_count; i++)
		free(record->copies[i].location);
	free(record->copies);
	free(record->name);
	free(record->mime);
	free(record->piece_crcs);
	free(record);
}

/* ---- films ---- */

struct sv_engine_film *
sv_engine_film_ref(struct sv_engine_film *film)
{
	sv_assert(film->refs > 0);
	film->refs++;
	return film;
}

void
sv_engine_film_unref(struct sv_engine_film *film)
{
	if (film == NULL)
		return;
	sv_assert(film->refs > 0);
	if (--film->refs > 0)
		return;
	sv_stream_file_unref(film->file);
	sv_engine_record_free(film->record);
	free(film->encoded_name);
	free(film);
}

/* The stream file may outlive the film's record, so it has its own. */
struct copy {
	struct sv_http_client *client;
	bool http;
	int64_t mtime_ns;
	char *location;
};

static int
open_copy(void *context, struct sv_loop *loop, uint64_t size_bytes, struct sv_source **ret_source)
{
	const struct copy *copy = context;

	if (copy->http)
		*ret_source = sv_source_http_open(loop,
		    &(struct sv_source_http_options){.client = copy->client, .url = copy->location, .size_bytes = size_bytes});
	else
		*ret_source = sv_source_file_open(loop,
		    &(struct sv_source_file_options){.path = copy->location, .size_bytes = size_bytes, .mtime_ns = copy->mtime_ns});
	return 0;
}

static void
release_copy(void *context)
{
	struct copy *copy = context;

	free(copy->location);
	free(copy);
}

static struct sv_stream_file *
make_stream_file(struct sv_engine_films *films, const char *id, const struct sv_engine_record *record, const struct sv_stream_file *like)
{
	struct sv_stream_copy_options copies[SV_STREAM_COPIES_MAX] = {{0}};
	unsigned count = record->copy_count < SV_STREAM_COPIES_MAX ? (unsigned)record->copy_count : SV_STREAM_COPIES_MAX;

	if (record->gone || record->size_bytes == 0 || count == 0)
		return NULL;
	for (unsigned i = 0; i < count; i++) {
		const struct sv_engine_copy_record *from = &record->copies[i];
		struct copy *copy = sv_xmalloc(sizeof *copy);
		*copy = (struct copy){films->client, from->http, from->mtime_ns, sv_xstrdup(from->location)};
		copies[i] = (struct sv_stream_copy_options){.name = copy->location, .open = open_copy, .release = release_copy, .context = copy};
	}
	return sv_stream_file_new(films->stream, &(struct sv_stream_file_options){.id = id, .version = record->version, .size_bytes = record->size_bytes,
	    .piece_crcs = record->piece_crcs, .crc_count = record->crc_count, .like = like, .copies = copies, .copy_count = count});
}

static bool
same_copies(const struct sv_engine_record *a, const struct sv_engine_record *b)
{
	if (a->version != b->version || a->size_bytes != b->size_bytes || a->gone != b->gone || a->copy_count != b->copy_count)
		return false;
	for (size_t i = 0; i < a->copy_count; i++)
		if (a->copies[i].http != b->copies[i].http || a->copies[i].mtime_ns != b->copies[i].mtime_ns ||
		    strcmp(a->copies[i].location, b->copies[i].location) != 0)
			return false;
	return true;
}

/* Takes the record. */
static struct sv_engine_film *
make_film(struct sv_engine_films *films, const char *id, struct sv_engine_record *record, const struct sv_engine_film *former)
{
	struct sv_engine_film *film = sv_xcalloc(1, sizeof *film);
	struct sv_buffer name;

	film->refs = 1;
	memcpy(film->id, id, sizeof film->id);
	film->record = record;
	(void)snprintf(film->etag, sizeof film->etag, "\"%s-%" PRIu64 "-%" PRIu64 "\"", id, record->version, record->size_bytes);
	sv_buffer_init(&name, 4096);
	sv_url_encode(SV_URL_RFC8187, sv_text_of(record->name), &name);
	film->encoded_name = sv_buffer_take(&name);
	sv_buffer_fini(&name);
	if (former != NULL && former->file != NULL && same_copies(former->record, record))
		film->file = sv_stream_file_ref(former->file);
	else
		film->file = make_stream_file(films, id, record, former != NULL && former->record->version == record->version ? former->file : NULL);
	/* the stream has them now */
	free(record->piece_crcs);
	record->piece_crcs = NULL;
	record->crc_count = 0;
	return film;
}

/* ---- entries ---- */

static struct sv_list *
bucket_of(struct sv_engine_films *films, const char *id)
{
	uint32_t hash = 2166136261u;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return &films->buckets[hash % BUCKETS];
}

static struct entry *
find_entry(struct sv_engine_films *films, const char *id)
{
	SV_LIST_EACH(node, bucket_of(films, id)) {
		struct entry *entry = SV_CONTAINER(node, struct entry, bucket);
		if (strcmp(entry->id, id) == 0)
			return entry;
	}
	return NULL;
}

static void
free_entry(struct sv_engine_films *films, struct entry *entry)
{
	sv_assert(entry->look == NULL);
	sv_list_remove(&entry->bucket);
	sv_list_remove(&entry->used);
	films->count--;
	sv_engine_film_unref(entry->film);
	free(entry);
}

static struct entry *
make_entry(struct sv_engine_films *films, const char *id)
{
	struct entry *entry = sv_xcalloc(1, sizeof *entry);

	memcpy(entry->id, id, sizeof entry->id);
	sv_list_append(bucket_of(films, id), &entry->bucket);
	sv_list_append(&films->used, &entry->used);
	if (++films->count > KEPT_MAX)
		SV_LIST_EACH(node, &films->used) {
			struct entry *old = SV_CONTAINER(node, struct entry, used);
			if (old->look == NULL && old != entry) {
				free_entry(films, old);
				break;
			}
		}
	return entry;
}

struct sv_engine_film *
sv_engine_films_now(struct sv_engine_films *films, const char *id)
{
	SV_CHECK(films, FILMS_MAGIC);
	struct entry *entry = find_entry(films, id);
	if (entry == NULL || entry->film == NULL || sv_loop_now_ms(films->loop) >= entry->fresh_until_ms)
		return NULL;
	sv_list_remove(&entry->used);
	sv_list_append(&films->used, &entry->used);
	return entry->film;
}

/* ---- looking ---- */

/* Pool thread. */
static void
look_work(void *context)
{
	struct look *look = context;

	/* read before the record: a change in between only costs another look */
	look->rc = look->finder.generation(look->finder.context, &look->generation);
	if (look->rc != 0)
		return;
	look->unchanged = look->known && look->generation == look->known_generation;
	if (!look->unchanged)
		look->rc = look->finder.find(look->finder.context, look->id, look->known_version, &look->record);
}

static void
take_answer(struct sv_engine_films *films, struct look *look)
{
	struct entry *entry = look->entry;

	films->ready = look->rc == 0 || look->rc == SV_ENOENT;
	if (look->rc != 0)
		return;
	if (!look->unchanged) {
		struct sv_engine_film *former = entry->film;
		entry->film = make_film(films, entry->id, look->record, former);
		look->record = NULL;
		sv_engine_film_unref(former);
	}
	entry->generation = look->generation;
	entry->fresh_until_ms = sv_loop_now_ms(films->loop) + films->fresh_ms;
}

static void
look_done(void *context)
{
	struct look *look = context;
	struct sv_engine_films *films = look->films;
	struct entry *entry = look->entry;

	look->offload = NULL;
	take_answer(films, look);
	entry->look = NULL;
	look->entry = NULL;
	struct sv_engine_film *film = look->rc == 0 ? sv_engine_film_ref(entry->film) : NULL;
	if (look->rc == SV_ENOENT || entry->film == NULL)
		free_entry(films, entry);
	/* each call may cancel other finds, or drop everything */
	while (!sv_list_empty(&look->finds)) {
		struct sv_engine_find *find = SV_CONTAINER(look->finds.next, struct sv_engine_find, node);
		sv_list_remove(&find->node);
		sv_engine_find_fn *fn = find->fn;
		void *fn_context = find->context;
		free(find);
		fn(fn_context, look->rc, film);
	}
	sv_engine_film_unref(film);
}

static void
look_release(void *context)
{
	struct look *look = context;

	sv_assert(sv_list_empty(&look->finds));
	sv_engine_record_free(look->record);
	free(look);
}

struct sv_engine_find *
sv_engine_films_find(struct sv_engine_films *films, const char *id, sv_engine_find_fn *fn, void *context)
{
	SV_CHECK(films, FILMS_MAGIC);
	struct entry *entry = find_entry(films, id);
	struct sv_engine_find *find = sv_xcalloc(1, sizeof *find);

	if (entry == NULL)
		entry = make_entry(films, id);
	if (entry->look == NULL) {
		struct look *look = sv_xcalloc(1, sizeof *look);
		look->films = films;
		look->entry = entry;
		look->finder = films->finder;
		sv_list_init(&look->finds);
		memcpy(look->id, entry->id, sizeof look->id);
		if (entry->film != NULL) {
			look->known = true;
			look->known_generation = entry->generation;
			look->known_version = entry->film->file == NULL ? 0 : entry->film->record->version;
		}
		entry->look = look;
		look->offload = sv_offload_start(films->loop, look_work, look_done, look_release, look);
	}
	find->look = entry->look;
	find->fn = fn;
	find->context = context;
	sv_list_append(&entry->look->finds, &find->node);
	return find;
}

void
sv_engine_find_cancel(struct sv_engine_find *find)
{
	if (find == NULL)
		return;
	/* the look goes on: its answer is worth keeping */
	sv_list_remove(&find->node);
	free(find);
}

bool
sv_engine_films_ready(const struct sv_engine_films *films)
{
	SV_CHECK(films, FILMS_MAGIC);
	return films->ready;
}

struct sv_engine_films *
sv_engine_films_new(struct sv_stream *stream, struct sv_loop *loop, struct sv_http_client *client, const struct sv_engine_finder *finder,
    uint64_t fresh_ms)
{
	struct sv_engine_films *films = sv_xcalloc(1, sizeof *films);

	films->magic = FILMS_MAGIC;
	films->stream = stream;
	films->loop = loop;
	films->client = client;
	films->finder = *finder;
	films->fresh_ms = fresh_ms == 0 ? FRESH_MS : fresh_ms;
	films->ready = true;
	sv_list_init(&films->used);
	for (unsigned i = 0; i < BUCKETS; i++)
		sv_list_init(&films->buckets[i]);
	return films;
}

void
sv_engine_films_free(struct sv_engine_films *films)
{
	if (films == NULL)
		return;
	SV_CHECK(films, FILMS_MAGIC);
	SV_LIST_EACH(node, &films->used) {
		struct entry *entry = SV_CONTAINER(node, struct entry, used);
		struct look *look = entry->look;
		if (look != NULL) {
			SV_LIST_EACH(waiting, &look->finds) {
				sv_list_remove(waiting);
				free(SV_CONTAINER(waiting, struct sv_engine_find, node));
			}
			sv_offload_cancel(look->offload);
			entry->look = NULL;
		}
		free_entry(films, entry);
	}
	films->magic = 0;
	free(films);
}
