/* SPDX-License-Identifier: Apache-2.0
 * Numbers as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "page_filters.h"

#define NBSP "\u00a0"

static struct sv_page_out out;

static void
sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{0, "0" NBSP "bytes"}, {1, "1" NBSP "bytes"}, {999, "999" NBSP "bytes"}, {1000, "1" NBSP "kB"}, {1500000, "1.5" NBSP "MB"}, {9949999, "9.9" NBSP "MB"},
		{9950000, "10" NBSP "MB"}, {14400000, "14" NBSP "MB"}, {824000000, "824" NBSP "MB"}, {6412345678, "6.4" NBSP "GB"}, {2000000000000, "2" NBSP "TB"},
		{UINT64_MAX, "18" NBSP "EB"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(sv_filter_size(&out, rows[i].bytes), rows[i].text);
	assert_string_equal(sv_filter_rate(&out, 1500000), "1.5" NBSP "MB/s");
}

static void
times(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *span, *clock;
	} rows[] = {
		{0, "0" NBSP "s", "0:00"}, {59, "59" NBSP "s", "0:59"}, {60, "1" NBSP "min", "1:00"}, {2480, "41" NBSP "min", "41:20"}, {3569, "59" NBSP "min", "59:29"},
		{3570, "1" NBSP "h", "59:30"}, {3600, "1" NBSP "h", "1:00:00"}, {6732, "1" NBSP "h 52" NBSP "min", "1:52:12"}, {360000, "100" NBSP "h", "100:00:00"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_string_equal(sv_filter_span(&out, rows[i].seconds), rows[i].span);
		assert_string_equal(sv_filter_clock(&out, rows[i].seconds), rows[i].clock);
	}
}

static void
qualities(void **state)
{
	static const struct {
		unsigned width, height;
		const char *text;
	} rows[] = {
		{1920, 1080, "1080p"}, {1920, 804, "1080p"}, {1280, 536, "720p"}, {3840, 1600, "4K"}, {2560, 1440, "1440p"}, {640, 360, "360p"}, {720, 576, "576p"},
		{720, 480, "480p"}, {320, 240, "240p"}, {1080, 1920, "1080p"}, {0, 0, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sv_file_view file = {.width = rows[i].width, .height = rows[i].height};
		assert_string_equal(sv_filter_quality(&out, &file), rows[i].text);
	}
	assert_string_equal(sv_filter_channels(&out, 6), "5.1");
	assert_string_equal(sv_filter_channels(&out, 11), "11 ch");
}

static void
stream_starts_later(void **state)
{
	struct sv_watch_view view = {.stream = {"/stream/x?a=1 junk", 13}, .start = 61};
	struct sv_url url = sv_filter_stream_url(&out, &view);

	assert_true(sv_text_is((struct sv_text){url.text, url.length}, "/stream/x?a=1#t=61"));
}

static int
start(void **state)
{
	sv_page_out_init(&out, sv_arena_new(0));
	return 0;
}

static int
stop(void **state)
{
	sv_arena_free(out.arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes), cmocka_unit_test(times), cmocka_unit_test(qualities), cmocka_unit_test(stream_starts_later),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
