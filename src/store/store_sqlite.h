/* SPDX-License-Identifier: Apache-2.0
 * The SQLite driver: one writer connection and a few readers on one file in WAL mode.  What follows the first function is
 * between the driver's own files. */
#ifndef SV_STORE_SQLITE_H
#define SV_STORE_SQLITE_H

#include "sqlite_connection.h"
#include "store.h"

/* The file is made (0600) when it is missing; its folder must be there.  Fails as sv_catalog_open says. */
int sv_store_sqlite_open(const char *path, struct sv_store **ret_store, char *why, size_t why_size);

struct sv_store_sqlite;

/* Borrow a connection; waits until one is free.  NULL with *ret_rc set when a new one could not be opened. */
struct sv_sqlite *sv_store_sqlite_reader(struct sv_store_sqlite *store, int *ret_rc);
void sv_store_sqlite_reader_done(struct sv_store_sqlite *store, struct sv_sqlite *connection);
/* The same with a read transaction around it, so that several queries see one state. */
struct sv_sqlite *sv_store_sqlite_snapshot(struct sv_store_sqlite *store, int *ret_rc);
void sv_store_sqlite_snapshot_done(struct sv_store_sqlite *store, struct sv_sqlite *connection);
/* The writer, in a write transaction.  0 or SV_E*. */
int sv_store_sqlite_begin(struct sv_store_sqlite *store, struct sv_sqlite **ret_connection);
/* Commit when rc is not negative, undo otherwise; the rc that the operation ended with. */
int sv_store_sqlite_end(struct sv_store_sqlite *store, struct sv_sqlite *connection, int rc);

/* The driver's operations, by the names of struct sv_store_driver. */
int sv_store_sqlite_generation(struct sv_store *store, uint64_t *ret_generation);
int sv_store_sqlite_file(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_file *ret_file);
int sv_store_sqlite_file_at(struct sv_store *store, enum sv_copy_kind kind, const char *location, struct sv_arena *arena, struct sv_file *ret_file);
int sv_store_sqlite_pieces(struct sv_store *store, const char *id, uint64_t version, uint32_t **ret_crcs, size_t *ret_count);
int sv_store_sqlite_each_file(struct sv_store *store, sv_catalog_entry_fn *fn, void *context);
int sv_store_sqlite_titles(struct sv_store *store, const struct sv_titles_query *query, struct sv_arena *arena, struct sv_titles *ret_titles);
int sv_store_sqlite_search(struct sv_store *store, const struct sv_store_search *search, struct sv_arena *arena, struct sv_titles *ret_titles);
int sv_store_sqlite_title(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_title_detail *ret_detail);
int sv_store_sqlite_episodes(struct sv_store *store, const char *title, unsigned season, struct sv_arena *arena,
    const struct sv_episode **ret_episodes, size_t *ret_count);
int sv_store_sqlite_episode(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_episode_detail *ret_detail);
int sv_store_sqlite_image(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_image *ret_image);
int sv_store_sqlite_scan(struct sv_store *store, const char *path, struct sv_arena *arena, struct sv_scan *ret_scan);
int sv_store_sqlite_each_scan(struct sv_store *store, const char *path, sv_scan_fn *fn, void *context);
int sv_store_sqlite_record(struct sv_store *store, const struct sv_store_record *record, struct sv_recorded *ret_recorded);
int sv_store_sqlite_skip(struct sv_store *store, const struct sv_scan *scan, struct sv_recorded *ret_recorded);
int sv_store_sqlite_gone(struct sv_store *store, const char *const *paths, size_t count);
int sv_store_sqlite_copy_add(struct sv_store *store, const char *file, enum sv_copy_kind kind, const char *location, unsigned priority,
    int64_t now_unix_s);
int sv_store_sqlite_copy_remove(struct sv_store *store, const char *file, const char *location);
int sv_store_sqlite_copy_state(struct sv_store *store, const char *file, const char *location, enum sv_copy_state state, int64_t now_unix_s);

#endif
