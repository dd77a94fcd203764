/* SPDX-License-Identifier: Apache-2.0
 * One table of headers and sizes; examples of RFC 9110 14.1.2 among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "byte_range.h"
#include "errors.h"

#define BIG INT64_MAX
enum { WHOLE, PART, NONE };

static const struct row {
	const char *header;
	uint64_t size;
	int kind;
	uint64_t start, end;
} rows[] = {
    {NULL, 10000, WHOLE, 0, 10000},
    {"", 10000, WHOLE, 0, 10000},
    /* RFC 9110 14.1.2 */
    {"bytes=0-499", 10000, PART, 0, 500},
    {"bytes=500-999", 10000, PART, 500, 1000},
    {"bytes=-500", 10000, PART, 9500, 10000},
    {"bytes=9500-", 10000, PART, 9500, 10000},
    {"bytes=0-0,-1", 10000, WHOLE, 0, 10000},
    {"bytes= 0-999, 4500-5499, -1000", 10000, WHOLE, 0, 10000},
    {"bytes=500-600,601-999", 10000, WHOLE, 0, 10000},
    /* edges */
    {"bytes=0-0", 10000, PART, 0, 1},
    {"bytes=0-", 10000, PART, 0, 10000},
    {"bytes=0-9999", 10000, PART, 0, 10000},
    {"bytes=0-10000", 10000, PART, 0, 10000},
    {"bytes=9999-9999", 10000, PART, 9999, 10000},
    {"bytes=9999-", 10000, PART, 9999, 10000},
    {"bytes=10000-", 10000, NONE, 0, 0},
    {"bytes=10000-10001", 10000, NONE, 0, 0},
    {"bytes=-1", 10000, PART, 9999, 10000},
    {"bytes=-10000", 10000, PART, 0, 10000},
    {"bytes=-10001", 10000, PART, 0, 10000},
    {"bytes=-0", 10000, NONE, 0, 0},
    {"bytes=-000", 10000, NONE, 0, 0},
    {"bytes=0-0", 1, PART, 0, 1},
    {"bytes=1-", 1, NONE, 0, 0},
    /* empty file: always whole */
    {"bytes=0-0", 0, WHOLE, 0, 0},
    {"bytes=-5", 0, WHOLE, 0, 0},
    {"bytes=5-", 0, WHOLE, 0, 0},
    {"bytes=-0", 0, WHOLE, 0, 0},
    {NULL, 0, WHOLE, 0, 0},
    /* numbers */
    {"bytes=007-0010", 10000, PART, 7, 11},
    {"bytes=0000000000000000000000000000000000-1", 10000, PART, 0, 2},
    {"bytes=9223372036854775806-", BIG, PART, BIG - 1, BIG},
    {"bytes=9223372036854775807-", BIG, NONE, 0, 0},
    {"bytes=0-9223372036854775807", BIG, PART, 0, BIG},
    {"bytes=0-18446744073709551615", BIG, PART, 0, BIG},
    {"bytes=0-18446744073709551616", BIG, PART, 0, BIG},
    {"bytes=18446744073709551615-", BIG, NONE, 0, 0},
    {"bytes=18446744073709551616-", 10, NONE, 0, 0},
    {"bytes=99999999999999999999-99999999999999999998", 10, WHOLE, 0, 10},
    {"bytes=99999999999999999998-99999999999999999999", 10, NONE, 0, 0},
    {"bytes=-18446744073709551615", 10, PART, 0, 10},
    {"bytes=-99999999999999999999", 10, PART, 0, 10},
    {"bytes=5-18446744073709551615", UINT64_MAX, PART, 5, UINT64_MAX},
    /* malformed and foreign: ignored */
    {"bytes=5-4", 10000, WHOLE, 0, 10000},
    {"bytes=-", 10000, WHOLE, 0, 10000},
    {"bytes=", 10000, WHOLE, 0, 10000},
    {"bytes", 10000, WHOLE, 0, 10000},
    {"bytes=abc", 10000, WHOLE, 0, 10000},
    {"bytes=1", 10000, WHOLE, 0, 10000},
    {"bytes=1-2-3", 10000, WHOLE, 0, 10000},
    {"bytes=--1", 10000, WHOLE, 0, 10000},
    {"bytes=+1-2", 10000, WHOLE, 0, 10000},
    {"bytes=0x1-2", 10000, WHOLE, 0, 10000},
    {"bytes=1.0-2", 10000, WHOLE, 0, 10000},
    {"bytes=1 -2", 10000, WHOLE, 0, 10000},
    {"bytes=1- 2", 10000, WHOLE, 0, 10000},
    {"bytes= 1-2", 10000, WHOLE, 0, 10000},
    {"bytes =1-2", 10000, WHOLE, 0, 10000},
    {"bytes:1-2", 10000, WHOLE, 0, 10000},
    {"items=0-1", 10000, WHOLE, 0, 10000},
    {"seconds=0-1", 10000, WHOLE, 0, 10000},
    {"bytess=0-1", 10000, WHOLE, 0, 10000},
    {"bytes=0-1;", 10000, WHOLE, 0, 10000},
    {"bytes=,", 10000, WHOLE, 0, 10000},
    {"=0-1", 10000, WHOLE, 0, 10000},
    {"bytes=0-0,20000-", 10000, WHOLE, 0, 10000},
    /* the unit folds; blanks around the value and empty list elements say nothing */
    {"Bytes=1-2", 10000, PART, 1, 3},
    {" bytes=1-2\t", 10000, PART, 1, 3},
    {"bytes=1-2,", 10000, PART, 1, 3},
    {"bytes=, ,1-2 , ", 10000, PART, 1, 3},
};

static void
plans(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sv_byte_range range = {77, 78, false};
		int rc = sv_byte_range_plan(sv_text_of(rows[i].header), rows[i].size, &range);
		if (rows[i].kind == NONE) {
			if (rc != SV_ERANGE || range.start != 77)
				fail_msg("%s is not unsatisfiable", rows[i].header);
			continue;
		}
		if (rc != 0 || range.partial != (rows[i].kind == PART) || range.start != rows[i].start || range.end != rows[i].end)
			fail_msg("row %zu, %s: rc %d partial %d", i, rows[i].header, rc, range.partial);
	}
}

static void
header_values(void **state)
{
	char out[SV_BYTE_RANGE_TEXT_SIZE];

	assert_string_equal(sv_byte_range_content(0, 500, 1234, out), "bytes 0-499/1234");
	assert_string_equal(sv_byte_range_content(UINT64_MAX - 2, UINT64_MAX - 1, UINT64_MAX, out),
	    "bytes 18446744073709551613-18446744073709551613/18446744073709551615");
	assert_string_equal(sv_byte_range_unsatisfied(1234, out), "bytes */1234");
	assert_string_equal(sv_byte_range_request(1048576, 2097152, out), "bytes=1048576-2097151");
}

static void
content_range_of_others(void **state)
{
	static const char *const wrong[] = {"", "bytes", "bytes 1-2", "bytes 1-2/", "bytes 2-1/5", "bytes 1-5/5", "bytes */*", "bytes -2/5", "bytes 1-/5",
	    "bytes 1-2/-5", "items 1-2/5", "bytes 1-2/18446744073709551616", "bytes  1-2/5", "bytes 1-2/5/6", "bytes=1-2/5"};
	uint64_t start = 0, end = 0, size = 0;

	assert_int_equal(sv_byte_range_parse_content(SV_TEXT("bytes 42-1233/1234"), &start, &end, &size), 0);
	assert_true(start == 42 && end == 1234 && size == 1234);
	assert_int_equal(sv_byte_range_parse_content(SV_TEXT("bytes 42-1233/*"), &start, &end, &size), 0);
	assert_true(start == 42 && end == 1234 && size == UINT64_MAX);
	assert_int_equal(sv_byte_range_parse_content(SV_TEXT("bytes */1234"), &start, &end, &size), 0);
	assert_true(start == 0 && end == 0 && size == 1234);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (sv_byte_range_parse_content(sv_text_of(wrong[i]), &start, &end, &size) != SV_EINVAL)
			fail_msg("accepted: %s", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plans), cmocka_unit_test(header_values), cmocka_unit_test(content_range_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
