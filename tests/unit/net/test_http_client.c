/* SPDX-License-Identifier: Apache-2.0
 * The HTTP client against our own server on the same loop, and against sockets that misbehave. */
#include "http_test_client.h"

#include "http_client.h"

#define LARGE 3000000u

struct result {
	struct sv_loop *loop;
	struct sv_http_client *client;
	struct sv_http_fetch *fetch;
	int rc, heads, dones, bodies;
	struct sv_http_fetch_head head;
	char url[200], type[100];
	struct sv_buffer body;
	bool done;
	int pause_every;                     /* refuse each n-th piece once */
	bool refused;
	bool cancel_in_head, cancel_in_body, cancel_in_done, head_seen;
};

static uint8_t pattern[LARGE];

/* ---- the server's side ---- */

struct flow {
	struct sv_http_request *request;
	size_t at;
	size_t cut_at;
};

static void
flow_room(void *context)
{
	struct flow *flow = context;

	for (;;) {
		size_t length = LARGE - flow->at < 50000 ? LARGE - flow->at : 50000;
		if (flow->cut_at > 0 && flow->at >= flow->cut_at) {
			sv_http_cut(flow->request);
			free(flow);
			return;
		}
		const uint8_t *data = pattern + flow->at;
		flow->at += length;
		bool last = flow->at == LARGE;
		if (!sv_http_write(flow->request, data, length, NULL, NULL)) {
			if (last)
				free(flow);
			return;
		}
	}
}

static void
flow_abort(void *context, int why)
{
	free(context);
}

static void
redirect(struct sv_http_request *request, const char *to)
{
	const struct sv_http_header headers[] = {{"Location", to}, {NULL, NULL}};

	sv_http_reply_error(request, 302, headers, "this body is not for you");
}

static void
serve(void *context, struct sv_http_request *request)
{
	struct sv_text path = sv_http_path(request);
	struct sv_text range = sv_http_field(request, "Range"), extra = sv_http_field(request, "X-Extra");
	static const struct sv_http_header headers[] = {{"X-Twice", "one"}, {"X-Twice", "two"}, {"Content-Type", "text/x"}, {NULL, NULL}};

	if (sv_text_is(path, "/large") || sv_text_is(path, "/cut")) {
		struct flow *flow = sv_xcalloc(1, sizeof *flow);
		*flow = (struct flow){request, 0, sv_text_is(path, "/cut") ? 1000000 : 0};
		sv_http_on_abort(request, flow_abort, flow);
		if (!sv_http_start(request, 200, NULL, LARGE, flow_room, flow))
			free(flow);
	} else if (sv_text_is(path, "/missing")) {
		sv_http_reply_error(request, 404, NULL, NULL);
	} else if (sv_text_is(path, "/hop")) {
		redirect(request, "/a");
	} else if (sv_text_is(path, "/hop2")) {
		redirect(request, "/hop");
	} else if (sv_text_is(path, "/ftp")) {
		redirect(request, "ftp://127.0.0.1/x");
	} else if (sv_text_is(path, "/silent")) {
		return;
	} else {
		struct sv_text method = sv_http_method(request), body = sv_http_body(request);
		char *text = sv_arena_printf(sv_http_arena(request), "%.*s %.*s [%.*s] [%.*s] %.*s", SV_TEXT_ARG(method), SV_TEXT_ARG(path),
		    (int)range.length, range.length > 0 ? range.data : "", (int)extra.length, extra.length > 0 ? extra.data : "", (int)body.length,
		    body.length > 0 ? body.data : "");
		struct sv_http_chunk chunk = {text, strlen(text)};
		sv_http_reply(request, 200, headers, &chunk, 1);
	}
}

static void
begin(struct world *world, struct sv_http_client **ret_client)
{
	for (size_t i = 0; i < LARGE; i++)
		pattern[i] = (uint8_t)(i * 31 + i / 65521);
	world_open(world, (struct sv_http_server_options){.handler = serve, .body_max_bytes = 100000});
	*ret_client = sv_http_client_new(world->loop, &(struct sv_http_client_options){.http_too = true});
}

static void
end(struct world *world, struct sv_http_client *client)
{
	sv_http_client_free(client);
	world_close(world);
}

/* ---- the client's side ---- */

static void
on_head(void *context, const struct sv_http_fetch_head *head)
{
	struct result *result = context;
	struct sv_text type = sv_http_fetch_field(result->fetch, "content-type");

	result->heads++;
	result->head_seen = true;
	result->head = *head;
	(void)snprintf(result->url, sizeof result->url, "%s", head->url);
	(void)snprintf(result->type, sizeof result->type, "%.*s", (int)type.length, type.data == NULL ? "" : type.data);
	if (result->cancel_in_head) {
		sv_http_fetch_cancel(result->fetch);
		result->done = true;
	}
}

static void
resume(void *context)
{
	sv_http_fetch_resume(((struct result *)context)->fetch);
}

static bool
on_body(void *context, const uint8_t *data, size_t length)
{
	struct result *result = context;

	assert_int_equal(result->heads, 1);
	result->bodies++;
	if (result->cancel_in_body) {
		sv_http_fetch_cancel(result->fetch);
		result->done = true;
		return true;
	}
	if (result->pause_every > 0 && !result->refused && result->bodies % result->pause_every == 0) {
		result->refused = true;
		sv_loop_post(result->loop, resume, result);
		return false;
	}
	result->refused = false;
	sv_buffer_append(&result->body, data, length);
	return true;
}

static void
on_done(void *context, int rc)
{
	struct result *result = context;

	result->rc = rc;
	result->dones++;
	result->done = true;
	if (result->cancel_in_done)
		sv_http_fetch_cancel(result->fetch);
}

static void
start(struct world *world, struct sv_http_client *client, struct result *result, struct sv_http_fetch_options options)
{
	result->loop = world->loop;
	result->client = client;
	sv_buffer_init(&result->body, (size_t)1 << 30);
	options.on_head = on_head;
	options.on_body = on_body;
	options.on_done = on_done;
	options.context = result;
	if (options.unix_path == NULL)
		options.unix_path = world->path;
	result->fetch = sv_http_fetch_start(client, &options);
	assert_int_equal(result->heads + result->dones, 0);
}

static const char *
run(struct world *world, struct sv_http_client *client, struct result *result, struct sv_http_fetch_options options)
{
	start(world, client, result, options);
	sv_loop_run_until(world->loop, &result->done);
	return sv_buffer_cstr(&result->body);
}

static void
methods_ranges_headers_and_bodies(void **state)
{
	struct world world;
	struct sv_http_client *client;
	const char *const headers[] = {"X-Extra: yes", NULL};

	begin(&world, &client);
	struct result r = {0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/a", .headers = headers}), "GET /a [] [yes] ");
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.head.status, 200);
	assert_int_equal(r.head.content_length, 16);
	assert_string_equal(r.url, "http://x/a");
	assert_string_equal(r.type, "text/x");
	assert_int_equal(r.heads, 1);
	assert_int_equal(r.dones, 1);
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/a", .range_start = 5, .range_end = 10}),
	    "GET /a [bytes=5-9] [] ");
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/a", .body = "some", .body_length = 4}), "POST /a [] [] some");
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/a", .method = "PUT", .body = "x", .body_length = 1}),
	    "PUT /a [] [] x");
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/large", .method = "HEAD", .body_max_bytes = 10}), "");
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.head.content_length, LARGE);
	assert_int_equal(r.heads, 1);
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/missing"}), "Not Found\n");
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.head.status, 404);
	sv_buffer_fini(&r.body);
	/* one connection did for all */
	assert_int_equal(sv_http_server_connections(world.server), 1);
	end(&world, client);
}

static void
a_large_body_with_pauses(void **state)
{
	struct world world;
	struct sv_http_client *client;

	begin(&world, &client);
	for (int every = 0; every <= 3; every++) {
		struct result r = {.pause_every = every};
		(void)run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/large"});
		assert_int_equal(r.rc, 0);
		assert_int_equal(r.body.length, LARGE);
		assert_memory_equal(r.body.data, pattern, LARGE);
		sv_buffer_fini(&r.body);
	}
	end(&world, client);
}

static bool
refuse_body(void *context, const uint8_t *data, size_t length)
{
	((struct result *)context)->bodies++;
	return false;
}

static void
note_time(void *context)
{
	*(bool *)context = true;
}

/* A paused fetch holds the sender back and is not taken for stalled. */
static void
a_pause_holds_back_the_sender(void **state)
{
	struct world world;
	struct sv_http_client *client;
	struct result r = {0};
	bool later = false;

	begin(&world, &client);
	r.loop = world.loop;
	struct sv_http_fetch_options options = {.url = "http://x/large", .unix_path = world.path, .stall_timeout_ms = 30, .on_body = refuse_body,
	    .on_done = on_done, .context = &r};
	r.fetch = sv_http_fetch_start(client, &options);
	(void)sv_timer_start(world.loop, 150, 0, note_time, &later);
	sv_loop_run_until(world.loop, &later);
	assert_int_equal(r.bodies, 1);
	assert_int_equal(r.dones, 0);
	assert_true(sv_metric_get(SV_METRIC_http_queued, 0) > 100000);
	sv_http_fetch_cancel(r.fetch);
	end(&world, client);
}

static void
cancelling_means_silence(void **state)
{
	struct world world;
	struct sv_http_client *client;

	begin(&world, &client);
	for (int where = 0; where < 5; where++) {
		struct result r = {.cancel_in_head = where == 1, .cancel_in_body = where == 2, .cancel_in_done = where == 3};
		start(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/large"});
		if (where == 0) {
			sv_http_fetch_cancel(r.fetch);
		} else if (where == 4) {
			sv_loop_run_until(world.loop, &r.head_seen);
			sv_http_fetch_cancel(r.fetch);
			r.bodies = -1000;
		} else {
			sv_loop_run_until(world.loop, &r.done);
		}
		struct result after = {0};
		(void)run(&world, client, &after, (struct sv_http_fetch_options){.url = "http://x/a"});
		assert_int_equal(after.rc, 0);
		assert_int_equal(r.dones, where == 3);
		assert_int_equal(r.heads, where > 0);
		if (where == 4)
			assert_int_equal(r.bodies, -1000);
		if (where == 2)
			assert_int_equal(r.bodies, 1);
		sv_buffer_fini(&r.body);
		sv_buffer_fini(&after.body);
	}
	sv_http_fetch_cancel(NULL);
	end(&world, client);
}

static void
redirects_within_their_limits(void **state)
{
	struct world world;
	struct sv_http_client *client;

	begin(&world, &client);
	struct result r = {0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/hop2", .redirects_max = 2}), "GET /a [] [] ");
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.heads, 1);
	assert_int_equal(r.head.status, 200);
	assert_string_equal(r.url, "http://x/a");
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	(void)run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/hop2", .redirects_max = 1});
	assert_int_equal(r.rc, SV_EPROTO);
	assert_int_equal(r.heads, 0);
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	assert_string_equal(run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/hop"}), "this body is not for you\n");
	assert_int_equal(r.head.status, 302);
	sv_buffer_fini(&r.body);
	r = (struct result){0};
	(void)run(&world, client, &r, (struct sv_http_fetch_options){.url = "http://x/ftp", .redirects_max = 5});
	assert_int_equal(r.rc, SV_EPROTO);
	assert_int_equal(r.body.length, 0);
	sv_buffer_fini(&r.body);
	end(&world, client);
}

static void
failures_have_their_names(void **state)
{
	static const struct {
		struct sv_http_fetch_options options;
		int rc;
	} cases[] = {
		{{.url = "http://x/a", .unix_path = "/nonexistent/socket"}, SV_EUNAVAIL},
		{{.url = "ftp://x/a"}, SV_EINVAL},
		{{.url = "not a url"}, SV_EINVAL},
		{{.url = "http://"}, SV_EINVAL},
		{{.url = "http://x/large", .body_max_bytes = LARGE - 1}, SV_ETOOBIG},
		{{.url = "http://x/cut"}, SV_ESHORT},
		{{.url = "http://x/silent", .stall_timeout_ms = 40}, SV_ETIMEOUT},
		{{.url = "http://x/silent", .total_timeout_ms = 40}, SV_ETIMEOUT},
	};
	struct world world;
	struct sv_http_client *client;

	begin(&world, &client);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct result r = {0};
		(void)run(&world, client, &r, cases[i].options);
		if (r.rc != cases[i].rc)
			fail_msg("case %zu: %d", i, r.rc);
		assert_int_equal(r.dones, 1);
		if (cases[i].rc == SV_ESHORT)
			assert_memory_equal(r.body.data, pattern, r.body.length);
		sv_buffer_fini(&r.body);
	}
	/* without leave no http at all */
	struct sv_http_client *strict = sv_http_client_new(world.loop, &(struct sv_http_client_options){0});
	struct result r = {0};
	(void)run(&world, strict, &r, (struct sv_http_fetch_options){.url = "http://x/a"});
	assert_int_equal(r.rc, SV_EINVAL);
	sv_buffer_fini(&r.body);
	sv_http_client_free(strict);
	end(&world, client);
}

static void
many_at_once(void **state)
{
	enum { COUNT = 60 };
	static struct result results[COUNT];
	struct world world;
	struct sv_http_client *client;

	begin(&world, &client);
	memset(results, 0, sizeof results);
	for (int i = 0; i < COUNT; i++)
		start(&world, client, &results[i], (struct sv_http_fetch_options){.url = i % 6 == 0 ? "http://x/large" : "http://x/a"});
	for (int i = 0; i < COUNT; i++) {
		if (!results[i].done)
			sv_loop_run_until(world.loop, &results[i].done);
		assert_int_equal(results[i].rc, 0);
		assert_int_equal(results[i].body.length, i % 6 == 0 ? LARGE : 13);
		assert_true(sv_http_server_connections(world.server) <= 8);
		sv_buffer_fini(&results[i].body);
	}
	end(&world, client);
}

/* Freed from inside the last callback. */
static void
free_in_done(void *context, int rc)
{
	struct result *result = context;

	sv_http_client_free(result->client);
	result->done = true;
}

static void
the_client_may_go_in_the_last_callback(void **state)
{
	struct world world;
	struct result r = {0};

	begin(&world, &r.client);
	struct sv_http_fetch_options options = {.url = "http://x/a", .unix_path = world.path, .on_done = free_in_done, .context = &r};
	(void)sv_http_fetch_start(r.client, &options);
	sv_loop_run_until(world.loop, &r.done);
	end(&world, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_ranges_headers_and_bodies),
		cmocka_unit_test(a_large_body_with_pauses),
		cmocka_unit_test(a_pause_holds_back_the_sender),
		cmocka_unit_test(cancelling_means_silence),
		cmocka_unit_test(redirects_within_their_limits),
		cmocka_unit_test(failures_have_their_names),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(the_client_may_go_in_the_last_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
