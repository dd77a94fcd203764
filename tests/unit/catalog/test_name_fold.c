/* SPDX-License-Identifier: Apache-2.0
 * Names that are one name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "name_fold.h"

static const struct {
	const char *name, *folded;
} rows[] = {
    {"The Harbour", "the harbour"},
    {"THE  HARBOUR!", "the harbour"},
    {"the.harbour", "the harbour"},
    {"Amélie", "amelie"},
    {"Ame\xcc\x81lie", "amelie"},
    {"It's & It\xe2\x80\x99s", "its and its"},
    {"Salt&Pepper", "salt and pepper"},
    {"Straße Æther Œuvre", "strasse aether oeuvre"},
    {"Łódź ŞĞİ", "lodz sgi"},
    {"Việt Nam", "viet nam"},
    {"ΆΛΦΑ ς", "αλφα σ"},
    {"ЁЛКА Йод", "елка йод"},
    {"東京・物語 2", "東京 物語 2"},
    {"WALL·E", "wall e"},
    {"2012", "2012"},
    {"", ""},
    {"  --- ", ""},
    {"a\xff\xfe" "b", "aythb"},
    {"cut \xe2\x82", NULL},
};

static void
spellings(void **state)
{
	char out[SV_NAME_FOLD_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t length = sv_name_fold(sv_text_of(rows[i].name), out, sizeof out);
		assert_int_equal(length, strlen(out));
		if (rows[i].folded != NULL)
			assert_string_equal(out, rows[i].folded);
		/* folding what is folded changes nothing, or titles would multiply */
		char twice[SV_NAME_FOLD_MAX];
		sv_name_fold(sv_text_of(out), twice, sizeof twice);
		assert_string_equal(twice, out);
		/* a small buffer cuts at a character */
		for (size_t cap = 1; cap < 12; cap++) {
			char small[12];
			assert_true(sv_name_fold(sv_text_of(rows[i].name), small, cap) < cap);
			assert_true(sv_utf8_valid(sv_text_of(small)));
		}
	}
}

static void
articles_do_not_sort(void **state)
{
	assert_string_equal(sv_name_sort("the harbour"), "harbour");
	assert_string_equal(sv_name_sort("a film"), "film");
	assert_string_equal(sv_name_sort("theatre"), "theatre");
	assert_string_equal(sv_name_sort("the"), "the");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(spellings), cmocka_unit_test(articles_do_not_sort)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
