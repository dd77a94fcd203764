/* SPDX-License-Identifier: Apache-2.0
 * What each page is told: one struct a page, filled by the request handlers from the catalog, read by the templates.
 * Texts are UTF-8 that ends in NUL, raw (the templates escape), borrowed until the page is sent; NULL means "unknown" or
 * "none" and is left out.  Lists are a pointer and `<name>_count`.  Sizes are bytes, times seconds; 0 means unknown.
 * Addresses of our own pages are made by the templates from ids and titles; handlers pass ids only. */
#ifndef SV_PAGE_VIEWS_H
#define SV_PAGE_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page_url.h"

/* How many cards a grid page shows, and how many a rail of the home page. */
#define SV_GRID_PAGE_CARDS 60
#define SV_HOME_RAIL_CARDS 20
#define SV_POSTER_COLOURS 64

enum sv_section {
	SV_SECTION_NONE = 0, SV_SECTION_HOME, SV_SECTION_MOVIES, SV_SECTION_SERIES, SV_SECTION_NEW, SV_SECTION_COUNT
};

/* What the frame of every page needs. */
struct sv_shell_view {
	const char *language;      /* "en"; NULL means "en" */
	bool right_to_left;
	const char *theme;         /* "dark" or "light" when the viewer chose one, NULL: follow the system */
	enum sv_section section;   /* which link of the top bar is the current one; set by handlers */
	const char *query;         /* what stands in the search box */
	bool member;               /* signed in: no guest line in the footer */
	uint64_t guest_rate;       /* bytes a second that guests get; 0: not limited */
};

struct sv_image_view {
	const char *id;            /* public id for /api/image/{id}?w=; NULL: there is no image, a coloured card is drawn.  Posters (2:3) are
	                            * asked for at 160, 240, 320, 480; stills (16:9) at 160, 320, 640 */
	const char *version;       /* hash that makes the address immutable */
	unsigned colour;           /* placeholder colour, 0..SV_POSTER_COLOURS-1; see sv_page_colour */
};

enum sv_card_kind {
	SV_CARD_FILM = 0, SV_CARD_SERIES, SV_CARD_EPISODE, SV_CARD_KIND_COUNT
};

struct sv_card_view {
	enum sv_card_kind kind;
	const char *id, *title;
	unsigned year;             /* films and series */
	unsigned season, episode;  /* of an episode: its numbers; of a series: how many of each it has */
	struct sv_image_view poster;
	unsigned watched_percent;  /* 0: nothing drawn */
};

/* Films being added right now. */
enum sv_import_kind {
	SV_IMPORT_NONE = 0, SV_IMPORT_SAMPLES, SV_IMPORT_LIBRARY, SV_IMPORT_KIND_COUNT
};
struct sv_import_view {
	enum sv_import_kind kind;
	unsigned done, total;      /* films */
	unsigned percent;          /* of the whole work, 0..100 */
};

struct sv_home_view {
	struct sv_shell_view shell;
	struct sv_import_view import;
	const struct sv_card_view *films, *series, *fresh;
	size_t films_count, series_count, fresh_count;
	bool films_more, series_more, fresh_more;   /* there are more than shown: a link to the grid is drawn */
};

/* /movies, /series, /new: which one is shell.section. */
struct sv_grid_view {
	struct sv_shell_view shell;
	struct sv_import_view import;
	const struct sv_card_view *cards;
	size_t cards_count;
	uint64_t total;            /* titles in all pages */
	unsigned page, pages;      /* from 1 */
};

struct sv_track_view {
	const char *language;      /* "English", or a code */
	const char *codec;         /* "AAC" */
	const char *label;         /* the track's own title */
	unsigned channels;         /* audio; 0 unknown */
};

/* One file: one quality of one film or episode. */
struct sv_file_view {
	const char *watch_id;      /* /w/{watch_id}; NULL: not to be watched now */
	const char *download_id;   /* /d/{download_id}; NULL: not to be downloaded now */
	const char *container;     /* "Matroska" */
	const char *video_codec;   /* "H.264" */
	unsigned width, height;
	const struct sv_track_view *audio, *subtitles;
	size_t audio_count, subtitles_count;
	uint64_t size;             /* bytes */
	bool browser_plays;        /* false: only in another player */
};

struct sv_film_view {
	struct sv_shell_view shell;
	const char *id, *title, *original_title, *synopsis;
	unsigned year;
	unsigned duration;         /* seconds */
	unsigned resume;           /* seconds where this viewer stopped; 0: from the start */
	struct sv_image_view poster;
	const struct sv_file_view *files;   /* best first; Play and Download use the first */
	size_t files_count;
};

struct sv_season_view {
	unsigned number;           /* 0: specials */
	unsigned episodes;
};

struct sv_episode_row_view {
	const char *id, *title;    /* /e/{id}; title may be NULL */
	unsigned season, number;
	unsigned duration;         /* seconds */
	uint64_t size;             /* bytes of the best file */
	const char *watch_id, *download_id;
	struct sv_image_view still;
	unsigned watched_percent;
};

/* Series and season pages: the season shown is `season`. */
struct sv_series_view {
	struct sv_shell_view shell;
	const char *id, *title, *original_title, *synopsis;
	unsigned year, last_year;
	struct sv_image_view poster;
	const struct sv_season_view *seasons;
	size_t seasons_count;
	unsigned season;
	const struct sv_episode_row_view *episodes;   /* of that season */
	size_t episodes_count;
	const struct sv_episode_row_view *next_up;    /* what the big button plays; NULL: nothing */
};

struct sv_episode_view {
	struct sv_shell_view shell;
	const char *id, *title, *synopsis;
	const char *series_id, *series_title;
	unsigned season, number;
	unsigned duration, resume;
	struct sv_image_view still;
	const struct sv_file_view *files;
	size_t files_count;
	const struct sv_episode_row_view *previous, *next;   /* NULL at the ends */
};

struct sv_watch_view {
	struct sv_shell_view shell;
	const char *watch_id;
	const char *title;         /* of the film or of the series */
	const char *title_id;      /* its public id */
	bool is_episode;           /* then: */
	const char *episode_id, *episode_title;
	unsigned season, number;
	const struct sv_episode_row_view *next;   /* next episode; NULL: none */
	struct sv_url stream;      /* signed link as the page uses it, "/stream/..." */
	struct sv_url stream_absolute;            /* the same with scheme and host, for other players */
	struct sv_url playlist;    /* .m3u with that address; empty: not offered */
	struct sv_url renew;       /* JSON whose member "stream" is a fresh signed link; empty: the page is reloaded instead */
	const char *mime;          /* "video/mp4"; NULL: not told */
	const char *container;     /* "Matroska": named when browsers cannot play it */
	bool browser_plays;
	struct sv_image_view still;
	unsigned start;            /* seconds: playback begins here */
	unsigned duration;
	const char *source;        /* where it plays from, for viewers: "this server"; NULL: not told */
	const char *download_id;
};

struct sv_search_view {
	struct sv_shell_view shell;  /* shell.query is the question; NULL or "": none was asked */
	const struct sv_card_view *cards;
	size_t cards_count;
	uint64_t total;              /* matches in all; more than cards_count means that the list was cut */
};

struct sv_download_view {
	struct sv_shell_view shell;
	const char *download_id;   /* the button posts to /d/{download_id}/start */
	const char *title;         /* what it is: "Title" or "Series · S1 E2" */
	const char *title_id;
	bool is_episode;           /* title_id is an episode's */
	const char *file_name;
	struct sv_file_view file;
	const char *crc32;         /* eight hex digits; NULL: not known */
	uint64_t rate;             /* bytes a second for this viewer; 0: not limited */
	bool viewer_unknown;       /* no link can be made for this client: said instead of the button */
};

/* /help, /about, /privacy, and their like: text only. */
struct sv_plain_view {
	struct sv_shell_view shell;
	const char *version;       /* of the program, on /about */
};

struct sv_error_view {
	struct sv_shell_view shell;
	int status;                /* 400, 401, 403, 404, 405, 429, 451, 500, 503; any other reads like 500 or 400 */
	const char *request_id;
	unsigned retry_after;      /* seconds; 429 and 503 */
	const char *reference;     /* takedown reference; 451 */
};

#endif
