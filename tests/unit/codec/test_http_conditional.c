/* SPDX-License-Identifier: Apache-2.0
 * Conditions and their order; the tag table is RFC 9110 8.8.3.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "http_conditional.h"

#define THEN "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER "Sun, 06 Nov 1994 08:49:38 GMT"
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT"
#define RANGE "Range: bytes=0-1\r\n"

enum { GO = SV_HTTP_PROCEED, ALL = SV_HTTP_PROCEED_WHOLE, SAME = SV_HTTP_NOT_MODIFIED, FAIL = SV_HTTP_PRECONDITION_FAILED };

static int
judge(const char *method, const char *fields, const char *etag, int64_t modified)
{
	char text[2048];
	struct sv_http_head head = {0};
	struct sv_http_validators validators = {sv_text_of(etag), modified};

	int n = snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, fields);
	assert_int_equal(sv_http_head_parse(text, (size_t)n, &head), n);
	return (int)sv_http_conditional_judge(&head, &validators);
}

static void
verdicts(void **state)
{
	static const struct {
		int want;
		const char *fields;
	} rows[] = {
	    {GO, ""},
	    {GO, "If-Match: \"x\"\r\n"}, {GO, "If-Match: *\r\n"}, {GO, "If-Match: \"a\", \"x\"\r\n"}, {GO, "If-Match: \"a\"\r\nIf-Match: \"x\"\r\n"},
	    {FAIL, "If-Match: \"a\"\r\n"}, {FAIL, "If-Match: W/\"x\"\r\n"}, {FAIL, "If-Match: x\r\n"}, {FAIL, "If-Match:\r\n"}, {FAIL, "If-Match: \"x\r\n"},
	    {FAIL, "If-Match: \"a\"\"x\"\r\n"}, {FAIL, "If-Match: \"X\"\r\n"},
	    {SAME, "If-None-Match: \"x\"\r\n"}, {SAME, "If-None-Match: W/\"x\"\r\n"}, {SAME, "If-None-Match: *\r\n"},
	    {SAME, "If-None-Match: \"a\" ,, W/\"x\"\r\n"}, {SAME, "If-None-Match: \"a\"\r\nIf-None-Match: \"x\"\r\n"}, {SAME, "If-None-Match: \"a,\",\"x\"\r\n"},
	    {GO, "If-None-Match: \"a\"\r\n"}, {GO, "If-None-Match: x\r\n"}, {GO, "If-None-Match: w/\"x\"\r\n"}, {GO, "If-None-Match: \"a,\"x\"\r\n"},
	    {SAME, "If-Modified-Since: " THEN "\r\n"}, {SAME, "If-Modified-Since: " LATER "\r\n"}, {GO, "If-Modified-Since: " EARLIER "\r\n"},
	    {SAME, "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n"}, {GO, "If-Modified-Since: yesterday\r\n"},
	    {GO, "If-Modified-Since: " THEN "\r\nIf-Modified-Since: " THEN "\r\n"},
	    {GO, "If-Unmodified-Since: " THEN "\r\n"}, {GO, "If-Unmodified-Since: " LATER "\r\n"}, {FAIL, "If-Unmodified-Since: " EARLIER "\r\n"},
	    {GO, "If-Unmodified-Since: 0\r\n"},
	    /* tags come before dates, If-Match before If-None-Match */
	    {GO, "If-Match: \"x\"\r\nIf-Unmodified-Since: " EARLIER "\r\n"}, {GO, "If-None-Match: \"a\"\r\nIf-Modified-Since: " LATER "\r\n"},
	    {FAIL, "If-None-Match: \"x\"\r\nIf-Match: \"a\"\r\n"}, {SAME, "If-None-Match: \"x\"\r\nIf-Match: \"x\"\r\n"},
	    {FAIL, "If-Unmodified-Since: " EARLIER "\r\nIf-None-Match: \"x\"\r\n"},
	    /* If-Range */
	    {GO, RANGE "If-Range: \"x\"\r\n"}, {ALL, RANGE "If-Range: \"a\"\r\n"}, {ALL, RANGE "If-Range: W/\"x\"\r\n"}, {GO, RANGE "If-Range: " THEN "\r\n"},
	    {ALL, RANGE "If-Range: " LATER "\r\n"}, {ALL, RANGE "If-Range: " EARLIER "\r\n"}, {ALL, RANGE "If-Range: nonsense\r\n"}, {ALL, RANGE "If-Range:\r\n"},
	    {ALL, RANGE "If-Range: \"x\", \"y\"\r\n"}, {ALL, RANGE "If-Range: \"x\"\r\nIf-Range: \"x\"\r\n"}, {GO, "If-Range: \"a\"\r\n"},
	    {SAME, RANGE "If-Range: \"a\"\r\nIf-None-Match: \"x\"\r\n"}, {FAIL, RANGE "If-Range: \"x\"\r\nIf-Match: \"a\"\r\n"},
	    {ALL, RANGE "If-Range: \"a\"\r\nIf-Match: \"x\"\r\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int got = judge("GET", rows[i].fields, "\"x\"", 784111777);
		if (got != rows[i].want)
			fail_msg("row %zu gave %d: %s", i, got, rows[i].fields);
	}
}

static void
methods_and_missing_validators(void **state)
{
	assert_int_equal(judge("HEAD", "If-None-Match: \"x\"\r\n", "\"x\"", -1), SAME);
	assert_int_equal(judge("PUT", "If-None-Match: \"x\"\r\n", "\"x\"", -1), FAIL);
	assert_int_equal(judge("PUT", "If-Modified-Since: " LATER "\r\n", "\"x\"", 784111777), GO);
	assert_int_equal(judge("GET", "If-Modified-Since: " LATER "\r\n", "\"x\"", -1), GO);
	assert_int_equal(judge("GET", "If-Unmodified-Since: " EARLIER "\r\n", "\"x\"", -1), GO);
	assert_int_equal(judge("GET", RANGE "If-Range: " THEN "\r\n", "\"x\"", -1), ALL);
	assert_int_equal(judge("GET", RANGE "If-Range: \"x\"\r\n", "", 784111777), ALL);
	assert_int_equal(judge("GET", "If-None-Match: \"\"\r\n", "", -1), GO);
	assert_int_equal(judge("GET", "If-None-Match: \"\"\r\n", "\"\"", -1), SAME);
	assert_int_equal(judge("GET", RANGE "If-Range: W/\"x\"\r\n", "W/\"x\"", -1), ALL);
}

/* RFC 9110 8.8.3.2: tags 1 and 2, strong and weak comparison */
static void
tag_comparison(void **state)
{
	static const struct {
		const char *a, *b;
		bool strong, weak;
	} rows[] = {
	    {"W/\"1\"", "W/\"1\"", false, true}, {"W/\"1\"", "W/\"2\"", false, false}, {"W/\"1\"", "\"1\"", false, true}, {"\"1\"", "\"1\"", true, true},
	};

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(sv_http_conditional_list_has(sv_text_of(rows[i].a), sv_text_of(rows[i].b), false), rows[i].strong);
		assert_int_equal(sv_http_conditional_list_has(sv_text_of(rows[i].a), sv_text_of(rows[i].b), true), rows[i].weak);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts), cmocka_unit_test(methods_and_missing_validators), cmocka_unit_test(tag_comparison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
