/* SPDX-License-Identifier: Apache-2.0
 * What "| name" in a template calls: sv_filter_NAME(out, value[, argument]).  Results lie in the page's arena or are
 * static; a failure sets out->error and gives an empty value. */
#ifndef SV_PAGE_FILTERS_H
#define SV_PAGE_FILTERS_H

#include "page_html.h"
#include "page_out.h"
#include "page_views.h"

/* Bytes in decimal units: "824 kB", "1.4 GB".  Bytes a second: "1.5 MB/s". */
const char *sv_filter_size(struct sv_page_out *out, uint64_t bytes);
const char *sv_filter_rate(struct sv_page_out *out, uint64_t bytes_per_second);
/* Seconds: "1 h 32 min", "48 min", "35 s".  As a player shows them: "41:20", "1:02:03". */
const char *sv_filter_span(struct sv_page_out *out, uint64_t seconds);
const char *sv_filter_clock(struct sv_page_out *out, uint64_t seconds);
/* "1080p", "4K"; "" when the size is unknown.  Widescreen films count by their width. */
const char *sv_filter_quality(struct sv_page_out *out, const struct sv_file_view *file);
/* "stereo", "5.1"; "" for 0. */
const char *sv_filter_channels(struct sv_page_out *out, unsigned channels);
/* How long the download takes at the viewer's rate: "19 min"; "" when not limited. */
const char *sv_filter_download_time(struct sv_page_out *out, const struct sv_download_view *view);
/* Class number of a placeholder, always below SV_POSTER_COLOURS. */
unsigned sv_filter_colour(struct sv_page_out *out, struct sv_image_view image);
unsigned sv_filter_percent(struct sv_page_out *out, unsigned percent);
const char *sv_filter_language(struct sv_page_out *out, const char *language);
struct sv_html sv_filter_paragraphs(struct sv_page_out *out, const char *text);

struct sv_url sv_filter_card_url(struct sv_page_out *out, const struct sv_card_view *card);
struct sv_url sv_filter_film_url(struct sv_page_out *out, const struct sv_film_view *view);
struct sv_url sv_filter_series_url(struct sv_page_out *out, const struct sv_series_view *view);
struct sv_url sv_filter_season_url(struct sv_page_out *out, const struct sv_series_view *view, unsigned season);
struct sv_url sv_filter_episode_series_url(struct sv_page_out *out, const struct sv_episode_view *view);
/* From the watch and download pages back to what is watched or fetched. */
struct sv_url sv_filter_watched_url(struct sv_page_out *out, const struct sv_watch_view *view);
struct sv_url sv_filter_downloaded_url(struct sv_page_out *out, const struct sv_download_view *view);
struct sv_url sv_filter_episode_url(struct sv_page_out *out, const char *id);
struct sv_url sv_filter_watch_url(struct sv_page_out *out, const char *id);
struct sv_url sv_filter_download_url(struct sv_page_out *out, const char *id);
struct sv_url sv_filter_download_start_url(struct sv_page_out *out, const char *id);
struct sv_url sv_filter_image(struct sv_page_out *out, struct sv_image_view image, unsigned width);
/* Another page of a grid, relative to its section. */
struct sv_url sv_filter_grid_url(struct sv_page_out *out, const struct sv_grid_view *view, unsigned page);
struct sv_url sv_filter_next_grid_url(struct sv_page_out *out, const struct sv_grid_view *view);
struct sv_url sv_filter_previous_grid_url(struct sv_page_out *out, const struct sv_grid_view *view);
/* The stream with "#t=" when playback begins later. */
struct sv_url sv_filter_stream_url(struct sv_page_out *out, const struct sv_watch_view *view);

#endif
