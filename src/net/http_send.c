/* SPDX-License-Identifier: Apache-2.0
 * The output queue of a connection: bytes are borrowed until the kernel took them, short writes wait for EPOLLOUT. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "alloc.h"
#include "http_connection.h"
#include "metrics.h"
#include "sv_assert.h"

#define PARTS_MAX 32

static void
add_queued(struct sv_http_connection *connection, size_t length)
{
	connection->queued += length;
	sv_metric_add(SV_METRIC_http_queued, 0, (int64_t)length);
}

static void
sub_queued(struct sv_http_connection *connection, size_t length)
{
	sv_assert(connection->queued >= length);
	connection->queued -= length;
	sv_metric_add(SV_METRIC_http_queued, 0, -(int64_t)length);
}

static void
append(struct sv_http_connection *connection, struct sv_http_out *out)
{
	out->next = NULL;
	*connection->out_last = out;
	connection->out_last = &out->next;
	add_queued(connection, out->length);
}

static struct sv_http_out *
pop(struct sv_http_connection *connection)
{
	struct sv_http_out *out = connection->out;

	connection->out = out->next;
	if (connection->out == NULL)
		connection->out_last = &connection->out;
	return out;
}

static void
drop(struct sv_http_out *out)
{
	if (out->release != NULL)
		out->release(out->release_context);
	free(out);
}

/* Which events libuv watches changes rarely: EPOLLOUT stays until an event finds nothing to write. */
static void
poll_write(struct sv_http_connection *connection)
{
	if (connection->polls_write)
		return;
	connection->polls_write = true;
	sv_http_connection_poll(connection);
}

static void
broke(struct sv_http_connection *connection)
{
	connection->broken = true;
	/* not from inside the handler's own call */
	sv_http_soon(connection);
}

/* Bytes sent, 0 when there is no room, -1 when the connection is broken. */
static ssize_t
send_parts(struct sv_http_connection *connection, struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
	ssize_t sent;

	do
		sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	if (errno == EAGAIN || errno == ENOBUFS)
		return 0;
	broke(connection);
	return -1;
}

void
sv_http_send_copy(struct sv_http_connection *connection, struct iovec *parts, size_t count)
{
	size_t total = 0, skip;

	sv_assert(connection->out == NULL);
	if (connection->broken)
		return;
	for (size_t i = 0; i < count; i++)
		total += parts[i].iov_len;
	ssize_t sent = send_parts(connection, parts, count);
	if (sent < 0 || (size_t)sent == total)
		return;
	struct sv_http_out *out = sv_xmalloc(sizeof *out + total - (size_t)sent);
	*out = (struct sv_http_out){.data = out->copy, .length = total - (size_t)sent};
	uint8_t *into = out->copy;
	skip = (size_t)sent;
	for (size_t i = 0; i < count; i++) {
		size_t passed = skip < parts[i].iov_len ? skip : parts[i].iov_len;
		skip -= passed;
		if (parts[i].iov_len > passed)
			memcpy(into, (const uint8_t *)parts[i].iov_base + passed, parts[i].iov_len - passed);
		into += parts[i].iov_len - passed;
	}
	append(connection, out);
	sv_http_wait(connection, SV_HTTP_WAIT_WRITE);
	poll_write(connection);
}

void
sv_http_send_hold(struct sv_http_connection *connection, const void *data, size_t length)
{
	struct sv_http_out *out = sv_xmalloc(sizeof *out + length);

	*out = (struct sv_http_out){.data = out->copy, .length = length};
	memcpy(out->copy, data, length);
	append(connection, out);
}

void
sv_http_send_queue(struct sv_http_connection *connection, const void *data, size_t length, sv_http_release_fn *release, void *context)
{
	struct sv_http_out *out = sv_xmalloc(sizeof *out);

	*out = (struct sv_http_out){.data = data, .length = length, .release = release, .release_context = context};
	if (connection->broken) {
		drop(out);
		return;
	}
	append(connection, out);
	connection->held = false;
	if (!connection->polls_write)
		sv_http_send_flush(connection);
	else if (sv_list_empty(&connection->in_waiting))
		sv_http_wait(connection, SV_HTTP_WAIT_WRITE);
}

/* The kernel took `sent` bytes from the queue's front.  Everything is in order before a release runs. */
static void
advance(struct sv_http_connection *connection, size_t sent)
{
	struct sv_http_out *done = NULL, **last = &done;

	sub_queued(connection, sent);
	while (connection->out != NULL && sent >= connection->out->length) {
		struct sv_http_out *out = pop(connection);
		sent -= out->length;
		*last = out;
		last = &out->next;
	}
	*last = NULL;
	if (sent > 0) {
		connection->out->data += sent;
		connection->out->length -= sent;
	}
	for (struct sv_http_out *next; done != NULL; done = next) {
		next = done->next;
		drop(done);
	}
}

void
sv_http_send_flush(struct sv_http_connection *connection)
{
	while (connection->out != NULL && !connection->broken) {
		struct iovec parts[PARTS_MAX];
		size_t count = 0, total = 0;
		for (struct sv_http_out *out = connection->out; out != NULL && count < PARTS_MAX; out = out->next) {
			parts[count++] = (struct iovec){(void *)(uintptr_t)out->data, out->length};
			total += out->length;
		}
		ssize_t sent = send_parts(connection, parts, count);
		if (sent < 0)
			return;
		if (sent > 0 || !connection->polls_write)
			sv_http_wait(connection, SV_HTTP_WAIT_WRITE);
		if (sent > 0)
			advance(connection, (size_t)sent);
		if ((size_t)sent < total) {
			poll_write(connection);
			return;
		}
	}
	sv_http_wait(connection, SV_HTTP_WAIT_NONE);
}

void
sv_http_send_drop(struct sv_http_connection *connection)
{
	sub_queued(connection, connection->queued);
	while (connection->out != NULL)
		drop(pop(connection));
}
