/* SPDX-License-Identifier: Apache-2.0
 * The records of the data model (docs/data-model.md), as store drivers keep them and as catalog hands them out:
 * title, then season, episode, file, copy.  Plain data, no functions.
 * Texts are UTF-8 that ends in NUL, never NULL ("" when unknown or none); they and the lists live in the arena that the
 * reading call was given.  Numbers are 0 when unknown.  Ids are public ids (random.h); "" where there is none. */
#ifndef SV_CATALOG_RECORDS_H
#define SV_CATALOG_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"

#define SV_ID_SIZE (SV_ID_LENGTH + 1)         /* characters and the NUL */
#define SV_PIECE_SIZE ((uint64_t)128 << 10)   /* bytes of one checksummed piece; the last one of a file may be shorter */

enum sv_title_kind { SV_TITLE_FILM = 0, SV_TITLE_SERIES, SV_TITLE_KIND_COUNT };

/* A film or a series.  Lists show only titles that have a file in state ok. */
struct sv_title {
	char id[SV_ID_SIZE];
	enum sv_title_kind kind;
	const char *name;
	unsigned year, last_year;          /* last_year: of a series' newest dated season, 0 unknown */
	char image[SV_ID_SIZE];            /* poster, 2:3 */
	int64_t added_unix_s;              /* when its first file came */
	int64_t fresh_unix_s;              /* when its newest file came */
	unsigned season_count, episode_count, file_count;   /* with files in state ok */
	uint64_t duration_ms;              /* of a film's best file */
};

struct sv_season {
	char id[SV_ID_SIZE];
	unsigned number;                   /* 0: specials */
	unsigned episode_count;            /* with files in state ok */
};

struct sv_episode {
	char id[SV_ID_SIZE];
	char title[SV_ID_SIZE];            /* the series */
	unsigned season, number;
	unsigned last_number;              /* one file may hold several episodes: number..last_number; else equal to number */
	const char *name;                  /* "" when the file name told none */
	char image[SV_ID_SIZE];            /* still, the whole frame */
	char file[SV_ID_SIZE];             /* the best file in state ok */
	uint64_t duration_ms, size_bytes;  /* of that file */
};

enum sv_track_kind { SV_TRACK_VIDEO = 0, SV_TRACK_AUDIO, SV_TRACK_SUBTITLE, SV_TRACK_ATTACHMENT, SV_TRACK_OTHER, SV_TRACK_KIND_COUNT };

struct sv_track {
	unsigned number;                   /* the stream's number in the file, from 0 */
	enum sv_track_kind kind;
	bool is_default, is_forced;
	const char *codec;                 /* libavcodec's name: "h264", "aac", "subrip" */
	const char *codec_string;          /* "avc1.64001f", for MediaSource.isTypeSupported */
	const char *language;              /* as found: "ger", "pt-BR" */
	const char *name;
	uint64_t bit_rate;                 /* bits a second */
	unsigned width, height, bit_depth, channels, sample_rate_hz;
	unsigned frame_rate_num, frame_rate_den;
};

struct sv_chapter {
	uint64_t start_ms, end_ms;
	const char *name;
};

enum sv_copy_kind { SV_COPY_FILE = 0, SV_COPY_HTTP, SV_COPY_TELEGRAM, SV_COPY_KIND_COUNT };
enum sv_copy_state {
	SV_COPY_OK = 0,
	SV_COPY_GONE,                      /* was not there when last looked for */
	SV_COPY_STALE,                     /* holds an earlier content version of the file */
	SV_COPY_BAD,                       /* delivered wrong bytes */
	SV_COPY_STATE_COUNT
};

struct sv_copy {
	char id[SV_ID_SIZE];
	enum sv_copy_kind kind;
	const char *location;              /* file: absolute path; http: URL; telegram: "channel/message" */
	unsigned priority;                 /* smaller is tried first */
	enum sv_copy_state state;
	int64_t verified_unix_s;
};

enum sv_file_state {
	SV_FILE_OK = 0,
	SV_FILE_GONE,                      /* no copy is left; comes back when one does */
	SV_FILE_BAD,                       /* the content changed into something that is no film; not served */
	SV_FILE_STATE_COUNT
};

enum sv_playable { SV_PLAYABLE_NO = 0, SV_PLAYABLE_YES, SV_PLAYABLE_SOME, SV_PLAYABLE_CHROMIUM, SV_PLAYABLE_COUNT };

/* One quality of one film or episode. */
struct sv_file {
	char id[SV_ID_SIZE];
	char title[SV_ID_SIZE];
	char episode[SV_ID_SIZE];          /* "" for a film's */
	uint64_t version;                  /* content version, from 1; grows with every change of the bytes */
	enum sv_file_state state;
	uint64_t size_bytes;
	int64_t mtime_unix_s;              /* Last-Modified; the same for all copies of one version */
	uint32_t crc32;                    /* of the whole file */
	bool has_crc;
	const char *name;                  /* file name for downloads, with its extension */
	const char *container;             /* libavformat's name: "mov,mp4,m4a,3gp,3g2,mj2" */
	const char *mime;                  /* "video/mp4" */
	uint64_t duration_ms, bit_rate;
	unsigned width, height;            /* of the first video track */
	enum sv_playable playable;         /* by a browser as it is; as enum sv_media_playable of media_rpc.h */
	char image[SV_ID_SIZE];            /* still */
	int64_t added_unix_s;
	const struct sv_copy *copies;      /* best first: state ok, then priority */
	size_t copy_count;
	const struct sv_track *tracks;     /* by number */
	size_t track_count;
	const struct sv_chapter *chapters;
	size_t chapter_count;
};

enum sv_image_kind { SV_IMAGE_STILL = 0, SV_IMAGE_POSTER, SV_IMAGE_KIND_COUNT };
#define SV_IMAGE_WIDTHS 8

/* The bytes lie in SV_PATH_POSTERS as {id}-{width}.{extension}; they never change behind an id. */
struct sv_image {
	char id[SV_ID_SIZE];
	enum sv_image_kind kind;
	const char *extension;             /* "webp" or "jpg" */
	unsigned widths[SV_IMAGE_WIDTHS];  /* pixels, ascending; 0 ends the list */
};

/* ---- what reading calls answer with ---- */

enum sv_title_order { SV_TITLE_NEWEST = 0, SV_TITLE_BY_NAME, SV_TITLE_ORDER_COUNT };
struct sv_titles_query {
	bool films, series;                /* neither: both */
	enum sv_title_order order;
	uint64_t offset;
	unsigned limit;                    /* 1 to 200 */
};
struct sv_titles {
	const struct sv_title *titles;
	size_t count;
	uint64_t total;                    /* in all pages */
	bool nearest;                      /* search: nothing had the words, these are similar */
};

struct sv_title_detail {
	struct sv_title title;
	const struct sv_file *files;       /* films: with copies and tracks; only state ok */
	size_t file_count;
	const struct sv_season *seasons;
	size_t season_count;
};

struct sv_episode_detail {
	struct sv_title title;             /* the series; counts are 0 */
	struct sv_episode episode;
	const struct sv_file *files;       /* as in sv_title_detail */
	size_t file_count;
	const struct sv_episode *previous, *next;   /* with a file in state ok, across seasons; NULL at the ends */
};

struct sv_catalog_entry {
	const struct sv_title *title;      /* counts are 0 */
	const struct sv_episode *episode;  /* NULL for a film's */
	const struct sv_file *file;
};
typedef int sv_catalog_entry_fn(void *context, const struct sv_catalog_entry *entry);

/* ---- what the index job asks and writes ---- */

/* What the index job knows of a path. */
struct sv_scan {
	const char *path;
	uint64_t size_bytes;
	int64_t mtime_ns;
	uint64_t inode, device;
	const char *why;                     /* "": taken; else why it was skipped */
	/* read only: */
	char file[SV_ID_SIZE];               /* the file that has a copy at this path; "" none */
	enum sv_file_state file_state;
	enum sv_copy_state copy_state;
};
typedef int sv_scan_fn(void *context, const struct sv_scan *scan);

enum sv_outcome {
	SV_OUTCOME_ADDED = 0,
	SV_OUTCOME_UNCHANGED,                  /* same bytes as before (its time may differ) */
	SV_OUTCOME_CHANGED,                    /* other bytes: a new content version; other copies are stale now */
	SV_OUTCOME_RETURNED,                   /* was gone or bad, same bytes as before; also at another path */
	SV_OUTCOME_COUNT
};
struct sv_recorded {
	enum sv_outcome outcome;
	char file[SV_ID_SIZE], title[SV_ID_SIZE];
	uint64_t version, old_version;       /* old_version: before a change, else equal */
	uint64_t old_size_bytes;             /* of old_version; 0 when added */
	bool images_taken;                   /* false: the given images are not in use, their bytes may go */
	char dropped_images[2][SV_ID_SIZE];  /* were replaced: their bytes may go; "" none */
};

#endif
