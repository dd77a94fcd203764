/* SPDX-License-Identifier: Apache-2.0
 * Sample data.  The films are invented. */
#include "page_samples.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "pages.h"

#define MANY 60

static const char *const titles[] = {
	"The Lamp at Harrow Point", "Salt and Ceremony", "Ein Sommer ohne Uhren", "Nine Rivers", "The Quiet Projectionist", "Árnyak a Dunán",
	"Last Tram to Lindenau", "Paper Lanterns", "A Cartographer’s Daughter", "Dust Season", "Les Heures Bleues", "Winterlight",
	"The Beekeeper of Sault", "Signal Fires", "Glass Orchard", "Half a Mile of Thunder", "Łódź, Wednesday", "The Second Violin",
	"Tidewater", "Almanac of Small Storms", "Borrowed Coats", "North of Nowhere", "An Honest Burglar", "The Understudy",
	"Kiln", "Seven Doors Down", "Where the Road Bends and the Long Grass Begins Again", "Cassiopeia", "Marrow", "Fields of Static",
};

static const char *
text_or(const struct sample_options *options, const char *text)
{
	return options->text != NULL ? options->text : text;
}

static const char *
title_of(const struct sample_options *options, size_t i)
{
	return text_or(options, titles[i % (sizeof titles / sizeof *titles)]);
}

static struct sv_shell_view
shell_of(const struct sample_options *options, enum sv_section section)
{
	return (struct sv_shell_view){
		.language = text_or(options, "en"), .right_to_left = options->right_to_left, .section = section,
		.theme = options->text != NULL ? options->text : options->theme,
		.query = options->text, .guest_rate = 1500000,
	};
}

/* Ids as long and as random as real ones, so that sizes and compression are real, too. */
static const char *
id_of(char room[static 13], unsigned seed)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 0x1234567u;

	for (int i = 0; i < 12; i++) {
		state ^= state >> 29;
		state *= 0xbf58476d1ce4e5b9u;
		state ^= state >> 32;
		room[i] = letters[state & 63];
	}
	room[12] = '\0';
	return room;
}

static void
card_fill(struct sv_card_view *card, char ids[3][13], const struct sample_options *options, unsigned i, enum sv_card_kind kind)
{
	id_of(ids[0], i * 3 + 1);
	id_of(ids[1], i * 3 + 2);
	id_of(ids[2], i * 3 + 3);
	ids[2][8] = '\0';
	*card = (struct sv_card_view){
		.kind = kind, .id = ids[0], .title = title_of(options, i * 7 + (unsigned)kind), .year = 1962 + i * 13 % 63,
		.season = kind == SV_CARD_FILM ? 0 : 1 + i % 4, .episode = kind == SV_CARD_FILM ? 0 : 2 + i % 9,
		.poster = {.id = i % 9 == 7 ? NULL : ids[1], .version = ids[2], .colour = sv_page_colour(ids[0])},
		.watched_percent = i % 11 == 3 ? 20 + i : 0,
	};
}

static struct {
	struct sv_card_view cards[MANY];
	char ids[MANY][3][13];
} films, series, fresh;

static void
cards_fill(const struct sample_options *options)
{
	for (unsigned i = 0; i < MANY; i++) {
		card_fill(&films.cards[i], films.ids[i], options, i, SV_CARD_FILM);
		card_fill(&series.cards[i], series.ids[i], options, 100 + i, SV_CARD_SERIES);
		card_fill(&fresh.cards[i], fresh.ids[i], options, 200 + i, i % 3 == 2 ? SV_CARD_EPISODE : SV_CARD_FILM);
	}
}

static int
home(struct sv_page_out *out, const struct sample_options *options)
{
	cards_fill(options);
	struct sv_home_view view = {
		.shell = shell_of(options, SV_SECTION_HOME), .films = films.cards, .films_count = 20, .films_more = true,
		.series = series.cards, .series_count = 20, .series_more = true, .fresh = fresh.cards, .fresh_count = 20, .fresh_more = true,
	};
	return sv_page_home(out, &view);
}

static int
home_demo(struct sv_page_out *out, const struct sample_options *options)
{
	cards_fill(options);
	struct sv_home_view view = {
		.shell = shell_of(options, SV_SECTION_HOME), .films = films.cards, .films_count = 2, .series = series.cards, .series_count = 1,
		.import = {SV_IMPORT_SAMPLES, 2, 4, 38},
	};
	return sv_page_home(out, &view);
}

static int
home_empty(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_home_view view = {.shell = shell_of(options, SV_SECTION_HOME)};
	return sv_page_home(out, &view);
}

static int
home_first(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_home_view view = {.shell = shell_of(options, SV_SECTION_HOME), .import = {SV_IMPORT_LIBRARY, 0, 12, 3}};
	return sv_page_home(out, &view);
}

static int
grid(struct sv_page_out *out, const struct sample_options *options)
{
	cards_fill(options);
	struct sv_grid_view view = {
		.shell = shell_of(options, SV_SECTION_MOVIES), .cards = films.cards, .cards_count = MANY, .total = 214, .page = 2, .pages = 4,
	};
	return sv_page_grid(out, &view);
}

static int
grid_empty(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_grid_view view = {.shell = shell_of(options, SV_SECTION_SERIES), .page = 1, .pages = 1};
	return sv_page_grid(out, &view);
}

/* Two versions with tracks; texts of peers (codec names come from files) are free text, too. */
static struct sv_track_view audio[3], subtitles[2];
static struct sv_file_view files[2];

static void
files_fill(const struct sample_options *options)
{
	audio[0] = (struct sv_track_view){text_or(options, "English"), text_or(options, "AC-3"), NULL, 6};
	audio[1] = (struct sv_track_view){text_or(options, "Deutsch"), text_or(options, "AAC"), NULL, 2};
	audio[2] = (struct sv_track_view){NULL, text_or(options, "AAC"), text_or(options, "Commentary"), 2};
	subtitles[0] = (struct sv_track_view){text_or(options, "English"), text_or(options, "SubRip"), NULL, 0};
	subtitles[1] = (struct sv_track_view){text_or(options, "العربية"), NULL, NULL, 0};
	files[0] = (struct sv_file_view){
		.watch_id = "Wq3_f8LkZp0a", .download_id = "Wq3_f8LkZp0a", .container = text_or(options, "Matroska"),
		.video_codec = text_or(options, "HEVC"), .width = 1920, .height = 804, .audio = audio, .audio_count = 3, .subtitles = subtitles,
		.subtitles_count = 2, .size = 6412345678,
	};
	files[1] = (struct sv_file_view){
		.watch_id = "b7-Hs2QmXr9e", .download_id = "b7-Hs2QmXr9e", .container = text_or(options, "MP4"),
		.video_codec = text_or(options, "H.264"), .width = 1280, .height = 536, .audio = audio + 1, .audio_count = 1, .size = 1384000000,
		.browser_plays = true,
	};
}

static int
film(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_film_view view = {
		.shell = shell_of(options, SV_SECTION_MOVIES), .id = "k3Fz91_aQbLw", .title = title_of(options, 0), .original_title = options->text,
		.synopsis = text_or(options, "A lighthouse keeper’s last winter before the lamp goes electric. When the mail boat stops coming, she "
			"begins to answer the letters meant for other people.\n\nShot on one island over eleven months."),
		.year = 1987, .duration = 6732, .resume = 2480, .poster = {"pQ7_x0aLm3Zt", "3fa9c1d2", 33}, .files = files, .files_count = 2,
	};
	files_fill(options);
	struct sv_file_view swap = files[0];
	files[0] = files[1];
	files[1] = swap;
	return sv_page_film(out, &view);
}

static int
film_bare(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_film_view view = {
		.shell = shell_of(options, SV_SECTION_MOVIES), .id = "k3Fz91_aQbLw", .title = title_of(options, 26), .poster = {.colour = 13},
	};
	return sv_page_film(out, &view);
}

static struct sv_episode_row_view rows[8];

static void
rows_fill(const struct sample_options *options)
{
	static const char *const ids[] = {"eA1_aaaaaaaa", "eB2_bbbbbbbb", "eC3_cccccccc", "eD4_dddddddd", "eE5_eeeeeeee", "eF6_ffffffff",
		"eG7_gggggggg", "eH8_hhhhhhhh"};

	for (unsigned i = 0; i < 8; i++)
		rows[i] = (struct sv_episode_row_view){
			.id = ids[i], .title = i == 5 ? NULL : title_of(options, i + 9), .season = 2, .number = i + 1, .duration = 2580 + i * 61,
			.size = 700000000, .watch_id = ids[i], .download_id = ids[i],
			.still = {i == 6 ? NULL : ids[i], "0a1b2c3d", i * 8 + 2}, .watched_percent = i == 0 ? 100 : i == 1 ? 42 : 0,
		};
}

static int
series_page(struct sv_page_out *out, const struct sample_options *options)
{
	static const struct sv_season_view seasons[] = {{1, 10}, {2, 8}, {3, 8}, {0, 2}};
	struct sv_series_view view = {
		.shell = shell_of(options, SV_SECTION_SERIES), .id = "s9Tt_01xYzAb", .title = title_of(options, 6),
		.synopsis = text_or(options, "The night crew of a tram depot keeps a city awake, and each other honest."), .year = 2014,
		.last_year = 2017, .poster = {"sP_00000aaaa", "77aa01bc", 9}, .seasons = seasons, .seasons_count = 4, .season = 2, .episodes = rows,
		.episodes_count = 8, .next_up = &rows[1],
	};
	rows_fill(options);
	return sv_page_series(out, &view);
}

static int
episode(struct sv_page_out *out, const struct sample_options *options)
{
	files_fill(options);
	rows_fill(options);
	struct sv_episode_view view = {
		.shell = shell_of(options, SV_SECTION_SERIES), .id = "eB2_bbbbbbbb", .title = title_of(options, 10),
		.synopsis = text_or(options, "Snow on the points; nobody goes home."), .series_id = "s9Tt_01xYzAb", .series_title = title_of(options, 6),
		.season = 2, .number = 2, .duration = 2641, .still = rows[1].still, .files = files, .files_count = 2, .previous = &rows[0], .next = &rows[2],
	};
	return sv_page_episode(out, &view);
}

static struct sv_url
url_of(struct sv_page_out *out, const char *text)
{
	struct sv_url url = {0};

	(void)sv_url_make(out->arena, sv_text_of(text), &url);
	return url;
}

static struct sv_watch_view
watch_view(struct sv_page_out *out, const struct sample_options *options)
{
	static const char link[] = "/stream/b7-Hs2QmXr9e?expires=1795350000&tier=guest&play=pL4y00000001&v=3&md5=0aZ9_bQ1cR2dS3eT4fU5gV";
	char absolute[200];

	snprintf(absolute, sizeof absolute, "http://localhost:8080%s", link);
	return (struct sv_watch_view){
		.shell = shell_of(options, SV_SECTION_NONE), .watch_id = "b7-Hs2QmXr9e", .title = title_of(options, 0), .title_id = "k3Fz91_aQbLw",
		.stream = url_of(out, link), .stream_absolute = url_of(out, absolute), .playlist = url_of(out, "/api/watch/b7-Hs2QmXr9e.m3u"),
		.renew = url_of(out, "/api/watch/b7-Hs2QmXr9e"), .mime = text_or(options, "video/mp4"), .container = text_or(options, "MP4"),
		.browser_plays = true, .still = {"pQ7_x0aLm3Zt", "3fa9c1d2", 33}, .duration = 6732, .source = text_or(options, "this server"),
		.download_id = "b7-Hs2QmXr9e",
	};
}

static int
watch(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_watch_view view = watch_view(out, options);

	return sv_page_watch(out, &view);
}

static int
watch_episode(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_watch_view view = watch_view(out, options);

	rows_fill(options);
	view.is_episode = true;
	view.title = title_of(options, 6);
	view.title_id = "s9Tt_01xYzAb";
	view.episode_id = rows[1].id;
	view.episode_title = rows[1].title;
	view.season = 2;
	view.number = 2;
	view.next = &rows[2];
	view.start = 61;
	return sv_page_watch(out, &view);
}

static int
watch_foreign(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_watch_view view = watch_view(out, options);

	view.browser_plays = false;
	view.container = text_or(options, "Matroska");
	return sv_page_watch(out, &view);
}

static int
search(struct sv_page_out *out, const struct sample_options *options)
{
	cards_fill(options);
	struct sv_search_view view = {.shell = shell_of(options, SV_SECTION_NONE), .cards = films.cards + 4, .cards_count = 5, .total = 5};
	view.shell.query = text_or(options, "the qu");
	return sv_page_search(out, &view);
}

static int
search_none(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_search_view view = {.shell = shell_of(options, SV_SECTION_NONE)};

	view.shell.query = text_or(options, "zzyzx");
	return sv_page_search(out, &view);
}

static int
download(struct sv_page_out *out, const struct sample_options *options)
{
	files_fill(options);
	struct sv_download_view view = {
		.shell = shell_of(options, SV_SECTION_NONE), .download_id = "b7-Hs2QmXr9e", .title = title_of(options, 0), .title_id = "k3Fz91_aQbLw",
		.file_name = text_or(options, "The.Lamp.at.Harrow.Point.1987.1080p.mkv"), .file = files[0], .crc32 = text_or(options, "8a01f3c7"), .rate = 1500000,
	};
	return sv_page_download(out, &view);
}

static int
help(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_plain_view view = {.shell = shell_of(options, SV_SECTION_NONE)};

	return sv_page_help(out, &view);
}

static int
about(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_plain_view view = {.shell = shell_of(options, SV_SECTION_NONE), .version = text_or(options, SV_VERSION)};

	return sv_page_about(out, &view);
}

static int
privacy(struct sv_page_out *out, const struct sample_options *options)
{
	struct sv_plain_view view = {.shell = shell_of(options, SV_SECTION_NONE)};

	return sv_page_privacy(out, &view);
}

static int
error_of(struct sv_page_out *out, const struct sample_options *options, int status)
{
	struct sv_error_view view = {
		.shell = shell_of(options, SV_SECTION_NONE), .status = status, .request_id = text_or(options, "r-7Gk2mQ0x"),
		.retry_after = status == 429 ? 12 : 0, .reference = status == 451 ? text_or(options, "TD-2026-0042") : NULL,
	};
	return sv_page_error(out, &view);
}

#define ERROR_PAGE(status) \
	static int error_##status(struct sv_page_out *out, const struct sample_options *options) { return error_of(out, options, status); }
ERROR_PAGE(400)
ERROR_PAGE(401)
ERROR_PAGE(403)
ERROR_PAGE(404)
ERROR_PAGE(405)
ERROR_PAGE(429)
ERROR_PAGE(451)
ERROR_PAGE(500)
ERROR_PAGE(503)

static int
gateway_502(struct sv_page_out *out, const struct sample_options *options)
{
	return sv_page_gateway_error(out, 502);
}

const struct sample_page sample_pages[] = {
	{"home", home}, {"home-demo", home_demo}, {"home-empty", home_empty}, {"home-first", home_first}, {"grid", grid}, {"grid-empty", grid_empty},
	{"film", film}, {"film-bare", film_bare}, {"series", series_page}, {"episode", episode}, {"watch", watch}, {"watch-episode", watch_episode},
	{"watch-foreign", watch_foreign}, {"search", search}, {"search-none", search_none}, {"download", download}, {"help", help}, {"about", about},
	{"privacy", privacy}, {"error-400", error_400}, {"error-401", error_401}, {"error-403", error_403}, {"error-404", error_404},
	{"error-405", error_405}, {"error-429", error_429}, {"error-451", error_451}, {"error-500", error_500}, {"error-503", error_503},
	{"gateway-502", gateway_502},
};
const size_t sample_pages_count = sizeof sample_pages / sizeof *sample_pages;

int
sample_page_render(const char *name, struct sv_page_out *out, const struct sample_options *options)
{
	for (size_t i = 0; i < sample_pages_count; i++)
		if (strcmp(sample_pages[i].name, name) == 0)
			return sample_pages[i].render(out, options);
	return SV_ENOENT;
}
