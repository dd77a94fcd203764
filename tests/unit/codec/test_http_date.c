/* SPDX-License-Identifier: Apache-2.0
 * The examples of RFC 9110 5.6.7, the ends of the range, and a walk over many days against gmtime. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "errors.h"
#include "http_date.h"

static void
published_examples(void **state)
{
	static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
	char out[SV_HTTP_DATE_SIZE];
	int64_t at = 0;

	for (size_t i = 0; i < 3; i++) {
		at = 0;
		assert_int_equal(sv_http_date_parse(sv_text_of(forms[i]), &at), 0);
		assert_true(at == 784111777);
	}
	assert_string_equal(sv_http_date_format(784111777, out), forms[0]);
	assert_int_equal(sv_http_date_parse(SV_TEXT("Wed Nov 16 08:49:37 1994"), &at), 0);
	assert_string_equal(sv_http_date_format(at, out), "Wed, 16 Nov 1994 08:49:37 GMT");
}

static void
ends(void **state)
{
	char out[SV_HTTP_DATE_SIZE];
	int64_t at = 0;

	assert_string_equal(sv_http_date_format(0, out), "Thu, 01 Jan 1970 00:00:00 GMT");
	assert_string_equal(sv_http_date_format(INT64_MIN, out), "Thu, 01 Jan 1970 00:00:00 GMT");
	assert_string_equal(sv_http_date_format(INT64_MAX, out), "Fri, 31 Dec 9999 23:59:59 GMT");
	assert_string_equal(sv_http_date_format(951782400, out), "Tue, 29 Feb 2000 00:00:00 GMT");
	assert_int_equal(sv_http_date_parse(SV_TEXT("Mon, 01 Jan 1601 00:00:00 GMT"), &at), 0);
	assert_true(at == -11644473600);
	assert_int_equal(sv_http_date_parse(SV_TEXT("Monday, 01-Jan-69 00:00:00 GMT"), &at), 0);
	assert_true(at == 3124224000);
}

static void
against_the_library(void **state)
{
	for (int64_t at = 0; at < 253402300800; at += 86400 * 17 + 4321) {
		char out[SV_HTTP_DATE_SIZE], want[64];
		time_t now = (time_t)at;
		struct tm tm = {0};
		int64_t back = -1;
		(void)gmtime_r(&now, &tm);
		assert_int_equal(strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm), 29);
		assert_string_equal(sv_http_date_format(at, out), want);
		assert_int_equal(sv_http_date_parse(sv_text_of(out), &back), 0);
		assert_true(back == at);
	}
}

static void
malformed(void **state)
{
	static const char *const rows[] = {"", "Sun", "Sun,", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
	    "Sun, 06 nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
	    "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
	    "Sun, 06 Nov 1994 08:49:37 GMTx", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
	    "Sun, 29 Feb 1900 00:00:00 GMT", "784111777", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1000 08:49:37 GMT"};
	int64_t at = 42;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (sv_http_date_parse(sv_text_of(rows[i]), &at) != SV_EINVAL || at != 42)
			fail_msg("accepted: %s", rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_examples), cmocka_unit_test(ends), cmocka_unit_test(against_the_library), cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
