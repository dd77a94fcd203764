/* SPDX-License-Identifier: Apache-2.0
 * Rows to records. */
#include "sqlite_rows.h"

#include <sqlite3.h>
#include <string.h>

#include "errors.h"

int64_t
sv_sqlite_row_integer(struct sv_sqlite_row *row)
{
	return sqlite3_column_int64(row->statement, row->column++);
}

const char *
sv_sqlite_row_text(struct sv_sqlite_row *row)
{
	const char *text = (const char *)sqlite3_column_text(row->statement, row->column);
	int length = sqlite3_column_bytes(row->statement, row->column);

	row->column++;
	if (text == NULL || length <= 0)
		return "";
	char *copy = sv_arena_strndup(row->arena, text, (size_t)length);
	if (copy == NULL)
		row->error = SV_ENOMEM;
	return copy == NULL ? "" : copy;
}

void
sv_sqlite_row_id(struct sv_sqlite_row *row, char out[static SV_ID_SIZE])
{
	const char *text = (const char *)sqlite3_column_text(row->statement, row->column++);

	memset(out, 0, SV_ID_SIZE);
	if (text != NULL)
		memcpy(out, text, strnlen(text, SV_ID_LENGTH));
}

static unsigned
row_unsigned(struct sv_sqlite_row *row)
{
	return (unsigned)sv_sqlite_row_integer(row);
}

void
sv_sqlite_row_title(struct sv_sqlite_row *row, struct sv_title *ret_title)
{
	sv_sqlite_row_id(row, ret_title->id);
	ret_title->kind = (enum sv_title_kind)sv_sqlite_row_integer(row);
	ret_title->name = sv_sqlite_row_text(row);
	ret_title->year = row_unsigned(row);
	ret_title->last_year = row_unsigned(row);
	sv_sqlite_row_id(row, ret_title->image);
	ret_title->added_unix_s = sv_sqlite_row_integer(row);
	ret_title->fresh_unix_s = sv_sqlite_row_integer(row);
	ret_title->season_count = row_unsigned(row);
	ret_title->episode_count = row_unsigned(row);
	ret_title->file_count = row_unsigned(row);
	ret_title->duration_ms = (uint64_t)sv_sqlite_row_integer(row);
}

void
sv_sqlite_row_episode(struct sv_sqlite_row *row, struct sv_episode *ret_episode)
{
	sv_sqlite_row_id(row, ret_episode->id);
	sv_sqlite_row_id(row, ret_episode->title);
	ret_episode->season = row_unsigned(row);
	ret_episode->number = row_unsigned(row);
	ret_episode->last_number = row_unsigned(row);
	ret_episode->name = sv_sqlite_row_text(row);
	sv_sqlite_row_id(row, ret_episode->image);
	sv_sqlite_row_id(row, ret_episode->file);
	ret_episode->duration_ms = (uint64_t)sv_sqlite_row_integer(row);
	ret_episode->size_bytes = (uint64_t)sv_sqlite_row_integer(row);
}

void
sv_sqlite_row_file(struct sv_sqlite_row *row, struct sv_file *ret_file)
{
	sv_sqlite_row_id(row, ret_file->id);
	sv_sqlite_row_id(row, ret_file->title);
	sv_sqlite_row_id(row, ret_file->episode);
	ret_file->version = (uint64_t)sv_sqlite_row_integer(row);
	ret_file->state = (enum sv_file_state)sv_sqlite_row_integer(row);
	ret_file->size_bytes = (uint64_t)sv_sqlite_row_integer(row);
	ret_file->mtime_unix_s = sv_sqlite_row_integer(row);
	ret_file->has_crc = sv_sqlite_row_integer(row) != 0;
	ret_file->crc32 = (uint32_t)sv_sqlite_row_integer(row);
	ret_file->name = sv_sqlite_row_text(row);
	ret_file->container = sv_sqlite_row_text(row);
	ret_file->mime = sv_sqlite_row_text(row);
	ret_file->duration_ms = (uint64_t)sv_sqlite_row_integer(row);
	ret_file->bit_rate = (uint64_t)sv_sqlite_row_integer(row);
	ret_file->width = row_unsigned(row);
	ret_file->height = row_unsigned(row);
	ret_file->playable = (enum sv_playable)sv_sqlite_row_integer(row);
	sv_sqlite_row_id(row, ret_file->image);
	ret_file->added_unix_s = sv_sqlite_row_integer(row);
	ret_file->copies = NULL;
	ret_file->tracks = NULL;
	ret_file->chapters = NULL;
	ret_file->copy_count = ret_file->track_count = ret_file->chapter_count = 0;
}

void *
sv_sqlite_list_add(struct sv_sqlite_list *list)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
		char *items = sv_arena_alloc(list->arena, capacity * list->item_size);
		if (items == NULL)
			return NULL;
		if (list->count > 0)
			memcpy(items, list->items, list->count * list->item_size);
		list->items = items;
		list->capacity = capacity;
	}
	return list->items + list->item_size * list->count++;
}

static void
read_copy(struct sv_sqlite_row *row, void *item)
{
	struct sv_copy *copy = item;

	sv_sqlite_row_id(row, copy->id);
	copy->kind = (enum sv_copy_kind)sv_sqlite_row_integer(row);
	copy->location = sv_sqlite_row_text(row);
	copy->priority = row_unsigned(row);
	copy->state = (enum sv_copy_state)sv_sqlite_row_integer(row);
	copy->verified_unix_s = sv_sqlite_row_integer(row);
}

static void
read_track(struct sv_sqlite_row *row, void *item)
{
	struct sv_track *track = item;

	track->number = row_unsigned(row);
	track->kind = (enum sv_track_kind)sv_sqlite_row_integer(row);
	track->is_default = sv_sqlite_row_integer(row) != 0;
	track->is_forced = sv_sqlite_row_integer(row) != 0;
	track->codec = sv_sqlite_row_text(row);
	track->codec_string = sv_sqlite_row_text(row);
	track->language = sv_sqlite_row_text(row);
	track->name = sv_sqlite_row_text(row);
	track->bit_rate = (uint64_t)sv_sqlite_row_integer(row);
	track->width = row_unsigned(row);
	track->height = row_unsigned(row);
	track->bit_depth = row_unsigned(row);
	track->channels = row_unsigned(row);
	track->sample_rate_hz = row_unsigned(row);
	track->frame_rate_num = row_unsigned(row);
	track->frame_rate_den = row_unsigned(row);
}

static void
read_chapter(struct sv_sqlite_row *row, void *item)
{
	struct sv_chapter *chapter = item;

	chapter->start_ms = (uint64_t)sv_sqlite_row_integer(row);
	chapter->end_ms = (uint64_t)sv_sqlite_row_integer(row);
	chapter->name = sv_sqlite_row_text(row);
}

static int
read_list(struct sv_sqlite *connection, const char *sql, int64_t n, void (*read)(struct sv_sqlite_row *, void *), struct sv_sqlite_list *list)
{
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, sql, SV_SQL_ARGS(SV_SQL_INT(n)), &statement);

	while (rc >= 0 && (rc = sv_sqlite_step(connection, statement)) > 0) {
		struct sv_sqlite_row row = {statement, 0, list->arena, 0};
		void *item = sv_sqlite_list_add(list);
		if (item != NULL)
			read(&row, item);
		if (item == NULL || row.error < 0) {
			sv_sqlite_release(statement);
			return SV_ENOMEM;
		}
	}
	return rc;
}

int
sv_sqlite_rows_of_file(struct sv_sqlite *connection, int64_t n, bool with_tracks, struct sv_arena *arena, struct sv_file *file)
{
	struct sv_sqlite_list copies = {arena, sizeof(struct sv_copy), 0, 0, NULL};
	struct sv_sqlite_list tracks = {arena, sizeof(struct sv_track), 0, 0, NULL};
	struct sv_sqlite_list chapters = {arena, sizeof(struct sv_chapter), 0, 0, NULL};
	int rc = read_list(connection, "SELECT id, kind, location, priority, state, verified_unix_s FROM copy WHERE file = ? "
	    "ORDER BY state <> 0, priority, n", n, read_copy, &copies);

	if (rc >= 0 && with_tracks)
		rc = read_list(connection, "SELECT number, kind, is_default, is_forced, codec, codec_string, language, name, bit_rate, width, "
		    "height, bit_depth, channels, sample_rate_hz, frame_rate_num, frame_rate_den FROM track WHERE file = ? ORDER BY number", n,
		    read_track, &tracks);
	if (rc >= 0 && with_tracks)
		rc = read_list(connection, "SELECT start_ms, end_ms, name FROM chapter WHERE file = ? ORDER BY number", n, read_chapter, &chapters);
	if (rc < 0)
		return rc;
	file->copies = (const struct sv_copy *)(const void *)copies.items;
	file->copy_count = copies.count;
	file->tracks = (const struct sv_track *)(const void *)tracks.items;
	file->track_count = tracks.count;
	file->chapters = (const struct sv_chapter *)(const void *)chapters.items;
	file->chapter_count = chapters.count;
	return 0;
}
