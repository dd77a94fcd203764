/* SPDX-License-Identifier: Apache-2.0
 * Timers.  The memory outlives the last call until libuv has let go of the handle. */
#include <stdlib.h>
#include <uv.h>

#include "alloc.h"
#include "loop.h"
#include "sv_assert.h"

struct sv_timer {
	uv_timer_t uv;                  /* first: freed by its address */
	sv_loop_fn *fn;
	void *context;
	bool once;
};

static void
on_close(uv_handle_t *handle)
{
	free(handle->data);
}

static void
on_time(uv_timer_t *uv)
{
	struct sv_timer *timer = uv->data;

	timer->fn(timer->context);
	/* fn may have cancelled it; the memory lives until on_close */
	if (timer->once && !uv_is_closing((uv_handle_t *)uv))
		uv_close((uv_handle_t *)uv, on_close);
}

struct sv_timer *
sv_timer_start(struct sv_loop *loop, uint64_t delay_ms, uint64_t repeat_ms, sv_loop_fn *fn, void *context)
{
	struct sv_timer *timer = sv_xcalloc(1, sizeof *timer);

	timer->fn = fn;
	timer->context = context;
	timer->once = repeat_ms == 0;
	sv_assert(uv_timer_init(sv_loop_uv(loop), &timer->uv) == 0);
	timer->uv.data = timer;
	sv_assert(uv_timer_start(&timer->uv, on_time, delay_ms, repeat_ms) == 0);
	return timer;
}

void
sv_timer_cancel(struct sv_timer *timer)
{
	if (timer == NULL || uv_is_closing((uv_handle_t *)&timer->uv))
		return;
	(void)uv_timer_stop(&timer->uv);
	uv_close((uv_handle_t *)&timer->uv, on_close);
}
