/* SPDX-License-Identifier: Apache-2.0
 * Percent coding, path check, arguments and forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "errors.h"
#include "url.h"

static void
decoding(void **state)
{
	static const struct {
		const char *in;
		unsigned bits;
		const char *out;         /* NULL: SV_EINVAL */
	} rows[] = {
	    {"", 0, ""}, {"abc", 0, "abc"}, {"%41%7a", 0, "Az"}, {"a+b", 0, "a+b"}, {"a+b%2B", SV_URL_PLUS, "a b+"}, {"%2f%2F", 0, "//"},
	    {"%C3%A9", SV_URL_UTF8, "\xc3\xa9"}, {"\xc3\xa9", SV_URL_UTF8, "\xc3\xa9"}, {"%25", 0, "%"}, {"%2541", 0, "%41"},
	    {"%ff", 0, "\xff"}, {"%ff", SV_URL_UTF8, NULL}, {"%C3", SV_URL_UTF8, NULL}, {"%", 0, NULL}, {"%4", 0, NULL}, {"%4g", 0, NULL},
	    {"%g4", 0, NULL}, {"%%41", 0, NULL}, {"a%00b", 0, NULL}, {"%+1", 0, NULL}, {"% 1", 0, NULL}, {"%ED%A0%80", SV_URL_UTF8, NULL},
	    {"%C0%AF", SV_URL_UTF8, NULL},
	};
	char out[64];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = sv_url_decode(sv_text_of(rows[i].in), rows[i].bits, out, sizeof out);
		if (rows[i].out == NULL) {
			if (rc != SV_EINVAL)
				fail_msg("accepted: %s", rows[i].in);
			continue;
		}
		assert_int_equal(rc, (int)strlen(rows[i].out));
		assert_string_equal(out, rows[i].out);
	}
	assert_int_equal(sv_url_decode(SV_TEXT("abc"), 0, out, 4), 3);
	assert_int_equal(sv_url_decode(SV_TEXT("abc"), 0, out, 3), SV_ENOSPC);
	assert_int_equal(sv_url_decode(SV_TEXT(""), 0, out, 0), SV_ENOSPC);
	char same[] = "x%20y%20z";
	assert_int_equal(sv_url_decode((struct sv_text){same, strlen(same)}, 0, same, sizeof same), 5);
	assert_string_equal(same, "x y z");
}

static void
encoding(void **state)
{
	static const struct {
		enum sv_url_kind kind;
		const char *in, *out;
	} rows[] = {
	    {SV_URL_SEGMENT, "a b/c?d#e%f&g'h+i", "a%20b%2Fc%3Fd%23e%25f%26g%27h%2Bi"}, {SV_URL_SEGMENT, "-._~!$()*,:;=@", "-._~!$()*,:;=@"},
	    {SV_URL_PATH, "/a b/c", "/a%20b/c"}, {SV_URL_QUERY, "a=b&c+d e", "a%3Db%26c%2Bd%20e"},
	    /* the example of RFC 8187 3.2.3: pound and euro */
	    {SV_URL_RFC8187, "\xc2\xa3 and \xe2\x82\xac rates", "%C2%A3%20and%20%E2%82%AC%20rates"},
	    {SV_URL_RFC8187, "a(b)c'd*e\"f", "a%28b%29c%27d%2Ae%22f"}, {SV_URL_SEGMENT, "", ""},
	};
	struct sv_buffer out;

	sv_buffer_init(&out, 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char back[128];
		sv_buffer_reset(&out);
		sv_url_encode(rows[i].kind, sv_text_of(rows[i].in), &out);
		assert_string_equal(sv_buffer_cstr(&out), rows[i].out);
		assert_true(sv_url_decode(sv_text_of(rows[i].out), 0, back, sizeof back) >= 0);
		assert_string_equal(back, rows[i].in);
	}
	sv_buffer_fini(&out);
	sv_buffer_init(&out, 0);
	sv_url_encode(SV_URL_QUERY, (struct sv_text){"\0", 1}, &out);
	assert_string_equal(sv_buffer_cstr(&out), "%00");
	sv_buffer_fini(&out);
}

static void
paths(void **state)
{
	static const char *const good[] = {"/", "/a", "/a/", "/a/b", "/...", "/a..b", "/.well-known/x", "/a%20b", "/%C3%A9", "/a:b@c", "/..a", "/%2e%2e%2e"};
	static const char *const bad[] = {"", "a", "//", "//a", "/a//b", "/a//", "/.", "/..", "/a/..", "/a/../b", "/a/./b", "/%2e", "/%2E%2e/x", "/.%2e/",
	    "/a%2Fb", "/a%2fb", "/a\\b", "/a%5cb", "/a%00", "/%", "/a%4", "/%zz", "/a\x01", "/a%0a", "/a%7f", "/../"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (sv_url_path_check(sv_text_of(good[i])) != 0)
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (sv_url_path_check(sv_text_of(bad[i])) != SV_EINVAL)
			fail_msg("accepted: %s", bad[i]);
}

static void
queries(void **state)
{
	struct sv_text left = SV_TEXT("a=1&&b&a=2&=x&c=d=e"), name = {NULL, 0}, value = {NULL, 0};
	static const char *const want[][2] = {{"a", "1"}, {"b", NULL}, {"a", "2"}, {"", "x"}, {"c", "d=e"}};

	for (size_t i = 0; i < 5; i++) {
		assert_true(sv_url_query_next(&left, &name, &value));
		assert_true(sv_text_is(name, want[i][0]));
		assert_int_equal(value.data == NULL, want[i][1] == NULL);
		assert_true(value.data == NULL || sv_text_is(value, want[i][1]));
	}
	assert_false(sv_url_query_next(&left, &name, &value));
	assert_int_equal(sv_url_query_get(SV_TEXT("a=1&b=2&a=3"), "a", &value), 2);
	assert_true(sv_text_is(value, "1"));
	assert_int_equal(sv_url_query_get(SV_TEXT("a=1"), "A", &value), 0);
	assert_int_equal(sv_url_query_get((struct sv_text){NULL, 0}, "a", &value), 0);
}

static void
forms(void **state)
{
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_url_form form = {0};
	struct sv_buffer many;

	assert_int_equal(sv_url_form_parse(SV_TEXT("q=the+big%20one&%C3%A9=%26&empty="), arena, &form), 0);
	assert_int_equal(form.count, 3);
	assert_true(sv_text_is(sv_url_form_get(&form, "q"), "the big one"));
	assert_true(sv_text_is(sv_url_form_get(&form, "\xc3\xa9"), "&"));
	assert_int_equal(sv_url_form_get(&form, "empty").length, 0);
	assert_null(sv_url_form_get(&form, "none").data);
	assert_int_equal(sv_url_form_parse(SV_TEXT("q=%ff"), arena, &form), SV_EINVAL);
	assert_int_equal(sv_url_form_parse(SV_TEXT("q=%0"), arena, &form), SV_EINVAL);
	assert_int_equal(sv_url_form_parse(SV_TEXT(""), arena, &form), 0);
	assert_int_equal(form.count, 0);
	sv_buffer_init(&many, 0);
	for (int i = 0; i <= SV_URL_FORM_MAX; i++)
		sv_buffer_printf(&many, "k%d=v&", i);
	assert_int_equal(sv_url_form_parse(sv_text_of(sv_buffer_cstr(&many)), arena, &form), SV_ETOOBIG);
	sv_buffer_fini(&many);
	sv_arena_free(arena);
	arena = sv_arena_new(100);
	char *big = calloc(1, 20000);
	memset(big, 'a', 19999);
	assert_int_equal(sv_url_form_parse(sv_text_of(big), arena, &form), SV_ENOMEM);
	free(big);
	sv_arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decoding), cmocka_unit_test(encoding), cmocka_unit_test(paths), cmocka_unit_test(queries), cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
