/* SPDX-License-Identifier: Apache-2.0
 * The small parts: cursor, list, errors, random ids, clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <cmocka.h>

#include "clock.h"
#include "cursor.h"
#include "errors.h"
#include "list.h"
#include "random.h"

static void
cursor_reads(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct sv_cursor cursor;

	sv_cursor_init(&cursor, bytes, sizeof bytes);
	assert_int_equal(sv_cursor_u8(&cursor), 1);
	assert_int_equal(sv_cursor_be16(&cursor), 0x0203);
	assert_int_equal(sv_cursor_le16(&cursor), 0x0504);
	assert_int_equal(sv_cursor_be32(&cursor), 0x06070809);
	assert_int_equal(sv_cursor_left(&cursor), 0);
	assert_int_equal(cursor.error, 0);
	assert_non_null(sv_cursor_bytes(&cursor, 0));
	sv_cursor_init(&cursor, bytes, sizeof bytes);
	assert_true(sv_cursor_be64(&cursor) == 0x0102030405060708);
	sv_cursor_init(&cursor, bytes, sizeof bytes);
	assert_true(sv_cursor_le64(&cursor) == 0x0807060504030201);
	sv_cursor_init(&cursor, bytes, sizeof bytes);
	sv_cursor_skip(&cursor, 5);
	assert_int_equal(sv_cursor_le32(&cursor), 0x09080706);
}

static void
cursor_errors_stick(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct sv_cursor cursor;

	sv_cursor_init(&cursor, bytes, sizeof bytes);
	assert_int_equal(sv_cursor_be32(&cursor), 0);
	assert_int_equal(cursor.error, SV_EPROTO);
	assert_int_equal(cursor.offset, 0);
	assert_int_equal(sv_cursor_u8(&cursor), 0);
	assert_null(sv_cursor_bytes(&cursor, 0));
	assert_int_equal(sv_cursor_left(&cursor), 0);
	sv_cursor_init(&cursor, bytes, sizeof bytes);
	assert_null(sv_cursor_bytes(&cursor, SIZE_MAX));
	sv_cursor_init(&cursor, bytes, sizeof bytes);
	sv_cursor_fail(&cursor);
	assert_int_equal(sv_cursor_u8(&cursor), 0);
	sv_cursor_init(&cursor, NULL, 0);
	assert_non_null(sv_cursor_bytes(&cursor, 0));
	assert_int_equal(cursor.error, 0);
	assert_int_equal(sv_cursor_u8(&cursor), 0);
	assert_int_equal(cursor.error, SV_EPROTO);
}

struct item {
	int value;
	struct sv_list node;
};

static void
lists(void **state)
{
	struct item items[4] = {{.value = 1}, {.value = 2}, {.value = 3}, {.value = 4}};
	struct sv_list head;
	int order = 0;

	sv_list_init(&head);
	assert_true(sv_list_empty(&head));
	for (int i = 0; i < 3; i++)
		sv_list_append(&head, &items[i].node);
	sv_list_prepend(&head, &items[3].node);
	SV_LIST_EACH(node, &head) {
		struct item *item = SV_CONTAINER(node, struct item, node);
		order = order * 10 + item->value;
		if (item->value == 2)
			sv_list_remove(node);
	}
	assert_int_equal(order, 4123);
	order = 0;
	SV_LIST_EACH(node, &head)
		order = order * 10 + SV_CONTAINER(node, struct item, node)->value;
	assert_int_equal(order, 413);
	sv_list_remove(&items[1].node);
	sv_list_remove(&items[0].node);
	sv_list_remove(&items[2].node);
	sv_list_remove(&items[3].node);
	assert_true(sv_list_empty(&head));
}

static void
error_table(void **state)
{
	int count = 0;
	const struct sv_error_row *rows = sv_error_rows(&count);

	assert_true(count > 20);
	for (int i = 0; i < count; i++) {
		assert_true(rows[i].code < 0 && rows[i].text[0] != '\0' && rows[i].http_status >= 400 && rows[i].http_status < 600);
		for (int other = 0; other < i; other++)
			assert_int_not_equal(rows[i].code, rows[other].code);
		assert_string_equal(sv_error_name(rows[i].code), rows[i].name);
		assert_int_equal(sv_error_retry(rows[i].code), rows[i].retry);
	}
	assert_string_equal(sv_error_name(SV_ENOENT), "SV_ENOENT");
	assert_int_equal(sv_error_http_status(SV_ERANGE), 416);
	assert_int_equal(sv_error_http_status(SV_EMETHOD), 405);
	assert_string_equal(sv_error_name(0), "SV_OK");
	assert_string_equal(sv_error_name(-9999), "SV_EUNKNOWN");
	assert_int_equal(sv_error_http_status(12345), 500);
	assert_int_equal(sv_error_from_errno(0), 0);
	assert_int_equal(sv_error_from_errno(ENOENT), SV_ENOENT);
	assert_int_equal(sv_error_from_errno(ENOSPC), SV_ENOSPC);
	assert_int_equal(sv_error_from_errno(EACCES), SV_EACCES);
	assert_int_equal(sv_error_from_errno(EXDEV), SV_EIO);
}

static void
ids(void **state)
{
	static const char *const wrong[] = {"", "short", "AbCdEfGh_-012", "AbCdEfGh_-0=", "AbCdEfGh+-01", "AbCdEfGh/-01", "AbCdEfGh -01"};
	char first[SV_ID_LENGTH + 1], second[SV_ID_LENGTH + 1];

	for (int i = 0; i < 200; i++) {
		sv_random_id(first);
		sv_random_id(second);
		assert_int_equal(strlen(first), SV_ID_LENGTH);
		assert_true(sv_random_id_valid(sv_text_of(first)));
		assert_string_not_equal(first, second);
	}
	assert_true(sv_random_id_valid(SV_TEXT("AbCdEfGh_-01")));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(sv_random_id_valid(sv_text_of(wrong[i])));
	assert_false(sv_random_id_valid((struct sv_text){"AbCdEf\0h_-01", 12}));
}

static void
clocks(void **state)
{
	uint64_t before = sv_clock_us();

	assert_true(sv_clock_us() >= before);
	assert_in_range(sv_clock_ms(), before / 1000, before / 1000 + 60000);
	assert_true(sv_clock_unix_s() > 1600000000);
	assert_true(sv_clock_unix_ms() / 1000 - sv_clock_unix_s() <= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cursor_reads), cmocka_unit_test(cursor_errors_stick), cmocka_unit_test(lists), cmocka_unit_test(error_table),
	    cmocka_unit_test(ids), cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
