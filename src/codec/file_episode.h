/* SPDX-License-Identifier: Apache-2.0
 * Where a name says which episode it is.  For file_name.c.  Pure; any thread. */
#ifndef SV_FILE_EPISODE_H
#define SV_FILE_EPISODE_H

#include <stdbool.h>
#include <stddef.h>

#include "file_words.h"

#define SV_FILE_EPISODE_MAX 8

struct sv_file_episode {
	size_t first, count;             /* tokens that say it; count 0: nothing was found */
	int season;                      /* -1: not said */
	int episodes[SV_FILE_EPISODE_MAX];
	size_t episode_count;
	char date[11];
	int certainty;                   /* 0 to 100 */
};

/* Look for S01E02, 1x02, "Season 1 Episode 2", dates, E02 and S01, in this order; the tokens found are marked.
 *   season_folder   the file lies in the folder of a season: a number in front is its episode */
void sv_file_episode_find(struct sv_file_tokens *tokens, int this_year, bool season_folder, struct sv_file_episode *out);

/* The same for names without such a pattern: "Title - 012", "[Group] Title 12 [1080p]".  The words must have been marked. */
void sv_file_episode_guess(struct sv_file_tokens *tokens, size_t start, bool lead_group, struct sv_file_episode *out);

#endif
