/* SPDX-License-Identifier: Apache-2.0
 * Routing, and the life of a call. */
#include "manager_call.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "errors.h"
#include "metrics.h"
#include "sv_assert.h"
#include "url.h"

#define ARENA_CEILING ((size_t)8 << 20)

struct row {
	struct sv_route route;
	sv_manager_handler_fn *handler;
};

static const struct row routes[] = {
#define SV_ROUTE(service, method, pattern, handler, help) SV_ROUTE_ROW_##service(#method, pattern, handler)
#define SV_ROUTE_ROW_manager(method, pattern, handler) {{method, pattern}, sv_manager_##handler},
#define SV_ROUTE_ROW_engine(method, pattern, handler)
#define SV_ROUTE_ROW_gateway(method, pattern, handler)
#include "routes.def"
#undef SV_ROUTE
};

static void
call_free(void *context)
{
	struct sv_call *call = context;

	free(call->data.image_bytes);
	sv_arena_free(call->arena);
	free(call);
}

/* The pool's work is over; a call that still waits for its session lives on. */
static void
load_release(void *context)
{
	struct sv_call *call = context;

	call->offload = NULL;
	if (call->finished)
		call_free(call);
}

/* The client left: whatever is under way ends in silence. */
static void
call_aborted(void *context, int why)
{
	struct sv_call *call = context;

	call->request = NULL;
	if (call->hot_call != NULL)
		sv_hot_cancel(call->hot_call);
	call->finished = true;
	if (call->offload != NULL)
		sv_offload_cancel(call->offload);   /* load_release frees the call */
	else
		call_free(call);
}

void
sv_call_done(struct sv_call *call)
{
	sv_assert(call->hot_call == NULL);
	call->request = NULL;
	call->finished = true;
	/* inside the end of a load its release frees the call */
	if (call->offload == NULL)
		call_free(call);
}

/* What was asked for is there: only now a session is made, so that asking for what is not there costs Redis nothing. */
static void
loaded(struct sv_call *call)
{
	if (call->session)
		sv_session_ensure(call, call->answer);
	else
		call->answer(call);
}

static void
load_work(void *context)
{
	struct sv_call *call = context;
	uint64_t started_us = sv_clock_us();

	call->rc = call->load(call);
	sv_metric_observe(SV_METRIC_db_duration, (double)(sv_clock_us() - started_us) / 1e6);
}

static void
load_done(void *context)
{
	struct sv_call *call = context;

	if (call->rc != 0)
		sv_reply_failure(call, call->rc);
	else
		loaded(call);
}

void
sv_call_run(struct sv_call *call, bool session, sv_call_load_fn *load, sv_call_answer_fn *answer)
{
	call->load = load;
	call->answer = answer;
	call->session = session;
	if (load == NULL)
		loaded(call);
	else
		call->offload = sv_offload_start(call->manager->loop, load_work, load_done, load_release, call);
}

static const char *
copy_field(struct sv_call *call, const char *name)
{
	struct sv_text value = sv_http_field(call->request, name);
	const char *copy = value.data == NULL ? "" : sv_arena_strndup(call->arena, value.data, value.length);

	return copy == NULL ? "" : copy;
}

void
sv_manager_request(void *context, struct sv_http_request *request)
{
	struct sv_manager *manager = context;
	struct sv_call *call = sv_xcalloc(1, sizeof *call);
	struct sv_text path = sv_http_path(request);

	call->manager = manager;
	call->request = request;
	call->arena = sv_arena_new(ARENA_CEILING);
	call->json = sv_text_starts(path, "/api/");
	call->https = sv_text_is(sv_http_field(request, "Sv-Https"), "1");
	call->client = copy_field(call, "Sv-Client");
	if (!sv_link_client_valid(sv_text_of(call->client)))
		call->client = "";
	sv_http_on_abort(request, call_aborted, call);
	if (sv_url_path_check(path) != 0) {
		sv_reply_error(call, 400, 0);
		return;
	}
	int row = sv_route_find(&routes[0].route, sizeof routes / sizeof routes[0], sizeof routes[0], sv_http_method(request), path, &call->hit);
	if (row < 0) {
		sv_reply_error(call, row == SV_ENOENT ? 404 : 405, 0);
		return;
	}
	if (call->hit.params[0].length == SV_ID_LENGTH)
		memcpy(call->id, call->hit.params[0].data, SV_ID_LENGTH);
	routes[row].handler(call);
}
