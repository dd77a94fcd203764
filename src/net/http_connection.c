/* SPDX-License-Identifier: Apache-2.0
 * One connection: reads heads and bodies, hands requests to the handler one at a time, and keeps reading while an answer runs so
 * that a client that leaves is seen at once. */
#include "http_connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "errors.h"
#include "metrics.h"
#include "sv_assert.h"

#define LINGER_BYTES_MAX ((size_t)1 << 20)

static void
on_poll(uv_poll_t *poll, int status, int events);

void
sv_http_connection_poll(struct sv_http_connection *connection)
{
	(void)uv_poll_start(&connection->poll, UV_READABLE | (connection->polls_write ? UV_WRITABLE : 0), on_poll);
}

void
sv_http_connection_new(struct sv_http_server *server, int fd)
{
	struct sv_http_connection *connection = sv_xcalloc(1, sizeof *connection);

	connection->magic = SV_HTTP_CONNECTION_MAGIC;
	connection->server = server;
	connection->fd = fd;
	connection->out_last = &connection->out;
	sv_list_init(&connection->in_waiting);
	sv_list_init(&connection->in_soon);
	sv_list_append(&server->connections, &connection->in_server);
	sv_assert(uv_poll_init(sv_loop_uv(server->loop), &connection->poll, fd) == 0);
	connection->poll.data = connection;
	sv_http_connection_poll(connection);
	sv_http_wait(connection, SV_HTTP_WAIT_HEADER);
}

/* ---- requests ---- */

static void
make_id(struct sv_http_server *server, char id[static 13])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t mixed = (server->id_seed[0] += 0x9e3779b97f4a7c15u);

	/* splitmix64: told apart in logs, not a secret */
	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	mixed ^= mixed >> 31;
	for (int i = 0; i < 10; i++, mixed >>= 6)
		id[i] = letters[mixed & 63];
	id[10] = letters[server->id_seed[1] & 63];
	id[11] = letters[server->id_seed[1] >> 6 & 63];
	id[12] = '\0';
}

static struct sv_http_request *
request_new(struct sv_http_connection *connection)
{
	struct sv_http_request *request = sv_xcalloc(1, sizeof *request);

	request->magic = SV_HTTP_REQUEST_MAGIC;
	request->connection = connection;
	sv_buffer_init(&request->body, connection->server->options.body_max_bytes);
	return request;
}

static void
request_free(struct sv_http_request *request)
{
	sv_buffer_fini(&request->body);
	sv_arena_free(request->arena);
	free(request->bytes);
	request->magic = 0;
	free(request);
}

static void
drop_request(struct sv_http_connection *connection)
{
	struct sv_http_request *request = connection->request;

	connection->request = NULL;
	if (request != NULL)
		request_free(request);
}

/* ---- the end of a connection ---- */

static void
on_closed(uv_handle_t *handle)
{
	struct sv_http_connection *connection = handle->data;

	connection->magic = 0;
	free(connection);
}

void
sv_http_connection_close(struct sv_http_connection *connection)
{
	if (connection->state == SV_HTTP_CLOSED)
		return;
	connection->state = SV_HTTP_CLOSED;
	sv_list_remove(&connection->in_server);
	sv_list_remove(&connection->in_waiting);
	sv_list_remove(&connection->in_soon);
	(void)uv_poll_stop(&connection->poll);
	uv_close((uv_handle_t *)&connection->poll, on_closed);
	(void)close(connection->fd);
	free(connection->input);
	connection->input = NULL;
	connection->input_length = 0;
	drop_request(connection);
	sv_http_send_drop(connection);
	sv_http_connection_gone(connection->server);
}

void
sv_http_connection_abort(struct sv_http_connection *connection, int why)
{
	struct sv_http_request *request = connection->request;

	if (connection->state == SV_HTTP_CLOSED)
		return;
	if (connection->state == SV_HTTP_ANSWERING || connection->state == SV_HTTP_SENDING)
		sv_metric_add(SV_METRIC_http_aborts, 0, 1);
	if (connection->state == SV_HTTP_ANSWERING && !request->aborted) {
		request->aborted = true;
		if (request->on_abort != NULL)
			request->on_abort(request->abort_context, why);
	}
	sv_http_connection_close(connection);
}

/* The last byte is with the kernel. */
static void
sent(struct sv_http_connection *connection)
{
	sv_metric_observe(SV_METRIC_http_duration, (double)(sv_clock_us() - connection->head_us) / 1e6);
	if (!connection->close_after && !connection->server->draining) {
		connection->state = SV_HTTP_READING;
		sv_http_wait(connection, connection->input_length > 0 ? SV_HTTP_WAIT_HEADER : SV_HTTP_WAIT_IDLE);
		if (connection->input_length > 0)
			sv_http_soon(connection);
	} else if (connection->linger || connection->input_length > 0) {
		/* closing with unread bytes would make the kernel throw our answer away */
		connection->state = SV_HTTP_LINGERING;
		(void)shutdown(connection->fd, SHUT_WR);
		sv_http_wait(connection, SV_HTTP_WAIT_LINGER);
	} else {
		sv_http_connection_close(connection);
	}
}

void
sv_http_connection_answered(struct sv_http_connection *connection)
{
	connection->state = SV_HTTP_SENDING;
	drop_request(connection);
	if (connection->out == NULL && !connection->broken)
		sent(connection);
}

/* ---- reading ---- */

static bool
keep_input(struct sv_http_connection *connection, const uint8_t *data, size_t length)
{
	size_t need = connection->input_length + length;

	if (need > connection->input_capacity) {
		size_t capacity = need < 512 ? 512 : need;
		uint8_t *grown = realloc(connection->input, capacity);
		if (grown == NULL)
			return false;
		connection->input = grown;
		connection->input_capacity = capacity;
	}
	memcpy(connection->input + connection->input_length, data, length);
	connection->input_length = need;
	return true;
}

static void
use_input(struct sv_http_connection *connection, size_t length)
{
	connection->input_length -= length;
	if (connection->input_length > 0) {
		memmove(connection->input, connection->input + length, connection->input_length);
		return;
	}
	free(connection->input);
	connection->input = NULL;
	connection->input_capacity = 0;
}

static void
dispatch(struct sv_http_connection *connection)
{
	struct sv_http_server *server = connection->server;

	if (connection->input_length > SV_HTTP_SPILL_MAX) {
		sv_metric_add(SV_METRIC_http_rejects, 0, 1);
		sv_http_connection_close(connection);
		return;
	}
	connection->state = SV_HTTP_ANSWERING;
	sv_http_wait(connection, SV_HTTP_WAIT_NONE);
	server->options.handler(server->options.context, connection->request);
}

/* 1 when the body is whole, SV_EAGAIN, or an error. */
static int
take_body(struct sv_http_connection *connection)
{
	struct sv_http_request *request = connection->request;
	size_t used = 0;
	int rc;

	if (request->head.chunked) {
		rc = sv_http_chunked_feed(&request->chunked, connection->input, connection->input_length, &request->body,
		    connection->server->options.body_max_bytes, &used);
	} else {
		size_t left = (size_t)request->head.content_length - request->body.length;
		used = left < connection->input_length ? left : connection->input_length;
		sv_buffer_append(&request->body, connection->input, used);
		rc = sv_buffer_error(&request->body);
		if (rc == 0)
			rc = request->body.length == request->head.content_length ? 1 : SV_EAGAIN;
	}
	if (rc == 1 || rc == SV_EAGAIN)
		use_input(connection, used);
	return rc;
}

static void
read_body(struct sv_http_connection *connection)
{
	int rc = take_body(connection);

	if (rc == 1)
		dispatch(connection);
	else if (rc != SV_EAGAIN)
		sv_http_response_refuse(connection, rc == SV_ETOOBIG ? 413 : rc == SV_EPROTO ? 400 : 503);
}

static void
begin_body(struct sv_http_connection *connection)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct sv_http_request *request = connection->request;

	if (!request->head.chunked && request->head.content_length == 0) {
		dispatch(connection);
		return;
	}
	if (request->head.content_length > connection->server->options.body_max_bytes) {
		sv_http_response_refuse(connection, 413);
		return;
	}
	connection->state = SV_HTTP_BODY;
	/* a body has as long as an answer may stall, in all */
	sv_http_wait(connection, SV_HTTP_WAIT_WRITE);
	if (request->head.expect_continue && connection->input_length == 0) {
		struct iovec part = {(void *)(uintptr_t)go_on, sizeof go_on - 1};
		sv_http_send_copy(connection, &part, 1);
	}
	read_body(connection);
}

/* The head is whole: its bytes move into the request, what follows them stays. */
static void
begin_request(struct sv_http_connection *connection, size_t head_length)
{
	struct sv_http_request *request = connection->request;
	uint8_t *bytes = connection->input;
	size_t rest = connection->input_length - head_length;

	request->bytes = bytes;
	connection->input = NULL;
	connection->input_length = connection->input_capacity = 0;
	if (rest > 0 && !keep_input(connection, bytes + head_length, rest)) {
		sv_http_response_refuse(connection, 503);
		return;
	}
	make_id(connection->server, request->id);
	request->head_only = sv_text_is(request->head.method, "HEAD");
	connection->head_us = sv_clock_us();
	connection->close_after = !request->head.keep_alive;
	connection->linger = false;
	connection->burst = 0;
	begin_body(connection);
}

static void
read_head(struct sv_http_connection *connection)
{
	if (connection->request == NULL) {
		connection->request = request_new(connection);
		sv_http_wait(connection, SV_HTTP_WAIT_HEADER);
	}
	struct sv_http_head *head = &connection->request->head;
	int rc = sv_http_head_parse((const char *)connection->input, connection->input_length, head);
	if (rc >= 0)
		begin_request(connection, (size_t)rc);
	else if (rc != SV_EAGAIN)
		sv_http_response_refuse(connection, head->status);
}

static void
go_on_reading(struct sv_http_connection *connection)
{
	if (connection->state == SV_HTTP_READING && connection->input_length > 0)
		read_head(connection);
	else if (connection->state == SV_HTTP_BODY)
		read_body(connection);
}

static void
take(struct sv_http_connection *connection, const uint8_t *data, size_t length)
{
	if (connection->state == SV_HTTP_LINGERING || (connection->state == SV_HTTP_SENDING && connection->linger)) {
		connection->discarded += length;
		if (connection->discarded > LINGER_BYTES_MAX)
			sv_http_connection_abort(connection, SV_ECLOSED);
		return;
	}
	bool waits = connection->state == SV_HTTP_ANSWERING || connection->state == SV_HTTP_SENDING;
	if (waits && connection->input_length + length > SV_HTTP_SPILL_MAX) {
		sv_metric_add(SV_METRIC_http_rejects, 0, 1);
		sv_http_connection_abort(connection, SV_ECLOSED);
		return;
	}
	if (!keep_input(connection, data, length)) {
		sv_http_connection_abort(connection, SV_ENOMEM);
		return;
	}
	if (!waits)
		go_on_reading(connection);
}

static void
read_some(struct sv_http_connection *connection)
{
	ssize_t got = recv(connection->fd, connection->server->scratch, SV_HTTP_READ_MAX, MSG_DONTWAIT);

	if (got > 0)
		take(connection, connection->server->scratch, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		sv_http_connection_abort(connection, SV_ECLOSED);
}

static void
give_room(struct sv_http_connection *connection)
{
	struct sv_http_request *request = connection->request;

	request->wants_room = false;
	connection->room_due = false;
	connection->burst = 0;
	request->on_room(request->room_context);
}

static void
write_more(struct sv_http_connection *connection)
{
	if (connection->out == NULL || connection->held) {
		connection->polls_write = false;
		sv_http_connection_poll(connection);
		return;
	}
	sv_http_send_flush(connection);
	if (connection->state == SV_HTTP_SENDING && connection->out == NULL && !connection->broken)
		sent(connection);
	else if (connection->state == SV_HTTP_ANSWERING && !connection->broken && connection->request->wants_room &&
	    connection->queued <= connection->server->options.high_water_bytes / 2)
		give_room(connection);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct sv_http_connection *connection = poll->data;

	SV_CHECK(connection, SV_HTTP_CONNECTION_MAGIC);
	if (status < 0) {
		sv_http_connection_abort(connection, SV_ECLOSED);
		return;
	}
	/* reading first: no work for a client that has left */
	if ((events & UV_READABLE) != 0)
		read_some(connection);
	if ((events & UV_WRITABLE) != 0 && connection->state != SV_HTTP_CLOSED && !connection->broken)
		write_more(connection);
}

void
sv_http_connection_run_soon(struct sv_http_connection *connection)
{
	if (connection->broken)
		sv_http_connection_abort(connection, SV_ECLOSED);
	else if (connection->room_due && connection->state == SV_HTTP_ANSWERING)
		give_room(connection);
	else if (connection->state == SV_HTTP_READING && connection->input_length > 0)
		read_head(connection);
}

void
sv_http_connection_drain(struct sv_http_connection *connection)
{
	uint8_t byte;

	/* a request that is already in the kernel is still answered */
	if (connection->state == SV_HTTP_READING && connection->input_length == 0 && recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		sv_http_connection_close(connection);
}

void
sv_http_connection_expire(struct sv_http_connection *connection)
{
	switch (connection->state) {
	case SV_HTTP_READING:
		if (connection->input_length > 0)
			sv_http_response_refuse(connection, 408);
		else
			sv_http_connection_close(connection);
		break;
	case SV_HTTP_BODY:
		sv_http_response_refuse(connection, 408);
		break;
	case SV_HTTP_LINGERING:
		sv_http_connection_close(connection);
		break;
	default:
		sv_http_connection_abort(connection, SV_ETIMEOUT);
		break;
	}
}
