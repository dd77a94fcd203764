/* SPDX-License-Identifier: Apache-2.0
 * Which film or episode a path is: the words of its name and of the folders right above it (codec's file_name.h), turned into
 * what the catalog wants to know.  Pure; any thread. */
#ifndef SV_INDEX_TITLE_H
#define SV_INDEX_TITLE_H

#include "catalog_records.h"

struct sv_index_title {
	enum sv_title_kind kind;
	char name[256];              /* never empty, folds to something */
	unsigned year;
	unsigned season, episode, last_episode;   /* series */
	char episode_name[256];
};

/* `path` is absolute UTF-8; this_year bounds what can be a year.  Always gives something. */
void sv_index_title_read(const char *path, int this_year, struct sv_index_title *out);

#endif
