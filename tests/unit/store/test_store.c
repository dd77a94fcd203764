/* SPDX-License-Identifier: Apache-2.0
 * What every store driver must do.  A driver joins by its fixture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "errors.h"
#include "store_fixture.h"

static int
set_up(void **state)
{
	struct fixture *fixture = sv_xcalloc(1, sizeof *fixture);

	fixture_begin(fixture);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	fixture_end(*state);
	free(*state);
	return 0;
}

#define STORE(state) (((struct fixture *)*(state))->store)
#define ARENA(state) (((struct fixture *)*(state))->arena)
#define CALL(state, op, ...) STORE(state)->driver->op(STORE(state), __VA_ARGS__)

static void
a_film_is_read_back_whole(void **state)
{
	struct sv_recorded r = put(STORE(state), (struct sample){.path = "/f/a.mp4", .name = "alpha", .year = 2001, .crc = 0xdeadbeef, .height = 360,
	    .poster = "posterAAAAAA", .still = "stillAAAAAAA"});
	struct sv_file file;
	uint32_t *crcs = NULL;
	size_t count = 0;

	assert_int_equal(r.outcome, SV_OUTCOME_ADDED);
	assert_int_equal(r.version, 1);
	assert_true(r.images_taken);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_string_equal(file.id, r.file);
	assert_string_equal(file.title, r.title);
	assert_string_equal(file.episode, "");
	assert_int_equal(file.version, 1);
	assert_int_equal(file.state, SV_FILE_OK);
	assert_int_equal(file.size_bytes, SV_PIECE_SIZE + 1);
	assert_int_equal(file.mtime_unix_s, 1000);
	assert_true(file.has_crc);
	assert_int_equal(file.crc32, 0xdeadbeef);
	assert_string_equal(file.name, "film.mp4");
	assert_string_equal(file.container, "mov,mp4");
	assert_string_equal(file.mime, "video/mp4");
	assert_int_equal(file.duration_ms, 60000);
	assert_int_equal(file.playable, SV_PLAYABLE_YES);
	assert_string_equal(file.image, "stillAAAAAAA");
	assert_int_equal(file.copy_count, 1);
	assert_string_equal(file.copies[0].location, "/f/a.mp4");
	assert_int_equal(file.copies[0].kind, SV_COPY_FILE);
	assert_int_equal(file.track_count, 2);
	assert_string_equal(file.tracks[0].codec_string, "avc1.64001f");
	assert_true(file.tracks[0].is_default);
	assert_int_equal(file.tracks[0].frame_rate_num, 25);
	assert_string_equal(file.tracks[1].language, "ger");
	assert_int_equal(file.tracks[1].sample_rate_hz, 48000);
	assert_int_equal(file.chapter_count, 2);
	assert_int_equal(file.chapters[1].start_ms, 1000);
	assert_string_equal(file.chapters[1].name, "Two");
	assert_int_equal(CALL(state, pieces, r.file, 1, &crcs, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(crcs[0], 0xdeadbeef);
	assert_int_equal(crcs[1], 0x80000001u);
	free(crcs);
	assert_int_equal(CALL(state, pieces, r.file, 2, &crcs, &count), SV_ECHANGED);
	assert_int_equal(CALL(state, file_at, SV_COPY_FILE, "/f/a.mp4", ARENA(state), &file), 0);
	assert_int_equal(CALL(state, file_at, SV_COPY_FILE, "/f/b.mp4", ARENA(state), &file), SV_ENOENT);
	assert_int_equal(CALL(state, file, "nosuchfile00", ARENA(state), &file), SV_ENOENT);
	assert_int_equal(CALL(state, pieces, "nosuchfile00", 1, &crcs, &count), SV_ENOENT);
}

static void
images_are_found_by_id(void **state)
{
	struct sv_image image;

	put(STORE(state), (struct sample){.path = "/f/a.mp4", .name = "alpha", .crc = 1, .poster = "posterAAAAAA", .still = "stillAAAAAAA"});
	assert_int_equal(CALL(state, image, "posterAAAAAA", ARENA(state), &image), 0);
	assert_int_equal(image.kind, SV_IMAGE_POSTER);
	assert_string_equal(image.extension, "webp");
	assert_int_equal(image.widths[0], 160);
	assert_int_equal(image.widths[1], 240);
	assert_int_equal(image.widths[2], 0);
	assert_int_equal(CALL(state, image, "posterBBBBBB", ARENA(state), &image), SV_ENOENT);
}

static void
the_same_bytes_change_nothing_and_others_make_a_version(void **state)
{
	struct sample s = {.path = "/f/a.mp4", .name = "alpha", .crc = 1, .poster = "posterAAAAAA", .still = "stillAAAAAAA"};
	struct sv_recorded first = put(STORE(state), s);
	struct sv_title_detail detail;
	struct sv_file file;
	uint32_t *crcs = NULL;
	size_t count = 0;

	s.poster = "posterBBBBBB";
	s.still = "stillBBBBBBB";
	struct sv_recorded again = put(STORE(state), s);
	assert_int_equal(again.outcome, SV_OUTCOME_UNCHANGED);
	assert_int_equal(again.version, 1);
	assert_string_equal(again.file, first.file);
	assert_false(again.images_taken);

	assert_int_equal(CALL(state, copy_add, first.file, SV_COPY_HTTP, "http://m/a", 10, 1), 0);
	s.crc = 2;
	struct sv_recorded changed = put(STORE(state), s);
	assert_int_equal(changed.outcome, SV_OUTCOME_CHANGED);
	assert_int_equal(changed.version, 2);
	assert_int_equal(changed.old_version, 1);
	assert_string_equal(changed.file, first.file);
	assert_true(changed.images_taken);
	assert_string_equal(changed.dropped_images[0], "stillAAAAAAA");
	assert_string_equal(changed.dropped_images[1], "posterAAAAAA");
	assert_int_equal(CALL(state, file, first.file, ARENA(state), &file), 0);
	assert_int_equal(file.version, 2);
	assert_int_equal(file.crc32, 2);
	assert_int_equal(file.copy_count, 2);
	assert_int_equal(file.copies[0].kind, SV_COPY_FILE);
	assert_int_equal(file.copies[0].state, SV_COPY_OK);
	assert_int_equal(file.copies[1].state, SV_COPY_STALE);
	assert_int_equal(CALL(state, pieces, first.file, 1, &crcs, &count), SV_ECHANGED);
	assert_int_equal(CALL(state, pieces, first.file, 2, &crcs, &count), 0);
	free(crcs);
	assert_int_equal(CALL(state, title, first.title, ARENA(state), &detail), 0);
	assert_string_equal(detail.title.image, "posterBBBBBB");
}

static void
qualities_of_one_film_share_a_title_best_first(void **state)
{
	struct sv_recorded small = put(STORE(state), (struct sample){.path = "/f/a-360.mp4", .name = "alpha", .year = 2001, .crc = 1, .height = 360,
	    .poster = "posterAAAAAA"});
	struct sv_recorded large = put(STORE(state), (struct sample){.path = "/f/a-1080.mp4", .name = "alpha", .year = 2001, .crc = 2, .height = 1080,
	    .poster = "posterBBBBBB"});
	struct sv_title_detail detail;

	assert_string_equal(small.title, large.title);
	assert_int_equal(CALL(state, title, small.title, ARENA(state), &detail), 0);
	assert_int_equal(detail.title.kind, SV_TITLE_FILM);
	assert_int_equal(detail.title.file_count, 2);
	assert_int_equal(detail.title.duration_ms, 60000);
	assert_string_equal(detail.title.image, "posterAAAAAA");
	assert_int_equal(detail.file_count, 2);
	assert_string_equal(detail.files[0].id, large.file);
	assert_string_equal(detail.files[1].id, small.file);
	assert_int_equal(detail.files[0].track_count, 2);
	assert_int_equal(CALL(state, title, "nosuchtitle0", ARENA(state), &detail), SV_ENOENT);
}

static void
years_tell_titles_apart_and_a_missing_year_does_not(void **state)
{
	struct sv_recorded a = put(STORE(state), (struct sample){.path = "/1", .name = "alpha", .year = 1999, .crc = 1});
	struct sv_recorded b = put(STORE(state), (struct sample){.path = "/2", .name = "alpha", .year = 2019, .crc = 2});
	struct sv_recorded none = put(STORE(state), (struct sample){.path = "/3", .name = "alpha", .crc = 3});
	struct sv_recorded series = put(STORE(state), (struct sample){.path = "/4", .name = "alpha", .kind = SV_TITLE_SERIES, .season = 1, .episode = 1,
	    .crc = 4});
	struct sv_recorded undated = put(STORE(state), (struct sample){.path = "/5", .name = "beta", .crc = 5});
	struct sv_recorded dated = put(STORE(state), (struct sample){.path = "/6", .name = "beta", .year = 2005, .crc = 6});
	struct sv_title_detail detail;

	assert_string_not_equal(a.title, b.title);
	assert_string_equal(none.title, b.title);
	assert_string_not_equal(series.title, b.title);
	assert_string_equal(undated.title, dated.title);
	assert_int_equal(CALL(state, title, dated.title, ARENA(state), &detail), 0);
	assert_int_equal(detail.title.year, 2005);
}

static void
put_series(void **state)
{
	static const unsigned numbers[][2] = {{2, 1}, {1, 2}, {1, 1}, {0, 1}, {1, 3}};
	char path[64];

	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof path, "/s/%zu.mkv", i);
		put(STORE(state), (struct sample){.path = path, .name = "show", .kind = SV_TITLE_SERIES, .season = numbers[i][0],
		    .episode = numbers[i][1], .crc = (uint32_t)i + 1, .height = 360, .episode_name = i == 2 ? "pilot" : NULL, .still = i == 2 ? "stillAAAAAAA" : NULL});
	}
}

static void
a_series_has_seasons_and_episodes_in_order(void **state)
{
	struct sv_titles_query query = {.series = true, .limit = 10};
	struct sv_titles titles;
	struct sv_title_detail detail;
	const struct sv_episode *episodes = NULL;
	struct sv_episode_detail episode;
	size_t count = 0;

	put_series(state);
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.count, 1);
	assert_int_equal(titles.titles[0].season_count, 3);
	assert_int_equal(titles.titles[0].episode_count, 5);
	assert_int_equal(titles.titles[0].duration_ms, 0);
	assert_int_equal(CALL(state, title, titles.titles[0].id, ARENA(state), &detail), 0);
	assert_int_equal(detail.season_count, 3);
	assert_int_equal(detail.seasons[0].number, 1);
	assert_int_equal(detail.seasons[0].episode_count, 3);
	assert_int_equal(detail.seasons[1].number, 2);
	assert_int_equal(detail.seasons[2].number, 0);
	assert_int_equal(CALL(state, episodes, detail.title.id, 1, ARENA(state), &episodes, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(episodes[0].number, 1);
	assert_string_equal(episodes[0].name, "pilot");
	assert_string_equal(episodes[0].image, "stillAAAAAAA");
	assert_int_equal(episodes[0].duration_ms, 60000);
	assert_int_equal(episodes[2].number, 3);
	assert_int_equal(CALL(state, episodes, detail.title.id, 7, ARENA(state), &episodes, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(CALL(state, episodes, "nosuchtitle0", 1, ARENA(state), &episodes, &count), SV_ENOENT);

	assert_int_equal(CALL(state, episodes, detail.title.id, 1, ARENA(state), &episodes, &count), 0);
	assert_int_equal(CALL(state, episode, episodes[0].id, ARENA(state), &episode), 0);
	assert_null(episode.previous);
	assert_int_equal(episode.next->number, 2);
	assert_int_equal(episode.file_count, 1);
	assert_string_equal(episode.files[0].episode, episodes[0].id);
	assert_string_equal(episode.files[0].id, episodes[0].file);
	assert_string_equal(episode.title.name, "show");
	assert_int_equal(CALL(state, episode, episodes[2].id, ARENA(state), &episode), 0);
	assert_int_equal(episode.next->season, 2);
	assert_int_equal(CALL(state, episode, episode.next->id, ARENA(state), &episode), 0);
	assert_int_equal(episode.previous->number, 3);
	assert_int_equal(episode.next->season, 0);
	assert_int_equal(CALL(state, episode, episode.next->id, ARENA(state), &episode), 0);
	assert_null(episode.next);
	assert_int_equal(CALL(state, episode, "nosuchepisod", ARENA(state), &episode), SV_ENOENT);
}

static void
two_episodes_in_one_file_are_an_entry(void **state)
{
	struct sv_recorded r = put(STORE(state), (struct sample){.path = "/1", .name = "show", .kind = SV_TITLE_SERIES, .season = 1, .episode = 1,
	    .last_episode = 2, .crc = 1});
	const struct sv_episode *episodes = NULL;
	size_t count = 0;

	assert_int_equal(CALL(state, episodes, r.title, 1, ARENA(state), &episodes, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(episodes[0].number, 1);
	assert_int_equal(episodes[0].last_number, 2);
}

static void
pages_are_cut_ordered_and_counted(void **state)
{
	char path[64], name[64];
	struct sv_titles titles;

	for (unsigned i = 0; i < 25; i++) {
		snprintf(path, sizeof path, "/f/%u", i);
		snprintf(name, sizeof name, "film %c", 'z' - (char)i);
		put(STORE(state), (struct sample){.path = path, .name = name, .crc = i + 1, .now = 100 + i / 2});
	}
	put_series(state);
	struct sv_titles_query query = {.films = true, .limit = 10, .offset = 20, .order = SV_TITLE_NEWEST};
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.total, 25);
	assert_int_equal(titles.count, 5);
	assert_string_equal(titles.titles[4].name, "film z");
	query.offset = 0;
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.count, 10);
	assert_string_equal(titles.titles[0].name, "film b");
	assert_string_equal(titles.titles[1].name, "film c");
	query.order = SV_TITLE_BY_NAME;
	query.films = false;
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.total, 26);
	assert_string_equal(titles.titles[0].name, "film b");
	query.offset = 30;
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.count, 0);
	assert_int_equal(titles.total, 26);
}

static size_t
find(void **state, const char *words, bool similar, const char **ret_first)
{
	const char *list[8];
	char copy[128], *rest = NULL;
	struct sv_store_search search = {.words = list, .similar = similar, .limit = 10};
	struct sv_titles titles;

	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		list[search.word_count++] = word;
	assert_int_equal(CALL(state, search, &search, ARENA(state), &titles), 0);
	*ret_first = titles.count > 0 ? titles.titles[0].name : "";
	assert_true(titles.total >= titles.count);
	return titles.count;
}

static void
search_by_words_and_by_likeness(void **state)
{
	static const char *const names[] = {"the grand harbour", "grand prix", "a quiet harbour night", "über mut", "東京物語"};
	const char *first = NULL;
	char path[16];

	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof path, "/%zu", i);
		put(STORE(state), (struct sample){.path = path, .name = names[i], .crc = (uint32_t)i + 1});
	}
	assert_int_equal(find(state, "grand", false, &first), 2);
	assert_int_equal(find(state, "har gra", false, &first), 1);
	assert_string_equal(first, "the grand harbour");
	assert_int_equal(find(state, "q", false, &first), 1);
	assert_int_equal(find(state, "uber", false, &first), 1);
	assert_int_equal(find(state, "nothing", false, &first), 0);
	assert_int_equal(find(state, "or and not near", false, &first), 0);
	assert_true(find(state, "harbuor", true, &first) >= 1);
	assert_true(find(state, "grnad harbor", true, &first) >= 1);
	assert_string_equal(first, "the grand harbour");
	assert_int_equal(find(state, "京物語", true, &first), 1);
	assert_int_equal(find(state, "ab", true, &first), 0);
	/* one that is gone is not found */
	const char *gone[] = {"/1"};
	assert_int_equal(CALL(state, gone, gone, 1), 1);
	assert_int_equal(find(state, "grand", false, &first), 1);
}

static void
gone_and_back(void **state)
{
	struct sample s = {.path = "/f/a.mp4", .name = "alpha", .crc = 1};
	struct sv_recorded r = put(STORE(state), s);
	const char *paths[] = {"/f/unknown", "/f/a.mp4"};
	struct sv_titles_query query = {.limit = 10};
	struct sv_titles titles;
	struct sv_scan scan;
	struct sv_file file;

	assert_int_equal(CALL(state, gone, paths, 2), 1);
	assert_int_equal(CALL(state, gone, paths, 2), 0);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_GONE);
	assert_int_equal(file.copies[0].state, SV_COPY_GONE);
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.total, 0);
	assert_int_equal(CALL(state, scan, "/f/a.mp4", ARENA(state), &scan), SV_ENOENT);
	struct sv_recorded back = put(STORE(state), s);
	assert_int_equal(back.outcome, SV_OUTCOME_RETURNED);
	assert_string_equal(back.file, r.file);
	assert_int_equal(back.version, 1);
	assert_int_equal(CALL(state, titles, &query, ARENA(state), &titles), 0);
	assert_int_equal(titles.total, 1);
	/* another copy keeps a film alive */
	assert_int_equal(CALL(state, copy_add, r.file, SV_COPY_HTTP, "http://m/a", 10, 1), 0);
	assert_int_equal(CALL(state, gone, paths, 2), 0);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_OK);
	assert_int_equal(file.copies[0].kind, SV_COPY_HTTP);
}

static void
a_moved_file_keeps_its_id_and_follows_its_name(void **state)
{
	struct sv_recorded wrong = put(STORE(state), (struct sample){.path = "/f/clip.mp4", .name = "clip", .crc = 1, .poster = "posterAAAAAA"});
	struct sv_recorded other = put(STORE(state), (struct sample){.path = "/f/other.mp4", .name = "other", .crc = 1});
	const char *gone[] = {"/f/clip.mp4"};
	struct sv_title_detail detail;
	struct sv_file file;

	/* the same bytes at a second path are a second file as long as the first one is there */
	assert_int_equal(other.outcome, SV_OUTCOME_ADDED);
	assert_int_equal(CALL(state, gone, gone, 1), 1);
	struct sv_recorded moved = put(STORE(state), (struct sample){.path = "/f/alpha.mp4", .name = "alpha", .year = 2001, .crc = 1,
	    .poster = "posterBBBBBB"});
	assert_int_equal(moved.outcome, SV_OUTCOME_RETURNED);
	assert_string_equal(moved.file, wrong.file);
	assert_int_equal(moved.version, 1);
	assert_false(moved.images_taken);
	assert_int_equal(CALL(state, file, moved.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_OK);
	assert_string_equal(file.title, moved.title);
	assert_int_equal(file.copy_count, 1);
	assert_string_equal(file.copies[0].location, "/f/alpha.mp4");
	assert_int_equal(CALL(state, title, moved.title, ARENA(state), &detail), 0);
	assert_string_equal(detail.title.name, "alpha");
	assert_string_equal(detail.title.image, "posterAAAAAA");
	assert_int_equal(CALL(state, title, wrong.title, ARENA(state), &detail), 0);
	assert_int_equal(detail.title.file_count, 0);
	/* once only */
	struct sv_recorded third = put(STORE(state), (struct sample){.path = "/f/third.mp4", .name = "third", .crc = 1});
	assert_int_equal(third.outcome, SV_OUTCOME_ADDED);
}

static void
a_film_that_became_junk_is_bad_until_it_is_a_film_again(void **state)
{
	struct sample s = {.path = "/f/a.mp4", .name = "alpha", .crc = 1};
	struct sv_recorded r = put(STORE(state), s), skipped;
	struct sv_scan scan = {.path = "/f/a.mp4", .size_bytes = 3, .mtime_ns = 9, .inode = 1, .device = 1, .why = "no film"};
	struct sv_scan seen;
	struct sv_file file;

	assert_int_equal(CALL(state, skip_path, &scan, &skipped), 0);
	assert_int_equal(skipped.outcome, SV_OUTCOME_CHANGED);
	assert_string_equal(skipped.file, r.file);
	assert_int_equal(skipped.version, 1);
	assert_int_equal(CALL(state, skip_path, &scan, &skipped), 0);
	assert_int_equal(skipped.outcome, SV_OUTCOME_UNCHANGED);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_BAD);
	assert_int_equal(CALL(state, scan, "/f/a.mp4", ARENA(state), &seen), 0);
	assert_string_equal(seen.why, "no film");
	assert_string_equal(seen.file, r.file);
	assert_int_equal(seen.file_state, SV_FILE_BAD);
	s.crc = 7;
	struct sv_recorded back = put(STORE(state), s);
	assert_int_equal(back.outcome, SV_OUTCOME_CHANGED);
	assert_int_equal(back.version, 2);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_OK);
}

static void
copies_come_and_go(void **state)
{
	struct sv_recorded r = put(STORE(state), (struct sample){.path = "/f/a.mp4", .name = "alpha", .crc = 1});
	struct sv_file file;

	assert_int_equal(CALL(state, copy_add, r.file, SV_COPY_HTTP, "http://m/a", 10, 1), 0);
	assert_int_equal(CALL(state, copy_add, r.file, SV_COPY_HTTP, "http://m/a", 10, 1), SV_EEXIST);
	assert_int_equal(CALL(state, copy_add, "nosuchfile00", SV_COPY_HTTP, "http://m/a", 10, 1), SV_ENOENT);
	assert_int_equal(CALL(state, copy_state, r.file, "/f/a.mp4", SV_COPY_BAD, 77), 0);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.copies[0].kind, SV_COPY_HTTP);
	assert_int_equal(file.copies[1].state, SV_COPY_BAD);
	assert_int_equal(file.copies[1].verified_unix_s, 77);
	assert_int_equal(CALL(state, copy_remove, r.file, "http://m/a"), 0);
	assert_int_equal(CALL(state, copy_remove, r.file, "http://m/a"), SV_ENOENT);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_GONE);
	assert_int_equal(CALL(state, copy_state, r.file, "/elsewhere", SV_COPY_OK, 78), SV_ENOENT);
	assert_int_equal(CALL(state, copy_state, r.file, "/f/a.mp4", SV_COPY_OK, 78), 0);
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(file.state, SV_FILE_OK);
}

static int
collect(void *context, const struct sv_scan *scan)
{
	strcat(strcat(context, scan->path), " ");
	return 0;
}

static void
scans_are_listed_below_a_folder(void **state)
{
	static const char *const paths[] = {"/f/b", "/f/a/x", "/f", "/fa", "/f.x", "/g", "/f/a"};
	struct sv_recorded recorded;
	char list[200] = "";

	for (size_t i = 0; i < 7; i++)
		assert_int_equal(CALL(state, skip_path, (&(struct sv_scan){.path = paths[i], .why = "x"}), &recorded), 0);
	assert_int_equal(CALL(state, each_scan, "/f", collect, list), 0);
	assert_string_equal(list, "/f /f/a /f/a/x /f/b ");
	list[0] = '\0';
	assert_int_equal(CALL(state, each_scan, "/", collect, list), 0);
	assert_string_equal(list, "/f /f.x /f/a /f/a/x /f/b /fa /g ");
}

static int
collect_names(void *context, const struct sv_catalog_entry *entry)
{
	char text[100];

	snprintf(text, sizeof text, "%s%s%s%u ", entry->title->name, entry->file->copies[0].location, entry->episode == NULL ? "" : "e",
	    entry->episode == NULL ? 0 : entry->episode->number);
	strcat(context, text);
	return strchr(context, '!') != NULL ? 42 : 0;
}

static void
every_file_is_listed(void **state)
{
	char list[300] = "";

	put_series(state);
	put(STORE(state), (struct sample){.path = "/z", .name = "alpha", .crc = 1});
	assert_int_equal(CALL(state, each_file, collect_names, list), 0);
	assert_string_equal(list, "alpha/z0 show/s/3.mkve1 show/s/2.mkve1 show/s/1.mkve2 show/s/4.mkve3 show/s/0.mkve1 ");
	strcpy(list, "!");
	assert_int_equal(CALL(state, each_file, collect_names, list), 42);
}

static void
every_write_moves_the_generation_and_stays(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = 0, after = 0;
	char why[100];

	assert_int_equal(CALL(state, generation, &before), 0);
	struct sv_recorded r = put(STORE(state), (struct sample){.path = "/z", .name = "alpha", .crc = 1});
	assert_int_equal(CALL(state, generation, &after), 0);
	assert_true(after > before);
	sv_store_close(fixture->store);
	fixture_open(fixture);
	struct sv_file file;
	assert_int_equal(CALL(state, file, r.file, ARENA(state), &file), 0);
	assert_int_equal(CALL(state, generation, &before), 0);
	assert_int_equal(before, after);
	assert_int_equal(CALL(state, check, why, sizeof why), 0);
}

static void
a_small_arena_is_an_error_and_nothing_worse(void **state)
{
	struct sv_file file;
	struct sv_recorded r = put(STORE(state), (struct sample){.path = "/z", .name = "alpha", .crc = 1});

	for (size_t ceiling = 1; ceiling < 4096; ceiling += 61) {
		struct sv_arena *arena = sv_arena_new(ceiling);
		int rc = CALL(state, file, r.file, arena, &file);
		assert_true(rc == 0 || rc == SV_ENOMEM);
		sv_arena_free(arena);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_film_is_read_back_whole), TEST(images_are_found_by_id), TEST(the_same_bytes_change_nothing_and_others_make_a_version),
	    TEST(qualities_of_one_film_share_a_title_best_first), TEST(years_tell_titles_apart_and_a_missing_year_does_not),
	    TEST(a_series_has_seasons_and_episodes_in_order), TEST(two_episodes_in_one_file_are_an_entry), TEST(pages_are_cut_ordered_and_counted),
	    TEST(search_by_words_and_by_likeness), TEST(gone_and_back), TEST(a_moved_file_keeps_its_id_and_follows_its_name), TEST(a_film_that_became_junk_is_bad_until_it_is_a_film_again),
	    TEST(copies_come_and_go), TEST(scans_are_listed_below_a_folder), TEST(every_file_is_listed),
	    TEST(every_write_moves_the_generation_and_stays), TEST(a_small_arena_is_an_error_and_nothing_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
