/* SPDX-License-Identifier: Apache-2.0
 * The check value of CRC-32, and joins of every awkward length against the CRC in one go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <zlib.h>

#include "crc.h"

static void
check_value(void **state)
{
	assert_int_equal(sv_crc_of("123456789", 9), 0xcbf43926);
	assert_int_equal(sv_crc_of(NULL, 0), 0);
	assert_int_equal(sv_crc_update(sv_crc_of("1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(sv_crc_update(7, NULL, 0), 7);
}

static void
joins(void **state)
{
	enum { PIECE = 1000, MOST = 5000 };
	static uint8_t data[MOST];

	for (size_t i = 0; i < MOST; i++)
		data[i] = (uint8_t)(i * i >> 3);
	for (size_t length = 0; length <= MOST; length += length % 7 == 0 ? 1 : 13) {
		struct sv_crc_join join;
		sv_crc_join_init(&join, PIECE);
		for (size_t at = 0; at < length; at += PIECE) {
			size_t size = length - at < PIECE ? length - at : PIECE;
			sv_crc_join_add(&join, sv_crc_of(data + at, size), size);
		}
		assert_int_equal(join.crc, sv_crc_of(data, length));
		assert_int_equal(join.length, length);
	}
}

/* 1 GiB of zeros, without touching them: joined in two ways. */
static void
large_files(void **state)
{
	static const uint8_t zeros[SV_CRC_PIECE_BYTES];
	struct sv_crc_join small, large;
	uint32_t piece = sv_crc_of(zeros, sizeof zeros);

	sv_crc_join_init(&small, SV_CRC_PIECE_BYTES);
	for (size_t i = 0; i < 8; i++)
		sv_crc_join_add(&small, piece, SV_CRC_PIECE_BYTES);
	uint32_t block = small.crc;
	for (size_t i = 8; i < 8192; i++)
		sv_crc_join_add(&small, piece, SV_CRC_PIECE_BYTES);
	sv_crc_join_init(&large, 8 * SV_CRC_PIECE_BYTES);
	for (size_t i = 0; i < 1024; i++)
		sv_crc_join_add(&large, block, 8 * SV_CRC_PIECE_BYTES);
	assert_int_equal(small.crc, large.crc);
	assert_true(small.length == large.length);
}

/* What is stored in catalogs was counted by zlib: every way through the faster code gives the same. */
static void
as_zlib_counts(void **state)
{
	enum { MOST = 70000 };
	static uint8_t data[MOST];
	uint32_t seed = 1;

	for (size_t i = 0; i < MOST; i++)
		data[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
	for (size_t start = 0; start < 40; start++)
		for (size_t length = 0; start + length <= MOST; length += length < 300 ? 1 : length)
			assert_int_equal(sv_crc_update((uint32_t)start * 77777u, data + start, length), crc32_z(start * 77777u, data + start, length));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(check_value), cmocka_unit_test(as_zlib_counts), cmocka_unit_test(joins), cmocka_unit_test(large_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
