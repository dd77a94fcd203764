/* SPDX-License-Identifier: Apache-2.0
 * Streamed answers: room, back-pressure, releases, cuts and leavers. */
#include "http_test_client.h"

#define PIECE 65536u

struct stream {
	struct sv_loop *loop;
	struct sv_http_request *request;
	uint64_t length;                     /* of the answer */
	uint64_t written;
	int rooms, releases, writes, aborts, why;
	bool inside, started, start_returned, manual, cut_in_room, aborted, full;
	size_t piece, full_at;
};

static uint8_t pattern[4u << 20];

static void
on_release(void *context)
{
	((struct stream *)context)->releases++;
}

static bool
write_piece(struct stream *stream)
{
	uint64_t left = stream->length - stream->written;
	size_t length = left < stream->piece ? (size_t)left : stream->piece;
	const uint8_t *data = pattern + stream->written % (sizeof pattern / 2);

	stream->inside = true;
	stream->written += length;
	stream->writes++;
	bool more = sv_http_write(stream->request, data, length, on_release, stream);
	stream->inside = false;
	return more;
}

static void
on_room(void *context)
{
	struct stream *stream = context;

	assert_false(stream->inside);
	assert_true(stream->start_returned);
	stream->rooms++;
	if (stream->cut_in_room) {
		sv_http_cut(stream->request);
		return;
	}
	if (stream->manual)
		return;
	stream->full = false;
	while (stream->written < stream->length)
		if (!write_piece(stream)) {
			stream->full = stream->written < stream->length;
			break;
		}
}

static void
on_abort(void *context, int why)
{
	struct stream *stream = context;

	assert_false(stream->inside);
	stream->aborts++;
	stream->why = why;
	stream->aborted = true;
}

static void
stream_handler(void *context, struct sv_http_request *request)
{
	struct stream *stream = context;
	static const struct sv_http_header headers[] = {{"ETag", "\"a\""}, {"Left-Out", NULL}, {NULL, NULL}};

	stream->request = request;
	sv_http_on_abort(request, on_abort, stream);
	stream->inside = true;
	stream->started = sv_http_start(request, 200, headers, stream->length, on_room, stream);
	stream->inside = false;
	stream->start_returned = true;
}

static void
open_stream(struct world *world, struct stream *stream, struct sv_http_server_options options)
{
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (uint8_t)(i * 7 + i / 251);
	options.handler = stream_handler;
	options.context = stream;
	world_open(world, options);
	stream->loop = world->loop;
	stream->piece = PIECE;
}

static void
ask(struct client *client)
{
	client_say(client, "GET /f HTTP/1.1\r\nHost: x\r\n\r\n");
}

/* Turn the loop until the condition holds. */
#define TURN_UNTIL(world, condition) \
	while (!(condition)) \
		(void)uv_run(sv_loop_uv((world)->loop), UV_RUN_ONCE)

static void
bytes_arrive_as_written(void **state)
{
	static const uint64_t lengths[] = {1, 100, PIECE, PIECE + 1, 5000000};

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct world world;
		struct stream stream = {.length = lengths[i]};
		struct client client;
		open_stream(&world, &stream, (struct sv_http_server_options){0});
		client_open(&client, &world);
		for (int turn = 0; turn < 2; turn++) {
			stream.written = 0;
			ask(&client);
			const char *text = client_wait_answer(&client, false);
			assert_true(stream.started);
			assert_non_null(strstr(text, "ETag: \"a\"\r\n"));
			assert_null(strstr(text, "Left-Out"));
			const char *body = strstr(text, "\r\n\r\n") + 4;
			assert_int_equal(client.got.length - (size_t)(body - text), lengths[i]);
			for (uint64_t at = 0; at < lengths[i]; at += PIECE) {
				size_t length = lengths[i] - at < PIECE ? (size_t)(lengths[i] - at) : PIECE;
				assert_memory_equal(body + at, pattern + at % (sizeof pattern / 2), length);
			}
			client_forget(&client);
		}
		assert_int_equal(stream.releases, stream.writes);
		assert_int_equal(stream.aborts, 0);
		client_close(&client);
		world_close(&world);
	}
}

static void
head_and_nothing_need_no_room(void **state)
{
	struct world world;
	struct stream stream = {.length = 5};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	client_say(&client, "HEAD /f HTTP/1.1\r\nHost: x\r\n\r\n");
	const char *text = client_wait_answer(&client, true);
	assert_non_null(strstr(text, "Content-Length: 5\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
	assert_false(stream.started);
	client_forget(&client);
	stream.length = 0;
	ask(&client);
	assert_non_null(strstr(client_wait_answer(&client, false), "Content-Length: 0\r\n"));
	assert_false(stream.started);
	assert_int_equal(stream.rooms, 0);
	client_close(&client);
	world_close(&world);
}

static void
the_head_waits_for_the_first_bytes(void **state)
{
	struct world world;
	struct stream stream = {.length = 5, .manual = true};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	ask(&client);
	TURN_UNTIL(&world, stream.rooms == 1);
	for (int i = 0; i < 5; i++)
		(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	assert_int_equal(client.got.length, 0);
	assert_int_equal(stream.rooms, 1);
	stream.piece = 2;
	assert_true(write_piece(&stream));
	const char *text = client_wait(&client, 1);
	assert_memory_equal(strstr(text, "\r\n\r\n") + 4, pattern, 2);     /* in one piece with the head */
	assert_true(write_piece(&stream));
	assert_false(write_piece(&stream));
	(void)client_wait_answer(&client, false);
	assert_int_equal(stream.rooms, 1);
	assert_int_equal(stream.releases, 3);
	client_close(&client);
	world_close(&world);
}

static void
room_stays_silent_above_the_mark(void **state)
{
	struct world world;
	struct stream stream = {.length = 8u << 20};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){.high_water_bytes = 2 * PIECE});
	client_open(&client, &world);
	client_pause(&client, true);
	ask(&client);
	TURN_UNTIL(&world, stream.full && sv_metric_get(SV_METRIC_http_queued, 0) >= 2 * PIECE);
	int rooms = stream.rooms;
	uint64_t written = stream.written;
	assert_true(sv_metric_get(SV_METRIC_http_queued, 0) <= 3 * PIECE);
	for (int i = 0; i < 20; i++)
		(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	assert_int_equal(stream.rooms, rooms);
	assert_int_equal(stream.written, written);
	client_pause(&client, false);
	(void)client_wait_answer(&client, false);
	assert_true(stream.rooms > rooms);
	assert_int_equal(stream.written, stream.length);
	assert_int_equal(stream.releases, stream.writes);
	client_close(&client);
	world_close(&world);
}

static void
a_leaver_is_noticed_between_two_writes(void **state)
{
	struct world world;
	struct stream stream = {.length = 1u << 20, .manual = true};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	ask(&client);
	TURN_UNTIL(&world, stream.rooms == 1);
	assert_true(write_piece(&stream));
	(void)client_wait(&client, PIECE);
	client_close(&client);
	sv_loop_run_until(world.loop, &stream.aborted);
	assert_int_equal(stream.aborts, 1);
	assert_int_equal(stream.why, SV_ECLOSED);
	assert_int_equal(stream.releases, 1);
	world_close(&world);
	assert_int_equal(stream.aborts, 1);
}

static void
a_leaver_with_a_full_queue_frees_everything(void **state)
{
	struct world world;
	struct stream stream = {.length = 8u << 20};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	client_pause(&client, true);
	ask(&client);
	TURN_UNTIL(&world, stream.full && sv_metric_get(SV_METRIC_http_queued, 0) >= 262144);
	assert_true(stream.releases < stream.writes);
	client_close(&client);
	sv_loop_run_until(world.loop, &stream.aborted);
	assert_int_equal(sv_http_server_connections(world.server), 0);
	assert_int_equal(stream.aborts, 1);
	assert_int_equal(stream.releases, stream.writes);
	assert_int_equal(sv_metric_get(SV_METRIC_http_queued, 0), 0);
	world_close(&world);
}

static void
a_write_into_a_closed_connection_aborts_later(void **state)
{
	struct world world;
	struct stream stream = {.length = 1u << 20, .manual = true};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	ask(&client);
	TURN_UNTIL(&world, stream.rooms == 1);
	client_close(&client);
	/* the loop has not seen it yet: the write does */
	assert_false(write_piece(&stream));
	assert_int_equal(stream.aborts, 0);
	assert_false(write_piece(&stream));
	sv_loop_run_until(world.loop, &stream.aborted);
	assert_int_equal(stream.aborts, 1);
	assert_int_equal(stream.releases, 2);
	world_close(&world);
}

static void
a_cut_shows_as_a_premature_end(void **state)
{
	struct world world;
	struct stream stream = {.length = 1000, .manual = true};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	ask(&client);
	TURN_UNTIL(&world, stream.rooms == 1);
	stream.piece = 10;
	assert_true(write_piece(&stream));
	sv_http_cut(stream.request);
	const char *text = client_wait_end(&client);
	assert_non_null(strstr(text, "Content-Length: 1000\r\n"));
	assert_int_equal(client.got.length - (size_t)(strstr(text, "\r\n\r\n") + 4 - text), 10);
	assert_int_equal(stream.aborts, 0);
	assert_int_equal(stream.releases, 1);
	client_close(&client);

	stream = (struct stream){.length = 1000, .cut_in_room = true};
	client_open(&client, &world);
	ask(&client);
	assert_string_equal(client_wait_end(&client), "");
	assert_int_equal(stream.aborts, 0);
	client_close(&client);
	world_close(&world);
}

static void
a_stalled_reader_ends_in_a_timeout(void **state)
{
	struct world world;
	struct stream stream = {.length = 8u << 20};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){.write_timeout_ms = 50});
	client_open(&client, &world);
	client_pause(&client, true);
	ask(&client);
	sv_loop_run_until(world.loop, &stream.aborted);
	assert_int_equal(stream.why, SV_ETIMEOUT);
	assert_int_equal(stream.aborts, 1);
	client_close(&client);
	world_close(&world);
	assert_int_equal(stream.releases, stream.writes);
}

static void
waiting_for_the_handler_is_no_stall(void **state)
{
	struct world world;
	struct stream stream = {.length = 3, .manual = true};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){.write_timeout_ms = 20, .idle_timeout_ms = 20, .header_timeout_ms = 20});
	client_open(&client, &world);
	ask(&client);
	TURN_UNTIL(&world, stream.rooms == 1);
	uint64_t from = sv_loop_now_ms(world.loop);
	struct sv_timer *timer = sv_timer_start(world.loop, 5, 5, on_release, &(struct stream){0});
	TURN_UNTIL(&world, sv_loop_now_ms(world.loop) > from + 80);
	sv_timer_cancel(timer);
	assert_int_equal(stream.aborts, 0);
	assert_false(write_piece(&stream));
	(void)client_wait_answer(&client, false);
	client_close(&client);
	world_close(&world);
}

static void
closing_the_server_aborts_and_releases(void **state)
{
	struct world world;
	struct stream stream = {.length = 8u << 20};
	struct client client;

	open_stream(&world, &stream, (struct sv_http_server_options){0});
	client_open(&client, &world);
	client_pause(&client, true);
	ask(&client);
	TURN_UNTIL(&world, stream.full && sv_metric_get(SV_METRIC_http_queued, 0) >= 262144);
	sv_http_server_close(world.server);
	world.server = NULL;
	assert_int_equal(stream.why, SV_ECANCELED);
	assert_int_equal(stream.releases, stream.writes);
	client_close(&client);
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_arrive_as_written),
		cmocka_unit_test(head_and_nothing_need_no_room),
		cmocka_unit_test(the_head_waits_for_the_first_bytes),
		cmocka_unit_test(room_stays_silent_above_the_mark),
		cmocka_unit_test(a_leaver_is_noticed_between_two_writes),
		cmocka_unit_test(a_leaver_with_a_full_queue_frees_everything),
		cmocka_unit_test(a_write_into_a_closed_connection_aborts_later),
		cmocka_unit_test(a_cut_shows_as_a_premature_end),
		cmocka_unit_test(a_stalled_reader_ends_in_a_timeout),
		cmocka_unit_test(waiting_for_the_handler_is_no_stall),
		cmocka_unit_test(closing_the_server_aborts_and_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
