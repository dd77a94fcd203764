/* SPDX-License-Identifier: Apache-2.0
 * SQLite driver: what the catalog reads. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buffer.h"
#include "errors.h"
#include "sqlite_rows.h"
#include "store_sqlite.h"
#include "sv_assert.h"

/* A terabyte of pieces. */
#define PIECES_CEILING ((size_t)64 << 20)

#define FROM_FILE "FROM file JOIN title ON title.n = file.title LEFT JOIN episode ON episode.n = file.episode "
#define FROM_EPISODE \
	"FROM episode JOIN season ON season.n = episode.season JOIN title ON title.n = season.title " \
	"LEFT JOIN file AS best ON best.n = " SV_SQL_BEST_OF_EPISODE " "

static struct sv_store_sqlite *
own(struct sv_store *store)
{
	return (struct sv_store_sqlite *)store;
}

int
sv_store_sqlite_generation(struct sv_store *store, uint64_t *ret_generation)
{
	int64_t value = 0;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_reader(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_integer(connection, "SELECT value FROM meta WHERE key = 'generation'", SV_SQL_NO_ARGS, &value);
	sv_store_sqlite_reader_done(own(store), connection);
	if (rc <= 0)
		return rc < 0 ? rc : SV_ECORRUPT;
	*ret_generation = (uint64_t)value;
	return 0;
}

/* ---- files ---- */

static int
read_file(struct sv_store_sqlite *store, const char *sql, const struct sv_sqlite_value *values, size_t count, struct sv_arena *arena,
    struct sv_file *ret_file)
{
	struct sv_file file = {0};
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_snapshot(store, &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, sql, values, count, &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		int64_t n = sv_sqlite_row_integer(&row);
		sv_sqlite_row_file(&row, &file);
		sv_sqlite_release(statement);
		rc = row.error < 0 ? row.error : sv_sqlite_rows_of_file(connection, n, true, arena, &file);
		if (rc == 0)
			*ret_file = file;
	} else if (rc == 0) {
		rc = SV_ENOENT;
	}
	sv_store_sqlite_snapshot_done(store, connection);
	return rc;
}

int
sv_store_sqlite_file(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_file *ret_file)
{
	return read_file(own(store), "SELECT file.n, " SV_SQL_FILE " " FROM_FILE "WHERE file.id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), arena, ret_file);
}

int
sv_store_sqlite_file_at(struct sv_store *store, enum sv_copy_kind kind, const char *location, struct sv_arena *arena, struct sv_file *ret_file)
{
	return read_file(own(store), "SELECT file.n, " SV_SQL_FILE " " FROM_FILE
	    "WHERE file.n = (SELECT file FROM copy WHERE kind = ? AND location = ? ORDER BY n LIMIT 1)",
	    SV_SQL_ARGS(SV_SQL_INT(kind), SV_SQL_TEXT(location)), arena, ret_file);
}

static int
decode_pieces(sqlite3_stmt *statement, uint32_t **ret_crcs, size_t *ret_count)
{
	size_t bytes = (size_t)sqlite3_column_bytes(statement, 1);
	const uint8_t *blob = sqlite3_column_blob(statement, 1);
	uint32_t *crcs = NULL;

	if (bytes >= 4 && blob != NULL) {
		crcs = sv_try_malloc(bytes / 4 * sizeof *crcs, PIECES_CEILING);
		if (crcs == NULL)
			return SV_ENOMEM;
		for (size_t i = 0; i < bytes / 4; i++)
			crcs[i] = (uint32_t)blob[4 * i] | (uint32_t)blob[4 * i + 1] << 8 | (uint32_t)blob[4 * i + 2] << 16 |
			    (uint32_t)blob[4 * i + 3] << 24;
	}
	*ret_crcs = crcs;
	*ret_count = bytes / 4;
	return 0;
}

int
sv_store_sqlite_pieces(struct sv_store *store, const char *id, uint64_t version, uint32_t **ret_crcs, size_t *ret_count)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_reader(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, "SELECT file.version, piece.crcs FROM file LEFT JOIN piece ON piece.file = file.n AND "
	    "piece.version = file.version WHERE file.id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		rc = (uint64_t)sqlite3_column_int64(statement, 0) != version ? SV_ECHANGED : decode_pieces(statement, ret_crcs, ret_count);
		sv_sqlite_release(statement);
	} else if (rc == 0) {
		rc = SV_ENOENT;
	}
	sv_store_sqlite_reader_done(own(store), connection);
	return rc;
}

int
sv_store_sqlite_each_file(struct sv_store *store, sv_catalog_entry_fn *fn, void *context)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_snapshot(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, "SELECT file.n, " SV_SQL_FILE ", " SV_SQL_TITLE ", season.number, episode.number, episode.last_number, "
	    "episode.name " FROM_FILE "LEFT JOIN season ON season.n = episode.season ORDER BY title.sort_name, title.n, season.number, "
	    "episode.number, file.n", SV_SQL_NO_ARGS, &statement);
	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_file file = {0};
		struct sv_title title = {0};
		struct sv_episode episode = {0};
		struct sv_arena *arena = sv_arena_new(0);
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		int64_t n = sv_sqlite_row_integer(&row);
		sv_sqlite_row_file(&row, &file);
		sv_sqlite_row_title(&row, &title);
		title.season_count = title.episode_count = title.file_count = 0;
		memcpy(episode.id, file.episode, sizeof episode.id);
		memcpy(episode.title, title.id, sizeof episode.title);
		episode.season = (unsigned)sv_sqlite_row_integer(&row);
		episode.number = (unsigned)sv_sqlite_row_integer(&row);
		episode.last_number = (unsigned)sv_sqlite_row_integer(&row);
		episode.name = sv_sqlite_row_text(&row);
		memcpy(episode.image, file.image, sizeof episode.image);
		int failed = row.error < 0 ? row.error : sv_sqlite_rows_of_file(connection, n, false, arena, &file);
		if (failed == 0)
			failed = fn(context, &(struct sv_catalog_entry){&title, file.episode[0] == '\0' ? NULL : &episode, &file});
		sv_arena_free(arena);
		if (failed != 0) {
			sv_sqlite_release(statement);
			rc = failed;
			break;
		}
	}
	sv_store_sqlite_snapshot_done(own(store), connection);
	return rc;
}

/* ---- titles ---- */

static int
read_titles(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count, struct sv_arena *arena,
    struct sv_titles *ret_titles)
{
	struct sv_sqlite_list list = {arena, sizeof(struct sv_title), 0, 0, NULL};
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, sql, values, count, &statement);

	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		struct sv_title *title = sv_sqlite_list_add(&list);
		if (title != NULL)
			sv_sqlite_row_title(&row, title);
		if (title == NULL || row.error < 0) {
			sv_sqlite_release(statement);
			return SV_ENOMEM;
		}
	}
	ret_titles->titles = (const struct sv_title *)(const void *)list.items;
	ret_titles->count = list.count;
	return rc;
}

int
sv_store_sqlite_titles(struct sv_store *store, const struct sv_titles_query *query, struct sv_arena *arena, struct sv_titles *ret_titles)
{
#define PAGE(where, order) "SELECT " SV_SQL_TITLE " FROM title WHERE file_count > 0" where " ORDER BY " order " LIMIT ? OFFSET ?"
#define COUNT(where) "SELECT count(*) FROM title WHERE file_count > 0" where
	static const char *const pages[3][SV_TITLE_ORDER_COUNT] = {
	    {PAGE("", "fresh_unix_s DESC, n DESC"), PAGE("", "sort_name, n")},
	    {PAGE(" AND kind = 0", "fresh_unix_s DESC, n DESC"), PAGE(" AND kind = 0", "sort_name, n")},
	    {PAGE(" AND kind = 1", "fresh_unix_s DESC, n DESC"), PAGE(" AND kind = 1", "sort_name, n")},
	};
	static const char *const counts[3] = {COUNT(""), COUNT(" AND kind = 0"), COUNT(" AND kind = 1")};
#undef PAGE
#undef COUNT
	size_t which = query->films == query->series ? 0 : query->films ? 1 : 2;
	struct sv_titles titles = {0};
	int64_t total = 0;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_snapshot(own(store), &rc);

	if (connection == NULL)
		return rc;
	sv_assert(query->order < SV_TITLE_ORDER_COUNT);
	rc = sv_sqlite_integer(connection, counts[which], SV_SQL_NO_ARGS, &total);
	if (rc >= 0 && query->offset < (uint64_t)total)
		rc = read_titles(connection, pages[which][query->order], SV_SQL_ARGS(SV_SQL_INT(query->limit), SV_SQL_INT(query->offset)), arena, &titles);
	sv_store_sqlite_snapshot_done(own(store), connection);
	if (rc < 0)
		return rc;
	titles.total = (uint64_t)total;
	*ret_titles = titles;
	return 0;
}

/* The ends of the characters of UTF-8 text: where the one that begins at `at` stops. */
static size_t
next_character(const char *text, size_t at)
{
	do
		at++;
	while (((unsigned char)text[at] & 0xc0) == 0x80);
	return at;
}

/* FTS5's query language: words are letters and digits only (the catalog's promise), so quoting is all it takes. */
static void
match_words(const struct sv_store_search *search, struct sv_buffer *out)
{
	for (size_t i = 0; i < search->word_count; i++)
		sv_buffer_printf(out, "%s\"%s\"*", i == 0 ? "" : " ", search->words[i]);
}

static void
match_trigrams(const struct sv_store_search *search, struct sv_buffer *out)
{
	for (size_t i = 0; i < search->word_count; i++) {
		const char *word = search->words[i];
		for (size_t a = 0; word[a] != '\0'; a = next_character(word, a)) {
			size_t b = next_character(word, a);
			size_t c = word[b] == '\0' ? b : next_character(word, b);
			if (word[c] == '\0')
				break;             /* fewer than three characters are left */
			sv_buffer_printf(out, "%s\"%.*s\"", out->length == 0 ? "" : " OR ", (int)(next_character(word, c) - a), word + a);
		}
	}
}

int
sv_store_sqlite_search(struct sv_store *store, const struct sv_store_search *search, struct sv_arena *arena, struct sv_titles *ret_titles)
{
	struct sv_titles titles = {.nearest = search->similar};
	struct sv_buffer match;
	int64_t total = 0;
	int rc = 0;

	sv_buffer_init(&match, 8192);
	if (search->similar)
		match_trigrams(search, &match);
	else
		match_words(search, &match);
	struct sv_sqlite *connection = NULL;
	if (sv_buffer_error(&match) < 0 || match.length == 0) {   /* nothing is like one or two letters, or like a whole page of text */
		*ret_titles = titles;
		goto out;
	}
	connection = sv_store_sqlite_snapshot(own(store), &rc);
	if (connection == NULL)
		goto out;
	const char *text = sv_buffer_cstr(&match);
	if (search->similar) {
		rc = read_titles(connection, "SELECT " SV_SQL_TITLE " FROM title_trigrams JOIN title ON title.n = title_trigrams.rowid "
		    "WHERE title_trigrams MATCH ? AND file_count > 0 ORDER BY title_trigrams.rank, title.n LIMIT ?",
		    SV_SQL_ARGS(SV_SQL_TEXT(text), SV_SQL_INT(search->limit)), arena, &titles);
		titles.total = titles.count;
	} else {
		rc = read_titles(connection, "SELECT " SV_SQL_TITLE " FROM title_words JOIN title ON title.n = title_words.rowid "
		    "WHERE title_words MATCH ? AND file_count > 0 ORDER BY title_words.rank, fresh_unix_s DESC, title.n LIMIT ?",
		    SV_SQL_ARGS(SV_SQL_TEXT(text), SV_SQL_INT(search->limit)), arena, &titles);
		if (rc >= 0)
			rc = sv_sqlite_integer(connection, "SELECT count(*) FROM title_words JOIN title ON title.n = title_words.rowid "
			    "WHERE title_words MATCH ? AND file_count > 0", SV_SQL_ARGS(SV_SQL_TEXT(text)), &total);
		titles.total = (uint64_t)total;
	}
	if (rc >= 0)
		*ret_titles = titles;
out:
	if (connection != NULL)
		sv_store_sqlite_snapshot_done(own(store), connection);
	sv_buffer_fini(&match);
	return rc < 0 ? rc : 0;
}

/* ---- details ---- */

/* Files by a WHERE with one number, with all that belongs to them. */
static int
read_files(struct sv_sqlite *connection, const char *sql, int64_t n, struct sv_arena *arena, const struct sv_file **ret_files, size_t *ret_count)
{
	struct sv_sqlite_list files = {arena, sizeof(struct sv_file), 0, 0, NULL};
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, sql, SV_SQL_ARGS(SV_SQL_INT(n)), &statement);

	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		int64_t file_n = sv_sqlite_row_integer(&row);
		struct sv_file *file = sv_sqlite_list_add(&files);
		if (file != NULL)
			sv_sqlite_row_file(&row, file);
		int failed = file == NULL || row.error < 0 ? SV_ENOMEM : sv_sqlite_rows_of_file(connection, file_n, true, arena, file);
		if (failed < 0) {
			sv_sqlite_release(statement);
			return failed;
		}
	}
	*ret_files = (const struct sv_file *)(const void *)files.items;
	*ret_count = files.count;
	return rc;
}

static int
read_seasons(struct sv_sqlite *connection, int64_t title_n, struct sv_arena *arena, struct sv_title_detail *detail)
{
	struct sv_sqlite_list seasons = {arena, sizeof(struct sv_season), 0, 0, NULL};
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, "SELECT season.id, season.number, count(DISTINCT episode.n) FROM season "
	    "JOIN episode ON episode.season = season.n JOIN file ON file.episode = episode.n AND file.state = 0 WHERE season.title = ? "
	    "GROUP BY season.n ORDER BY season.number = 0, season.number", SV_SQL_ARGS(SV_SQL_INT(title_n)), &statement);

	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		struct sv_season *season = sv_sqlite_list_add(&seasons);
		if (season == NULL) {
			sv_sqlite_release(statement);
			return SV_ENOMEM;
		}
		sv_sqlite_row_id(&row, season->id);
		season->number = (unsigned)sv_sqlite_row_integer(&row);
		season->episode_count = (unsigned)sv_sqlite_row_integer(&row);
	}
	detail->seasons = (const struct sv_season *)(const void *)seasons.items;
	detail->season_count = seasons.count;
	return rc;
}

int
sv_store_sqlite_title(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_title_detail *ret_detail)
{
	struct sv_title_detail detail = {0};
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_snapshot(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, "SELECT n, " SV_SQL_TITLE " FROM title WHERE id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		int64_t n = sv_sqlite_row_integer(&row);
		sv_sqlite_row_title(&row, &detail.title);
		sv_sqlite_release(statement);
		rc = row.error < 0 ? row.error : detail.title.kind == SV_TITLE_SERIES ? read_seasons(connection, n, arena, &detail)
		    : read_files(connection, "SELECT file.n, " SV_SQL_FILE " " FROM_FILE "WHERE file.title = ? AND file.state = 0 ORDER BY "
		        "file.width * file.height DESC, file.bit_rate DESC, file.n", n, arena, &detail.files, &detail.file_count);
	} else if (rc == 0) {
		rc = SV_ENOENT;
	}
	sv_store_sqlite_snapshot_done(own(store), connection);
	if (rc == 0)
		*ret_detail = detail;
	return rc;
}

int
sv_store_sqlite_episodes(struct sv_store *store, const char *title, unsigned season, struct sv_arena *arena,
    const struct sv_episode **ret_episodes, size_t *ret_count)
{
	struct sv_sqlite_list episodes = {arena, sizeof(struct sv_episode), 0, 0, NULL};
	sqlite3_stmt *statement = NULL;
	int64_t n = 0;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_snapshot(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_integer(connection, "SELECT n FROM title WHERE id = ?", SV_SQL_ARGS(SV_SQL_TEXT(title)), &n);
	if (rc == 0)
		rc = SV_ENOENT;
	if (rc > 0)
		rc = sv_sqlite_query(connection, "SELECT " SV_SQL_EPISODE " " FROM_EPISODE "WHERE season.title = ? AND season.number = ? AND "
		    "best.n IS NOT NULL ORDER BY episode.number, episode.last_number", SV_SQL_ARGS(SV_SQL_INT(n), SV_SQL_INT(season)), &statement);
	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		struct sv_episode *episode = sv_sqlite_list_add(&episodes);
		if (episode != NULL)
			sv_sqlite_row_episode(&row, episode);
		if (episode == NULL || row.error < 0) {
			sv_sqlite_release(statement);
			rc = SV_ENOMEM;
		}
	}
	sv_store_sqlite_snapshot_done(own(store), connection);
	if (rc < 0)
		return rc;
	*ret_episodes = (const struct sv_episode *)(const void *)episodes.items;
	*ret_count = episodes.count;
	return 0;
}

/* The first episode of `sql` (whose places are: series, season, episode, row number) into *ret_episode; NULL when there is none. */
static int
read_neighbour(struct sv_sqlite *connection, const char *sql, const int64_t place[4], struct sv_arena *arena, const struct sv_episode **ret_episode)
{
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, sql, SV_SQL_ARGS(SV_SQL_INT(place[0]), SV_SQL_INT(place[1] == 0), SV_SQL_INT(place[1]),
	    SV_SQL_INT(place[2]), SV_SQL_INT(place[3])), &statement);

	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		struct sv_episode *episode = sv_arena_alloc(arena, sizeof *episode);
		if (episode != NULL)
			sv_sqlite_row_episode(&row, episode);
		rc = episode == NULL ? SV_ENOMEM : row.error;
		*ret_episode = episode;
		sv_sqlite_release(statement);
	}
	return rc;
}

#define NEIGHBOUR(than, order) \
	"SELECT " SV_SQL_EPISODE " " FROM_EPISODE "WHERE season.title = ? AND (season.number = 0, season.number, episode.number, episode.n) " than \
	" (?, ?, ?, ?) AND best.n IS NOT NULL ORDER BY season.number = 0 " order ", season.number " order ", episode.number " order \
	", episode.n " order " LIMIT 1"

int
sv_store_sqlite_episode(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_episode_detail *ret_detail)
{
	struct sv_episode_detail detail = {0};
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_snapshot(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, "SELECT title.n, season.number, episode.number, episode.n, " SV_SQL_EPISODE ", " SV_SQL_TITLE " "
	    FROM_EPISODE "WHERE episode.id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		int64_t place[4];
		for (size_t i = 0; i < 4; i++)
			place[i] = sv_sqlite_row_integer(&row);
		sv_sqlite_row_episode(&row, &detail.episode);
		sv_sqlite_row_title(&row, &detail.title);
		detail.title.season_count = detail.title.episode_count = detail.title.file_count = 0;
		sv_sqlite_release(statement);
		rc = row.error;
		if (rc == 0)
			rc = read_files(connection, "SELECT file.n, " SV_SQL_FILE " " FROM_FILE "WHERE file.episode = ? AND file.state = 0 ORDER BY "
			    "file.width * file.height DESC, file.bit_rate DESC, file.n", place[3], arena, &detail.files, &detail.file_count);
		if (rc == 0)
			rc = read_neighbour(connection, NEIGHBOUR(">", "ASC"), place, arena, &detail.next);
		if (rc == 0)
			rc = read_neighbour(connection, NEIGHBOUR("<", "DESC"), place, arena, &detail.previous);
	} else if (rc == 0) {
		rc = SV_ENOENT;
	}
	sv_store_sqlite_snapshot_done(own(store), connection);
	if (rc == 0)
		*ret_detail = detail;
	return rc;
}

int
sv_store_sqlite_image(struct sv_store *store, const char *id, struct sv_arena *arena, struct sv_image *ret_image)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_reader(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, "SELECT id, kind, extension, widths FROM image WHERE id = ?", SV_SQL_ARGS(SV_SQL_TEXT(id)), &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		struct sv_sqlite_row row = {statement, 0, arena, 0};
		struct sv_image image = {0};
		sv_sqlite_row_id(&row, image.id);
		image.kind = (enum sv_image_kind)sv_sqlite_row_integer(&row);
		image.extension = sv_sqlite_row_text(&row);
		const char *at = sv_sqlite_row_text(&row);
		for (size_t i = 0; i < SV_IMAGE_WIDTHS && *at != '\0'; i++) {
			char *end = NULL;
			image.widths[i] = (unsigned)strtoul(at, &end, 10);
			at = *end == ',' ? end + 1 : "";
		}
		sv_sqlite_release(statement);
		rc = row.error;
		if (rc == 0)
			*ret_image = image;
	} else if (rc == 0) {
		rc = SV_ENOENT;
	}
	sv_store_sqlite_reader_done(own(store), connection);
	return rc;
}

/* ---- what the index job knows ---- */

#define SCAN "SELECT scan.path, scan.size_bytes, scan.mtime_ns, scan.inode, scan.device, scan.why, file.id, file.state, copy.state FROM scan " \
	"LEFT JOIN copy ON copy.kind = 0 AND copy.location = scan.path LEFT JOIN file ON file.n = copy.file "

static int
read_scan(sqlite3_stmt *statement, struct sv_arena *arena, struct sv_scan *scan)
{
	struct sv_sqlite_row row = {statement, 0, arena, 0};

	scan->path = sv_sqlite_row_text(&row);
	scan->size_bytes = (uint64_t)sv_sqlite_row_integer(&row);
	scan->mtime_ns = sv_sqlite_row_integer(&row);
	scan->inode = (uint64_t)sv_sqlite_row_integer(&row);
	scan->device = (uint64_t)sv_sqlite_row_integer(&row);
	scan->why = sv_sqlite_row_text(&row);
	sv_sqlite_row_id(&row, scan->file);
	scan->file_state = (enum sv_file_state)sv_sqlite_row_integer(&row);
	scan->copy_state = (enum sv_copy_state)sv_sqlite_row_integer(&row);
	return row.error;
}

int
sv_store_sqlite_scan(struct sv_store *store, const char *path, struct sv_arena *arena, struct sv_scan *ret_scan)
{
	struct sv_scan scan = {0};
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_reader(own(store), &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, SCAN "WHERE scan.path = ?", SV_SQL_ARGS(SV_SQL_TEXT(path)), &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		rc = read_scan(statement, arena, &scan);
		sv_sqlite_release(statement);
		if (rc == 0)
			*ret_scan = scan;
	} else if (rc == 0) {
		rc = SV_ENOENT;
	}
	sv_store_sqlite_reader_done(own(store), connection);
	return rc;
}

int
sv_store_sqlite_each_scan(struct sv_store *store, const char *path, sv_scan_fn *fn, void *context)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_reader(own(store), &rc);

	if (connection == NULL)
		return rc;
	/* below "/a" is what lies in ["/a/", "/a0"): '0' follows '/' */
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
	char *first = sv_xmalloc(length + 2), *last = sv_xmalloc(length + 2);
	memcpy(first, path, length);
	memcpy(last, path, length);
	memcpy(first + length, "/", 2);
	memcpy(last + length, "0", 2);
	rc = sv_sqlite_query(connection, SCAN "WHERE scan.path = ? OR (scan.path >= ? AND scan.path < ?) ORDER BY scan.path",
	    SV_SQL_ARGS(SV_SQL_TEXT(path), SV_SQL_TEXT(first), SV_SQL_TEXT(last)), &statement);
	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_arena *arena = sv_arena_new(0);
		struct sv_scan scan = {0};
		int failed = read_scan(statement, arena, &scan);
		if (failed == 0)
			failed = fn(context, &scan);
		sv_arena_free(arena);
		if (failed != 0) {
			sv_sqlite_release(statement);
			rc = failed;
			break;
		}
	}
	free(first);
	free(last);
	sv_store_sqlite_reader_done(own(store), connection);
	return rc;
}
