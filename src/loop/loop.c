/* SPDX-License-Identifier: Apache-2.0
 * The loop itself: run, stop, posts from other threads, and the watch over its own lag. */
#include "loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

#include "alloc.h"
#include "clock.h"
#include "loop_private.h"
#include "metrics.h"
#include "sv_assert.h"

#define LOOP_MAGIC 0x6c6f6f70u
#define TICK_MS 500u
#define TICKS_KEPT 10u              /* the worst of 5 s */
#define ALIVE_MS 5000u
#define WATCHED_MAX 64u

struct post {
	struct post *next;
	sv_loop_fn *fn;
	void *context;
};

struct sv_loop {
	unsigned magic;
	uv_loop_t uv;
	uv_async_t wake;
	uv_prepare_t before_sleep;
	const bool *done;               /* of sv_loop_run_until */
	uv_timer_t tick;
	bool running, watched;
	unsigned owed;
	_Atomic bool stop;
	pthread_mutex_t lock;           /* guards first and last */
	struct post *first, **last;
	/* the watch */
	unsigned slot;
	uint64_t due_ms, lag_ms[TICKS_KEPT];
	unsigned lag_next;
	_Atomic uint64_t ticked_ms;
};

/* The metric has no label: it shows the worst of all watched loops of the process. */
static _Atomic uint64_t worst_lag_ms[WATCHED_MAX];
static _Atomic unsigned watched_count;

static bool
run_posts(struct sv_loop *loop)
{
	(void)pthread_mutex_lock(&loop->lock);
	struct post *post = loop->first;
	loop->first = NULL;
	loop->last = &loop->first;
	(void)pthread_mutex_unlock(&loop->lock);
	bool any = post != NULL;
	while (post != NULL) {
		struct post *next = post->next;
		post->fn(post->context);
		free(post);
		post = next;
	}
	return any;
}

static void
on_wake(uv_async_t *wake)
{
	struct sv_loop *loop = wake->data;

	(void)run_posts(loop);
	if (atomic_load(&loop->stop))
		uv_stop(&loop->uv);
}

static bool
over(const struct sv_loop *loop)
{
	return *(const volatile bool *)loop->done || atomic_load(&loop->stop);
}

/* What a timer made true must not wait for the next event of a socket. */
static void
on_before_sleep(uv_prepare_t *prepare)
{
	struct sv_loop *loop = prepare->data;

	if (over(loop))
		uv_stop(&loop->uv);
}

struct sv_loop *
sv_loop_new(void)
{
	struct sv_loop *loop = sv_xcalloc(1, sizeof *loop);

	/* a peer that leaves is an error code of the write, not the end of the process */
	(void)signal(SIGPIPE, SIG_IGN);
	sv_offload_pool_default();
	loop->magic = LOOP_MAGIC;
	loop->last = &loop->first;
	sv_assert(pthread_mutex_init(&loop->lock, NULL) == 0);
	sv_assert(uv_loop_init(&loop->uv) == 0);
	sv_assert(uv_async_init(&loop->uv, &loop->wake, on_wake) == 0);
	loop->wake.data = loop;
	loop->before_sleep.data = loop;
	loop->uv.data = loop;
	sv_assert(uv_prepare_init(&loop->uv, &loop->before_sleep) == 0);
	return loop;
}

static void
check_closing(uv_handle_t *handle, void *context)
{
	(void)context;
	sv_assert(uv_is_closing(handle));
}

bool
sv_loop_settle(struct sv_loop *loop)
{
	SV_CHECK(loop, LOOP_MAGIC);
	sv_assert(!loop->running);
	bool any = run_posts(loop);
	for (; loop->owed > 0; any = true)
		(void)uv_run(&loop->uv, UV_RUN_ONCE);
	return any;
}

void
sv_loop_free(struct sv_loop *loop)
{
	if (loop == NULL)
		return;
	SV_CHECK(loop, LOOP_MAGIC);
	/* also what pool work posted just before it ended */
	while (sv_loop_settle(loop))
		continue;
	uv_close((uv_handle_t *)&loop->wake, NULL);
	uv_close((uv_handle_t *)&loop->before_sleep, NULL);
	if (loop->watched) {
		atomic_store(&worst_lag_ms[loop->slot], 0);
		uv_close((uv_handle_t *)&loop->tick, NULL);
	}
	uv_walk(&loop->uv, check_closing, NULL);
	/* a stop that came after the last run ends the first turn early */
	while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
		continue;
	sv_assert(uv_loop_close(&loop->uv) == 0);
	sv_assert(loop->first == NULL);
	(void)pthread_mutex_destroy(&loop->lock);
	loop->magic = 0;
	free(loop);
}

void
sv_loop_run(struct sv_loop *loop)
{
	const bool never = false;

	sv_loop_run_until(loop, &never);
}

void
sv_loop_run_until(struct sv_loop *loop, const bool *done)
{
	SV_CHECK(loop, LOOP_MAGIC);
	sv_assert(!loop->running);
	loop->running = true;
	loop->done = done;
	(void)uv_prepare_start(&loop->before_sleep, on_before_sleep);
	while (!over(loop))
		(void)uv_run(&loop->uv, UV_RUN_ONCE);
	(void)uv_prepare_stop(&loop->before_sleep);
	atomic_store(&loop->stop, false);
	loop->running = false;
}

void
sv_loop_stop(struct sv_loop *loop)
{
	SV_CHECK(loop, LOOP_MAGIC);
	atomic_store(&loop->stop, true);
	sv_assert(uv_async_send(&loop->wake) == 0);
}

void
sv_loop_post(struct sv_loop *loop, sv_loop_fn *fn, void *context)
{
	struct post *post = sv_xmalloc(sizeof *post);

	SV_CHECK(loop, LOOP_MAGIC);
	*post = (struct post){NULL, fn, context};
	(void)pthread_mutex_lock(&loop->lock);
	*loop->last = post;
	loop->last = &post->next;
	(void)pthread_mutex_unlock(&loop->lock);
	sv_assert(uv_async_send(&loop->wake) == 0);
}

struct uv_loop_s *
sv_loop_uv(struct sv_loop *loop)
{
	SV_CHECK(loop, LOOP_MAGIC);
	/* before the first turn libuv's idea of now is the time of its birth: timers would fire early */
	if (!loop->running)
		uv_update_time(&loop->uv);
	return &loop->uv;
}

uint64_t
sv_loop_now_ms(const struct sv_loop *loop)
{
	SV_CHECK(loop, LOOP_MAGIC);
	return uv_now(&loop->uv);
}

void
sv_loop_owe(struct sv_loop *loop)
{
	loop->owed++;
}

void
sv_loop_pay(struct sv_loop *loop)
{
	sv_assert(loop->owed > 0);
	loop->owed--;
}

static void
on_tick(uv_timer_t *timer)
{
	struct sv_loop *loop = timer->data;
	uint64_t now = sv_clock_ms();
	uint64_t worst = 0;

	loop->lag_ms[loop->lag_next++ % TICKS_KEPT] = now > loop->due_ms ? now - loop->due_ms : 0;
	for (unsigned i = 0; i < TICKS_KEPT; i++)
		worst = loop->lag_ms[i] > worst ? loop->lag_ms[i] : worst;
	atomic_store(&worst_lag_ms[loop->slot], worst);
	for (unsigned i = 0; i < WATCHED_MAX; i++) {
		uint64_t other = atomic_load(&worst_lag_ms[i]);
		worst = other > worst ? other : worst;
	}
	sv_metric_set(SV_METRIC_loop_lag, 0, (double)worst / 1000);
	atomic_store(&loop->ticked_ms, now);
	loop->due_ms = now + TICK_MS;
	(void)uv_timer_start(&loop->tick, on_tick, TICK_MS, 0);
}

void
sv_loop_watch(struct sv_loop *loop)
{
	if (loop->watched)
		return;
	sv_assert(uv_timer_init(sv_loop_uv(loop), &loop->tick) == 0);
	loop->tick.data = loop;
	loop->watched = true;
	loop->slot = atomic_fetch_add(&watched_count, 1) % WATCHED_MAX;
	loop->due_ms = sv_clock_ms() + TICK_MS;
	atomic_store(&loop->ticked_ms, sv_clock_ms());
	(void)uv_timer_start(&loop->tick, on_tick, TICK_MS, 0);
}

bool
sv_loop_alive(const struct sv_loop *loop)
{
	SV_CHECK(loop, LOOP_MAGIC);
	return sv_clock_ms() - atomic_load(&loop->ticked_ms) <= ALIVE_MS;
}
