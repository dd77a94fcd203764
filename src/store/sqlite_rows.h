/* SPDX-License-Identifier: Apache-2.0
 * From result rows to records, for the files of the SQLite driver only.  A row reader walks the columns from left to right
 * and has a sticky error; each record has its column list beside its function, in the same order. */
#ifndef SV_SQLITE_ROWS_H
#define SV_SQLITE_ROWS_H

#include "catalog_records.h"
#include "arena.h"
#include "sqlite_connection.h"

struct sv_sqlite_row {
	struct sqlite3_stmt *statement;
	int column;                  /* the next one */
	struct sv_arena *arena;
	int error;                   /* 0 or SV_ENOMEM; sticky */
};

int64_t sv_sqlite_row_integer(struct sv_sqlite_row *row);
const char *sv_sqlite_row_text(struct sv_sqlite_row *row);   /* never NULL */
void sv_sqlite_row_id(struct sv_sqlite_row *row, char out[static SV_ID_SIZE]);

#define SV_SQL_TITLE \
	"title.id, title.kind, title.name, title.year, title.last_year, title.image, title.added_unix_s, title.fresh_unix_s, " \
	"title.season_count, title.episode_count, title.file_count, title.duration_ms"
void sv_sqlite_row_title(struct sv_sqlite_row *row, struct sv_title *ret_title);

/* Needs title, season, episode, and `best` as a row of file or nothing (LEFT JOIN). */
#define SV_SQL_EPISODE \
	"episode.id, title.id, season.number, episode.number, episode.last_number, episode.name, coalesce(best.image, ''), " \
	"coalesce(best.id, ''), coalesce(best.duration_ms, 0), coalesce(best.size_bytes, 0)"
void sv_sqlite_row_episode(struct sv_sqlite_row *row, struct sv_episode *ret_episode);
/* What makes a file better than another: pixels, then bits, then age. */
#define SV_SQL_BEST_ORDER "width * height DESC, bit_rate DESC, n"
#define SV_SQL_BEST_OF_EPISODE "(SELECT n FROM file WHERE episode = episode.n AND state = 0 ORDER BY " SV_SQL_BEST_ORDER " LIMIT 1)"

/* Needs title and file, and episode by LEFT JOIN.  Copies, tracks and chapters stay empty. */
#define SV_SQL_FILE \
	"file.id, title.id, coalesce(episode.id, ''), file.version, file.state, file.size_bytes, file.mtime_unix_s, file.crc32 IS NOT NULL, " \
	"file.crc32, file.name, file.container, file.mime, file.duration_ms, file.bit_rate, file.width, file.height, file.playable, " \
	"file.image, file.added_unix_s"
void sv_sqlite_row_file(struct sv_sqlite_row *row, struct sv_file *ret_file);

/* What belongs to the file of that row number: copies, and tracks and chapters when asked for. */
int sv_sqlite_rows_of_file(struct sv_sqlite *connection, int64_t n, bool with_tracks, struct sv_arena *arena, struct sv_file *file);

/* A list that grows in an arena. */
struct sv_sqlite_list {
	struct sv_arena *arena;
	size_t item_size, count, capacity;
	char *items;
};
/* Room for one more item, zeroed; NULL when the arena is full. */
void *sv_sqlite_list_add(struct sv_sqlite_list *list);

#endif
