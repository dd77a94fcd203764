/* SPDX-License-Identifier: Apache-2.0
 * Numbers as people read them, and the addresses of our own pages. */
#include "page_filters.h"

#include <inttypes.h>

#include "errors.h"
#include "page_url.h"
#include "pages.h"

static const char *
kept(struct sv_page_out *out, char *text)
{
	if (text != NULL)
		return text;
	out->error = SV_ENOMEM;
	return "";
}

/* An empty address means a wrong id or a full arena; either ends the page. */
static struct sv_url
checked(struct sv_page_out *out, struct sv_url url)
{
	if (url.length == 0 && out->error == 0)
		out->error = SV_EINVAL;
	return url;
}

/* Three significant digits at most: 1.4 GB, 14 GB, 824 MB. */
static const char *
decimal(struct sv_page_out *out, uint64_t bytes, const char *behind)
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
	size_t unit = 0;
	uint64_t scale = 1;

	while (unit + 1 < sizeof units / sizeof *units && bytes / scale >= 1000) {
		scale *= 1000;
		unit++;
	}
	uint64_t tenths = unit == 0 ? bytes * 10 : bytes / (scale / 10) + (bytes % (scale / 10) >= scale / 20);
	if (tenths >= 100 || tenths % 10 == 0)
		return kept(out, sv_arena_printf(out->arena, "%" PRIu64 "\u00a0%s%s", (tenths + 5) / 10, units[unit], behind));
	return kept(out, sv_arena_printf(out->arena, "%" PRIu64 ".%" PRIu64 "\u00a0%s%s", tenths / 10, tenths % 10, units[unit], behind));
}

const char *
sv_filter_size(struct sv_page_out *out, uint64_t bytes)
{
	return decimal(out, bytes, "");
}

const char *
sv_filter_rate(struct sv_page_out *out, uint64_t bytes_per_second)
{
	return decimal(out, bytes_per_second, "/s");
}

const char *
sv_filter_span(struct sv_page_out *out, uint64_t seconds)
{
	uint64_t minutes = (seconds + 30) / 60;

	if (seconds < 60)
		return kept(out, sv_arena_printf(out->arena, "%" PRIu64 "\u00a0s", seconds));
	if (minutes < 60)
		return kept(out, sv_arena_printf(out->arena, "%" PRIu64 "\u00a0min", minutes));
	if (minutes % 60 == 0)
		return kept(out, sv_arena_printf(out->arena, "%" PRIu64 "\u00a0h", minutes / 60));
	return kept(out, sv_arena_printf(out->arena, "%" PRIu64 "\u00a0h %" PRIu64 "\u00a0min", minutes / 60, minutes % 60));
}

const char *
sv_filter_clock(struct sv_page_out *out, uint64_t seconds)
{
	uint64_t hours = seconds / 3600, minutes = seconds / 60 % 60;

	if (hours > 0)
		return kept(out, sv_arena_printf(out->arena, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, hours, minutes, seconds % 60));
	return kept(out, sv_arena_printf(out->arena, "%" PRIu64 ":%02" PRIu64, minutes, seconds % 60));
}

const char *
sv_filter_quality(struct sv_page_out *out, const struct sv_file_view *file)
{
	static const struct {
		unsigned at_least;
		const char *name;
	} steps[] = {{2000, "4K"}, {1300, "1440p"}, {1000, "1080p"}, {680, "720p"}, {540, "576p"}, {460, "480p"}, {340, "360p"}};
	uint64_t lines = (uint64_t)file->width * 9 / 16;

	if (file->height == 0)
		return "";
	if (file->height > file->width)
		lines = file->width;      /* filmed upright */
	else if (lines < file->height)
		lines = file->height;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (lines >= steps[i].at_least)
			return steps[i].name;
	return kept(out, sv_arena_printf(out->arena, "%up", file->height));
}

const char *
sv_filter_channels(struct sv_page_out *out, unsigned channels)
{
	switch (channels) {
	case 0: return "";
	case 1: return "mono";
	case 2: return "stereo";
	case 6: return "5.1";
	case 8: return "7.1";
	default: return kept(out, sv_arena_printf(out->arena, "%u ch", channels));
	}
}

const char *
sv_filter_download_time(struct sv_page_out *out, const struct sv_download_view *view)
{
	return view->rate == 0 ? "" : sv_filter_span(out, view->file.size / view->rate);
}

unsigned
sv_filter_colour(struct sv_page_out *out, struct sv_image_view image)
{
	return image.colour % SV_POSTER_COLOURS;
}

unsigned
sv_filter_percent(struct sv_page_out *out, unsigned percent)
{
	return percent > 100 ? 100 : percent;
}

const char *
sv_filter_language(struct sv_page_out *out, const char *language)
{
	return language == NULL ? "en" : language;
}

struct sv_html
sv_filter_paragraphs(struct sv_page_out *out, const char *text)
{
	return sv_page_html_paragraphs(out->arena, text, &out->error);
}

struct sv_url
sv_filter_card_url(struct sv_page_out *out, const struct sv_card_view *card)
{
	switch (card->kind) {
	case SV_CARD_FILM: return checked(out, sv_url_film(out->arena, card->id, card->title));
	case SV_CARD_SERIES: return checked(out, sv_url_series(out->arena, card->id, card->title));
	case SV_CARD_EPISODE: return checked(out, sv_url_episode(out->arena, card->id));
	case SV_CARD_KIND_COUNT: break;
	}
	return checked(out, (struct sv_url){0});
}

struct sv_url
sv_filter_film_url(struct sv_page_out *out, const struct sv_film_view *view)
{
	return checked(out, sv_url_film(out->arena, view->id, view->title));
}

struct sv_url
sv_filter_series_url(struct sv_page_out *out, const struct sv_series_view *view)
{
	return checked(out, sv_url_series(out->arena, view->id, view->title));
}

struct sv_url
sv_filter_season_url(struct sv_page_out *out, const struct sv_series_view *view, unsigned season)
{
	return checked(out, sv_url_season(out->arena, view->id, view->title, season));
}

struct sv_url
sv_filter_episode_series_url(struct sv_page_out *out, const struct sv_episode_view *view)
{
	return checked(out, sv_url_season(out->arena, view->series_id, view->series_title, view->season));
}

struct sv_url
sv_filter_watched_url(struct sv_page_out *out, const struct sv_watch_view *view)
{
	if (view->is_episode)
		return checked(out, sv_url_season(out->arena, view->title_id, view->title, view->season));
	return checked(out, sv_url_film(out->arena, view->title_id, view->title));
}

struct sv_url
sv_filter_downloaded_url(struct sv_page_out *out, const struct sv_download_view *view)
{
	if (view->is_episode)
		return checked(out, sv_url_episode(out->arena, view->title_id));
	return checked(out, sv_url_film(out->arena, view->title_id, view->title));
}

struct sv_url
sv_filter_episode_url(struct sv_page_out *out, const char *id)
{
	return checked(out, sv_url_episode(out->arena, id));
}

struct sv_url
sv_filter_watch_url(struct sv_page_out *out, const char *id)
{
	return checked(out, sv_url_watch(out->arena, id));
}

struct sv_url
sv_filter_download_url(struct sv_page_out *out, const char *id)
{
	return checked(out, sv_url_download(out->arena, id));
}

struct sv_url
sv_filter_download_start_url(struct sv_page_out *out, const char *id)
{
	return checked(out, sv_url_download_start(out->arena, id));
}

struct sv_url
sv_filter_image(struct sv_page_out *out, struct sv_image_view image, unsigned width)
{
	return checked(out, sv_url_image(out->arena, image.id, image.version, width));
}

static const char *
section_path(enum sv_section section)
{
	switch (section) {
	case SV_SECTION_MOVIES: return "/movies";
	case SV_SECTION_SERIES: return "/series";
	case SV_SECTION_NEW: return "/new";
	case SV_SECTION_NONE: case SV_SECTION_HOME: case SV_SECTION_COUNT: break;
	}
	return "/";
}

struct sv_url
sv_filter_grid_url(struct sv_page_out *out, const struct sv_grid_view *view, unsigned page)
{
	const char *path = section_path(view->shell.section);
	const char *text = page <= 1 ? path : kept(out, sv_arena_printf(out->arena, "%s?page=%u", path, page));

	return checked(out, (struct sv_url){text, strlen(text)});
}

struct sv_url
sv_filter_next_grid_url(struct sv_page_out *out, const struct sv_grid_view *view)
{
	return sv_filter_grid_url(out, view, view->page + 1);
}

struct sv_url
sv_filter_previous_grid_url(struct sv_page_out *out, const struct sv_grid_view *view)
{
	return sv_filter_grid_url(out, view, view->page - 1);
}

struct sv_url
sv_filter_stream_url(struct sv_page_out *out, const struct sv_watch_view *view)
{
	if (view->start == 0 || view->stream.length == 0)
		return checked(out, view->stream);
	const char *text = kept(out, sv_arena_printf(out->arena, "%.*s#t=%u", (int)view->stream.length, view->stream.text, view->start));
	return (struct sv_url){text, strlen(text)};
}
