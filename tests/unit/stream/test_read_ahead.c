/* SPDX-License-Identifier: Apache-2.0
 * The window: grows with what is consumed, lives from slice to slice, goes on a seek and when the viewer goes. */
#include "stream_bench.h"

static int64_t
ahead_count(void)
{
	return sv_metric_get(SV_METRIC_readahead_blocks, 0);
}

static void
grows_and_survives_slices(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	const uint64_t slice = 262144;
	uint64_t missed = 0;

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 32 * MIB, &copy, 1, true);
	for (uint64_t at = 0; at < 20 * MIB; at += slice) {
		int64_t before = sv_metric_get(SV_METRIC_cache_misses, 0);
		assert_int_equal(view(&bench, film, at, at + slice, "play", 8), 0);
		bench_settle(&bench);
		missed += (uint64_t)(sv_metric_get(SV_METRIC_cache_misses, 0) - before);
	}
	/* only the very beginning had to be waited for */
	assert_true(missed <= 2);
	/* at 20 MiB, with 8 blocks of window */
	assert_int_equal(copy.bytes, 28 * MIB);
	assert_int_equal(bench_look(&bench).playbacks, 1);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
no_more_than_allowed(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer viewer = {.stop_at = 10 * MIB};

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 32 * MIB, &copy, 1, false);
	/* a guest: two blocks */
	viewer_open(&viewer, &bench, film, 0, 32 * MIB, "guest", 2);
	sv_loop_run_until(bench.loop, &viewer.done);
	bench_settle(&bench);
	assert_true(copy.bytes <= 13 * MIB && copy.bytes >= 12 * MIB);
	viewer_close(&viewer);
	/* one without a name stops at the end of its range; one that wants nothing gets nothing */
	uint64_t before = copy.bytes;
	assert_int_equal(view(&bench, film, 20 * MIB, 22 * MIB, NULL, 8), 0);
	assert_int_equal(view(&bench, film, 24 * MIB, 26 * MIB, "none", 0), 0);
	bench_settle(&bench);
	assert_int_equal(copy.bytes, before + 4 * MIB);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
half_of_the_budget_at_most(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer viewers[4] = {{0}};
	char play[8];

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 8 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, &copy, 1, false);
	for (unsigned i = 0; i < 4; i++) {
		viewers[i].stop_at = i * 16 * MIB + 4 * MIB;
		(void)snprintf(play, sizeof play, "p%u", i);
		viewer_open(&viewers[i], &bench, film, i * 16 * MIB, i * 16 * MIB + 16 * MIB, play, 8);
	}
	for (unsigned i = 0; i < 4; i++) {
		sv_loop_run_until(bench.loop, &viewers[i].done);
		assert_int_equal(viewers[i].rc, 0);
		assert_true(bench_look(&bench).block_bytes <= 8 * MIB);
	}
	for (unsigned i = 0; i < 4; i++)
		viewer_close(&viewers[i]);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

/* A window with reads under way: `copy` holds what comes after the first 2 MiB. */
static void
open_window(struct bench *bench, struct sv_stream_file *film, struct fault_copy *copy, struct viewer *viewer, const char *play)
{
	*viewer = (struct viewer){.stop_at = 2 * MIB};
	viewer_open(viewer, bench, film, 0, 2 * MIB, play, 4);
	sv_loop_run_until(bench->loop, &viewer->done);
	bench_settle(bench);
	copy->hold = true;
	assert_int_equal(view(bench, film, 2 * MIB, 3 * MIB, play, 4), 0);
	assert_int_equal(view(bench, film, 3 * MIB, 4 * MIB, play, 4), 0);
	assert_true(bench_look(bench).fetches > 0);
}

static void
a_seek_drops_it(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer viewer;

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, &copy, 1, false);
	open_window(&bench, film, &copy, &viewer, "play");
	unsigned running = bench_look(&bench).fetches;
	assert_int_equal(copy.cancels, 0);
	struct viewer seeker = {0};
	viewer_open(&seeker, &bench, film, 40 * MIB, 41 * MIB, "play", 4);
	assert_int_equal(copy.cancels, running);
	assert_int_equal(bench_look(&bench).fetches, 1);
	fault_go(&copy);
	sv_loop_run_until(bench.loop, &seeker.done);
	viewer_close(&viewer);
	viewer_close(&seeker);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
gone_ends_it_at_once(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer viewer;

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, &copy, 1, false);
	open_window(&bench, film, &copy, &viewer, "play");
	viewer_close(&viewer);
	unsigned running = bench_look(&bench).fetches;
	int64_t before = ahead_count();
	sv_read_ahead_gone(bench.stream, SV_TEXT("other"));
	assert_int_equal(copy.cancels, 0);
	sv_read_ahead_gone(bench.stream, SV_TEXT("play"));
	/* before this call returned */
	assert_int_equal(copy.cancels, running);
	assert_int_equal(bench_look(&bench).fetches, 0);
	assert_int_equal(bench_look(&bench).playbacks, 0);
	assert_int_equal(copy.starts, copy.releases);
	bench_settle(&bench);
	assert_int_equal(ahead_count(), before);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

/* The slice in progress may finish, nothing is read ahead of it any more; the next request is a viewer again. */
static void
gone_in_mid_slice(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer viewer = {.stop_at = 2 * MIB};

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, &copy, 1, false);
	viewer_open(&viewer, &bench, film, 0, 8 * MIB, "play", 8);
	sv_loop_run_until(bench.loop, &viewer.done);
	bench_settle(&bench);
	sv_read_ahead_gone(bench.stream, SV_TEXT("play"));
	viewer.stop_at = 0;
	viewer.done = false;
	viewer_pump(&viewer);
	sv_loop_run_until(bench.loop, &viewer.done);
	assert_int_equal(viewer.at, 8 * MIB);
	bench_settle(&bench);
	assert_true(copy.bytes <= 8 * MIB);
	viewer_close(&viewer);
	assert_int_equal(bench_look(&bench).playbacks, 0);
	assert_int_equal(view(&bench, film, 8 * MIB, 11 * MIB, "play", 8), 0);
	bench_settle(&bench);
	assert_true(copy.bytes > 11 * MIB);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
a_leaver_takes_it_along(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer viewer = {.stop_at = 3 * MIB + 1};

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, &copy, 1, false);
	viewer_open(&viewer, &bench, film, 0, 64 * MIB, "play", 8);
	sv_loop_run_until(bench.loop, &viewer.done);
	assert_true(bench_look(&bench).fetches > 0);
	viewer_close(&viewer);
	assert_int_equal(bench_look(&bench).fetches, 0);
	uint64_t before = copy.starts;
	bench_settle(&bench);
	assert_int_equal(copy.starts, before);
	assert_int_equal(copy.starts, copy.releases);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
a_failing_copy_ends_it_quietly(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.die_rc = SV_EIO);

	copy.die_at = 3 * MIB;
	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 64 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, &copy, 1, false);
	assert_int_equal(view(&bench, film, 0, 2 * MIB, "play", 8), 0);
	bench_settle(&bench);
	assert_int_equal(view(&bench, film, 2 * MIB, 3 * MIB, "play", 8), 0);
	bench_settle(&bench);
	assert_int_equal(bench_look(&bench).fetches, 0);
	assert_int_equal(view(&bench, film, 3 * MIB, 4 * MIB, "play", 8), SV_EIO);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_and_survives_slices), cmocka_unit_test(no_more_than_allowed), cmocka_unit_test(half_of_the_budget_at_most),
	    cmocka_unit_test(a_seek_drops_it), cmocka_unit_test(gone_ends_it_at_once), cmocka_unit_test(gone_in_mid_slice),
	    cmocka_unit_test(a_leaver_takes_it_along), cmocka_unit_test(a_failing_copy_ends_it_quietly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
