/* SPDX-License-Identifier: Apache-2.0
 * The table of ranges, each answer compared with the file byte for byte, cold and warm. */
#include "engine_world.h"

#define SIZE (3 * MIB + 12345)

struct row {
	const char *id;
	uint64_t size;
	const char *range;               /* NULL: none */
	int status;
	uint64_t start, end;             /* of the body */
};

#define BIG "film-big-001", SIZE
#define ONE "film-one-001", 1
#define EXACT "film-mib-001", MIB
#define LESS "film-les-001", MIB - 1
#define MORE "film-mor-001", MIB + 1
#define EMPTY "film-emp-001", 0

static const struct row rows[] = {
    {BIG, NULL, 200, 0, SIZE},
    {BIG, "bytes=0-0", 206, 0, 1},
    {BIG, "bytes=0-", 206, 0, SIZE},
    {BIG, "bytes=0-1048575", 206, 0, MIB},
    {BIG, "bytes=0-1048576", 206, 0, MIB + 1},
    {BIG, "bytes=1-1048576", 206, 1, MIB + 1},
    {BIG, "bytes=1048575-1048576", 206, MIB - 1, MIB + 1},
    {BIG, "bytes=1048576-2097151", 206, MIB, 2 * MIB},
    {BIG, "bytes=131071-131072", 206, 131071, 131073},
    {BIG, "bytes=131072-262143", 206, 131072, 262144},
    {BIG, "bytes=500000-2500000", 206, 500000, 2500001},
    {BIG, "bytes=3145728-", 206, 3 * MIB, SIZE},
    {BIG, "bytes=3158072-3158072", 206, SIZE - 1, SIZE},
    {BIG, "bytes=3158072-", 206, SIZE - 1, SIZE},
    {BIG, "bytes=3158073-", 416, 0, 0},
    {BIG, "bytes=3158073-3158080", 416, 0, 0},
    {BIG, "bytes=3000000-9999999", 206, 3000000, SIZE},
    {BIG, "bytes=0-99999999999999999999999999", 206, 0, SIZE},
    {BIG, "bytes=99999999999999999999999999-", 416, 0, 0},
    {BIG, "bytes=-1", 206, SIZE - 1, SIZE},
    {BIG, "bytes=-500", 206, SIZE - 500, SIZE},
    {BIG, "bytes=-1048576", 206, SIZE - MIB, SIZE},
    {BIG, "bytes=-3158073", 206, 0, SIZE},
    {BIG, "bytes=-9999999", 206, 0, SIZE},
    {BIG, "bytes=-0", 416, 0, 0},
    {BIG, "bytes=0-0,2-3", 200, 0, SIZE},
    {BIG, "bytes=0-0, -1", 200, 0, SIZE},
    {BIG, "bytes=5-4", 200, 0, SIZE},
    {BIG, "bytes=", 200, 0, SIZE},
    {BIG, "bytes=-", 200, 0, SIZE},
    {BIG, "bytes=a-b", 200, 0, SIZE},
    {BIG, "bytes=1-2x", 200, 0, SIZE},
    {BIG, "bytes=+1-2", 200, 0, SIZE},
    {BIG, "bytes=0x10-0x20", 200, 0, SIZE},
    {BIG, "bytes 0-1", 200, 0, SIZE},
    {BIG, "bytes", 200, 0, SIZE},
    {BIG, "0-1", 200, 0, SIZE},
    {BIG, "items=0-1", 200, 0, SIZE},
    {BIG, "seconds=1-2", 200, 0, SIZE},
    {BIG, "BYTES=0-1", 206, 0, 2},
    {BIG, "bytes=007-0010", 206, 7, 11},
    {BIG, "bytes=262144-524287", 206, 262144, 524288},
    {BIG, "bytes=2097152-4194303", 206, 2 * MIB, SIZE},
    {BIG, "bytes=0-10485759", 206, 0, SIZE},
    {ONE, NULL, 200, 0, 1},
    {ONE, "bytes=0-0", 206, 0, 1},
    {ONE, "bytes=0-", 206, 0, 1},
    {ONE, "bytes=0-1048575", 206, 0, 1},
    {ONE, "bytes=-1", 206, 0, 1},
    {ONE, "bytes=-2", 206, 0, 1},
    {ONE, "bytes=1-", 416, 0, 0},
    {EXACT, NULL, 200, 0, MIB},
    {EXACT, "bytes=0-1048575", 206, 0, MIB},
    {EXACT, "bytes=0-1048576", 206, 0, MIB},
    {EXACT, "bytes=1048575-", 206, MIB - 1, MIB},
    {EXACT, "bytes=1048576-", 416, 0, 0},
    {LESS, "bytes=0-1048575", 206, 0, MIB - 1},
    {LESS, "bytes=1048574-1048575", 206, MIB - 2, MIB - 1},
    {LESS, "bytes=1048575-", 416, 0, 0},
    {MORE, "bytes=0-1048575", 206, 0, MIB},
    {MORE, "bytes=1048576-2097151", 206, MIB, MIB + 1},
    {MORE, "bytes=-1", 206, MIB, MIB + 1},
    {MORE, NULL, 200, 0, MIB + 1},
    {EMPTY, NULL, 200, 0, 0},
    {EMPTY, "bytes=0-0", 200, 0, 0},
    {EMPTY, "bytes=0-1048575", 200, 0, 0},
    {EMPTY, "bytes=-1", 200, 0, 0},
    {EMPTY, "bytes=5-", 200, 0, 0},
};

static unsigned
seed_of(const struct world *world, const char *id)
{
	for (unsigned i = 0; i < world->film_count; i++)
		if (strcmp(world->films[i].id, id) == 0)
			return world->films[i].seed;
	return 0;
}

static void
check_row(struct world *world, const struct row *row, const char *extra)
{
	char target[64], headers[512], expected[128];

	(void)snprintf(target, sizeof target, "/stream/%s?v=1", row->id);
	(void)snprintf(headers, sizeof headers, "%s%s%s%s", row->range == NULL ? "" : "Range: ", row->range == NULL ? "" : row->range,
	    row->range == NULL ? "" : "\r\n", extra);
	struct answer answer = ask(world, "GET", target, headers);
	if (answer.status != row->status || answer.cut)
		fail_msg("%s %s: %d%s instead of %d", row->id, headers, answer.status, answer.cut ? " (cut)" : "", row->status);
	(void)snprintf(expected, sizeof expected, "\"%s-1-%" PRIu64 "\"", row->id, row->size);
	assert_string_equal(header(&answer, "ETag"), expected);
	assert_string_equal(header(&answer, "Accept-Ranges"), row->size == 0 ? "" : "bytes");
	assert_string_equal(header(&answer, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
	if (row->status == 416) {
		(void)snprintf(expected, sizeof expected, "bytes */%" PRIu64, row->size);
		assert_string_equal(header(&answer, "Content-Range"), expected);
	} else {
		(void)snprintf(expected, sizeof expected, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, row->start, row->end - 1, row->size);
		assert_string_equal(header(&answer, "Content-Range"), row->status == 206 ? expected : "");
		assert_string_equal(header(&answer, "Content-Type"), "video/mp4");
		assert_int_equal(answer.length, row->end - row->start);
		check_bytes(&answer, seed_of(world, row->id), row->start);
	}
	free(answer.body);
}

static void
every_row(struct world *world, bool cold, const char *extra)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (cold)
			(void)world_do(world, true, NULL);
		check_row(world, &rows[i], extra);
	}
}

static void
open_table(struct world *world)
{
	world_open(world);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (i == 0 || strcmp(rows[i].id, rows[i - 1].id) != 0)
			(void)add_film(world, rows[i].id, rows[i].size);
	world_start(world);
}

static void
the_table_cold_and_warm(void **state)
{
	struct world world;

	open_table(&world);
	every_row(&world, true, "");
	every_row(&world, false, "");
	world_close(&world);
	(void)state;
}

static void
the_table_as_a_playback(void **state)
{
	struct world world;

	open_table(&world);
	every_row(&world, true, "Sv-Play: playplayplay\r\nSv-Tier: guest\r\n");
	every_row(&world, false, "Sv-Play: playplayplay\r\nSv-Tier: member\r\nSv-Want: bytes=0-\r\n");
	world_close(&world);
	(void)state;
}

/* As nginx asks: slice by slice, on one connection, for sizes of slices that settings allow. */
static void
slices_make_the_film(void **state)
{
	const uint64_t slices[] = {262144, MIB, 2 * MIB, 10 * MIB};
	struct world world;
	char headers[256];

	open_table(&world);
	for (size_t s = 0; s < 4; s++) {
		int fd = dial(&world);
		(void)world_do(&world, true, NULL);
		for (uint64_t at = 0; at < SIZE; at += slices[s]) {
			(void)snprintf(headers, sizeof headers, "Range: bytes=%" PRIu64 "-%" PRIu64 "\r\nSv-Play: slices-%zu\r\nSv-Tier: guest\r\n", at,
			    at + slices[s] - 1, s);
			say(fd, "GET", "/stream/film-big-001?v=1", headers);
			struct answer answer = hear(fd, false);
			assert_int_equal(answer.status, 206);
			assert_int_equal(answer.length, SIZE - at < slices[s] ? SIZE - at : slices[s]);
			check_bytes(&answer, seed_of(&world, "film-big-001"), at);
			free(answer.body);
		}
		(void)close(fd);
	}
	world_close(&world);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_cold_and_warm), cmocka_unit_test(the_table_as_a_playback), cmocka_unit_test(slices_make_the_film),
	};

	_Static_assert(sizeof rows / sizeof rows[0] >= 60, "the issue asks for at least 60 rows");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
