/* SPDX-License-Identifier: Apache-2.0
 * The catalog: titles, files, copies, and the rules about them.  Records are described in catalog_records.h.
 *
 * Calls block for as long as the database takes (microseconds to a few milliseconds; a writer may wait for another
 * process for up to ten seconds): roles run them in the offload pool, commands call them directly.  Any thread, any number at once,
 * on one struct sv_catalog.  Results live in the arena that the call was given; on failure its content is unspecified.
 * Every reading call sees one consistent state.  Every call returns 0 (or what it says) or SV_E*; common to all:
 *   SV_ENOENT no such id (also when the text is no public id); SV_ENOMEM arena full; SV_EUNAVAIL locked for too long;
 *   SV_ENOSPC disk full (nothing was changed); SV_EACCES; SV_ECORRUPT the database is damaged; SV_EIO. */
#ifndef SV_CATALOG_H
#define SV_CATALOG_H

#include "arena.h"
#include "catalog_records.h"
#include "settings.h"
#include "text.h"

struct sv_catalog;

/* Open what SV_STORE names (made when missing, schema brought up to date).  On failure `why` (of why_size bytes, 300 is plenty) holds one
 * line for people: SV_ECONFIG (SV_STORE), SV_EUNSUPPORTED (made by a newer version), SV_ECORRUPT, SV_EACCES, SV_ENOSPC, SV_EIO. */
int sv_catalog_open(const struct sv_settings *settings, struct sv_catalog **ret_catalog, char *why, size_t why_size);
/* No call may be under way.  Accepts NULL. */
void sv_catalog_close(struct sv_catalog *catalog);

/* A number that grows with every change, by whatever process: compare it to know whether something kept is still true.  Cheap. */
int sv_catalog_generation(struct sv_catalog *catalog, uint64_t *ret_generation);

/* ---- files ---- */

/* With copies, tracks and chapters; also files that are gone or bad (look at `state`). */
int sv_catalog_file(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_file *ret_file);
/* The CRC-32 of each SV_PIECE_SIZE piece of that version, malloc'ed; count 0 and NULL when none are known.
 * SV_ECHANGED: the file has another version now. */
int sv_catalog_pieces(struct sv_catalog *catalog, const char *id, uint64_t version, uint32_t **ret_crcs, size_t *ret_count);
/* The file that a person means: a public id, or the path of a copy. */
int sv_catalog_file_find(struct sv_catalog *catalog, const char *id_or_path, struct sv_arena *arena, struct sv_file *ret_file);
/* Every file with its title, ordered by title, season, episode; copies but no tracks or chapters.  What is handed to fn lives for the call.
 * fn returns 0 to go on; anything else ends the walk and is returned. */
int sv_catalog_each_file(struct sv_catalog *catalog, sv_catalog_entry_fn *fn, void *context);

/* ---- pages ---- */

int sv_catalog_titles(struct sv_catalog *catalog, const struct sv_titles_query *query, struct sv_arena *arena, struct sv_titles *ret_titles);
/* By the beginnings of words, in any order, accents and case folded; by similarity when nothing has them.  Any text is allowed; one without
 * letters or digits finds nothing.  limit 1 to 200. */
int sv_catalog_search(struct sv_catalog *catalog, struct sv_text words, unsigned limit, struct sv_arena *arena, struct sv_titles *ret_titles);

/* A film with its files (best first: state ok, more pixels, more bits), or a series with its seasons (those with episodes to see; numbers
 * ascending, specials last).  Also titles without a file in state ok (file_count is 0). */
int sv_catalog_title(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_title_detail *ret_detail);
/* The episodes of a season that have a file in state ok, by number.  A season that is not there gives an empty list. */
int sv_catalog_episodes(struct sv_catalog *catalog, const char *title, unsigned season, struct sv_arena *arena, const struct sv_episode **ret_episodes,
    size_t *ret_count);

int sv_catalog_episode(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_episode_detail *ret_detail);
int sv_catalog_image(struct sv_catalog *catalog, const char *id, struct sv_arena *arena, struct sv_image *ret_image);

/* ---- copies by hand ---- */

/* Add an http or https URL that holds the current version; 0, SV_EINVAL (not such a URL), SV_EEXIST. */
int sv_catalog_copy_add(struct sv_catalog *catalog, const char *file, const char *url);
int sv_catalog_copy_remove(struct sv_catalog *catalog, const char *file, const char *location);
/* The engine found out.  SV_ENOENT when the file has no such copy. */
int sv_catalog_copy_state(struct sv_catalog *catalog, const char *file, const char *location, enum sv_copy_state state);

#endif
