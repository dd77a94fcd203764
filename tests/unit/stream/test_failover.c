/* SPDX-License-Identifier: Apache-2.0
 * Copies that die, lie, stall, end early or cannot be opened: every byte is right all the same, and the next copy goes on inside the
 * block. */
#include "stream_bench.h"

/* Long enough that a healthy copy on a busy machine does not count as stalled. */
#define STALL_MS 400

static void
check_with(uint64_t stall_ms, struct fault_copy *copies, unsigned count, bool with_crcs, int outcome)
{
	struct bench bench;
	const uint64_t size = 2 * MIB + 5000;

	bench_open(&bench, (struct sv_stream_options){.stall_ms = stall_ms, .tick_ms = 5});
	struct sv_stream_file *film = bench_film(&bench, "film", size, copies, count, with_crcs);
	assert_int_equal(view(&bench, film, 0, size, NULL, 0), outcome);
	sv_stream_file_unref(film);
	bench_close(&bench);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(copies[i].starts, copies[i].releases);
		assert_int_equal(copies[i].opens, copies[i].closes);
	}
}

static void
check(struct fault_copy *copies, unsigned count, bool with_crcs, int outcome)
{
	check_with(0, copies, count, with_crcs, outcome);
}

static void
a_copy_dies(void **state)
{
	const int reasons[] = {SV_EIO, SV_ESHORT, SV_ECHANGED, SV_ECLOSED};
	const uint64_t places[] = {0, 1, 131071, 131072, 500000, MIB - 1, MIB, 2 * MIB + 4999};

	for (size_t r = 0; r < sizeof reasons / sizeof reasons[0]; r++)
		for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
			struct fault_copy copies[2] = {FAULT_COPY(.die_rc = reasons[r]), FAULT_COPY()};
			copies[0].die_at = places[p];
			check(copies, 2, p % 2 == 0, 0);
			assert_true(copies[1].starts > 0);
			/* only what was missing comes from the second one, from the piece on that was not whole */
			assert_int_equal(copies[1].bytes, 2 * MIB + 5000 - places[p] / 131072 * 131072);
		}
	(void)state;
}

static void
a_copy_lies(void **state)
{
	struct fault_copy copies[2] = {FAULT_COPY(), FAULT_COPY()};

	copies[0].lie_at = 700000;
	check(copies, 2, true, 0);
	assert_int_equal(copies[0].cancels, 1);
	assert_true(copies[1].bytes >= 2 * MIB + 5000 - 700000);
	(void)state;
}

static void
a_copy_lies_backwards(void **state)
{
	struct fault_copy copies[2] = {FAULT_COPY(.backwards = true, .step = 1000), FAULT_COPY(.backwards = true)};

	copies[0].lie_at = 700000;
	check(copies, 2, true, 0);
	(void)state;
}

static void
a_copy_stalls(void **state)
{
	struct fault_copy copies[2] = {FAULT_COPY(), FAULT_COPY()};

	copies[0].stall_at = 400000;
	check_with(STALL_MS, copies, 2, false, 0);
	assert_int_equal(copies[0].cancels, 1);
	assert_int_equal(copies[1].bytes, 2 * MIB + 5000 - 3 * 131072);
	(void)state;
}

/* The stalled read never lets go of the memory, yet the viewer goes on. */
static void
a_copy_hangs_for_good(void **state)
{
	struct bench bench;
	struct fault_copy copies[2] = {FAULT_COPY(.hold_release = true), FAULT_COPY()};

	copies[0].stall_at = 400000;
	bench_open(&bench, (struct sv_stream_options){.stall_ms = STALL_MS, .tick_ms = 5});
	struct sv_stream_file *film = bench_film(&bench, "film", MIB, copies, 2, true);
	assert_int_equal(view(&bench, film, 0, MIB, NULL, 0), 0);
	assert_int_equal(copies[0].releases, 0);
	sv_stream_file_unref(film);
	sv_stream_trim(bench.stream);
	/* what the hung read holds stays counted */
	assert_int_equal(bench_look(&bench).block_bytes, MIB);
	fault_let_go(&copies[0]);
	assert_int_equal(bench_look(&bench).block_bytes, 0);
	bench_close(&bench);
	(void)state;
}

static void
copies_that_cannot_be_opened(void **state)
{
	struct fault_copy copies[3] = {FAULT_COPY(.open_rc = SV_ENOENT), FAULT_COPY(.open_rc = SV_EACCES), FAULT_COPY()};

	check(copies, 3, true, 0);
	assert_int_equal(copies[2].bytes, 2 * MIB + 5000);
	(void)state;
}

static void
all_dead(void **state)
{
	struct fault_copy copies[3] = {FAULT_COPY(.die_rc = SV_ECHANGED), FAULT_COPY(.die_rc = SV_EIO), FAULT_COPY()};
	struct fault_copy changed = FAULT_COPY(.die_rc = SV_ECHANGED), absent = FAULT_COPY(.open_rc = SV_ENOENT);

	copies[0].die_at = 600000;
	copies[1].die_at = 650000;
	copies[2].stall_at = 300000;
	check_with(STALL_MS, copies, 3, true, SV_EIO);
	changed.die_at = 0;
	check(&changed, 1, true, SV_ECHANGED);
	check(&absent, 1, true, SV_ENOENT);
	check(&absent, 0, true, SV_EUNAVAIL);
	(void)state;
}

/* What was ready before the last copy died is delivered; the failure comes after it. */
static void
a_failure_comes_after_the_good_bytes(void **state)
{
	struct bench bench;
	struct fault_copy copy = FAULT_COPY(.die_rc = SV_EIO);
	struct viewer viewer = {0};

	copy.die_at = 600000;
	bench_open(&bench, (struct sv_stream_options){0});
	struct sv_stream_file *film = bench_film(&bench, "film", MIB, &copy, 1, true);
	viewer_open(&viewer, &bench, film, 0, MIB, NULL, 0);
	sv_loop_run_until(bench.loop, &viewer.done);
	assert_int_equal(viewer.rc, SV_EIO);
	assert_int_equal(viewer.at, 4 * 131072);
	viewer_close(&viewer);
	/* the copy is well again: although set aside, it is asked for want of another */
	copy.die_at = FAULT_NONE;
	assert_int_equal(view(&bench, film, 0, MIB, NULL, 0), 0);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
a_failed_copy_is_set_aside(void **state)
{
	struct bench bench;
	struct fault_copy copies[2] = {FAULT_COPY(.die_rc = SV_EIO), FAULT_COPY()};

	copies[0].die_at = 10;
	bench_open(&bench, (struct sv_stream_options){.cooldown_ms = 60000});
	struct sv_stream_file *film = bench_film(&bench, "film", 4 * MIB, copies, 2, true);
	assert_int_equal(view(&bench, film, 0, 4 * MIB, NULL, 0), 0);
	assert_int_equal(copies[0].starts, 1);
	assert_int_equal(copies[1].starts, 4);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

static void
a_failed_copy_comes_back(void **state)
{
	struct bench bench;
	struct fault_copy copies[2] = {FAULT_COPY(.die_rc = SV_EIO), FAULT_COPY()};

	copies[0].die_at = 10;
	bench_open(&bench, (struct sv_stream_options){.cooldown_ms = 1});
	struct sv_stream_file *film = bench_film(&bench, "film", 64 * MIB, copies, 2, false);
	assert_int_equal(view(&bench, film, 0, MIB, NULL, 0), 0);
	copies[0].die_at = FAULT_NONE;
	for (uint64_t at = MIB; copies[0].bytes == 0; at += MIB)
		assert_int_equal(view(&bench, film, at, at + MIB, NULL, 0), 0);
	sv_stream_file_unref(film);
	bench_close(&bench);
	(void)state;
}

/* Every copy has its own wrong place: the block is put together from all of them. */
static void
a_block_of_many_copies(void **state)
{
	struct fault_copy copies[4] = {FAULT_COPY(), FAULT_COPY(), FAULT_COPY(.die_rc = SV_ECLOSED), FAULT_COPY()};

	copies[0].lie_at = 200000;
	copies[1].stall_at = 400000;
	copies[2].die_at = 800000;
	check_with(STALL_MS, copies, 4, true, 0);
	assert_true(copies[1].bytes > 0 && copies[2].bytes > 0 && copies[3].bytes > 0);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_copy_dies), cmocka_unit_test(a_copy_lies), cmocka_unit_test(a_copy_lies_backwards), cmocka_unit_test(a_copy_stalls),
	    cmocka_unit_test(a_copy_hangs_for_good), cmocka_unit_test(copies_that_cannot_be_opened), cmocka_unit_test(all_dead),
	    cmocka_unit_test(a_failure_comes_after_the_good_bytes), cmocka_unit_test(a_failed_copy_is_set_aside),
	    cmocka_unit_test(a_failed_copy_comes_back), cmocka_unit_test(a_block_of_many_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
