/* SPDX-License-Identifier: Apache-2.0
 * Loops, posts, timers, the offload pool, signals and groups of loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "errors.h"
#include "loop.h"
#include "metrics.h"

struct order {
	struct sv_loop *loop;
	int seen[4096];
	int count;
	int stop_at;
};

struct item {
	struct order *order;
	int number;
};

static void
note(void *context)
{
	struct item *item = context;

	item->order->seen[item->order->count++] = item->number;
	if (item->order->count == item->order->stop_at)
		sv_loop_stop(item->order->loop);
}

static void
posts_keep_their_order(void **state)
{
	static struct item items[1000];
	struct order order = {.loop = sv_loop_new(), .stop_at = 1000};

	for (int i = 0; i < 1000; i++) {
		items[i] = (struct item){&order, i};
		sv_loop_post(order.loop, note, &items[i]);
	}
	sv_loop_run(order.loop);
	assert_int_equal(order.count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(order.seen[i], i);
	sv_loop_free(order.loop);
}

static struct item thread_items[2][1000];

static void *
post_all(void *context)
{
	struct item *items = context;

	for (int i = 0; i < 1000; i++)
		sv_loop_post(items[i].order->loop, note, &items[i]);
	return NULL;
}

static void
posts_of_two_threads_keep_each_posters_order(void **state)
{
	struct order order = {.loop = sv_loop_new(), .stop_at = 2000};
	pthread_t threads[2];
	int next[2] = {0, 0};

	for (int t = 0; t < 2; t++)
		for (int i = 0; i < 1000; i++)
			thread_items[t][i] = (struct item){&order, t * 1000 + i};
	for (int t = 0; t < 2; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, post_all, thread_items[t]), 0);
	sv_loop_run(order.loop);
	for (int t = 0; t < 2; t++)
		assert_int_equal(pthread_join(threads[t], NULL), 0);
	for (int i = 0; i < 2000; i++) {
		int t = order.seen[i] / 1000;
		assert_int_equal(order.seen[i] % 1000, next[t]++);
	}
	sv_loop_free(order.loop);
}

static void
a_stop_before_the_run_counts(void **state)
{
	struct sv_loop *loop = sv_loop_new();

	sv_loop_stop(loop);
	sv_loop_run(loop);
	sv_loop_free(loop);
}

static void
posts_left_over_run_in_free(void **state)
{
	struct order order = {.loop = sv_loop_new()};
	struct item item = {&order, 7};

	sv_loop_post(order.loop, note, &item);
	sv_loop_free(order.loop);
	assert_int_equal(order.count, 1);
}

struct ticking {
	struct sv_loop *loop;
	struct sv_timer *timer, *other;
	int count;
	bool done;
};

static void
set_done(void *context)
{
	((struct ticking *)context)->done = true;
}

static void
tick(void *context)
{
	struct ticking *ticking = context;

	if (++ticking->count == 3) {
		sv_timer_cancel(ticking->timer);
		sv_timer_cancel(ticking->other);
		(void)sv_timer_start(ticking->loop, 5, 0, set_done, ticking);
	}
}

static void
never(void *context)
{
	fail_msg("a cancelled callback ran");
}

static void
timers_repeat_fire_once_and_stay_silent_when_cancelled(void **state)
{
	struct ticking ticking = {.loop = sv_loop_new()};
	uint64_t before = sv_loop_now_ms(ticking.loop);

	ticking.timer = sv_timer_start(ticking.loop, 1, 1, tick, &ticking);
	ticking.other = sv_timer_start(ticking.loop, 60000, 0, never, NULL);
	sv_loop_run_until(ticking.loop, &ticking.done);
	assert_int_equal(ticking.count, 3);
	assert_true(sv_loop_now_ms(ticking.loop) >= before + 5);
	sv_timer_cancel(NULL);
	sv_loop_free(ticking.loop);
}

struct chain {
	struct sv_loop *loop;
	bool done;
};

static void
second(void *context)
{
	((struct chain *)context)->done = true;
}

static void
first(void *context)
{
	struct chain *chain = context;

	(void)sv_timer_start(chain->loop, 0, 0, second, chain);
}

/* The last timer is over, nothing else will ever happen: the loop must not sleep first. */
static void
a_timer_ends_run_until_at_once(void **state)
{
	struct chain chain = {.loop = sv_loop_new()};

	(void)sv_timer_start(chain.loop, 0, 0, first, &chain);
	sv_loop_run_until(chain.loop, &chain.done);
	sv_loop_free(chain.loop);
}

struct job {
	pthread_mutex_t gate;
	struct ticking *main;
	pthread_t where;
	int worked, done, released;
};

static void
work(void *context)
{
	struct job *job = context;

	(void)pthread_mutex_lock(&job->gate);
	job->where = pthread_self();
	job->worked++;
	(void)pthread_mutex_unlock(&job->gate);
}

static void
job_done(void *context)
{
	struct job *job = context;

	assert_int_equal(job->released, 0);
	job->done++;
	job->main->done = true;
}

static void
job_released(void *context)
{
	struct job *job = context;

	if (++job->released == 1 && job->done == 0)
		job->main->done = true;
}

static void
work_runs_elsewhere_then_done_then_release(void **state)
{
	struct ticking main = {.loop = sv_loop_new()};
	struct job job = {.gate = PTHREAD_MUTEX_INITIALIZER, .main = &main};

	(void)sv_offload_start(main.loop, work, job_done, job_released, &job);
	sv_loop_run_until(main.loop, &main.done);
	assert_int_equal(job.worked, 1);
	assert_int_equal(job.done, 1);
	assert_int_equal(job.released, 1);
	assert_false(pthread_equal(job.where, pthread_self()));
	sv_loop_free(main.loop);
}

static void
cancelled_work_is_released_only(void **state)
{
	struct ticking main = {.loop = sv_loop_new()};
	struct job job = {.gate = PTHREAD_MUTEX_INITIALIZER, .main = &main};

	/* begun or not, the gate keeps it from ending before the cancel */
	(void)pthread_mutex_lock(&job.gate);
	struct sv_offload *offload = sv_offload_start(main.loop, work, job_done, job_released, &job);
	sv_offload_cancel(offload);
	(void)pthread_mutex_unlock(&job.gate);
	sv_loop_run_until(main.loop, &main.done);
	assert_int_equal(job.done, 0);
	assert_int_equal(job.released, 1);
	sv_loop_free(main.loop);
}

static void
a_loop_freed_waits_for_cancelled_work(void **state)
{
	struct ticking main = {.loop = sv_loop_new()};
	struct job job = {.gate = PTHREAD_MUTEX_INITIALIZER, .main = &main};

	sv_offload_cancel(sv_offload_start(main.loop, work, job_done, job_released, &job));
	sv_loop_free(main.loop);
	assert_int_equal(job.done, 0);
	assert_int_equal(job.released, 1);
}

static void
on_hup(void *context, int number)
{
	assert_int_equal(number, SIGHUP);
	((struct ticking *)context)->done = true;
}

static void
signals_are_events(void **state)
{
	struct ticking main = {.loop = sv_loop_new()};
	struct sv_signal *handle = sv_signal_watch(main.loop, SIGHUP, on_hup, &main);

	assert_int_equal(kill(getpid(), SIGHUP), 0);
	sv_loop_run_until(main.loop, &main.done);
	sv_signal_close(handle);
	sv_loop_free(main.loop);
}

static void
the_watch_says_alive(void **state)
{
	struct ticking main = {.loop = sv_loop_new()};

	assert_false(sv_loop_alive(main.loop));
	sv_loop_watch(main.loop);
	sv_loop_watch(main.loop);
	assert_true(sv_loop_alive(main.loop));
	(void)sv_timer_start(main.loop, 600, 0, set_done, &main);
	sv_loop_run_until(main.loop, &main.done);
	assert_true(sv_loop_alive(main.loop));
	assert_true(sv_metric_get(SV_METRIC_loop_lag, 0) >= 0);
	sv_loop_free(main.loop);
}

struct group_check {
	struct sv_loop_group *group;
	_Atomic int up, down;
	int fail_at;
};

static void
came_up(void *context)
{
	struct group_check *check = context;

	if (atomic_load(&check->up) == 3)
		sv_loop_group_stop(check->group);
}

static int
group_setup(void *context, struct sv_loop *loop, unsigned index)
{
	struct group_check *check = context;

	assert_ptr_equal(loop, sv_loop_group_at(check->group, index));
	if ((int)index == check->fail_at)
		return SV_EBUSY;
	atomic_fetch_add(&check->up, 1);
	sv_loop_post(loop, came_up, check);
	return 0;
}

static int
group_teardown(void *context, struct sv_loop *loop, unsigned index)
{
	atomic_fetch_add(&((struct group_check *)context)->down, 1);
	return 0;
}

static void
a_group_runs_and_stops(void **state)
{
	struct group_check check = {.group = sv_loop_group_new(3), .fail_at = -1};

	assert_int_equal(sv_loop_group_count(check.group), 3);
	assert_int_equal(sv_loop_group_run(check.group, group_setup, group_teardown, &check), 0);
	assert_int_equal(atomic_load(&check.up), 3);
	assert_int_equal(atomic_load(&check.down), 3);
	sv_loop_group_free(check.group);
}

static void
a_failed_setup_stops_the_group(void **state)
{
	for (int bad = 0; bad < 3; bad++) {
		struct group_check check = {.group = sv_loop_group_new(3), .fail_at = bad};
		assert_int_equal(sv_loop_group_run(check.group, group_setup, group_teardown, &check), SV_EBUSY);
		assert_int_equal(atomic_load(&check.up), 2);
		assert_int_equal(atomic_load(&check.down), 2);
		sv_loop_group_free(check.group);
	}
}

static void
stop_group(void *context)
{
	sv_loop_group_stop(((struct group_check *)context)->group);
}

static int
post_after_the_end(void *context, struct sv_loop *loop, unsigned index)
{
	struct group_check *check = context;

	/* the last one leaves a post behind that touches all of them */
	if (atomic_fetch_add(&check->down, 1) == 2)
		for (unsigned i = 0; i < 3; i++)
			sv_loop_post(sv_loop_group_at(check->group, i), stop_group, check);
	return 0;
}

static void
posts_left_over_find_all_loops_of_the_group(void **state)
{
	struct group_check check = {.group = sv_loop_group_new(3), .fail_at = -1};

	assert_int_equal(sv_loop_group_run(check.group, group_setup, post_after_the_end, &check), 0);
	assert_int_equal(atomic_load(&check.down), 3);
	sv_loop_group_free(check.group);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_keep_their_order),
		cmocka_unit_test(posts_of_two_threads_keep_each_posters_order),
		cmocka_unit_test(a_stop_before_the_run_counts),
		cmocka_unit_test(posts_left_over_run_in_free),
		cmocka_unit_test(timers_repeat_fire_once_and_stay_silent_when_cancelled),
		cmocka_unit_test(a_timer_ends_run_until_at_once),
		cmocka_unit_test(work_runs_elsewhere_then_done_then_release),
		cmocka_unit_test(cancelled_work_is_released_only),
		cmocka_unit_test(a_loop_freed_waits_for_cancelled_work),
		cmocka_unit_test(signals_are_events),
		cmocka_unit_test(the_watch_says_alive),
		cmocka_unit_test(a_group_runs_and_stops),
		cmocka_unit_test(a_failed_setup_stops_the_group),
		cmocka_unit_test(posts_left_over_find_all_loops_of_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
