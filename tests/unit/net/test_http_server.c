/* SPDX-License-Identifier: Apache-2.0
 * The server's rules about requests and connections, each by a raw client on a unix socket. */
#include "http_test_client.h"

#include <sys/stat.h>

struct echo {
	int requests;
	struct sv_http_request *held;        /* the last request, when `hold` */
	bool hold, aborted, handled;
	int why;
	int status;
	const struct sv_http_header *headers;
	size_t reply_bytes;
	char last_id[13];
};

static void
on_abort(void *context, int why)
{
	struct echo *echo = context;

	echo->aborted = true;
	echo->why = why;
	echo->held = NULL;
}

/* Answers "METHOD path query body". */
static void
echo_handler(void *context, struct sv_http_request *request)
{
	struct echo *echo = context;
	struct sv_text method = sv_http_method(request), path = sv_http_path(request), query = sv_http_query(request), body = sv_http_body(request);
	static char filler[3000000];

	echo->requests++;
	echo->handled = true;
	(void)strcpy(echo->last_id, sv_http_request_id(request));
	if (echo->hold) {
		echo->held = request;
		sv_http_on_abort(request, on_abort, echo);
		return;
	}
	if (echo->reply_bytes > 0) {
		struct sv_http_chunk chunk = {filler, echo->reply_bytes};
		sv_http_reply(request, 200, NULL, &chunk, 1);
		return;
	}
	char *text = sv_arena_printf(sv_http_arena(request), "%.*s %.*s %.*s ", SV_TEXT_ARG(method), SV_TEXT_ARG(path), SV_TEXT_ARG(query));
	struct sv_http_chunk chunks[] = {{text, strlen(text)}, {body.data, body.length}};
	sv_http_reply(request, echo->status == 0 ? 200 : echo->status, echo->headers, chunks, 2);
}

static void
open_echo(struct world *world, struct echo *echo, struct sv_http_server_options options)
{
	memset(echo, 0, sizeof *echo);
	options.handler = echo_handler;
	options.context = echo;
	world_open(world, options);
}

static void
a_request_is_answered_and_the_connection_stays(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;
	struct stat status;
	int64_t before = sv_metric_get(SV_METRIC_http_requests, 1);

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	assert_int_equal(stat(world.path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(sv_http_server_port(world.server), 0);
	client_open(&client, &world);
	client_say(&client, "GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n");
	const char *text = client_wait_answer(&client, false);
	assert_memory_equal(text, "HTTP/1.1 200 OK\r\nDate: ", 23);
	assert_non_null(strstr(text, "\r\nContent-Length: 15\r\n\r\nGET /a%20b c=d "));
	assert_null(strstr(text, "Server"));
	assert_null(strstr(text, "Connection"));
	char first[13];
	(void)strcpy(first, echo.last_id);
	assert_int_equal(strlen(first), 12);
	client_forget(&client);
	client_say(&client, "PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(client_wait_answer(&client, false), "\r\n\r\nPROPFIND /  "));
	assert_string_not_equal(first, echo.last_id);
	assert_int_equal(sv_http_server_connections(world.server), 1);
	assert_int_equal(sv_metric_get(SV_METRIC_http_requests, 1), before + 2);
	client_close(&client);
	world_close(&world);
}

static void
head_has_the_length_and_no_body(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	client_open(&client, &world);
	client_say(&client, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
	const char *text = client_wait_answer(&client, true);
	assert_non_null(strstr(text, "Content-Length: 8\r\n\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
	client_forget(&client);
	echo.status = 304;
	client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	text = client_wait_answer(&client, true);
	assert_null(strstr(text, "Content-Length"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
	client_close(&client);
	world_close(&world);
}

static void
versions_and_connection_options(void **state)
{
	static const struct {
		const char *request, *field;
		bool closes;
	} cases[] = {
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", NULL, false},
		{"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "Connection: close", true},
		{"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n", "Connection: close", true},
		{"GET / HTTP/1.0\r\n\r\n", "Connection: close", true},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive", false},
	};
	struct world world;
	struct echo echo;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct client client;
		client_open(&client, &world);
		client_say(&client, cases[i].request);
		const char *text = cases[i].closes ? client_wait_end(&client) : client_wait_answer(&client, false);
		assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
		if (cases[i].field != NULL)
			assert_non_null(strstr(text, cases[i].field));
		assert_int_equal(client.closed, cases[i].closes);
		assert_false(client.reset);
		client_close(&client);
	}
	world_close(&world);
}

#define HOST "Host: x\r\n"

static void
malformed_requests_are_refused_and_the_connection_closes(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{"GET / HTTP/1.1\r\n\r\n", 400},                                                               /* no Host */
		{"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
		{"GET / HTTP/1.1\n" HOST "\r\n", 400},                                                         /* bare LF */
		{"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400},                                              /* bare CR */
		{"GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400},                                         /* folded */
		{"GET / HTTP/1.1\r\n" HOST "A: \001\r\n\r\n", 400},
		{"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET http://x/ HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\na", 400},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\na", 400},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\na", 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\nab", 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nabc", 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n10001\r\n", 413},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n", 413},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: magic\r\n\r\n", 417},
		{"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400},
	};
	struct world world;
	struct echo echo;
	int64_t before = sv_metric_get(SV_METRIC_http_rejects, 0);
	const size_t count = sizeof cases / sizeof cases[0];

	open_echo(&world, &echo, (struct sv_http_server_options){.body_max_bytes = 65536});
	for (size_t i = 0; i < count; i++) {
		struct client client;
		char line[32];
		client_open(&client, &world);
		client_say(&client, cases[i].request);
		const char *text = client_wait_end(&client);
		(void)snprintf(line, sizeof line, "HTTP/1.1 %d ", cases[i].status);
		if (strncmp(text, line, strlen(line)) != 0)
			fail_msg("case %zu: %s", i, text);
		assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
		assert_false(client.reset);
		client_close(&client);
	}
	assert_int_equal(echo.requests, 0);
	assert_int_equal(sv_metric_get(SV_METRIC_http_rejects, 0), before + (int64_t)count);
	world_close(&world);
}

static void
nul_bytes_and_long_heads_are_refused(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;
	char *text = sv_xmalloc(70000);

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	client_open(&client, &world);
	static const char with_nul[] = "GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n";
	client_send(&client, with_nul, sizeof with_nul - 1);
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 400 ", 13);
	client_close(&client);

	/* a target that never ends; more than the refusal needs to see, so that unread bytes are left over */
	memset(text, 'a', 70000);
	memcpy(text, "GET /", 5);
	client_open(&client, &world);
	client_send(&client, text, 70000);
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 414 ", 13);
	assert_false(client.reset);
	client_close(&client);

	client_open(&client, &world);
	client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 101; i++)
		client_say(&client, "A: b\r\n");
	client_say(&client, "\r\n");
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 431 ", 13);
	client_close(&client);
	assert_int_equal(echo.requests, 0);
	free(text);
	world_close(&world);
}

static void
a_head_may_come_byte_by_byte(void **state)
{
	static const char request[] = "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){.body_max_bytes = 10});
	client_open(&client, &world);
	for (size_t i = 0; i < sizeof request - 1; i++) {
		client_send(&client, request + i, 1);
		(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	}
	assert_non_null(strstr(client_wait_answer(&client, false), "\r\n\r\nPOST /slow  abc"));
	client_close(&client);
	world_close(&world);
}

static void
bodies_by_length_and_in_chunks(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;
	char *large = sv_xmalloc(300000);

	open_echo(&world, &echo, (struct sv_http_server_options){.body_max_bytes = 200000});
	client_open(&client, &world);
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
	assert_non_null(strstr(client_wait_answer(&client, false), "\r\n\r\nPOST /  abc0123456789"));
	client_forget(&client);
	memset(large, 'L', 300000);
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
	for (size_t sent = 0; sent < 200000; sent += 50000) {
		client_send(&client, large, 50000);
		(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	}
	const char *text = client_wait_answer(&client, false);
	assert_non_null(strstr(text, "Content-Length: 200008\r\n"));
	assert_int_equal(strspn(strstr(text, "\r\n\r\n") + 12, "L"), 200000);
	client_close(&client);
	free(large);
	world_close(&world);
}

static void
no_bodies_where_none_are_taken(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	client_open(&client, &world);
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
	assert_memory_equal(client_wait_answer(&client, false), "HTTP/1.1 200 ", 13);
	client_forget(&client);
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
	assert_memory_equal(client_wait_answer(&client, false), "HTTP/1.1 200 ", 13);
	client_forget(&client);
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 413 ", 13);
	assert_int_equal(echo.requests, 2);
	client_close(&client);
	world_close(&world);
}

static void
a_body_is_asked_for_with_100_continue(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){.body_max_bytes = 10});
	client_open(&client, &world);
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	assert_string_equal(client_wait(&client, 25), "HTTP/1.1 100 Continue\r\n\r\n");
	client_forget(&client);
	client_say(&client, "abc");
	assert_non_null(strstr(client_wait_answer(&client, false), "\r\n\r\nPOST /  abc"));
	client_forget(&client);
	/* too large: told at once, without asking for it */
	client_say(&client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 413 ", 13);
	client_close(&client);
	world_close(&world);
}

static void
early_requests_wait_their_turn_within_a_bound(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;
	char many[9000];

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	client_open(&client, &world);
	client_say(&client, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	const char *text = client_wait_end(&client);
	const char *one = strstr(text, "GET /1"), *two = strstr(text, "GET /2"), *three = strstr(text, "GET /3");
	assert_true(one != NULL && two > one && three > two);
	client_close(&client);

	echo.hold = true;
	memset(many, 'a', sizeof many);
	client_open(&client, &world);
	client_say(&client, "GET /4 HTTP/1.1\r\nHost: x\r\n\r\n");
	echo.handled = false;
	sv_loop_run_until(world.loop, &echo.handled);
	client_send(&client, many, 8000);
	(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	assert_false(echo.aborted);
	client_send(&client, many, 1000);
	(void)client_wait_end(&client);
	assert_true(echo.aborted);
	assert_int_equal(echo.why, SV_ECLOSED);
	assert_int_equal(client.got.length, 0);
	client_close(&client);
	world_close(&world);
}

static void
slow_heads_and_idle_connections_time_out(void **state)
{
	struct world world;
	struct echo echo;
	struct client silent, slow, idle, body;

	open_echo(&world, &echo, (struct sv_http_server_options){.header_timeout_ms = 60, .idle_timeout_ms = 90, .write_timeout_ms = 120, .body_max_bytes = 9});
	client_open(&silent, &world);
	client_open(&slow, &world);
	client_open(&idle, &world);
	client_open(&body, &world);
	client_say(&slow, "GET / HTTP/1.1\r\nHost");
	client_say(&idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	client_say(&body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
	assert_memory_equal(client_wait_end(&slow), "HTTP/1.1 408 ", 13);
	assert_string_equal(client_wait_end(&silent), "");
	assert_memory_equal(client_wait_end(&idle), "HTTP/1.1 200 ", 13);
	assert_null(strstr(client_wait_end(&idle), "408"));
	assert_memory_equal(client_wait_end(&body), "HTTP/1.1 408 ", 13);
	assert_int_equal(echo.requests, 1);
	client_close(&silent);
	client_close(&slow);
	client_close(&idle);
	client_close(&body);
	world_close(&world);
}

static void
drip(void *context)
{
	struct client *client = context;

	if (!client->closed)
		(void)!send(client->fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
a_head_that_drips_does_not_win_time(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){.header_timeout_ms = 80});
	client_open(&client, &world);
	client_say(&client, "GET /");
	struct sv_timer *timer = sv_timer_start(world.loop, 5, 5, drip, &client);
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 408 ", 13);
	sv_timer_cancel(timer);
	client_close(&client);
	world_close(&world);
}

static void
a_client_that_leaves_is_noticed_while_its_answer_is_awaited(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;
	int64_t before = sv_metric_get(SV_METRIC_http_aborts, 0);

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	echo.hold = true;
	client_open(&client, &world);
	client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	sv_loop_run_until(world.loop, &echo.handled);
	assert_false(echo.aborted);
	client_close(&client);
	/* the very next event of the loop */
	sv_loop_run_until(world.loop, &echo.aborted);
	assert_int_equal(echo.why, SV_ECLOSED);
	assert_int_equal(sv_http_server_connections(world.server), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_http_aborts, 0), before + 1);
	world_close(&world);
}

static void
a_late_answer_goes_on_with_what_waited(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	echo.hold = true;
	client_open(&client, &world);
	client_say(&client, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
	sv_loop_run_until(world.loop, &echo.handled);
	client_say(&client, "GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	assert_int_equal(echo.requests, 1);
	echo.hold = false;
	sv_http_reply_error(echo.held, 404, NULL, NULL);
	assert_int_equal(echo.requests, 1);       /* never from inside the call */
	const char *text = client_wait_end(&client);
	assert_memory_equal(text, "HTTP/1.1 404 Not Found\r\n", 24);
	assert_non_null(strstr(text, "\r\n\r\nNot Found\n"));
	assert_non_null(strstr(text, "GET /2"));
	client_close(&client);
	world_close(&world);
}

static void
a_large_reply_arrives_whole(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	echo.reply_bytes = 3000000;
	client_open(&client, &world);
	for (int i = 0; i < 3; i++) {
		client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		(void)client_wait_answer(&client, false);
		assert_true(client.got.length > 3000000);
		client_forget(&client);
	}
	client_close(&client);
	world_close(&world);
}

static void
a_reader_that_stalls_is_cut(void **state)
{
	struct world world;
	struct echo echo;
	struct client client;

	open_echo(&world, &echo, (struct sv_http_server_options){.write_timeout_ms = 60});
	echo.reply_bytes = 3000000;
	client_open(&client, &world);
	client_pause(&client, true);
	client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	sv_loop_run_until(world.loop, &echo.handled);
	assert_true(sv_metric_get(SV_METRIC_http_queued, 0) > 0);
	while (sv_http_server_connections(world.server) > 0)
		(void)uv_run(sv_loop_uv(world.loop), UV_RUN_ONCE);
	client_pause(&client, false);
	(void)client_wait_end(&client);
	assert_true(client.got.length < 3000000);
	client_close(&client);
	world_close(&world);
}

static void
finished(void *context)
{
	*(bool *)context = true;
}

static void
draining_lets_answers_finish(void **state)
{
	struct world world;
	struct echo echo;
	struct client idle, busy, waiting;
	bool drained = false;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	client_open(&idle, &world);
	client_say(&idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)client_wait_answer(&idle, false);
	echo.hold = true;
	client_open(&busy, &world);
	client_say(&busy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	echo.handled = false;
	sv_loop_run_until(world.loop, &echo.handled);
	struct sv_http_request *held = echo.held;
	echo.hold = false;
	client_open(&waiting, &world);     /* still in the kernel's queue */
	client_say(&waiting, "GET /w HTTP/1.1\r\nHost: x\r\n\r\n");
	sv_http_server_drain(world.server, 60000, finished, &drained);
	assert_int_equal(access(world.path, F_OK), -1);
	const char *text = client_wait_end(&waiting);
	assert_non_null(strstr(text, "GET /w"));
	assert_non_null(strstr(text, "Connection: close"));
	(void)client_wait_end(&idle);
	assert_false(drained);
	sv_http_reply_error(held, 200, NULL, "late");
	assert_false(drained);
	assert_non_null(strstr(client_wait_end(&busy), "\r\n\r\nlate\n"));
	sv_loop_run_until(world.loop, &drained);
	client_close(&idle);
	client_close(&busy);
	client_close(&waiting);
	world_close(&world);
}

static void
a_drain_ends_at_its_limit(void **state)
{
	struct world world;
	struct echo echo;
	struct client busy;
	bool drained = false;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	echo.hold = true;
	client_open(&busy, &world);
	client_say(&busy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	sv_loop_run_until(world.loop, &echo.handled);
	sv_http_server_drain(world.server, 20, finished, &drained);
	sv_loop_run_until(world.loop, &drained);
	assert_true(echo.aborted);
	assert_int_equal(echo.why, SV_ECANCELED);
	client_close(&busy);
	world_close(&world);

	/* nobody there */
	open_echo(&world, &echo, (struct sv_http_server_options){0});
	drained = false;
	sv_http_server_drain(world.server, 60000, finished, &drained);
	assert_false(drained);
	sv_loop_run_until(world.loop, &drained);
	world_close(&world);
}

static void
closing_aborts_what_is_pending(void **state)
{
	struct world world;
	struct echo echo;
	struct client busy;

	open_echo(&world, &echo, (struct sv_http_server_options){0});
	echo.hold = true;
	client_open(&busy, &world);
	client_say(&busy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	sv_loop_run_until(world.loop, &echo.handled);
	sv_http_server_close(world.server);
	world.server = NULL;
	assert_true(echo.aborted);
	assert_int_equal(echo.why, SV_ECANCELED);
	client_close(&busy);
	world_close(&world);
}

static void
many_connections_and_no_more_than_allowed(void **state)
{
	enum { COUNT = 200 };
	static struct client clients[COUNT];
	struct world world;
	struct echo echo;

	open_echo(&world, &echo, (struct sv_http_server_options){.connections_max = 50});
	for (int i = 0; i < COUNT; i++)
		client_open(&clients[i], &world);
	for (int i = 0; i < COUNT; i++)
		client_say(&clients[i], "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < COUNT; i++) {
		assert_memory_equal(client_wait_end(&clients[i]), "HTTP/1.1 200 ", 13);
		assert_true(sv_http_server_connections(world.server) <= 50);
	}
	assert_int_equal(echo.requests, COUNT);
	for (int i = 0; i < COUNT; i++)
		client_close(&clients[i]);
	world_close(&world);
}

static void
tcp_takes_a_free_port(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	struct echo echo = {0};
	struct sv_http_server *server = NULL, *second = NULL;
	struct sv_http_server_options options = {.tcp_address = "127.0.0.1:0", .handler = echo_handler, .context = &echo};
	struct sockaddr_in address;
	struct client client;
	char text[40];

	assert_int_equal(sv_http_server_open(loop, &options, &server), 0);
	assert_int_not_equal(sv_http_server_port(server), 0);
	(void)snprintf(text, sizeof text, "127.0.0.1:%u", sv_http_server_port(server));
	options.tcp_address = text;
	assert_int_equal(sv_http_server_open(loop, &options, &second), SV_EBUSY);
	static const char *const bad[] = {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "localhost:0", "127.0.0.1:x", "[::1:0"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		options.tcp_address = bad[i];
		assert_int_equal(sv_http_server_open(loop, &options, &second), SV_EINVAL);
	}
	assert_int_equal(uv_ip4_addr("127.0.0.1", (int)sv_http_server_port(server), &address), 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	client_adopt(&client, loop, fd);
	client_say(&client, "GET /tcp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_non_null(strstr(client_wait_end(&client), "GET /tcp"));
	client_close(&client);
	/* a refusal with unread bytes must reach a TCP client too */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	client_adopt(&client, loop, fd);
	client_say(&client, "BAD\r\n\r\n");
	(void)client_wait(&client, 1);
	client_say(&client, "more bytes that nobody reads");
	assert_memory_equal(client_wait_end(&client), "HTTP/1.1 400 ", 13);
	assert_false(client.reset);
	client_close(&client);
	sv_http_server_close(server);
	sv_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_answered_and_the_connection_stays),
		cmocka_unit_test(head_has_the_length_and_no_body),
		cmocka_unit_test(versions_and_connection_options),
		cmocka_unit_test(malformed_requests_are_refused_and_the_connection_closes),
		cmocka_unit_test(nul_bytes_and_long_heads_are_refused),
		cmocka_unit_test(a_head_may_come_byte_by_byte),
		cmocka_unit_test(bodies_by_length_and_in_chunks),
		cmocka_unit_test(no_bodies_where_none_are_taken),
		cmocka_unit_test(a_body_is_asked_for_with_100_continue),
		cmocka_unit_test(early_requests_wait_their_turn_within_a_bound),
		cmocka_unit_test(slow_heads_and_idle_connections_time_out),
		cmocka_unit_test(a_head_that_drips_does_not_win_time),
		cmocka_unit_test(a_client_that_leaves_is_noticed_while_its_answer_is_awaited),
		cmocka_unit_test(a_late_answer_goes_on_with_what_waited),
		cmocka_unit_test(a_large_reply_arrives_whole),
		cmocka_unit_test(a_reader_that_stalls_is_cut),
		cmocka_unit_test(draining_lets_answers_finish),
		cmocka_unit_test(a_drain_ends_at_its_limit),
		cmocka_unit_test(closing_aborts_what_is_pending),
		cmocka_unit_test(many_connections_and_no_more_than_allowed),
		cmocka_unit_test(tcp_takes_a_free_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
