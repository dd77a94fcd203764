/* SPDX-License-Identifier: Apache-2.0
 * What the writer writes, jansson reads back; what must not be read is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>

#include "errors.h"
#include "json_text.h"

static void
writing(void **state)
{
	struct sv_buffer out;
	struct sv_json json;

	sv_buffer_init(&out, 0);
	sv_json_start(&json, &out);
	sv_json_begin_object(&json);
	sv_json_member_cstr(&json, "title", "A \"b\" \\ c\n");
	sv_json_member_u64(&json, "size", UINT64_MAX);
	sv_json_member_i64(&json, "shift", INT64_MIN);
	sv_json_member_bool(&json, "hd", true);
	sv_json_member_cstr(&json, "none", NULL);
	sv_json_key(&json, "list");
	sv_json_begin_array(&json);
	sv_json_u64(&json, 1);
	sv_json_begin_object(&json);
	sv_json_end_object(&json);
	sv_json_begin_array(&json);
	sv_json_end_array(&json);
	sv_json_real(&json, 0.5);
	sv_json_real(&json, NAN);
	sv_json_end_array(&json);
	sv_json_member_text(&json, "last", SV_TEXT(""));
	sv_json_end_object(&json);
	assert_string_equal(sv_buffer_cstr(&out), "{\"title\":\"A \\\"b\\\" \\\\ c\\u000a\",\"size\":18446744073709551615,\"shift\":-9223372036854775808,"
	    "\"hd\":true,\"none\":null,\"list\":[1,{},[],0.5,null],\"last\":\"\"}");
	sv_buffer_fini(&out);
}

static void
escaping(void **state)
{
	static const struct {
		struct sv_text in;
		const char *out;
	} rows[] = {
	    {{"</script>&", 10}, "\"\\u003c/script\\u003e\\u0026\""}, {{"\0\x1f\x7f", 3}, "\"\\u0000\\u001f\\u007f\""},
	    {{"\xc3\xa9\xf0\x9f\x8e\xac", 6}, "\"\xc3\xa9\xf0\x9f\x8e\xac\""}, {{"a\xff" "b", 3}, "\"a\\ufffdb\""}, {{"\xc3", 1}, "\"\\ufffd\""},
	    {{"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", 9}, "\"\\u2028\\u2029\xe2\x80\xaa\""}, {{"\xed\xa0\x80", 3}, "\"\\ufffd\\ufffd\\ufffd\""}, {{"", 0}, "\"\""},
	};
	struct sv_buffer out;

	sv_buffer_init(&out, 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		sv_buffer_reset(&out);
		sv_json_escape(rows[i].in, &out);
		assert_string_equal(sv_buffer_cstr(&out), rows[i].out);
	}
	sv_buffer_fini(&out);
}

static void
reading(void **state)
{
	struct json_t *tree = NULL;
	struct sv_text text = {NULL, 0};
	uint64_t u = 0;
	int64_t i = 0;
	double d = 0;
	bool b = false;

	assert_int_equal(sv_json_parse(SV_TEXT("{\"t\":\"x\\u00e9\",\"n\":5,\"m\":-5,\"d\":1.5,\"b\":true,\"z\":null}"), 100, &tree), 0);
	assert_int_equal(sv_json_get_text(tree, "t", &text), 0);
	assert_true(sv_text_is(text, "x\xc3\xa9"));
	assert_int_equal(sv_json_get_text(tree, "n", &text), SV_EINVAL);
	assert_int_equal(sv_json_get_text(tree, "z", &text), SV_ENOENT);
	assert_int_equal(sv_json_get_text(tree, "none", &text), SV_ENOENT);
	assert_int_equal(sv_json_get_u64(tree, "n", &u), 0);
	assert_int_equal(u, 5);
	assert_int_equal(sv_json_get_u64(tree, "m", &u), SV_ERANGE);
	assert_int_equal(sv_json_get_u64(tree, "d", &u), SV_EINVAL);
	assert_int_equal(sv_json_get_i64(tree, "m", &i), 0);
	assert_int_equal(i, -5);
	assert_int_equal(sv_json_get_real(tree, "d", &d), 0);
	assert_int_equal(sv_json_get_real(tree, "n", &d), 0);
	assert_true(d == 5);
	assert_int_equal(sv_json_get_real(tree, "t", &d), SV_EINVAL);
	assert_int_equal(sv_json_get_bool(tree, "b", &b), 0);
	assert_true(b);
	assert_int_equal(sv_json_get_bool(tree, "n", &b), SV_EINVAL);
	sv_json_free(tree);
	sv_json_free(NULL);
}

static void
refusing(void **state)
{
	static const char *const bad[] = {"", "{", "{\"a\":1,\"a\":2}", "[1,]", "{}x", "'a'", "nul", "\"\xff\"", "\"\\u0000\"", "99999999999999999999", "[1e999]"};
	struct json_t *tree = NULL;
	struct sv_text text = {NULL, 0};
	char deep[5000];

	for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++)
		if (sv_json_parse(sv_text_of(bad[n]), 1000, &tree) != SV_EINVAL)
			fail_msg("accepted: %s", bad[n]);
	assert_int_equal(sv_json_parse(SV_TEXT("[1,2]"), 4, &tree), SV_ETOOBIG);
	memset(deep, '[', sizeof deep);
	assert_int_equal(sv_json_parse((struct sv_text){deep, sizeof deep}, sizeof deep, &tree), SV_EINVAL);
	assert_int_equal(sv_json_parse(SV_TEXT("[1]"), 10, &tree), 0);
	assert_int_equal(sv_json_get_text(tree, "a", &text), SV_ENOENT);
	sv_json_free(tree);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(writing), cmocka_unit_test(escaping), cmocka_unit_test(reading), cmocka_unit_test(refusing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
