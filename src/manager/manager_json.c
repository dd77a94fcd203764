/* SPDX-License-Identifier: Apache-2.0
 * The JSON twins: the same records as the pages.  Paths of files never leave the machine. */
#include <stdio.h>

#include "json_text.h"
#include "manager_call.h"

static void
optional_text(struct sv_json *json, const char *name, const char *text)
{
	sv_json_member_cstr(json, name, text == NULL || text[0] == '\0' ? NULL : text);
}

static void
title_members(struct sv_json *json, const struct sv_title *title)
{
	sv_json_member_cstr(json, "id", title->id);
	sv_json_member_cstr(json, "kind", title->kind == SV_TITLE_SERIES ? "series" : "film");
	sv_json_member_cstr(json, "title", title->name);
	if (title->year != 0)
		sv_json_member_u64(json, "year", title->year);
	optional_text(json, "image", title->image);
	if (title->kind == SV_TITLE_SERIES) {
		sv_json_member_u64(json, "seasons", title->season_count);
		sv_json_member_u64(json, "episodes", title->episode_count);
	}
}

void
sv_json_title(struct sv_json *json, const struct sv_title *title)
{
	sv_json_begin_object(json);
	title_members(json, title);
	sv_json_end_object(json);
}

void
sv_json_titles(struct sv_json *json, const char *name, const struct sv_titles *titles)
{
	sv_json_key(json, name);
	sv_json_begin_array(json);
	for (size_t i = 0; i < titles->count; i++)
		sv_json_title(json, &titles->titles[i]);
	sv_json_end_array(json);
}

static void
tracks(struct sv_json *json, const struct sv_file *file)
{
	static const char *const kinds[SV_TRACK_KIND_COUNT] = {"video", "audio", "subtitle", "attachment", "other"};

	sv_json_key(json, "tracks");
	sv_json_begin_array(json);
	for (size_t i = 0; i < file->track_count; i++) {
		const struct sv_track *track = &file->tracks[i];
		sv_json_begin_object(json);
		sv_json_member_u64(json, "number", track->number);
		sv_json_member_cstr(json, "kind", track->kind < SV_TRACK_KIND_COUNT ? kinds[track->kind] : "other");
		optional_text(json, "codec", track->codec);
		optional_text(json, "codec_string", track->codec_string);
		optional_text(json, "language", track->language);
		optional_text(json, "name", track->name);
		if (track->width != 0) {
			sv_json_member_u64(json, "width", track->width);
			sv_json_member_u64(json, "height", track->height);
		}
		if (track->channels != 0)
			sv_json_member_u64(json, "channels", track->channels);
		sv_json_end_object(json);
	}
	sv_json_end_array(json);
}

static void
chapters(struct sv_json *json, const struct sv_file *file)
{
	sv_json_key(json, "chapters");
	sv_json_begin_array(json);
	for (size_t i = 0; i < file->chapter_count; i++) {
		sv_json_begin_object(json);
		sv_json_member_u64(json, "start_ms", file->chapters[i].start_ms);
		sv_json_member_u64(json, "end_ms", file->chapters[i].end_ms);
		optional_text(json, "name", file->chapters[i].name);
		sv_json_end_object(json);
	}
	sv_json_end_array(json);
}

void
sv_json_files(struct sv_json *json, const struct sv_file *files, size_t count)
{
	char crc[9];

	sv_json_key(json, "files");
	sv_json_begin_array(json);
	for (size_t i = 0; i < count; i++) {
		const struct sv_file *file = &files[i];
		(void)snprintf(crc, sizeof crc, "%08x", (unsigned)file->crc32);
		sv_json_begin_object(json);
		sv_json_member_cstr(json, "id", file->id);
		sv_json_member_u64(json, "version", file->version);
		sv_json_member_cstr(json, "name", file->name);
		sv_json_member_cstr(json, "mime", file->mime);
		sv_json_member_u64(json, "size", file->size_bytes);
		sv_json_member_cstr(json, "crc32", file->has_crc ? crc : NULL);
		sv_json_member_u64(json, "duration_ms", file->duration_ms);
		sv_json_member_u64(json, "width", file->width);
		sv_json_member_u64(json, "height", file->height);
		sv_json_member_bool(json, "browser_plays", file->playable == SV_PLAYABLE_YES || file->playable == SV_PLAYABLE_SOME);
		sv_json_member_u64(json, "copies", file->copy_count);
		tracks(json, file);
		chapters(json, file);
		sv_json_end_object(json);
	}
	sv_json_end_array(json);
}

void
sv_json_episode(struct sv_json *json, const struct sv_episode *episode)
{
	sv_json_begin_object(json);
	sv_json_member_cstr(json, "id", episode->id);
	sv_json_member_u64(json, "season", episode->season);
	sv_json_member_u64(json, "number", episode->number);
	optional_text(json, "name", episode->name);
	optional_text(json, "image", episode->image);
	optional_text(json, "file", episode->file);
	sv_json_member_u64(json, "duration_ms", episode->duration_ms);
	sv_json_member_u64(json, "size", episode->size_bytes);
	sv_json_end_object(json);
}
