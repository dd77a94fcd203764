/* SPDX-License-Identifier: Apache-2.0
 * The catalog's own rules over a real store; what a store must do is tested in tests/unit/store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "catalog.h"
#include "catalog_index.h"
#include "errors.h"

struct fixture {
	char folder[64];
	struct sv_settings settings;
	struct sv_catalog *catalog;
	struct sv_arena *arena;
};

static int
set_up(void **state)
{
	struct fixture *f = sv_xcalloc(1, sizeof *f);
	char why[300] = "";

	strcpy(f->folder, "/tmp/sv-catalog-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	sv_settings_init(&f->settings);
	assert_int_equal(sv_settings_set(&f->settings, SV_TEXT("SV_STATE"), sv_text_of(f->folder), why, sizeof why), 0);
	assert_int_equal(sv_catalog_open(&f->settings, &f->catalog, why, sizeof why), 0);
	f->arena = sv_arena_new(0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char path[200];

	sv_catalog_close(f->catalog);
	sv_arena_free(f->arena);
	sv_settings_fini(&f->settings);
	snprintf(path, sizeof path, "%s/streamvault.db", f->folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static struct sv_recorded
put(struct fixture *f, const char *path, const char *name, unsigned year)
{
	static uint32_t crc = 0;
	const struct sv_scan scan = {.path = path, .size_bytes = 5, .why = ""};
	const struct sv_file file = {.size_bytes = 5, .has_crc = true, .crc32 = ++crc, .name = "x.mp4", .container = "", .mime = "video/mp4"};
	struct sv_recorded recorded = {0};
	struct sv_catalog_found found = {.scan = &scan, .name = name, .year = year, .episode_name = "", .file = &file, .crcs = &crc, .piece_count = 1};

	assert_int_equal(sv_catalog_record(f->catalog, &found, &recorded), 0);
	return recorded;
}

static void
spellings_are_one_title(void **state)
{
	struct sv_recorded a = put(*state, "/1", "The Grand Harbour", 2001);
	struct sv_recorded b = put(*state, "/2", "the.grand.hárbour", 2001);
	struct sv_recorded c = put(*state, "/3", "Grand Harbour", 2001);

	assert_string_equal(a.title, b.title);
	assert_string_not_equal(a.title, c.title);
}

static size_t
find(struct fixture *f, const char *words, bool *ret_nearest)
{
	struct sv_titles titles = {0};

	assert_int_equal(sv_catalog_search(f->catalog, sv_text_of(words), 20, f->arena, &titles), 0);
	*ret_nearest = titles.nearest;
	return titles.count;
}

static void
search_takes_any_text(void **state)
{
	static const char *const hostile[] = {"\"", "* OR", "NEAR(a b)", "'; DROP TABLE title; --", "{}", "key:x", "^a", "a\xff\xff", "%", "AND",
	    "ab \"cd\" -ef", "(((("};
	bool nearest = false;
	char long_text[5000];

	put(*state, "/1", "The Grand Harbour", 2001);
	put(*state, "/2", "Amélie's Day", 0);
	put(*state, "/3", "The Other One", 0);
	assert_int_equal(find(*state, "HARB", &nearest), 1);
	assert_false(nearest);
	assert_int_equal(find(*state, "amelies", &nearest), 1);
	assert_int_equal(find(*state, "Amélie's day", &nearest), 1);
	assert_int_equal(find(*state, "the", &nearest), 2);
	assert_int_equal(find(*state, "harbuor grand", &nearest), 1);
	assert_true(nearest);
	assert_int_equal(find(*state, "thesaurus", &nearest), 0);
	assert_false(nearest);
	assert_int_equal(find(*state, "", &nearest), 0);
	assert_int_equal(find(*state, " .,- ", &nearest), 0);
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
		(void)find(*state, hostile[i], &nearest);
	memset(long_text, 'q', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	assert_int_equal(find(*state, long_text, &nearest), 0);
}

static void
odd_ids_are_no_ids(void **state)
{
	struct fixture *f = *state;
	struct sv_file file;
	struct sv_title_detail title;
	struct sv_episode_detail episode;
	struct sv_image image;
	static const char *const ids[] = {"", "short", "../../../etc", "thirteen-char", "abc'def\"ghi ", "nosuchid0000"};

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		assert_int_equal(sv_catalog_file(f->catalog, ids[i], f->arena, &file), SV_ENOENT);
		assert_int_equal(sv_catalog_title(f->catalog, ids[i], f->arena, &title), SV_ENOENT);
		assert_int_equal(sv_catalog_episode(f->catalog, ids[i], f->arena, &episode), SV_ENOENT);
		assert_int_equal(sv_catalog_image(f->catalog, ids[i], f->arena, &image), SV_ENOENT);
	}
}

static void
a_file_is_found_by_id_and_by_path(void **state)
{
	struct fixture *f = *state;
	char path[128], link[128];
	struct sv_file file;

	snprintf(path, sizeof path, "%s/film.mp4", f->folder);
	snprintf(link, sizeof link, "%s/link.mp4", f->folder);
	struct sv_recorded r = put(f, path, "Film", 0);
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	fclose(stream);
	assert_int_equal(symlink("film.mp4", link), 0);
	assert_int_equal(sv_catalog_file_find(f->catalog, r.file, f->arena, &file), 0);
	assert_int_equal(sv_catalog_file_find(f->catalog, path, f->arena, &file), 0);
	assert_int_equal(sv_catalog_file_find(f->catalog, link, f->arena, &file), 0);
	assert_string_equal(file.id, r.file);
	assert_int_equal(sv_catalog_file_find(f->catalog, "/nowhere", f->arena, &file), SV_ENOENT);
	unlink(path);
	unlink(link);
}

static void
only_web_addresses_become_copies(void **state)
{
	struct fixture *f = *state;
	struct sv_recorded r = put(f, "/1", "Film", 0);
	static const char *const wrong[] = {"", "ftp://x/y", "file:///etc/passwd", "http://", "http:///x", "https://user:secret@host/x",
	    "http://host/a b", "http://host/\n", "javascript:alert(1)"};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(sv_catalog_copy_add(f->catalog, r.file, wrong[i]), SV_EINVAL);
	assert_int_equal(sv_catalog_copy_add(f->catalog, r.file, "http://127.0.0.1:8000/film.mp4?a=b@c"), 0);
	assert_int_equal(sv_catalog_copy_add(f->catalog, r.file, "http://127.0.0.1:8000/film.mp4?a=b@c"), SV_EEXIST);
	assert_int_equal(sv_catalog_copy_remove(f->catalog, r.file, "http://127.0.0.1:8000/film.mp4?a=b@c"), 0);
}

static void
a_name_without_letters_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct sv_scan scan = {.path = "/x", .why = ""};
	const struct sv_file file = {.name = "", .container = "", .mime = ""};
	struct sv_recorded recorded;
	struct sv_catalog_found found = {.scan = &scan, .name = "...", .episode_name = "", .file = &file};

	assert_false(sv_catalog_name_usable("..."));
	assert_int_equal(sv_catalog_record(f->catalog, &found, &recorded), SV_EINVAL);
}

static void
a_wrong_store_setting_is_one_line(void **state)
{
	struct fixture *f = *state;
	struct sv_settings settings;
	struct sv_catalog *catalog = NULL;
	char why[300] = "";

	sv_settings_init(&settings);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_STORE"), SV_TEXT("mysql:x"), why, sizeof why), 0);
	assert_int_equal(sv_catalog_open(&settings, &catalog, why, sizeof why), SV_ECONFIG);
	assert_non_null(strstr(why, "mysql:x"));
	assert_null(catalog);
	sv_settings_fini(&settings);
	(void)f;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(spellings_are_one_title), TEST(search_takes_any_text), TEST(odd_ids_are_no_ids), TEST(a_file_is_found_by_id_and_by_path),
	    TEST(only_web_addresses_become_copies), TEST(a_name_without_letters_is_refused), TEST(a_wrong_store_setting_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
