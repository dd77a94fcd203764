/* SPDX-License-Identifier: Apache-2.0
 * From records of the catalog to what templates show.  Everything lives in the call's arena; a full arena gives an empty list. */
#include <string.h>

#include "manager_call.h"
#include "media_names.h"
#include "pages.h"

static const char *
known(const char *text)
{
	return text == NULL || text[0] == '\0' ? NULL : text;
}

static void
tell_count(size_t *ret_count, const void *views, size_t count)
{
	if (ret_count != NULL)
		*ret_count = views == NULL ? 0 : count;
}

void
sv_view_shell(const struct sv_call *call, enum sv_section section, struct sv_shell_view *ret_shell)
{
	*ret_shell = (struct sv_shell_view){.section = section, .guest_rate = call->manager->settings->guest_rate, .query = call->data.query};
}

void
sv_view_import(const struct sv_manager *manager, struct sv_import_view *ret_import)
{
	static const enum sv_import_kind kinds[SV_HOT_WORK_COUNT] = {[SV_HOT_SAMPLES] = SV_IMPORT_SAMPLES, [SV_HOT_LIBRARY] = SV_IMPORT_LIBRARY};

	*ret_import = (struct sv_import_view){.kind = SV_IMPORT_NONE};
	for (int i = 0; i < SV_HOT_WORK_COUNT; i++) {
		const struct sv_hot_progress *progress = &manager->progress[i];
		if (progress->active) {
			*ret_import = (struct sv_import_view){kinds[i], progress->done, progress->total, progress->percent};
			return;
		}
	}
}

struct sv_image_view
sv_view_image(const char *image, const char *owner)
{
	/* the bytes never change behind an id, so the version never does */
	return (struct sv_image_view){.id = known(image), .version = "1", .colour = sv_page_colour(owner)};
}

const struct sv_card_view *
sv_view_cards(struct sv_call *call, const struct sv_titles *titles, size_t *ret_count)
{
	struct sv_card_view *cards = sv_arena_alloc(call->arena, (titles->count + 1) * sizeof *cards);

	for (size_t i = 0; cards != NULL && i < titles->count; i++) {
		const struct sv_title *title = &titles->titles[i];
		bool series = title->kind == SV_TITLE_SERIES;
		cards[i] = (struct sv_card_view){.kind = series ? SV_CARD_SERIES : SV_CARD_FILM, .id = title->id, .title = title->name, .year = title->year,
		    .season = series ? title->season_count : 0, .episode = series ? title->episode_count : 0, .poster = sv_view_image(title->image, title->id)};
	}
	tell_count(ret_count, cards, titles->count);
	return cards;
}

static size_t
collect_tracks(struct sv_call *call, const struct sv_file *file, enum sv_track_kind kind, const struct sv_track_view **ret_tracks)
{
	struct sv_track_view *views = sv_arena_alloc(call->arena, (file->track_count + 1) * sizeof *views);
	size_t count = 0;

	for (size_t i = 0; views != NULL && i < file->track_count; i++) {
		const struct sv_track *track = &file->tracks[i];
		if (track->kind == kind)
			views[count++] = (struct sv_track_view){.language = sv_media_names_language(track->language), .codec = sv_media_names_codec(track->codec),
			    .label = known(track->name), .channels = track->channels};
	}
	*ret_tracks = views;
	return count;
}

bool
sv_view_browser_plays(const struct sv_call *call, const struct sv_file *file)
{
	struct sv_text agent = sv_http_field(call->request, "User-Agent");

	if (file->playable != SV_PLAYABLE_CHROMIUM)
		return file->playable == SV_PLAYABLE_YES || file->playable == SV_PLAYABLE_SOME;
	return agent.length > 0 && memmem(agent.data, agent.length, "Chrome/", 7) != NULL;
}

const struct sv_file_view *
sv_view_files(struct sv_call *call, const struct sv_file *files, size_t count, size_t *ret_count)
{
	struct sv_file_view *views = sv_arena_alloc(call->arena, (count + 1) * sizeof *views);

	for (size_t i = 0; views != NULL && i < count; i++) {
		const struct sv_file *file = &files[i];
		bool served = file->state == SV_FILE_OK;
		views[i] = (struct sv_file_view){.watch_id = served ? file->id : NULL, .download_id = served ? file->id : NULL,
		    .container = sv_media_names_container(file->container, file->mime), .width = file->width, .height = file->height, .size = file->size_bytes,
		    .browser_plays = sv_view_browser_plays(call, file)};
		for (size_t t = 0; t < file->track_count; t++)
			if (file->tracks[t].kind == SV_TRACK_VIDEO) {
				views[i].video_codec = sv_media_names_codec(file->tracks[t].codec);
				break;
			}
		views[i].audio_count = collect_tracks(call, file, SV_TRACK_AUDIO, &views[i].audio);
		views[i].subtitles_count = collect_tracks(call, file, SV_TRACK_SUBTITLE, &views[i].subtitles);
	}
	tell_count(ret_count, views, count);
	return views;
}

const struct sv_episode_row_view *
sv_view_episodes(struct sv_call *call, const struct sv_episode *episodes, size_t count, size_t *ret_count)
{
	struct sv_episode_row_view *rows = sv_arena_alloc(call->arena, (count + 1) * sizeof *rows);

	for (size_t i = 0; rows != NULL && i < count; i++) {
		const struct sv_episode *episode = &episodes[i];
		rows[i] = (struct sv_episode_row_view){.id = episode->id, .title = known(episode->name), .season = episode->season, .number = episode->number,
		    .duration = (unsigned)(episode->duration_ms / 1000), .size = episode->size_bytes, .watch_id = known(episode->file),
		    .download_id = known(episode->file), .still = sv_view_image(episode->image, episode->id)};
	}
	tell_count(ret_count, rows, count);
	return rows;
}
