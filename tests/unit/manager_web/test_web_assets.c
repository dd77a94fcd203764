/* SPDX-License-Identifier: Apache-2.0
 * The table of assets: found by both names, and the compressed form holds the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <cmocka.h>

#include "alloc.h"
#include "web_assets.h"

static void
found_by_both_names(void **state)
{
	size_t count = 0;
	const struct sv_asset *rows = sv_asset_rows(&count);

	assert_true(count >= 5);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(sv_asset_find(rows[i].hashed_name, strlen(rows[i].hashed_name)), &rows[i]);
		assert_ptr_equal(sv_asset_named(rows[i].name), &rows[i]);
		assert_null(sv_asset_find(rows[i].name, strlen(rows[i].name)));
		assert_null(sv_asset_find(rows[i].hashed_name, strlen(rows[i].hashed_name) - 1));
		assert_true(rows[i].length > 0 && rows[i].etag[0] == '"' && strchr(rows[i].mime, '/') != NULL);
	}
	assert_null(sv_asset_find("", 0));
	assert_null(sv_asset_named("app.exe"));
}

static void
gzip_holds_the_same(void **state)
{
	size_t count = 0;
	const struct sv_asset *rows = sv_asset_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (rows[i].gzip == NULL)
			continue;
		uint8_t *plain = sv_xmalloc(rows[i].length + 1);
		z_stream stream = {
			.next_in = (uint8_t *)(uintptr_t)rows[i].gzip, .avail_in = (uInt)rows[i].gzip_length, .next_out = plain, .avail_out = (uInt)rows[i].length + 1,
		};
		assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
		assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
		assert_int_equal(stream.total_out, rows[i].length);
		assert_memory_equal(plain, rows[i].bytes, rows[i].length);
		assert_string_not_equal(rows[i].etag, rows[i].gzip_etag);
		inflateEnd(&stream);
		free(plain);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(found_by_both_names), cmocka_unit_test(gzip_holds_the_same)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
