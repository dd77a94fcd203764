/* SPDX-License-Identifier: Apache-2.0
 * Which film or episode a path is; how names are read is tested with file_name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index_title.h"

static const struct row {
	const char *path;
	enum sv_title_kind kind;
	const char *name;
	unsigned year, season, episode, last_episode;
	const char *episode_name;
} rows[] = {
    {"/f/The.Grand.Harbour.2001.1080p.BluRay.x264-GROUP.mkv", SV_TITLE_FILM, "The Grand Harbour", 2001, 0, 0, 0, ""},
    {"/f/clip.mp4", SV_TITLE_FILM, "clip", 0, 0, 0, 0, ""},
    {"clip.mp4", SV_TITLE_FILM, "clip", 0, 0, 0, 0, ""},
    {"/f/Show.Name.S02E05.Other.Title.720p.mkv", SV_TITLE_SERIES, "Show Name", 0, 2, 5, 5, "Other Title"},
    {"/f/Show.Name.S01E01E02.1080p.mkv", SV_TITLE_SERIES, "Show Name", 0, 1, 1, 2, ""},
    {"/f/Show Name/Season 1/03 - Third.mkv", SV_TITLE_SERIES, "Show Name", 0, 1, 3, 3, "Third"},
    {"/f/Show.Name.2020.10.31.Guest.1080p.mkv", SV_TITLE_SERIES, "Show Name", 0, 2020, 1031, 1031, "Guest"},
    {"/f/Show.Name.S03.Complete.720p.mkv", SV_TITLE_SERIES, "Show Name", 0, 3, 0, 0, "Whole season"},
    {"/f/Show.Name.E07.mkv", SV_TITLE_SERIES, "Show Name", 0, 1, 7, 7, ""},
    {"/f/Show.Name.(2019).S01E10.mkv", SV_TITLE_SERIES, "Show Name", 2019, 1, 10, 10, ""},
    {"/f/Show - S04E00 - Special.mkv", SV_TITLE_SERIES, "Show", 0, 4, 0, 0, "Special"},
    {"/---.mp4", SV_TITLE_FILM, "Untitled", 0, 0, 0, 0, ""},
    {"/.mp4", SV_TITLE_FILM, NULL, 0, 0, 0, 0, ""},
};

static void
paths_become_titles(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct sv_index_title title;
		sv_index_title_read(row->path, 2026, &title);
		assert_int_equal(title.kind, row->kind);
		assert_true(title.name[0] != '\0');
		if (row->name != NULL)
			assert_string_equal(title.name, row->name);
		assert_int_equal(title.year, row->year);
		assert_int_equal(title.season, row->season);
		assert_int_equal(title.episode, row->episode);
		assert_int_equal(title.last_episode, row->last_episode);
		assert_string_equal(title.episode_name, row->episode_name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(paths_become_titles)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
