/* SPDX-License-Identifier: Apache-2.0
 * The catalog over a store.  Checks what callers pass on from outside, folds names, measures; the store does the rest. */
#include "catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "catalog_index.h"
#include "clock.h"
#include "errors.h"
#include "metrics.h"
#include "name_fold.h"
#include "paths.h"
#include "store.h"
#include "sv_assert.h"

#define MAGIC 0x43617431u
/* Mirrors are tried after local files. */
#define HTTP_PRIORITY 10
#define MAX_WORDS 12

struct sv_catalog {
	uint32_t magic;
	struct sv_store *store;
};


#define DRIVER(catalog) (driver_of(catalog)->driver)

static struct sv_store *
driver_of(const struct sv_catalog *catalog)
{
	SV_CHECK(catalog, MAGIC);
	return catalog->store;
}

static int
timed(uint64_t start_us, int rc)
{
	sv_metric_observe(SV_METRIC_db_duration, (double)(sv_clock_us() - start_us) / 1e6);
	return rc;
}

static bool
id_valid(const char *id)
{
	return id != NULL && sv_random_id_valid(sv_text_of(id));
}

int
sv_catalog_open(const struct sv_settings *settings, struct sv_catalog **ret_catalog, char *why, size_t why_size)
{
	char path[SV_PATH_MAX];
	struct sv_store *store = NULL;
	bool named = settings->store[0] != '\0';
	char *where = named ? sv_xstrdup(settings->store) : sv_xasprintf("sqlite:%s", sv_path(settings, SV_PATH_DATABASE, path));
	int rc = sv_store_open(where, &store, why, why_size);

	free(where);
	if (rc < 0)
		return rc;
	struct sv_catalog *catalog = sv_xcalloc(1, sizeof *catalog);
	*catalog = (struct sv_catalog){MAGIC, store};
	*ret_catalog = catalog;
	return 0;
}

void
sv_catalog_close(struct sv_catalog *catalog)
{
	if (catalog == NULL)
		return;
	sv_store_close(driver_of(catalog));
	catalog->magic = 0;
	free(catalog);
}

int
sv_catalog_generation(struct sv_catalog *catalog, uint64_t *ret_generation)
{
	return DRIVER(catalog)->generation(catalog->store, ret_generation);
}

/* ---- files ---- */

int
sv_catalog_file(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_file *ret_file)
{
	uint64_t start = sv_clock_us();

	return !id_valid(id) ? SV_ENOENT : timed(start, DRIVER(catalog)->file(catalog->store, id, arena, ret_file));
}

int
sv_catalog_pieces(struct sv_catalog *catalog, const char *id, uint64_t version, uint32_t **ret_crcs, size_t *ret_count)
{
	uint64_t start = sv_clock_us();

	return !id_valid(id) ? SV_ENOENT : timed(start, DRIVER(catalog)->pieces(catalog->store, id, version, ret_crcs, ret_count));
}

int
sv_catalog_file_find(struct sv_catalog *catalog, const char *id_or_path, struct sv_arena *arena, struct sv_file *ret_file)
{
	char resolved[SV_PATH_MAX];
	int rc = sv_catalog_file(catalog, id_or_path, arena, ret_file);

	if (rc != SV_ENOENT)
		return rc;
	rc = DRIVER(catalog)->file_at(catalog->store, SV_COPY_FILE, id_or_path, arena, ret_file);
	/* the index job stored the path without links and dots */
	if (rc == SV_ENOENT && strlen(id_or_path) < sizeof resolved && realpath(id_or_path, resolved) != NULL)
		rc = DRIVER(catalog)->file_at(catalog->store, SV_COPY_FILE, resolved, arena, ret_file);
	return rc;
}

int
sv_catalog_each_file(struct sv_catalog *catalog, sv_catalog_entry_fn *fn, void *context)
{
	return DRIVER(catalog)->each_file(catalog->store, fn, context);
}

/* ---- pages ---- */

int
sv_catalog_titles(struct sv_catalog *catalog, const struct sv_titles_query *query, struct sv_arena *arena, struct sv_titles *ret_titles)
{
	uint64_t start = sv_clock_us();

	sv_assert(query->limit >= 1 && query->limit <= 200 && query->order < SV_TITLE_ORDER_COUNT);
	if (query->offset > INT64_MAX)
		return SV_ERANGE;
	return timed(start, DRIVER(catalog)->titles(catalog->store, query, arena, ret_titles));
}

/* How much of the words' triples of bytes the folded name has, in percent. */
static unsigned
likeness(const char *name, const struct sv_store_search *search)
{
	char folded[SV_NAME_FOLD_MAX];
	size_t triples = 0, found = 0;

	(void)sv_name_fold(sv_text_of(name), folded, sizeof folded);
	for (size_t i = 0; i < search->word_count; i++)
		for (const char *at = search->words[i]; strlen(at) >= 3; at++) {
			const char triple[4] = {at[0], at[1], at[2], '\0'};
			triples++;
			found += strstr(folded, triple) != NULL;
		}
	return triples == 0 ? 0 : (unsigned)(found * 100 / triples);
}

/* A store gives whatever shares anything; keep what a person would call similar. */
static void
keep_similar(struct sv_titles *titles, const struct sv_store_search *search, struct sv_arena *arena)
{
	struct sv_title *kept = titles->count == 0 ? NULL : sv_arena_alloc(arena, titles->count * sizeof *kept);
	size_t count = 0;

	for (size_t i = 0; kept != NULL && i < titles->count; i++)
		if (likeness(titles->titles[i].name, search) >= 30)
			kept[count++] = titles->titles[i];
	titles->titles = kept;
	titles->count = count;
	titles->total = count;
}

int
sv_catalog_search(struct sv_catalog *catalog, struct sv_text words, unsigned limit, struct sv_arena *arena, struct sv_titles *ret_titles)
{
	uint64_t start = sv_clock_us();
	char folded[SV_NAME_FOLD_MAX];
	const char *list[MAX_WORDS];
	struct sv_store_search search = {.words = list, .limit = limit};
	struct sv_titles titles = {0};

	sv_assert(limit >= 1 && limit <= 200);
	(void)sv_name_fold(words, folded, sizeof folded);
	char *rest = NULL;
	for (char *word = strtok_r(folded, " ", &rest); word != NULL && search.word_count < MAX_WORDS; word = strtok_r(NULL, " ", &rest))
		list[search.word_count++] = word;
	if (search.word_count == 0) {
		*ret_titles = titles;
		return 0;
	}
	int rc = DRIVER(catalog)->search(catalog->store, &search, arena, &titles);
	if (rc == 0 && titles.count == 0) {
		search.similar = true;
		rc = DRIVER(catalog)->search(catalog->store, &search, arena, &titles);
		if (rc == 0)
			keep_similar(&titles, &search, arena);
		titles.nearest = titles.count > 0;
	}
	if (rc == 0)
		*ret_titles = titles;
	return timed(start, rc);
}

int
sv_catalog_title(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_title_detail *ret_detail)
{
	uint64_t start = sv_clock_us();

	return !id_valid(id) ? SV_ENOENT : timed(start, DRIVER(catalog)->title(catalog->store, id, arena, ret_detail));
}

int
sv_catalog_episodes(struct sv_catalog *catalog, const char *title, unsigned season, struct sv_arena *arena, const struct sv_episode **ret_episodes,
    size_t *ret_count)
{
	uint64_t start = sv_clock_us();

	return !id_valid(title) ? SV_ENOENT : timed(start, DRIVER(catalog)->episodes(catalog->store, title, season, arena, ret_episodes, ret_count));
}

int
sv_catalog_episode(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_episode_detail *ret_detail)
{
	uint64_t start = sv_clock_us();

	return !id_valid(id) ? SV_ENOENT : timed(start, DRIVER(catalog)->episode(catalog->store, id, arena, ret_detail));
}

int
sv_catalog_image(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_image *ret_image)
{
	uint64_t start = sv_clock_us();

	return !id_valid(id) ? SV_ENOENT : timed(start, DRIVER(catalog)->image(catalog->store, id, arena, ret_image));
}

/* ---- copies ---- */

/* http or https, a host, printable ASCII only, no user or password (they would end up in logs). */
static bool
url_usable(const char *url)
{
	struct sv_text text = sv_text_of(url);
	size_t scheme = sv_text_starts(text, "https://") ? 8 : sv_text_starts(text, "http://") ? 7 : 0;
	size_t host = scheme == 0 ? 0 : strcspn(url + scheme, "/?#");

	if (scheme == 0 || host == 0 || text.length > 2000 || memchr(url + scheme, '@', host) != NULL)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (url[i] <= ' ' || url[i] > '~')
			return false;
	return true;
}

int
sv_catalog_copy_add(struct sv_catalog *catalog, const char *file, const char *url)
{
	if (!url_usable(url))
		return SV_EINVAL;
	if (!id_valid(file))
		return SV_ENOENT;
	return DRIVER(catalog)->copy_add(catalog->store, file, SV_COPY_HTTP, url, HTTP_PRIORITY, sv_clock_unix_s());
}

int
sv_catalog_copy_remove(struct sv_catalog *catalog, const char *file, const char *location)
{
	return !id_valid(file) ? SV_ENOENT : DRIVER(catalog)->copy_remove(catalog->store, file, location);
}

int
sv_catalog_copy_state(struct sv_catalog *catalog, const char *file, const char *location, enum sv_copy_state state)
{
	return !id_valid(file) ? SV_ENOENT : DRIVER(catalog)->copy_state(catalog->store, file, location, state, sv_clock_unix_s());
}

/* ---- the index job ---- */

bool
sv_catalog_name_usable(const char *name)
{
	char folded[SV_NAME_FOLD_MAX];

	return sv_name_fold(sv_text_of(name), folded, sizeof folded) > 0;
}

int
sv_catalog_record(struct sv_catalog *catalog, const struct sv_catalog_found *found, struct sv_recorded *ret_recorded)
{
	uint64_t start = sv_clock_us();
	char key[SV_NAME_FOLD_MAX];

	sv_assert(found->kind < SV_TITLE_KIND_COUNT && found->last_episode >= found->episode && found->scan->path[0] == '/');
	sv_assert(found->piece_count == (found->file->size_bytes + SV_PIECE_SIZE - 1) / SV_PIECE_SIZE);
	if (sv_name_fold(sv_text_of(found->name), key, sizeof key) == 0)
		return SV_EINVAL;
	const struct sv_store_record record = {
	    .scan = found->scan, .kind = found->kind, .name = found->name, .key = key, .sort_name = sv_name_sort(key), .year = found->year,
	    .season = found->season, .episode = found->episode, .last_episode = found->last_episode, .episode_name = found->episode_name,
	    .file = found->file, .crcs = found->crcs, .piece_count = found->piece_count, .poster = found->poster, .still = found->still,
	    .now_unix_s = sv_clock_unix_s(),
	};
	return timed(start, DRIVER(catalog)->record(catalog->store, &record, ret_recorded));
}

int
sv_catalog_skip(struct sv_catalog *catalog, const struct sv_scan *scan, struct sv_recorded *ret_recorded)
{
	sv_assert(scan->why[0] != '\0' && scan->path[0] == '/');
	return DRIVER(catalog)->skip_path(catalog->store, scan, ret_recorded);
}

int
sv_catalog_gone(struct sv_catalog *catalog, const char *const *paths, size_t count)
{
	return count == 0 ? 0 : DRIVER(catalog)->gone(catalog->store, paths, count);
}

int
sv_catalog_scan(struct sv_catalog *catalog, const char *path, struct sv_arena *arena, struct sv_scan *ret_scan)
{
	return DRIVER(catalog)->scan(catalog->store, path, arena, ret_scan);
}

int
sv_catalog_each_scan(struct sv_catalog *catalog, const char *path, sv_scan_fn *fn, void *context)
{
	return DRIVER(catalog)->each_scan(catalog->store, path, fn, context);
}

int
sv_catalog_check(struct sv_catalog *catalog, char *why, size_t why_size)
{
	return DRIVER(catalog)->check(catalog->store, why, why_size);
}
