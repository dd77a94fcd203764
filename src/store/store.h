/* SPDX-License-Identifier: Apache-2.0
 * Where the catalog is kept.  One interface of whole operations on the records of catalog_records.h, drivers beside it
 * (store_sqlite.h; MongoDB later); no query language leaks through.  Rules (what makes two names one title, how search words
 * are folded) are the catalog's; a driver does what it is told, each write as one transaction.
 *
 * Calls block; any thread, any number at once.  Results live in the given arena.  0 or SV_E* as catalog.h says. */
#ifndef SV_STORE_H
#define SV_STORE_H

#include "arena.h"
#include "catalog_records.h"

struct sv_store;

/* One file that was read whole, with where it belongs. */
struct sv_store_record {
	const struct sv_scan *scan;
	/* the title: found by kind, key and year, made when missing.  Year 0 takes any year's (newest first); a title without a year takes
	 * on this one's */
	enum sv_title_kind kind;
	const char *name, *key, *sort_name;
	unsigned year;
	unsigned season, episode, last_episode;   /* series only */
	const char *episode_name;            /* fills an empty one */
	/* the content: ids, version, state, added and copies are not looked at */
	const struct sv_file *file;
	const uint32_t *crcs;                /* piece_count of them */
	size_t piece_count;
	const struct sv_image *poster, *still;   /* NULL: none */
	int64_t now_unix_s;
};
/* A search, prepared by the catalog. */
struct sv_store_search {
	const char *const *words;            /* lower-case letters and digits only */
	size_t word_count;                   /* at least 1 */
	bool similar;                        /* false: titles that have words beginning with each; true: titles that look like it */
	unsigned limit;
};

struct sv_store_driver {
	const char *kind;                    /* "sqlite" */
	void (*close)(struct sv_store *store);
	/* reading */
	int (*generation)(struct sv_store *store, uint64_t *ret_generation);
	int (*file)(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_file *ret_file);
	int (*file_at)(struct sv_store *store, enum sv_copy_kind kind, const char *location, struct sv_arena *arena, struct sv_file *ret_file);
	int (*pieces)(struct sv_store *store, const char *id, uint64_t version, uint32_t **ret_crcs, size_t *ret_count);
	int (*each_file)(struct sv_store *store, sv_catalog_entry_fn *fn, void *context);
	int (*titles)(struct sv_store *store, const struct sv_titles_query *query, struct sv_arena *arena, struct sv_titles *ret_titles);
	int (*search)(struct sv_store *store, const struct sv_store_search *search, struct sv_arena *arena, struct sv_titles *ret_titles);
	int (*title)(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_title_detail *ret_detail);
	int (*episodes)(struct sv_store *store, const char *title, unsigned season, struct sv_arena *arena, const struct sv_episode **ret_episodes,
	    size_t *ret_count);
	int (*episode)(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_episode_detail *ret_detail);
	int (*image)(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_image *ret_image);
	int (*scan)(struct sv_store *store, const char *path, struct sv_arena *arena, struct sv_scan *ret_scan);
	/* every path that is `path` or lies below it, ascending by bytes; what fn gets lives for the call; fn must not call the store */
	int (*each_scan)(struct sv_store *store, const char *path, sv_scan_fn *fn, void *context);
	/* writing */
	int (*record)(struct sv_store *store, const struct sv_store_record *record, struct sv_recorded *ret_recorded);
	/* the path holds no film (scan->why says why): a file that had its copy here becomes bad, unless another copy is good */
	int (*skip_path)(struct sv_store *store, const struct sv_scan *scan, struct sv_recorded *ret_recorded);
	/* these paths are not there any more: their copies become gone, and files without another good copy too.  Unknown paths are passed over.
	 * A path without a file is forgotten.  Returns the number of files that became gone. */
	int (*gone)(struct sv_store *store, const char *const *paths, size_t count);
	int (*copy_add)(struct sv_store *store, const char *file, enum sv_copy_kind kind, const char *location, unsigned priority, int64_t now_unix_s);
	int (*copy_remove)(struct sv_store *store, const char *file, const char *location);
	int (*copy_state)(struct sv_store *store, const char *file, const char *location, enum sv_copy_state state, int64_t now_unix_s);
	/* look through the whole database: 0, or SV_ECORRUPT with one line in `why` */
	int (*check)(struct sv_store *store, char *why, size_t why_size);
};

/* Drivers embed this first. */
struct sv_store {
	const struct sv_store_driver *driver;
};

/* Open "sqlite:PATH".  Fails as sv_catalog_open says. */
int sv_store_open(const char *where, struct sv_store **ret_store, char *why, size_t why_size);
/* Accepts NULL. */
void sv_store_close(struct sv_store *store);

#endif
