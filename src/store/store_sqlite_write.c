/* SPDX-License-Identifier: Apache-2.0
 * SQLite driver: what is written, each operation one transaction. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "errors.h"
#include "sqlite_rows.h"
#include "store_sqlite.h"
#include "sv_assert.h"

#define PIECES_CEILING ((size_t)64 << 20)

static struct sv_store_sqlite *
own(struct sv_store *store)
{
	return (struct sv_store_sqlite *)store;
}

/* A public id that can be typed: one that begins with "-" would be taken for an option. */
static void
make_id(char out[static SV_ID_SIZE])
{
	do
		sv_random_id(out);
	while (out[0] == '-');
}

/* A new row's number, or SV_E*. */
static int
inserted(struct sv_sqlite *connection, int rc, int64_t *ret_n)
{
	if (rc >= 0)
		*ret_n = sqlite3_last_insert_rowid(connection->db);
	return rc < 0 ? rc : 0;
}

/* The numbers that a title carries about its files. */
static int
roll_up(struct sv_sqlite *connection, int64_t title_n)
{
	int rc = sv_sqlite_run(connection, "UPDATE title SET "
	    "file_count = (SELECT count(*) FROM file WHERE title = title.n AND state = 0), "
	    "fresh_unix_s = (SELECT coalesce(max(added_unix_s), 0) FROM file WHERE title = title.n AND state = 0), "
	    "episode_count = (SELECT count(DISTINCT episode) FROM file WHERE title = title.n AND state = 0), "
	    "season_count = (SELECT count(DISTINCT episode.season) FROM file JOIN episode ON episode.n = file.episode "
	        "WHERE file.title = title.n AND state = 0), "
	    "last_year = (SELECT coalesce(max(number), 0) FROM season WHERE title = title.n AND number >= 1900), "
	    "duration_ms = coalesce((SELECT duration_ms FROM file WHERE title = title.n AND episode IS NULL AND state = 0 "
	        "ORDER BY " SV_SQL_BEST_ORDER " LIMIT 1), 0) WHERE n = ?", SV_SQL_ARGS(SV_SQL_INT(title_n)));

	return rc < 0 ? rc : 0;
}

/* ---- where a file belongs ---- */

static int
find_title(struct sv_sqlite *connection, const struct sv_store_record *record, int64_t *ret_n)
{
	int rc = record->year == 0
	    ? sv_sqlite_integer(connection, "SELECT n FROM title WHERE kind = ? AND key = ? ORDER BY year DESC LIMIT 1",
	        SV_SQL_ARGS(SV_SQL_INT(record->kind), SV_SQL_TEXT(record->key)), ret_n)
	    : sv_sqlite_integer(connection, "SELECT n FROM title WHERE kind = ? AND key = ? AND year IN (?, 0) ORDER BY year DESC LIMIT 1",
	        SV_SQL_ARGS(SV_SQL_INT(record->kind), SV_SQL_TEXT(record->key), SV_SQL_INT(record->year)), ret_n);

	if (rc > 0 && record->year != 0)
		rc = sv_sqlite_run(connection, "UPDATE title SET year = ? WHERE n = ? AND year = 0",
		    SV_SQL_ARGS(SV_SQL_INT(record->year), SV_SQL_INT(*ret_n))) < 0 ? sv_sqlite_error(connection) : 1;
	return rc;
}

static int
resolve_title(struct sv_sqlite *connection, const struct sv_store_record *record, int64_t *ret_n)
{
	char id[SV_ID_SIZE];
	int rc = find_title(connection, record, ret_n);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	make_id(id);
	rc = sv_sqlite_run(connection, "INSERT INTO title (id, kind, key, year, name, sort_name, added_unix_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
	    SV_SQL_ARGS(SV_SQL_TEXT(id), SV_SQL_INT(record->kind), SV_SQL_TEXT(record->key), SV_SQL_INT(record->year), SV_SQL_TEXT(record->name),
	        SV_SQL_TEXT(record->sort_name), SV_SQL_INT(record->now_unix_s)));
	return inserted(connection, rc, ret_n);
}

static int
resolve_episode(struct sv_sqlite *connection, const struct sv_store_record *record, int64_t title_n, int64_t *ret_n)
{
	char id[SV_ID_SIZE];
	int64_t season_n = 0;
	int rc = sv_sqlite_integer(connection, "SELECT n FROM season WHERE title = ? AND number = ?",
	    SV_SQL_ARGS(SV_SQL_INT(title_n), SV_SQL_INT(record->season)), &season_n);

	if (rc == 0) {
		make_id(id);
		rc = inserted(connection, sv_sqlite_run(connection, "INSERT INTO season (id, title, number) VALUES (?, ?, ?)",
		    SV_SQL_ARGS(SV_SQL_TEXT(id), SV_SQL_INT(title_n), SV_SQL_INT(record->season))), &season_n);
	}
	if (rc < 0)
		return rc;
	rc = sv_sqlite_integer(connection, "SELECT n FROM episode WHERE season = ? AND number = ? AND last_number = ?",
	    SV_SQL_ARGS(SV_SQL_INT(season_n), SV_SQL_INT(record->episode), SV_SQL_INT(record->last_episode)), ret_n);
	if (rc < 0)
		return rc;
	if (rc > 0) {
		rc = sv_sqlite_run(connection, "UPDATE episode SET name = ? WHERE n = ? AND name = ''",
		    SV_SQL_ARGS(SV_SQL_TEXT(record->episode_name), SV_SQL_INT(*ret_n)));
		return rc < 0 ? rc : 0;
	}
	make_id(id);
	rc = sv_sqlite_run(connection, "INSERT INTO episode (id, season, number, last_number, name) VALUES (?, ?, ?, ?, ?)",
	    SV_SQL_ARGS(SV_SQL_TEXT(id), SV_SQL_INT(season_n), SV_SQL_INT(record->episode), SV_SQL_INT(record->last_episode),
	        SV_SQL_TEXT(record->episode_name)));
	return inserted(connection, rc, ret_n);
}

/* ---- the content ---- */

/* The pieces as the blob keeps them; malloc'ed. */
static uint8_t *
encode_pieces(const struct sv_store_record *record)
{
	uint8_t *blob = sv_try_malloc(record->piece_count * 4 + 1, PIECES_CEILING);

	for (size_t i = 0; blob != NULL && i < record->piece_count; i++)
		for (size_t byte = 0; byte < 4; byte++)
			blob[4 * i + byte] = (uint8_t)(record->crcs[i] >> 8 * byte);
	return blob;
}

static int
put_tracks(struct sv_sqlite *connection, int64_t n, const struct sv_file *file)
{
	int rc = sv_sqlite_run(connection, "DELETE FROM track WHERE file = ?", SV_SQL_ARGS(SV_SQL_INT(n)));

	if (rc >= 0)
		rc = sv_sqlite_run(connection, "DELETE FROM chapter WHERE file = ?", SV_SQL_ARGS(SV_SQL_INT(n)));
	for (size_t i = 0; rc >= 0 && i < file->track_count; i++) {
		const struct sv_track *t = &file->tracks[i];
		rc = sv_sqlite_run(connection, "INSERT OR REPLACE INTO track VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    SV_SQL_ARGS(SV_SQL_INT(n), SV_SQL_INT(t->number), SV_SQL_INT(t->kind), SV_SQL_INT(t->is_default), SV_SQL_INT(t->is_forced),
		        SV_SQL_TEXT(t->codec), SV_SQL_TEXT(t->codec_string), SV_SQL_TEXT(t->language), SV_SQL_TEXT(t->name),
		        SV_SQL_INT(t->bit_rate), SV_SQL_INT(t->width), SV_SQL_INT(t->height), SV_SQL_INT(t->bit_depth), SV_SQL_INT(t->channels),
		        SV_SQL_INT(t->sample_rate_hz), SV_SQL_INT(t->frame_rate_num), SV_SQL_INT(t->frame_rate_den)));
	}
	for (size_t i = 0; rc >= 0 && i < file->chapter_count; i++) {
		const struct sv_chapter *c = &file->chapters[i];
		rc = sv_sqlite_run(connection, "INSERT INTO chapter VALUES (?, ?, ?, ?, ?)", SV_SQL_ARGS(SV_SQL_INT(n), SV_SQL_INT(i),
		    SV_SQL_INT(c->start_ms), SV_SQL_INT(c->end_ms), SV_SQL_TEXT(c->name)));
	}
	return rc < 0 ? rc : 0;
}

static int
put_content(struct sv_sqlite *connection, int64_t n, uint64_t version, const struct sv_store_record *record)
{
	const struct sv_file *f = record->file;
	uint8_t *blob = encode_pieces(record);

	if (blob == NULL)
		return SV_ENOMEM;
	int rc = sv_sqlite_run(connection, "UPDATE file SET version = ?, state = 0, size_bytes = ?, mtime_unix_s = ?, crc32 = ?, name = ?, "
	    "container = ?, mime = ?, duration_ms = ?, bit_rate = ?, width = ?, height = ?, playable = ? WHERE n = ?",
	    SV_SQL_ARGS(SV_SQL_INT(version), SV_SQL_INT(f->size_bytes), SV_SQL_INT(f->mtime_unix_s),
	        f->has_crc ? SV_SQL_INT(f->crc32) : SV_SQL_NULL, SV_SQL_TEXT(f->name), SV_SQL_TEXT(f->container), SV_SQL_TEXT(f->mime),
	        SV_SQL_INT(f->duration_ms), SV_SQL_INT(f->bit_rate), SV_SQL_INT(f->width), SV_SQL_INT(f->height), SV_SQL_INT(f->playable), SV_SQL_INT(n)));
	if (rc >= 0)
		rc = sv_sqlite_run(connection, "INSERT OR REPLACE INTO piece VALUES (?, ?, ?)",
		    SV_SQL_ARGS(SV_SQL_INT(n), SV_SQL_INT(version), SV_SQL_BYTES(blob, record->piece_count * 4)));
	free(blob);
	return rc < 0 ? rc : put_tracks(connection, n, f);
}

/* Put one image in the place of the file's old one of that kind, whose id goes to `dropped`. */
static int
put_image(struct sv_sqlite *connection, int64_t n, enum sv_image_kind kind, const struct sv_image *image, char dropped[static SV_ID_SIZE])
{
	char widths[SV_IMAGE_WIDTHS * 11 + 1] = "";
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, "SELECT id FROM image WHERE file = ? AND kind = ?", SV_SQL_ARGS(SV_SQL_INT(n), SV_SQL_INT(kind)),
	    &statement);

	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		struct sv_sqlite_row row = {statement, 0, NULL, 0};
		sv_sqlite_row_id(&row, dropped);
		sv_sqlite_release(statement);
		rc = sv_sqlite_run(connection, "DELETE FROM image WHERE id = ?", SV_SQL_ARGS(SV_SQL_TEXT(dropped)));
	}
	if (rc < 0 || image == NULL)
		return rc < 0 ? rc : 0;
	for (size_t i = 0, length = 0; i < SV_IMAGE_WIDTHS && image->widths[i] != 0; i++)
		length += (size_t)snprintf(widths + length, sizeof widths - length, "%s%u", i == 0 ? "" : ",", image->widths[i]);
	rc = sv_sqlite_run(connection, "INSERT INTO image VALUES (?, ?, ?, ?, ?)", SV_SQL_ARGS(SV_SQL_TEXT(image->id), SV_SQL_INT(kind),
	    SV_SQL_TEXT(image->extension), SV_SQL_TEXT(widths), SV_SQL_INT(n)));
	return rc < 0 ? rc : 0;
}

/* A title without a poster shows that of its first file that has one. */
static int
adopt_poster(struct sv_sqlite *connection, int64_t title_n)
{
	int rc = sv_sqlite_run(connection, "UPDATE title SET image = coalesce((SELECT image.id FROM image JOIN file ON file.n = image.file "
	    "WHERE file.title = title.n AND image.kind = 1 ORDER BY file.n LIMIT 1), '') WHERE n = ? AND image = ''",
	    SV_SQL_ARGS(SV_SQL_INT(title_n)));

	return rc < 0 ? rc : 0;
}

static int
put_images(struct sv_sqlite *connection, int64_t n, int64_t title_n, const struct sv_store_record *record, struct sv_recorded *recorded)
{
	const char *still = record->still == NULL ? "" : record->still->id;
	const char *poster = record->poster == NULL ? "" : record->poster->id;
	int rc = put_image(connection, n, SV_IMAGE_STILL, record->still, recorded->dropped_images[0]);

	if (rc == 0)
		rc = put_image(connection, n, SV_IMAGE_POSTER, record->poster, recorded->dropped_images[1]);
	if (rc == 0)
		rc = sv_sqlite_run(connection, "UPDATE file SET image = ? WHERE n = ?", SV_SQL_ARGS(SV_SQL_TEXT(still), SV_SQL_INT(n)));
	/* the title shows the poster of its first file, and a newer one of that file; without it the poster of any other */
	if (rc >= 0)
		rc = sv_sqlite_run(connection, "UPDATE title SET image = ? WHERE n = ? AND image IN ('', ?)",
		    SV_SQL_ARGS(SV_SQL_TEXT(poster), SV_SQL_INT(title_n), SV_SQL_TEXT(recorded->dropped_images[1])));
	recorded->images_taken = true;
	return rc < 0 ? rc : adopt_poster(connection, title_n);
}

static int
put_scan(struct sv_sqlite *connection, const struct sv_scan *scan)
{
	int rc = sv_sqlite_run(connection, "INSERT OR REPLACE INTO scan VALUES (?, ?, ?, ?, ?, ?)", SV_SQL_ARGS(SV_SQL_TEXT(scan->path),
	    SV_SQL_INT(scan->size_bytes), SV_SQL_INT(scan->mtime_ns), SV_SQL_INT(scan->inode), SV_SQL_INT(scan->device), SV_SQL_TEXT(scan->why)));

	return rc < 0 ? rc : 0;
}

/* ---- record ---- */

struct known {
	int64_t n, title_n;
	uint64_t version, size_bytes;
	enum sv_file_state state;
	enum sv_copy_state copy_state;
	uint32_t crc32;
	bool has_crc;
};

/* The file whose copy lies at `path`: 1, 0 when there is none, SV_E*. */
static int
find_known(struct sv_sqlite *connection, const char *path, struct known *known, struct sv_recorded *recorded)
{
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, "SELECT file.n, title.n, file.version, file.size_bytes, file.state, copy.state, file.crc32 IS NOT NULL, "
	    "file.crc32, file.id, title.id FROM copy JOIN file ON file.n = copy.file JOIN title ON title.n = file.title "
	    "WHERE copy.kind = 0 AND copy.location = ?", SV_SQL_ARGS(SV_SQL_TEXT(path)), &statement);

	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc <= 0)
		return rc;
	struct sv_sqlite_row row = {statement, 0, NULL, 0};
	known->n = sv_sqlite_row_integer(&row);
	known->title_n = sv_sqlite_row_integer(&row);
	known->version = (uint64_t)sv_sqlite_row_integer(&row);
	known->size_bytes = (uint64_t)sv_sqlite_row_integer(&row);
	known->state = (enum sv_file_state)sv_sqlite_row_integer(&row);
	known->copy_state = (enum sv_copy_state)sv_sqlite_row_integer(&row);
	known->has_crc = sv_sqlite_row_integer(&row) != 0;
	known->crc32 = (uint32_t)sv_sqlite_row_integer(&row);
	sv_sqlite_row_id(&row, recorded->file);
	sv_sqlite_row_id(&row, recorded->title);
	sv_sqlite_release(statement);
	recorded->version = recorded->old_version = known->version;
	recorded->old_size_bytes = known->size_bytes;
	return 1;
}

/* A file whose path vanished and whose bytes are now here: moved or renamed.  It keeps its id and version, and goes where its new name says, which
 * is how a wrong title is put right.  1, 0 when there is none, SV_E*. */
static int
record_moved(struct sv_sqlite *connection, const struct sv_store_record *record, int64_t episode_n, struct sv_recorded *recorded, struct known *known)
{
	int64_t old_title_n = 0;
	sqlite3_stmt *statement = NULL;
	int rc = !record->file->has_crc ? 0 : sv_sqlite_query(connection, "SELECT file.n, file.title, file.version, file.id FROM file WHERE state = 1 AND "
	    "size_bytes = ? AND crc32 = ? AND EXISTS (SELECT 1 FROM copy WHERE copy.file = file.n AND kind = 0 AND copy.state = 1) ORDER BY n DESC LIMIT 1",
	    SV_SQL_ARGS(SV_SQL_INT(record->file->size_bytes), SV_SQL_INT(record->file->crc32)), &statement);

	if (rc == 0 && statement != NULL)
		rc = sv_sqlite_step(connection, statement);
	if (rc <= 0)
		return rc;
	struct sv_sqlite_row row = {statement, 0, NULL, 0};
	known->n = sv_sqlite_row_integer(&row);
	old_title_n = sv_sqlite_row_integer(&row);
	recorded->version = recorded->old_version = (uint64_t)sv_sqlite_row_integer(&row);
	sv_sqlite_row_id(&row, recorded->file);
	sv_sqlite_release(statement);
	recorded->outcome = SV_OUTCOME_RETURNED;
	rc = sv_sqlite_run(connection, "UPDATE file SET title = ?, episode = ?, name = ?, state = 0 WHERE n = ?", SV_SQL_ARGS(SV_SQL_INT(known->title_n),
	    episode_n == 0 ? SV_SQL_NULL : SV_SQL_INT(episode_n), SV_SQL_TEXT(record->file->name), SV_SQL_INT(known->n)));
	if (rc >= 0)
		rc = sv_sqlite_run(connection, "UPDATE copy SET location = ?, state = 0, verified_unix_s = ? WHERE n = "
		    "(SELECT n FROM copy WHERE file = ? AND kind = 0 AND state = 1 ORDER BY n LIMIT 1)",
		    SV_SQL_ARGS(SV_SQL_TEXT(record->scan->path), SV_SQL_INT(record->now_unix_s), SV_SQL_INT(known->n)));
	if (rc >= 0)
		rc = adopt_poster(connection, known->title_n);
	if (rc >= 0)
		rc = roll_up(connection, old_title_n);
	return rc < 0 ? rc : 1;
}

static int
record_new(struct sv_sqlite *connection, const struct sv_store_record *record, struct sv_recorded *recorded, struct known *known)
{
	char copy_id[SV_ID_SIZE];
	int64_t episode_n = 0;
	sqlite3_stmt *statement = NULL;
	int rc = resolve_title(connection, record, &known->title_n);

	if (rc == 0 && record->kind == SV_TITLE_SERIES)
		rc = resolve_episode(connection, record, known->title_n, &episode_n);
	if (rc == 0)
		rc = sv_sqlite_query(connection, "SELECT id FROM title WHERE n = ?", SV_SQL_ARGS(SV_SQL_INT(known->title_n)), &statement);
	if (rc == 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_sqlite_row row = {statement, 0, NULL, 0};
		sv_sqlite_row_id(&row, recorded->title);
		sv_sqlite_release(statement);
	}
	if (rc >= 0)
		rc = record_moved(connection, record, episode_n, recorded, known);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	make_id(recorded->file);
	make_id(copy_id);
	recorded->version = recorded->old_version = 1;
	recorded->outcome = SV_OUTCOME_ADDED;
	rc = inserted(connection, sv_sqlite_run(connection, "INSERT INTO file (id, title, episode, version, state, size_bytes, mtime_unix_s, name, "
	    "container, mime, duration_ms, bit_rate, width, height, playable, added_unix_s) "
	    "VALUES (?, ?, ?, 1, 0, 0, 0, '', '', '', 0, 0, 0, 0, 0, ?)", SV_SQL_ARGS(SV_SQL_TEXT(recorded->file), SV_SQL_INT(known->title_n),
	        episode_n == 0 ? SV_SQL_NULL : SV_SQL_INT(episode_n), SV_SQL_INT(record->now_unix_s))), &known->n);
	if (rc == 0)
		rc = sv_sqlite_run(connection, "INSERT INTO copy (id, file, kind, location, priority, state, verified_unix_s) VALUES (?, ?, 0, ?, 0, 0, ?)",
		    SV_SQL_ARGS(SV_SQL_TEXT(copy_id), SV_SQL_INT(known->n), SV_SQL_TEXT(record->scan->path), SV_SQL_INT(record->now_unix_s)));
	return rc < 0 ? rc : 0;
}

static bool
same_bytes(const struct known *known, const struct sv_store_record *record)
{
	return known->has_crc && record->file->has_crc && known->crc32 == record->file->crc32 && known->size_bytes == record->file->size_bytes;
}

/* A path that had a file already. */
static int
record_known(struct sv_sqlite *connection, const struct sv_store_record *record, struct sv_recorded *recorded, const struct known *known)
{
	int rc = 0;

	/* a copy that went stale (another copy moved on) holds an old version: what it has now decides like for any other */
	if (same_bytes(known, record)) {
		recorded->outcome = known->state == SV_FILE_OK && known->copy_state == SV_COPY_OK ? SV_OUTCOME_UNCHANGED : SV_OUTCOME_RETURNED;
		rc = sv_sqlite_run(connection, "UPDATE file SET state = 0 WHERE n = ? AND state <> 0", SV_SQL_ARGS(SV_SQL_INT(known->n)));
	} else {
		recorded->outcome = SV_OUTCOME_CHANGED;
		recorded->version = known->version + 1;
		rc = sv_sqlite_run(connection, "UPDATE copy SET state = 2 WHERE file = ?", SV_SQL_ARGS(SV_SQL_INT(known->n)));
	}
	if (rc >= 0)
		rc = sv_sqlite_run(connection, "UPDATE copy SET state = 0, verified_unix_s = ? WHERE kind = 0 AND location = ?",
		    SV_SQL_ARGS(SV_SQL_INT(record->now_unix_s), SV_SQL_TEXT(record->scan->path)));
	return rc < 0 ? rc : 0;
}

int
sv_store_sqlite_record(struct sv_store *store, const struct sv_store_record *record, struct sv_recorded *ret_recorded)
{
	struct sv_recorded recorded = {0};
	struct sv_sqlite *connection = NULL;
	struct known known = {0};
	int rc = sv_store_sqlite_begin(own(store), &connection);

	if (rc < 0)
		return rc;
	rc = find_known(connection, record->scan->path, &known, &recorded);
	if (rc >= 0)
		rc = rc > 0 ? record_known(connection, record, &recorded, &known) : record_new(connection, record, &recorded, &known);
	if (rc >= 0 && (recorded.outcome == SV_OUTCOME_ADDED || recorded.outcome == SV_OUTCOME_CHANGED)) {
		rc = put_content(connection, known.n, recorded.version, record);
		if (rc >= 0)
			rc = put_images(connection, known.n, known.title_n, record, &recorded);
	}
	if (rc >= 0)
		rc = put_scan(connection, record->scan);
	if (rc >= 0)
		rc = roll_up(connection, known.title_n);
	rc = sv_store_sqlite_end(own(store), connection, rc);
	if (rc < 0)
		return rc;
	*ret_recorded = recorded;
	return 0;
}

/* ---- what went away ---- */

/* A file is ok while one copy is; else it gets `otherwise`.  1 when it was ok and is no longer. */
static int
settle_file(struct sv_sqlite *connection, int64_t n, int64_t title_n, enum sv_file_state otherwise)
{
	int rc = sv_sqlite_run(connection, "UPDATE file SET state = 0 WHERE n = ? AND state <> 0 AND EXISTS "
	    "(SELECT 1 FROM copy WHERE copy.file = file.n AND copy.state = 0)", SV_SQL_ARGS(SV_SQL_INT(n)));
	int lost = 0;

	if (rc == 0) {
		lost = sv_sqlite_run(connection, "UPDATE file SET state = ? WHERE n = ? AND state = 0 AND NOT EXISTS "
		    "(SELECT 1 FROM copy WHERE copy.file = file.n AND copy.state = 0)", SV_SQL_ARGS(SV_SQL_INT(otherwise), SV_SQL_INT(n)));
		rc = lost;
	}
	if (rc >= 0)
		rc = roll_up(connection, title_n);
	return rc < 0 ? rc : lost > 0;
}

int
sv_store_sqlite_skip(struct sv_store *store, const struct sv_scan *scan, struct sv_recorded *ret_recorded)
{
	struct sv_recorded recorded = {.outcome = SV_OUTCOME_UNCHANGED};
	struct sv_sqlite *connection = NULL;
	struct known known = {0};
	int rc = sv_store_sqlite_begin(own(store), &connection);

	if (rc < 0)
		return rc;
	rc = put_scan(connection, scan);
	if (rc == 0)
		rc = find_known(connection, scan->path, &known, &recorded);
	if (rc > 0) {
		rc = sv_sqlite_run(connection, "UPDATE copy SET state = 3 WHERE kind = 0 AND location = ?", SV_SQL_ARGS(SV_SQL_TEXT(scan->path)));
		if (rc >= 0)
			rc = settle_file(connection, known.n, known.title_n, SV_FILE_BAD);
		recorded.outcome = rc > 0 ? SV_OUTCOME_CHANGED : SV_OUTCOME_UNCHANGED;
	}
	rc = sv_store_sqlite_end(own(store), connection, rc);
	if (rc < 0)
		return rc;
	*ret_recorded = recorded;
	return 0;
}

int
sv_store_sqlite_gone(struct sv_store *store, const char *const *paths, size_t count)
{
	struct sv_sqlite *connection = NULL;
	int gone = 0;
	int rc = sv_store_sqlite_begin(own(store), &connection);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc >= 0 && i < count; i++) {
		struct sv_recorded recorded = {0};
		struct known known = {0};
		/* forgetting what was seen makes the next look read the file again, should it come back */
		rc = sv_sqlite_run(connection, "DELETE FROM scan WHERE path = ?", SV_SQL_ARGS(SV_SQL_TEXT(paths[i])));
		if (rc >= 0)
			rc = find_known(connection, paths[i], &known, &recorded);
		if (rc <= 0)
			continue;
		rc = sv_sqlite_run(connection, "UPDATE copy SET state = 1 WHERE kind = 0 AND location = ?", SV_SQL_ARGS(SV_SQL_TEXT(paths[i])));
		if (rc >= 0)
			rc = settle_file(connection, known.n, known.title_n, SV_FILE_GONE);
		gone += rc > 0;
	}
	rc = sv_store_sqlite_end(own(store), connection, rc);
	return rc < 0 ? rc : gone;
}

/* ---- copies ---- */

static int
find_file(struct sv_sqlite *connection, const char *id, struct known *known)
{
	int rc = sv_sqlite_integer(connection, "SELECT n FROM file WHERE id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), &known->n);

	if (rc > 0)
		rc = sv_sqlite_integer(connection, "SELECT title FROM file WHERE id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), &known->title_n);
	return rc == 0 ? SV_ENOENT : rc < 0 ? rc : 0;
}

int
sv_store_sqlite_copy_add(struct sv_store *store, const char *file, enum sv_copy_kind kind, const char *location, unsigned priority,
    int64_t now_unix_s)
{
	char id[SV_ID_SIZE];
	struct known known = {0};
	struct sv_sqlite *connection = NULL;
	int rc = sv_store_sqlite_begin(own(store), &connection);

	if (rc < 0)
		return rc;
	make_id(id);
	rc = find_file(connection, file, &known);
	if (rc == 0)
		rc = sv_sqlite_run(connection, "INSERT INTO copy (id, file, kind, location, priority, state, verified_unix_s) VALUES (?, ?, ?, ?, ?, 0, ?)",
		    SV_SQL_ARGS(SV_SQL_TEXT(id), SV_SQL_INT(known.n), SV_SQL_INT(kind), SV_SQL_TEXT(location), SV_SQL_INT(priority),
		        SV_SQL_INT(now_unix_s)));
	if (rc >= 0)
		rc = settle_file(connection, known.n, known.title_n, SV_FILE_GONE);
	rc = sv_store_sqlite_end(own(store), connection, rc);
	return rc < 0 ? rc : 0;
}

int
sv_store_sqlite_copy_remove(struct sv_store *store, const char *file, const char *location)
{
	struct known known = {0};
	struct sv_sqlite *connection = NULL;
	int rc = sv_store_sqlite_begin(own(store), &connection);

	if (rc < 0)
		return rc;
	rc = find_file(connection, file, &known);
	if (rc == 0) {
		rc = sv_sqlite_run(connection, "DELETE FROM copy WHERE file = ? AND location = ?", SV_SQL_ARGS(SV_SQL_INT(known.n), SV_SQL_TEXT(location)));
		rc = rc == 0 ? SV_ENOENT : rc;
	}
	if (rc >= 0)
		rc = settle_file(connection, known.n, known.title_n, SV_FILE_GONE);
	rc = sv_store_sqlite_end(own(store), connection, rc);
	return rc < 0 ? rc : 0;
}

int
sv_store_sqlite_copy_state(struct sv_store *store, const char *file, const char *location, enum sv_copy_state state, int64_t now_unix_s)
{
	struct known known = {0};
	struct sv_sqlite *connection = NULL;
	int rc = sv_store_sqlite_begin(own(store), &connection);

	if (rc < 0)
		return rc;
	sv_assert(state < SV_COPY_STATE_COUNT);
	rc = find_file(connection, file, &known);
	if (rc == 0) {
		rc = sv_sqlite_run(connection, "UPDATE copy SET state = ?, verified_unix_s = ? WHERE file = ? AND location = ?",
		    SV_SQL_ARGS(SV_SQL_INT(state), SV_SQL_INT(now_unix_s), SV_SQL_INT(known.n), SV_SQL_TEXT(location)));
		rc = rc == 0 ? SV_ENOENT : rc;
	}
	if (rc >= 0)
		rc = settle_file(connection, known.n, known.title_n, SV_FILE_GONE);
	rc = sv_store_sqlite_end(own(store), connection, rc);
	return rc < 0 ? rc : 0;
}
