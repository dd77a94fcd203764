/* SPDX-License-Identifier: Apache-2.0
 * What a file's name says about the film or episode in it.  Works on words, never goes back, allocates nothing; all texts that come
 * out are well-formed UTF-8 without control characters, whatever went in.  Pure; any thread. */
#ifndef SV_FILE_NAME_H
#define SV_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define SV_FILE_NAME_EPISODES_MAX 8
#define SV_FILE_NAME_LANGUAGES_MAX 6

enum sv_file_name_kind {
	SV_FILE_NAME_UNKNOWN = 0,        /* no title could be made out */
	SV_FILE_NAME_MOVIE,
	SV_FILE_NAME_EPISODE,            /* with episodes or a date */
	SV_FILE_NAME_SEASON,             /* a whole season: the season is known, no episode is named */
	SV_FILE_NAME_KIND_COUNT
};

/* Empty texts, 0 and, for the season, -1 mean "not said". */
struct sv_file_name {
	enum sv_file_name_kind kind;
	char title[256];                 /* of the film or the series */
	int year;
	int season;                      /* 0: specials */
	int episodes[SV_FILE_NAME_EPISODES_MAX];      /* ascending as written; "E01-E03" is 1, 2, 3 */
	size_t episode_count;
	char episode_title[256];
	char date[11];                   /* "2020-10-31" of a dated episode */
	char resolution[8];              /* "1080p" */
	char source[16];                 /* "Blu-ray", "Web", "HDTV", "DVD", ... */
	char video_codec[16];            /* "H.264", "H.265", "AV1", ... */
	char audio_codec[24];            /* "DD+ Atmos", "AAC", "DTS-HD MA", ... */
	char channels[4];                /* "5.1" */
	char hdr[16];                    /* "HDR10", "HDR10+", "Dolby Vision" */
	char languages[SV_FILE_NAME_LANGUAGES_MAX][4];    /* ISO 639-1: "hi", "en" */
	size_t language_count;
	bool dual_audio;
	char group[64];                  /* who made it */
	char container[8];               /* "mkv": a known extension, lower case */
	int confidence;                  /* 0 to 100: how sure kind and title are */
};

/* Read a name; folders in front of it (relative to the library's root) help where the name alone does not say enough, as in
 * "Show/Season 1/03 - Title.mkv".
 *   this_year   years past the next one are not years */
void sv_file_name_read(struct sv_text path, int this_year, struct sv_file_name *out);

/* Is it the extension of a container that we take for video ("mkv", any case, without the dot)? */
bool sv_file_name_is_video(struct sv_text extension);

#endif
