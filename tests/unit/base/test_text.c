/* SPDX-License-Identifier: Apache-2.0
 * Text, base64url (RFC 4648, section 10, in its URL form without padding), hexadecimal, UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "errors.h"
#include "text.h"

static void
comparing(void **state)
{
	struct sv_text none = {NULL, 0};

	assert_true(sv_text_equal(SV_TEXT("abc"), SV_TEXT("abc")));
	assert_false(sv_text_equal(SV_TEXT("abc"), SV_TEXT("abd")));
	assert_false(sv_text_equal(SV_TEXT("abc"), SV_TEXT("ab")));
	assert_true(sv_text_equal(none, SV_TEXT("")));
	assert_true(sv_text_equal_nocase(SV_TEXT("Content-TYPE"), SV_TEXT("content-type")));
	/* only letters fold: these pairs differ in the same bit */
	assert_false(sv_text_equal_nocase(SV_TEXT("@["), SV_TEXT("`{")));
	assert_false(sv_text_equal_nocase(SV_TEXT("\xc3\x89"), SV_TEXT("\xc3\xa9")));
	assert_true(sv_text_is(SV_TEXT("x"), "x"));
	assert_true(sv_text_starts(SV_TEXT("/stream/x"), "/stream/"));
	assert_false(sv_text_starts(SV_TEXT("/str"), "/stream/"));
	assert_true(sv_text_starts(none, ""));
	assert_int_equal(sv_text_of(NULL).length, 0);
}

static void
cutting(void **state)
{
	struct sv_text text = SV_TEXT("a=b=c"), trimmed = sv_text_trim(SV_TEXT(" \t a b\t "));

	assert_true(sv_text_is(trimmed, "a b"));
	assert_int_equal(sv_text_trim(SV_TEXT(" \t ")).length, 0);
	assert_int_equal(sv_text_trim((struct sv_text){NULL, 0}).length, 0);
	assert_true(sv_text_is(sv_text_split(&text, '='), "a"));
	assert_true(sv_text_is(text, "b=c"));
	assert_true(sv_text_is(sv_text_split(&text, '|'), "b=c"));
	assert_null(text.data);
	assert_null(sv_text_split(&text, '|').data);
	text = SV_TEXT("a=");
	(void)sv_text_split(&text, '=');
	assert_non_null(text.data);
	assert_int_equal(text.length, 0);
}

static void
numbers(void **state)
{
	static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "99999999999999999999x"};
	uint64_t value = 7;

	assert_int_equal(sv_text_to_u64(SV_TEXT("0"), &value), 0);
	assert_int_equal(sv_text_to_u64(SV_TEXT("18446744073709551615"), &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(sv_text_to_u64(SV_TEXT("18446744073709551616"), &value), SV_ERANGE);
	assert_int_equal(sv_text_to_u64(SV_TEXT("99999999999999999999999"), &value), SV_ERANGE);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(sv_text_to_u64(sv_text_of(wrong[i]), &value), SV_EINVAL);
	assert_true(value == UINT64_MAX);
}

static void
base64url(void **state)
{
	static const char *const rows[][2] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
	    {"\xfb\xff\xfe", "-__-"}};
	static const char *const wrong[] = {"Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm 8", "Zm+v", "Zm/v", "Zm9v\n", "Zm9vY"};
	uint8_t bytes[16];
	char text[32];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(sv_base64url_encode(rows[i][0], strlen(rows[i][0]), text), strlen(rows[i][1]));
		assert_string_equal(text, rows[i][1]);
		assert_int_equal(sv_base64url_decode(sv_text_of(text), bytes, sizeof bytes), (int)strlen(rows[i][0]));
		assert_memory_equal(bytes, rows[i][0], strlen(rows[i][0]));
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (sv_base64url_decode(sv_text_of(wrong[i]), bytes, sizeof bytes) != SV_EINVAL)
			fail_msg("accepted: %s", wrong[i]);
	assert_int_equal(sv_base64url_decode(SV_TEXT("Zm9v"), bytes, 2), SV_ENOSPC);
	assert_int_equal(sv_base64url_decode(SV_TEXT("Zm9v"), bytes, 3), 3);
	sv_hex_encode("\x00\x7f\xff", 3, text);
	assert_string_equal(text, "007fff");
}

/* The boundaries of RFC 3629, section 4, on both sides. */
static void
utf8(void **state)
{
	static const struct {
		const char *bytes;
		bool valid;
	} rows[] = {
	    {"", true}, {"a", true}, {"\x7f", true}, {"\x80", false}, {"\xbf", false}, {"\xc0\x80", false}, {"\xc1\xbf", false}, {"\xc2\x80", true}, {"\xdf\xbf", true},
	    {"\xc2", false}, {"\xc2\x7f", false}, {"\xe0\x9f\xbf", false}, {"\xe0\xa0\x80", true}, {"\xed\x9f\xbf", true}, {"\xed\xa0\x80", false},
	    {"\xed\xbf\xbf", false}, {"\xee\x80\x80", true}, {"\xef\xbf\xbf", true}, {"\xe0\xa0", false}, {"\xf0\x8f\xbf\xbf", false}, {"\xf0\x90\x80\x80", true},
	    {"\xf4\x8f\xbf\xbf", true}, {"\xf4\x90\x80\x80", false}, {"\xf5\x80\x80\x80", false}, {"\xf8\x88\x80\x80\x80", false}, {"\xff", false}, {"\xfe", false},
	    {"a\xc3\xa9z", true}, {"\xc3\xa9\xc3", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (sv_utf8_valid(sv_text_of(rows[i].bytes)) != rows[i].valid)
			fail_msg("row %zu", i);
	assert_false(sv_utf8_valid((struct sv_text){"a\0b", 3}));
	assert_true(sv_utf8_valid((struct sv_text){NULL, 0}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comparing), cmocka_unit_test(cutting), cmocka_unit_test(numbers), cmocka_unit_test(base64url), cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
