/* SPDX-License-Identifier: Apache-2.0
 * From a name to a title. */
#include "index_title.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_index.h"
#include "file_name.h"

/* How many folders above the file may say something: Show/Season 1/file. */
#define FOLDERS 2

static const char *
last_parts(const char *path)
{
	const char *at = path + strlen(path);

	for (unsigned slashes = 0; at > path; at--)
		if (at[-1] == '/' && slashes++ == FOLDERS)
			break;
	return at;
}

/* A name of last resort: the file's own without its extension, and a word when not even that has a letter. */
static void
plain_name(const char *path, char *out, size_t cap)
{
	const char *base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	const char *dot = strrchr(base, '.');
	size_t length = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);

	if (length >= cap)
		length = cap - 1;
	while (length > 0 && ((unsigned char)base[length] & 0xc0) == 0x80)
		length--;                /* not inside a character */
	memcpy(out, base, length);
	out[length] = '\0';
	for (char *c = out; *c != '\0'; c++)
		if (*c == '.' || *c == '_' || (unsigned char)*c < ' ')
			*c = ' ';
	if (!sv_catalog_name_usable(out))
		(void)snprintf(out, cap, "Untitled");
}

static void
read_episode(const struct sv_file_name *name, struct sv_index_title *out)
{
	int year = 0, month = 0, day = 0;

	out->kind = SV_TITLE_SERIES;
	out->season = name->season < 0 ? 1 : (unsigned)name->season;
	(void)snprintf(out->episode_name, sizeof out->episode_name, "%s", name->episode_title);
	if (name->episode_count > 0) {
		out->episode = out->last_episode = (unsigned)name->episodes[0];
		for (size_t i = 1; i < name->episode_count; i++)
			if (name->episodes[i] > (int)out->last_episode)
				out->last_episode = (unsigned)name->episodes[i];
	} else if (sscanf(name->date, "%4d-%2d-%2d", &year, &month, &day) == 3) {
		/* broadcast daily: the year is the season, month and day the number, so that they sort */
		out->season = (unsigned)year;
		out->episode = out->last_episode = (unsigned)(month * 100 + day);
		if (out->episode_name[0] == '\0')
			(void)snprintf(out->episode_name, sizeof out->episode_name, "%s", name->date);
	} else if (out->episode_name[0] == '\0') {
		(void)snprintf(out->episode_name, sizeof out->episode_name, "Whole season");
	}
}

void
sv_index_title_read(const char *path, int this_year, struct sv_index_title *out)
{
	struct sv_file_name name;

	*out = (struct sv_index_title){.kind = SV_TITLE_FILM};
	sv_file_name_read(sv_text_of(last_parts(path)), this_year, &name);
	if (name.kind == SV_FILE_NAME_EPISODE || name.kind == SV_FILE_NAME_SEASON)
		read_episode(&name, out);
	out->year = name.year > 0 ? (unsigned)name.year : 0;
	if (sv_catalog_name_usable(name.title))
		(void)snprintf(out->name, sizeof out->name, "%s", name.title);
	else
		plain_name(path, out->name, sizeof out->name);
}
