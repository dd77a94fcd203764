/* SPDX-License-Identifier: Apache-2.0
 * Signals as loop events. */
#include <stdlib.h>
#include <uv.h>

#include "alloc.h"
#include "loop.h"
#include "sv_assert.h"

struct sv_signal {
	uv_signal_t uv;
	sv_signal_fn *fn;
	void *context;
};

static void
on_signal(uv_signal_t *uv, int number)
{
	struct sv_signal *handle = uv->data;

	handle->fn(handle->context, number);
}

struct sv_signal *
sv_signal_watch(struct sv_loop *loop, int number, sv_signal_fn *fn, void *context)
{
	struct sv_signal *handle = sv_xcalloc(1, sizeof *handle);

	handle->fn = fn;
	handle->context = context;
	sv_assert(uv_signal_init(sv_loop_uv(loop), &handle->uv) == 0);
	handle->uv.data = handle;
	sv_assert(uv_signal_start(&handle->uv, on_signal, number) == 0);
	return handle;
}

static void
on_close(uv_handle_t *uv)
{
	free(uv->data);
}

void
sv_signal_close(struct sv_signal *handle)
{
	if (handle == NULL || uv_is_closing((uv_handle_t *)&handle->uv))
		return;
	(void)uv_signal_stop(&handle->uv);
	uv_close((uv_handle_t *)&handle->uv, on_close);
}
