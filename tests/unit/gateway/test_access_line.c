/* SPDX-License-Identifier: Apache-2.0
 * Lines of the access log: what counts once, what counts per slice, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "access_line.h"
#include "errors.h"
#include "metrics.h"

static int
parse(const char *text, struct sv_access_line *line)
{
	return sv_access_line_parse((const uint8_t *)text, strlen(text), line);
}

#define HEAD "<190>Nov 22 14:00:00 sv: "

static void
main_line(void **state)
{
	struct sv_access_line line;

	(void)state;
	assert_int_equal(parse(HEAD "{\"status\":\"206\",\"bytes\":\"1000\",\"length\":\"200\",\"time\":\"1.250\",\"tier\":\"guest\",\"cache\":\"HIT\",\"slice\":\"\","
	    "\"reason\":\"\",\"req\":\"PASSED\",\"conn\":\"PASSED\"}", &line), 0);
	assert_false(line.slice);
	assert_int_equal(line.status, 206);
	assert_int_equal(line.bytes, 1000);
	assert_int_equal(line.tier, SV_ACCESS_GUEST);
	assert_int_equal(line.cache, SV_ACCESS_HIT);
	assert_int_equal(line.denied, SV_ACCESS_ALLOWED);
	assert_true(line.seconds > 1.2499 && line.seconds < 1.2501);
}

/* HEAD and aborted requests carry a slice range in their main line; only a subrequest has no length. */
static void
head_is_no_slice(void **state)
{
	struct sv_access_line line;

	(void)state;
	assert_int_equal(parse(HEAD "{\"status\":\"200\",\"bytes\":\"0\",\"length\":\"90\",\"time\":\"0.000\",\"slice\":\"bytes=0-1048575\",\"cache\":\"MISS\"}", &line), 0);
	assert_false(line.slice);
	assert_int_equal(parse(HEAD "{\"status\":\"200\",\"bytes\":\"7\",\"length\":\"0\",\"time\":\"0.000\",\"slice\":\"bytes=0-1048575\",\"cache\":\"STALE\"}", &line), 0);
	assert_true(line.slice);
	assert_int_equal(line.cache, SV_ACCESS_OTHER);
}

static void
counted(void **state)
{
	const struct sv_access_line first = {.status = 206, .bytes = 500, .tier = SV_ACCESS_MEMBER, .cache = SV_ACCESS_MISS, .denied = SV_ACCESS_ALLOWED};
	const struct sv_access_line later = {.slice = true, .status = 206, .bytes = 900, .tier = SV_ACCESS_MEMBER, .cache = SV_ACCESS_HIT, .denied = SV_ACCESS_ALLOWED};
	const struct sv_access_line refused = {.status = 403, .bytes = 13, .cache = SV_ACCESS_NO_CACHE, .denied = SV_ACCESS_LINK_EXPIRED};

	(void)state;
	sv_access_line_count(&first);
	sv_access_line_count(&later);
	sv_access_line_count(&refused);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_requests, 1), 1);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_requests, 3), 1);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_bytes, SV_ACCESS_MEMBER), 500);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_bytes, SV_ACCESS_NONE), 13);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_slices, SV_ACCESS_HIT), 1);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_slices, SV_ACCESS_MISS), 1);
	assert_int_equal(sv_metric_get(SV_METRIC_gateway_denied, SV_ACCESS_LINK_EXPIRED), 1);
}

static void
refusals(void **state)
{
	static const char *const bad[] = {"", "x", "{}", "<190>sv", HEAD "{", HEAD "[]", HEAD "{}",
	    HEAD "{\"status\":\"200\",\"bytes\":\"-1\",\"length\":\"1\",\"time\":\"0.000\"}",
	    HEAD "{\"status\":\"200\",\"bytes\":\"99999999999999999999\",\"length\":\"1\",\"time\":\"0.000\"}",
	    HEAD "{\"status\":\"200\",\"bytes\":\"1\",\"length\":\"1\",\"time\":\"nan\"}",
	    HEAD "{\"status\":\"200\",\"bytes\":\"1\",\"length\":\"1\",\"time\":\"0.1\"}",
	    HEAD "{\"status\":200,\"bytes\":\"1\",\"length\":\"1\",\"time\":\"0.100\"}"};
	struct sv_access_line line;
	char long_line[5000];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(parse(bad[i], &line), SV_EPROTO);
	(void)memset(long_line, ' ', sizeof long_line);
	(void)memcpy(long_line, "<190>", 5);
	assert_int_equal(sv_access_line_parse((const uint8_t *)long_line, sizeof long_line, &line), SV_EPROTO);
	/* HTTP/0.9 is logged as status 009 */
	assert_int_equal(parse(HEAD "{\"status\":\"009\",\"bytes\":\"1\",\"length\":\"1\",\"time\":\"0.100\"}", &line), 0);
	assert_int_equal(line.status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(main_line), cmocka_unit_test(head_is_no_slice), cmocka_unit_test(counted), cmocka_unit_test(refusals)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
