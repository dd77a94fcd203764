/* SPDX-License-Identifier: Apache-2.0
 * Which addresses may stand in a link, and how ours are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "errors.h"
#include "page_url.h"

static void
checked_addresses(void **state)
{
	static const struct {
		const char *given, *made;   /* made NULL: refused */
	} rows[] = {
		{"/", "/"}, {"/m/x", "/m/x"}, {"/search?q=a%20b", "/search?q=a%20b"}, {"?page=2", "?page=2"}, {"#main", "#main"},
		{"https://example.org/a", "https://example.org/a"}, {"http://[::1]:8080/", "http://[::1]:8080/"}, {"mailto:a@example.org", "mailto:a@example.org"},
		{"/a b", "/a%20b"}, {"/a\"b<c>", "/a%22b%3Cc%3E"}, {"/100%", "/100%25"}, {"/%zz", "/%25zz"}, {"/ä", "/%C3%A4"}, {"/a\\b", "/a%5Cb"},
		{"/.hidden", "/.hidden"}, {"/a..b", "/a..b"}, {"/x?y=/../z", "/x?y=/../z"}, {"/a|b`c", "/a%7Cb%60c"},
		{"", NULL}, {"m/x", NULL}, {"//evil.example", NULL}, {"/\\evil.example", NULL}, {"javascript:alert(1)", NULL}, {"JaVaScRiPt:x", NULL},
		{"data:text/html,x", NULL}, {" /x", NULL}, {"/x\n", NULL}, {"/x\x7f", NULL}, {"/..", NULL}, {"/a/../b", NULL}, {"/./a", NULL},
		{"https://", NULL}, {"https:///x", NULL}, {"ftp://example.org/", NULL}, {"vbscript:x", NULL}, {"\tjavascript:x", NULL},
	};
	struct sv_arena *arena = sv_arena_new(0);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sv_url url = {0};
		int result = sv_url_make(arena, sv_text_of(rows[i].given), &url);
		if (rows[i].made == NULL)
			assert_true(result == SV_EINVAL && url.text == NULL);
		else if (result != 0 || !sv_text_is((struct sv_text){url.text, url.length}, rows[i].made))
			fail_msg("%s: %d %.*s", rows[i].given, result, (int)url.length, url.text);
	}
	sv_arena_free(arena);
}

static void
nul_is_no_address(void **state)
{
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_url url = {0};

	assert_int_equal(sv_url_make(arena, (struct sv_text){"/a\0b", 4}, &url), SV_EINVAL);
	sv_arena_free(arena);
}

static void
slugs(void **state)
{
	static const struct {
		const char *title, *path;
	} rows[] = {
		{"The Lamp at Harrow Point", "/m/AAAAaaaa0000-the-lamp-at-harrow-point"},
		{"Árnyak a Dunán", "/m/AAAAaaaa0000-arnyak-a-dunan"},
		{"Łódź, Straße & Œuvre", "/m/AAAAaaaa0000-lodz-strasse-oeuvre"},
		{"It's...  It's!", "/m/AAAAaaaa0000-its-its"},
		{"--1984--", "/m/AAAAaaaa0000-1984"},
		{"東京物語", "/m/AAAAaaaa0000"},
		{"", "/m/AAAAaaaa0000"},
		{NULL, "/m/AAAAaaaa0000"},
		{"\xff\xc3", "/m/AAAAaaaa0000"},
		{"</a><script>", "/m/AAAAaaaa0000-a-script"},
		{"aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee ffffffffff ggg",
			"/m/AAAAaaaa0000-aaaaaaaaa-bbbbbbbbb-ccccccccc-ddddddddd-eeeeeeeee-ffffffffff"},
	};
	struct sv_arena *arena = sv_arena_new(0);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sv_url url = sv_url_film(arena, "AAAAaaaa0000", rows[i].title);
		if (!sv_text_is((struct sv_text){url.text, url.length}, rows[i].path))
			fail_msg("%s: %.*s", rows[i].title, (int)url.length, url.text);
	}
	sv_arena_free(arena);
}

static void
own_pages(void **state)
{
	struct sv_arena *arena = sv_arena_new(0);
	const struct {
		struct sv_url url;
		const char *path;
	} rows[] = {
		{sv_url_series(arena, "id", "A B"), "/s/id-a-b"}, {sv_url_season(arena, "id", "A", 12), "/s/id-a/12"},
		{sv_url_season(arena, "id", "", 0), "/s/id/0"}, {sv_url_episode(arena, "e_1-x"), "/e/e_1-x"},
		{sv_url_watch(arena, "w"), "/w/w"}, {sv_url_download(arena, "d"), "/d/d"}, {sv_url_download_start(arena, "d"), "/d/d/start"},
		{sv_url_image(arena, "i", "0af", 240), "/api/image/i?w=240&v=0af"}, {sv_url_image(arena, "i", NULL, 160), "/api/image/i?w=160"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(sv_text_is((struct sv_text){rows[i].url.text, rows[i].url.length}, rows[i].path));
	sv_arena_free(arena);
}

static void
wrong_ids_give_no_address(void **state)
{
	static const char *const ids[] = {NULL, "", "a/b", "a b", "ä", "..", "a?b", "123456789012345678901234567890123"};
	struct sv_arena *arena = sv_arena_new(0);

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		assert_false(sv_url_id_valid(ids[i]));
		assert_int_equal(sv_url_watch(arena, ids[i]).length, 0);
		assert_int_equal(sv_url_image(arena, ids[i], "v", 240).length, 0);
		if (ids[i] != NULL)
			assert_int_equal(sv_url_image(arena, "good", ids[i], 240).length, 0);
	}
	assert_true(sv_url_id_valid("12345678901234567890123456789012"));
	sv_arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checked_addresses), cmocka_unit_test(nul_is_no_address), cmocka_unit_test(slugs), cmocka_unit_test(own_pages),
		cmocka_unit_test(wrong_ids_give_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
