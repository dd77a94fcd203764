/* SPDX-License-Identifier: Apache-2.0
 * What handlers call: the request's parts, whole answers, streamed answers. */
#include <string.h>
#include <strings.h>
#include <sys/uio.h>

#include "clock.h"
#include "http_connection.h"
#include "metrics.h"
#include "sv_assert.h"

#define PARTS_MAX 64
#define BURST_MAX ((size_t)1 << 20)  /* bytes of one connection before others get their turn */

static const char *
reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 202: return "Accepted";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 207: return "Multi-Status";
	case 301: return "Moved Permanently";
	case 302: return "Found";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 307: return "Temporary Redirect";
	case 308: return "Permanent Redirect";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 408: return "Request Timeout";
	case 409: return "Conflict";
	case 410: return "Gone";
	case 411: return "Length Required";
	case 412: return "Precondition Failed";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 416: return "Range Not Satisfiable";
	case 417: return "Expectation Failed";
	case 421: return "Misdirected Request";
	case 422: return "Unprocessable Content";
	case 429: return "Too Many Requests";
	case 431: return "Request Header Fields Too Large";
	case 451: return "Unavailable For Legal Reasons";
	case 500: return "Internal Server Error";
	case 501: return "Not Implemented";
	case 502: return "Bad Gateway";
	case 503: return "Service Unavailable";
	case 504: return "Gateway Timeout";
	case 505: return "HTTP Version Not Supported";
	case 507: return "Insufficient Storage";
	default: return "Status";
	}
}

/* ---- what was asked ---- */

struct sv_text
sv_http_method(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return request->head.method;
}

struct sv_text
sv_http_path(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return request->head.path;
}

struct sv_text
sv_http_query(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return request->head.query;
}

struct sv_text
sv_http_field(const struct sv_http_request *request, const char *name)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return sv_http_head_field(&request->head, name);
}

const struct sv_http_head *
sv_http_request_head(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return &request->head;
}

struct sv_text
sv_http_body(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return (struct sv_text){(const char *)request->body.data, request->body.length};
}

struct sv_arena *
sv_http_arena(struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	if (request->arena == NULL)
		request->arena = sv_arena_new(0);
	return request->arena;
}

struct sv_loop *
sv_http_loop(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return request->connection->server->loop;
}

const char *
sv_http_request_id(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return request->id;
}

bool
sv_http_is_head(const struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	return request->head_only;
}

void
sv_http_on_abort(struct sv_http_request *request, sv_http_abort_fn *fn, void *context)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	request->on_abort = fn;
	request->abort_context = context;
}

/* ---- heads ---- */

static void
put_header(struct sv_buffer *out, const struct sv_http_header *header)
{
	struct sv_text value = sv_text_of(header->value);

	sv_assert(sv_http_head_token(sv_text_of(header->name)));
	sv_assert(strcasecmp(header->name, "Content-Length") != 0 && strcasecmp(header->name, "Connection") != 0);
	for (size_t i = 0; i < value.length; i++)
		sv_assert(((unsigned char)value.data[i] >= 0x20 || value.data[i] == '\t') && value.data[i] != 0x7f);
	sv_buffer_text(out, header->name);
	sv_buffer_append(out, ": ", 2);
	sv_buffer_append(out, value.data, value.length);
	sv_buffer_append(out, "\r\n", 2);
}

static void
put_number(struct sv_buffer *out, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	sv_buffer_append(out, digits + at, sizeof digits - at);
}

/* Build the head in the server's buffer; UINT64_MAX: no Content-Length. */
static struct sv_buffer *
build_head(struct sv_http_connection *connection, int status, const struct sv_http_header *headers, uint64_t content_length)
{
	struct sv_http_server *server = connection->server;
	struct sv_buffer *out = &server->build;
	const struct sv_http_request *request = connection->request;

	sv_assert(status >= 200 && status <= 599);
	sv_metric_add(SV_METRIC_http_requests, (unsigned)status / 100 - 1, 1);
	if (server->draining)
		connection->close_after = true;
	sv_buffer_reset(out);
	sv_buffer_append(out, "HTTP/1.1 ", 9);
	put_number(out, (uint64_t)status);
	sv_buffer_byte(out, ' ');
	sv_buffer_text(out, reason(status));
	sv_buffer_append(out, "\r\nDate: ", 8);
	sv_buffer_append(out, sv_http_date(server), SV_HTTP_DATE_SIZE - 1);
	sv_buffer_append(out, "\r\n", 2);
	if (content_length != UINT64_MAX) {
		sv_buffer_text(out, "Content-Length: ");
		put_number(out, content_length);
		sv_buffer_append(out, "\r\n", 2);
	}
	if (connection->close_after)
		sv_buffer_text(out, "Connection: close\r\n");
	else if (request != NULL && request->head.minor == 0)
		sv_buffer_text(out, "Connection: keep-alive\r\n");
	for (; headers != NULL && headers->name != NULL; headers++)
		if (headers->value != NULL)
			put_header(out, headers);
	sv_buffer_append(out, "\r\n", 2);
	/* header values are our own: a head of a MiB is our own mistake */
	sv_assert(sv_buffer_error(out) == 0);
	return out;
}

static bool
has_body(const struct sv_http_request *request, int status)
{
	return !request->head_only && status != 204 && status != 304;
}

static bool
has_length(int status)
{
	return status != 204 && status != 304;
}

/* ---- whole answers ---- */

static void
send_whole(struct sv_http_connection *connection, const struct sv_buffer *head, const struct sv_http_chunk *chunks, size_t count)
{
	struct iovec parts[PARTS_MAX];

	sv_assert(count < PARTS_MAX);
	parts[0] = (struct iovec){head->data, head->length};
	for (size_t i = 0; i < count; i++)
		parts[i + 1] = (struct iovec){(void *)(uintptr_t)chunks[i].data, chunks[i].length};
	if (connection->out == NULL) {
		sv_http_send_copy(connection, parts, count + 1);
		return;
	}
	/* a 100 Continue still waits for the kernel */
	for (size_t i = 0; i <= count; i++)
		sv_http_send_hold(connection, parts[i].iov_base, parts[i].iov_len);
}

void
sv_http_reply(struct sv_http_request *request, int status, const struct sv_http_header *headers, const struct sv_http_chunk *chunks, size_t count)
{
	struct sv_http_connection *connection;
	struct sv_http_chunk joined;
	struct sv_buffer copy;
	uint64_t length = 0;

	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	if (request->aborted)
		return;
	sv_assert(!request->started);
	connection = request->connection;
	for (size_t i = 0; i < count; i++)
		length += chunks[i].length;
	struct sv_buffer *head = build_head(connection, status, headers, has_length(status) ? length : UINT64_MAX);
	sv_buffer_init(&copy, (size_t)1 << 30);
	if (!has_body(request, status)) {
		count = 0;
	} else if (count >= PARTS_MAX) {
		for (size_t i = 0; i < count; i++)
			sv_buffer_append(&copy, chunks[i].data, chunks[i].length);
		sv_assert(sv_buffer_error(&copy) == 0);
		joined = (struct sv_http_chunk){copy.data, copy.length};
		chunks = &joined;
		count = 1;
	}
	send_whole(connection, head, chunks, count);
	sv_buffer_fini(&copy);
	sv_http_connection_answered(connection);
}

void
sv_http_reply_error(struct sv_http_request *request, int status, const struct sv_http_header *headers, const char *text)
{
	struct sv_http_header all[24] = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
	size_t count = 2;
	const char *words = text == NULL ? reason(status) : text;
	struct sv_http_chunk chunks[] = {{words, strlen(words)}, {"\n", 1}};

	for (; headers != NULL && headers->name != NULL; headers++) {
		sv_assert(count + 1 < sizeof all / sizeof all[0]);
		all[count++] = *headers;
	}
	sv_http_reply(request, status, all, chunks, 2);
}

void
sv_http_response_refuse(struct sv_http_connection *connection, int status)
{
	static const struct sv_http_header headers[] = {{"Content-Type", "text/plain; charset=utf-8"}, {NULL, NULL}};
	const char *words = reason(status);
	struct sv_http_chunk chunks[] = {{words, strlen(words)}, {"\n", 1}};
	bool head_only = connection->request != NULL && sv_text_is(connection->request->head.method, "HEAD");

	sv_metric_add(SV_METRIC_http_rejects, 0, 1);
	/* a head that never became whole was not measured */
	if (connection->state == SV_HTTP_READING)
		connection->head_us = sv_clock_us();
	connection->close_after = connection->linger = true;
	connection->state = SV_HTTP_ANSWERING;
	sv_http_wait(connection, SV_HTTP_WAIT_NONE);
	connection->input_length = 0;
	send_whole(connection, build_head(connection, status, headers, strlen(words) + 1), chunks, head_only ? 0 : 2);
	sv_http_connection_answered(connection);
}

/* ---- streamed answers ---- */

bool
sv_http_start(struct sv_http_request *request, int status, const struct sv_http_header *headers, uint64_t content_length, sv_loop_fn *on_room,
    void *context)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	struct sv_http_connection *connection = request->connection;

	if (request->aborted)
		return false;
	sv_assert(!request->started);
	request->started = true;
	const struct sv_buffer *head = build_head(connection, status, headers, has_length(status) ? content_length : UINT64_MAX);
	if (!has_body(request, status) || content_length == 0) {
		send_whole(connection, head, NULL, 0);
		sv_http_connection_answered(connection);
		return false;
	}
	request->left = content_length;
	request->on_room = on_room;
	request->room_context = context;
	request->wants_room = true;
	connection->room_due = true;
	sv_http_send_hold(connection, head->data, head->length);
	connection->held = true;
	sv_http_soon(connection);
	return true;
}

bool
sv_http_write(struct sv_http_request *request, const void *data, size_t length, sv_http_release_fn *release, void *release_context)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	struct sv_http_connection *connection = request->connection;

	sv_assert(request->aborted || (request->started && length <= request->left));
	if (request->aborted || length == 0) {
		if (release != NULL)
			release(release_context);
		return !request->aborted && connection->queued < connection->server->options.high_water_bytes;
	}
	request->left -= length;
	bool last = request->left == 0;
	sv_http_send_queue(connection, data, length, release, release_context);
	if (last) {
		sv_http_connection_answered(connection);
		return false;
	}
	connection->burst += length;
	if (connection->broken)
		return false;
	if (connection->queued < connection->server->options.high_water_bytes && connection->burst < BURST_MAX)
		return true;
	request->wants_room = true;
	if (connection->queued < connection->server->options.high_water_bytes) {
		connection->room_due = true;
		sv_http_soon(connection);
	}
	return false;
}

void
sv_http_cut(struct sv_http_request *request)
{
	SV_CHECK(request, SV_HTTP_REQUEST_MAGIC);
	struct sv_http_connection *connection = request->connection;

	if (request->aborted)
		return;
	request->aborted = true;
	sv_http_connection_close(connection);
}
