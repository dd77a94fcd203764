/* SPDX-License-Identifier: Apache-2.0
 * What the index job writes into the catalog.  Same rules for calls, threads and errors as catalog.h. */
#ifndef SV_CATALOG_INDEX_H
#define SV_CATALOG_INDEX_H

#include "catalog.h"

/* A file that was read whole and probed, with what its name says. */
struct sv_catalog_found {
	const struct sv_scan *scan;        /* path absolute; `why` "" */
	enum sv_title_kind kind;
	const char *name;                  /* of the film or series, as people write it; must fold to something: see sv_catalog_name_usable */
	unsigned year;                     /* 0: unknown */
	unsigned season, episode, last_episode;   /* series: last_episode >= episode */
	const char *episode_name;          /* never NULL */
	const struct sv_file *file;        /* the content; ids, version, state, added and copies are not looked at */
	const uint32_t *crcs;              /* one a SV_PIECE_SIZE piece */
	size_t piece_count;
	const struct sv_image *poster, *still;   /* their bytes are in place already; NULL: none */
};

/* Does the name hold a letter or digit? */
bool sv_catalog_name_usable(const char *name);
/* Write it all in one transaction.  A film goes to the title of the same kind, folded name and year; no year matches any. */
int sv_catalog_record(struct sv_catalog *catalog, const struct sv_catalog_found *found, struct sv_recorded *ret_recorded);
/* The path holds no film, and scan->why says why.  A file that lay there becomes bad (outcome SV_OUTCOME_CHANGED, file and version set). */
int sv_catalog_skip(struct sv_catalog *catalog, const struct sv_scan *scan, struct sv_recorded *ret_recorded);
/* These paths are there no more.  Returns how many files became gone. */
int sv_catalog_gone(struct sv_catalog *catalog, const char *const *paths, size_t count);
/* What the last look at this path saw.  SV_ENOENT: never seen, or gone since. */
int sv_catalog_scan(struct sv_catalog *catalog, const char *path, struct sv_arena *arena, struct sv_scan *ret_scan);
/* Every path seen that is `path` or lies below it, ascending by bytes.  fn must not call the catalog. */
int sv_catalog_each_scan(struct sv_catalog *catalog, const char *path, sv_scan_fn *fn, void *context);
/* Look through the whole database for damage: 0, or SV_ECORRUPT with one line in `why`. */
int sv_catalog_check(struct sv_catalog *catalog, char *why, size_t why_size);

#endif
