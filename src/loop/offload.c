/* SPDX-License-Identifier: Apache-2.0
 * Blocking work in libuv's pool of threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "alloc.h"
#include "loop.h"
#include "loop_private.h"
#include "sv_assert.h"

#define POOL_THREADS 8u
#define POOL_THREADS_MAX 128u

struct sv_offload {
	uv_work_t work;
	struct sv_loop *loop;
	sv_loop_fn *run, *done, *release;
	void *context;
	bool cancelled;
};

static void
on_work(uv_work_t *work)
{
	struct sv_offload *offload = work->data;

	offload->run(offload->context);
}

static void
on_done(uv_work_t *work, int status)
{
	struct sv_offload *offload = work->data;

	/* status UV_ECANCELED: never begun; then `cancelled` is set as well */
	sv_assert(status == 0 || offload->cancelled);
	if (!offload->cancelled)
		offload->done(offload->context);
	if (offload->release != NULL)
		offload->release(offload->context);
	sv_loop_pay(offload->loop);
	free(offload);
}

struct sv_offload *
sv_offload_start(struct sv_loop *loop, sv_loop_fn *work, sv_loop_fn *done, sv_loop_fn *release, void *context)
{
	struct sv_offload *offload = sv_xcalloc(1, sizeof *offload);

	*offload = (struct sv_offload){.loop = loop, .run = work, .done = done, .release = release, .context = context};
	offload->work.data = offload;
	/* work that was begun may post to the loop, which must not close before it ended */
	sv_loop_owe(loop);
	sv_assert(uv_queue_work(sv_loop_uv(loop), &offload->work, on_work, on_done) == 0);
	return offload;
}

void
sv_offload_cancel(struct sv_offload *offload)
{
	if (offload == NULL || offload->cancelled)
		return;
	offload->cancelled = true;
	(void)uv_cancel((uv_req_t *)&offload->work);
}

void
sv_offload_pool_size(unsigned threads)
{
	char text[16];

	sv_assert(threads > 0 && threads <= POOL_THREADS_MAX);
	(void)snprintf(text, sizeof text, "%u", threads);
	(void)setenv("UV_THREADPOOL_SIZE", text, 1);
}

static void
set_default(void)
{
	if (getenv("UV_THREADPOOL_SIZE") == NULL)
		sv_offload_pool_size(POOL_THREADS);
}

void
sv_offload_pool_default(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, set_default);
}
