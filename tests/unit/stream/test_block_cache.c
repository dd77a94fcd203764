/* SPDX-License-Identifier: Apache-2.0
 * Blocks: one fetch whoever asks, readers follow the fill mark, the budget holds, nothing is left over. */
#include "stream_bench.h"

static void
exact_bytes(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.step = 50000), reverse = FAULT_COPY(.backwards = true);
	const uint64_t size = 3 * MIB + 333333;
	const uint64_t ranges[][2] = {{0, size}, {0, 1}, {size - 1, size}, {MIB, MIB + 1}, {MIB - 1, MIB + 1}, {131071, 131073}, {500000, 2 * MIB + 7}, {3 * MIB, size}};

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 16 * MIB});
	for (unsigned with_crcs = 0; with_crcs < 2; with_crcs++) {
		struct sv_stream_file *film = bench_film(&bench, with_crcs ? "film-a" : "film-b", size, &copy, 1, with_crcs);
		struct sv_stream_file *back = bench_film(&bench, with_crcs ? "film-c" : "film-d", size, &reverse, 1, with_crcs);
		for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
			sv_stream_trim(bench.stream);
			assert_int_equal(view(&bench, film, ranges[i][0], ranges[i][1], NULL, 0), 0);
			assert_int_equal(view(&bench, film, ranges[i][0], ranges[i][1], NULL, 0), 0);
			assert_int_equal(view(&bench, back, ranges[i][0], ranges[i][1], NULL, 4), 0);
		}
		sv_stream_file_unref(film);
		sv_stream_file_unref(back);
	}
	bench_close(&bench);
	assert_int_equal(copy.starts, copy.releases);
	assert_int_equal(copy.opens, copy.closes);
	(void)state;
}

static void
one_fetch_whoever_asks(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.hold = true);
	struct viewer viewers[5] = {{0}};

	bench_open(&bench, (struct sv_stream_options){0});
	struct sv_stream_file *film = bench_film(&bench, "film", MIB, &copy, 1, true);
	for (unsigned i = 0; i < 5; i++)
		viewer_open(&viewers[i], &bench, film, i * 131072, MIB, NULL, 0);
	assert_int_equal(copy.starts, 1);
	fault_go(&copy);
	for (unsigned i = 0; i < 5; i++) {
		sv_loop_run_until(bench.loop, &viewers[i].done);
		assert_int_equal(viewers[i].at, MIB);
	}
	assert_int_equal(copy.starts, 1);
	assert_int_equal(copy.bytes, MIB);
	/* the first did not wait for the whole block: pieces came one by one */
	assert_true(viewers[0].wakes >= 7);
	for (unsigned i = 0; i < 5; i++)
		viewer_close(&viewers[i]);
	/* and from memory now */
	assert_int_equal(view(&bench, film, 0, MIB, NULL, 0), 0);
	assert_int_equal(copy.starts, 1);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
only_what_is_wanted(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();

	bench_open(&bench, (struct sv_stream_options){0});
	struct sv_stream_file *film = bench_film(&bench, "film", 2 * MIB, &copy, 1, true);
	assert_int_equal(view(&bench, film, 0, 1, NULL, 0), 0);
	assert_int_equal(copy.bytes, 131072);
	assert_int_equal(view(&bench, film, 262144, 524288, NULL, 0), 0);
	assert_int_equal(copy.bytes, 131072 + 262144);
	assert_int_equal(copy.last_start, 262144);
	/* the gap, and the rest */
	assert_int_equal(view(&bench, film, 0, MIB, NULL, 0), 0);
	assert_int_equal(copy.bytes, MIB);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
eviction_keeps_the_budget(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 4 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 8 * MIB + 1, &copy, 1, false);
	assert_int_equal(view(&bench, film, 0, 8 * MIB + 1, NULL, 0), 0);
	assert_int_equal(copy.starts, 9);
	assert_true(bench_look(&bench).block_bytes <= 4 * MIB);
	assert_int_equal(view(&bench, film, 7 * MIB, 8 * MIB + 1, NULL, 0), 0);
	assert_int_equal(copy.starts, 9);
	assert_int_equal(view(&bench, film, 0, 1, NULL, 0), 0);
	assert_int_equal(copy.starts, 10);
	assert_true(bench_look(&bench).block_bytes <= 4 * MIB);
	sv_stream_trim(bench.stream);
	assert_int_equal(bench_look(&bench).block_bytes, 0);
	assert_int_equal(bench_look(&bench).blocks, 0);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
a_spent_budget_makes_wait(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();
	struct viewer slow = {.hold = true}, second = {0}, third = {0}, leaver = {0};

	bench_open(&bench, (struct sv_stream_options){.budget_bytes = 4 * MIB});
	struct sv_stream_file *film = bench_film(&bench, "film", 8 * MIB, &copy, 1, false);
	viewer_open(&slow, &bench, film, 0, 4 * MIB, NULL, 8);
	sv_loop_run_until(bench.loop, &slow.done);
	assert_int_equal(slow.rc, 0);
	viewer_open(&leaver, &bench, film, 4 * MIB, 5 * MIB, NULL, 0);
	viewer_open(&second, &bench, film, 5 * MIB, 6 * MIB, NULL, 8);
	viewer_open(&third, &bench, film, 6 * MIB, 7 * MIB, NULL, 0);
	bench_settle(&bench);
	assert_false(second.done || third.done || leaver.done);
	assert_int_equal(bench_look(&bench).starving, 3);
	assert_int_equal(bench_look(&bench).block_bytes, 4 * MIB);
	assert_int_equal(copy.starts, 4);
	/* one that leaves the queue is not served */
	viewer_close(&leaver);
	assert_int_equal(bench_look(&bench).starving, 2);
	viewer_release(&slow);
	sv_loop_run_until(bench.loop, &second.done);
	sv_loop_run_until(bench.loop, &third.done);
	assert_int_equal(second.at, 6 * MIB);
	assert_int_equal(third.at, 7 * MIB);
	assert_int_equal(copy.starts, 6);
	viewer_close(&slow);
	viewer_close(&second);
	viewer_close(&third);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
leaving_stops_the_work(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.hold = true);
	struct viewer stays = {0}, leaves = {0}, alone = {0};

	bench_open(&bench, (struct sv_stream_options){0});
	struct sv_stream_file *film = bench_film(&bench, "film", 4 * MIB, &copy, 1, true);
	viewer_open(&leaves, &bench, film, 0, MIB, NULL, 0);
	viewer_open(&stays, &bench, film, 0, MIB, NULL, 0);
	viewer_open(&alone, &bench, film, MIB, 2 * MIB, NULL, 0);
	assert_int_equal(copy.starts, 2);
	viewer_close(&alone);
	assert_int_equal(copy.cancels, 1);
	assert_int_equal(bench_look(&bench).fetches, 1);
	viewer_close(&leaves);
	assert_int_equal(copy.cancels, 1);
	fault_go(&copy);
	sv_loop_run_until(bench.loop, &stays.done);
	assert_int_equal(stays.at, MIB);
	viewer_close(&stays);
	sv_stream_file_unref(film);
	bench_close(&bench);
	assert_int_equal(copy.starts, copy.releases);
	(void)state;
}

/* One viewer's call of another's end, in the midst of the news, must neither cancel the fetch nor lose anyone. */
static void
leaving_in_the_midst_of_news(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.hold = true);
	struct viewer first = {0}, second = {0}, third = {0};

	bench_open(&bench, (struct sv_stream_options){0});
	struct sv_stream_file *film = bench_film(&bench, "film", MIB, &copy, 1, true);
	viewer_open(&first, &bench, film, 0, MIB, NULL, 0);
	viewer_open(&second, &bench, film, 0, MIB, NULL, 0);
	viewer_open(&third, &bench, film, 0, MIB, NULL, 0);
	first.close_too = &second;
	fault_go(&copy);
	sv_loop_run_until(bench.loop, &third.done);
	sv_loop_run_until(bench.loop, &first.done);
	assert_int_equal(first.at, MIB);
	assert_int_equal(third.at, MIB);
	assert_null(second.reader);
	assert_int_equal(copy.starts, 1);
	viewer_close(&first);
	viewer_close(&third);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
come_back_to_a_block_being_cancelled(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.hold_release = true);
	struct viewer leaves = {0}, comes = {0};

	copy.stall_at = 300000;
	bench_open(&bench, (struct sv_stream_options){/* also how long a cancelled read may keep the memory */ .stall_ms = 400, .tick_ms = 5});
	struct sv_stream_file *film = bench_film(&bench, "film", MIB, &copy, 1, true);
	viewer_open(&leaves, &bench, film, 0, MIB, NULL, 0);
	bench_settle(&bench);
	viewer_close(&leaves);
	assert_int_equal(copy.cancels, 1);
	assert_int_equal(copy.releases, 0);
	copy.stall_at = FAULT_NONE;
	copy.hold_release = false;
	/* the old read still owns the memory: the new one waits a little, then goes into other memory */
	viewer_open(&comes, &bench, film, 0, MIB, NULL, 0);
	assert_int_equal(copy.starts, 1);
	sv_loop_run_until(bench.loop, &comes.done);
	assert_int_equal(comes.at, MIB);
	assert_int_equal(comes.rc, 0);
	assert_int_equal(copy.starts, 2);
	assert_int_equal(copy.releases, 1);
	assert_int_equal(bench_look(&bench).block_bytes, 2 * MIB);
	viewer_close(&comes);
	fault_let_go(&copy);
	assert_int_equal(bench_look(&bench).block_bytes, MIB);
	assert_int_equal(copy.releases, 2);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
idle_things_are_given_back(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY();

	bench_open(&bench, (struct sv_stream_options){.block_idle_ms = 1, .source_idle_ms = 1, .playback_idle_ms = 1, .tick_ms = 2});
	struct sv_stream_file *film = bench_film(&bench, "film", 2 * MIB, &copy, 1, true);
	assert_int_equal(view(&bench, film, 0, MIB, "play", 2), 0);
	for (struct sv_stream_usage usage = bench_look(&bench); usage.block_bytes + usage.sources + usage.playbacks > 0; usage = bench_look(&bench))
		bench_settle(&bench);
	assert_int_equal(copy.closes, 1);
	assert_int_equal(view(&bench, film, 0, MIB, "play", 2), 0);
	assert_int_equal(copy.opens, 2);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
open_sources_are_bounded(void **state)
{
	struct bench bench;
	struct fault_copy copies[10];
	struct sv_stream_file *films[10];
	char id[8];

	bench_open(&bench, (struct sv_stream_options){.sources_max = 3, .budget_bytes = 16 * MIB});
	for (unsigned i = 0; i < 10; i++) {
		copies[i] = FAULT_COPY();
		(void)snprintf(id, sizeof id, "film%u", i);
		films[i] = bench_film(&bench, id, 100, &copies[i], 1, false);
		assert_int_equal(view(&bench, films[i], 0, 100, NULL, 0), 0);
		assert_true(bench_look(&bench).sources <= 3);
	}
	assert_int_equal(copies[0].closes, 1);
	assert_int_equal(copies[9].closes, 0);
	for (unsigned i = 0; i < 10; i++)
		sv_stream_file_unref(films[i]);
	bench_close(&bench);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exact_bytes), cmocka_unit_test(one_fetch_whoever_asks), cmocka_unit_test(only_what_is_wanted),
	    cmocka_unit_test(eviction_keeps_the_budget), cmocka_unit_test(a_spent_budget_makes_wait), cmocka_unit_test(leaving_stops_the_work),
	    cmocka_unit_test(leaving_in_the_midst_of_news), cmocka_unit_test(come_back_to_a_block_being_cancelled),
	    cmocka_unit_test(idle_things_are_given_back), cmocka_unit_test(open_sources_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
