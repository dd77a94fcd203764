/* SPDX-License-Identifier: Apache-2.0
 * hiredis reads the protocol; the socket is ours, under uv_poll.  (hiredis' own asynchronous mode frees its context behind one's
 * back, cannot time out a command and resolves names blocking.) */
#include "redis_link.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "alloc.h"
#include "sv_assert.h"

#define OUT_MAX ((size_t)64 << 20)

struct resolve {
	uv_getaddrinfo_t request;
	struct sv_redis_link *link;      /* NULL: nobody waits any more */
};

struct sv_redis_link {
	struct sv_loop *loop;
	struct sv_redis_link_events events;
	uv_poll_t poll;
	uv_timer_t failed;               /* carries a failure of the open call out of it */
	const char *why;
	int fd, events_wanted;
	bool connected, closed;
	unsigned handles;
	struct resolve *resolve;
	redisReader *reader;
	struct sv_buffer out;
};

/* ---- replies ---- */

static void
convert(const redisReply *reply, struct sv_redis_value *value)
{
	switch (reply->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		*value = (struct sv_redis_value){.kind = SV_REDIS_TEXT, .text = reply->str, .length = reply->len};
		break;
	case REDIS_REPLY_ERROR:
		*value = (struct sv_redis_value){.kind = SV_REDIS_ERROR, .text = reply->str, .length = reply->len};
		break;
	case REDIS_REPLY_INTEGER:
		*value = (struct sv_redis_value){.kind = SV_REDIS_INTEGER, .integer = reply->integer};
		break;
	case REDIS_REPLY_ARRAY: {
		struct sv_redis_value *items = sv_xcalloc(reply->elements + 1, sizeof *items);
		for (size_t i = 0; i < reply->elements; i++)
			convert(reply->element[i], &items[i]);
		*value = (struct sv_redis_value){.kind = SV_REDIS_ARRAY, .items = items, .length = reply->elements};
		break;
	}
	default:
		*value = (struct sv_redis_value){.kind = SV_REDIS_NIL};
	}
}

static void
free_items(struct sv_redis_value *value)
{
	if (value->kind != SV_REDIS_ARRAY)
		return;
	for (size_t i = 0; i < value->length; i++)
		free_items((struct sv_redis_value *)(uintptr_t)&value->items[i]);
	free((void *)(uintptr_t)value->items);
}

/* False: the peer does not speak the protocol. */
static bool
give_replies(struct sv_redis_link *link)
{
	while (!link->closed) {
		void *reply = NULL;
		struct sv_redis_value value;
		if (redisReaderGetReply(link->reader, &reply) != REDIS_OK)
			return false;
		if (reply == NULL)
			return true;
		convert(reply, &value);
		link->events.on_reply(link->events.context, &value);
		free_items(&value);
		freeReplyObject(reply);
	}
	return true;
}

/* ---- the socket ---- */

static void
on_poll(uv_poll_t *poll, int status, int events);

static void
want(struct sv_redis_link *link, int events)
{
	if (link->events_wanted == events)
		return;
	link->events_wanted = events;
	(void)uv_poll_start(&link->poll, events, on_poll);
}

static void
lost(struct sv_redis_link *link, const char *why)
{
	if (!link->closed)
		link->events.on_lost(link->events.context, why);
}

static void
flush(struct sv_redis_link *link)
{
	while (link->out.length > 0) {
		ssize_t sent = send(link->fd, link->out.data, link->out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		/* a broken connection shows itself to the next read */
		if (sent < 0 && errno != EAGAIN)
			return;
		if (sent < 0) {
			want(link, UV_READABLE | UV_WRITABLE);
			return;
		}
		sv_buffer_consume(&link->out, (size_t)sent);
	}
	want(link, UV_READABLE);
}

void
sv_redis_link_send(struct sv_redis_link *link, const struct sv_buffer *head, const struct sv_buffer *rest)
{
	sv_assert(link->connected && !link->closed);
	bool idle = link->out.length == 0;
	sv_buffer_append(&link->out, head->data, head->length);
	sv_buffer_append(&link->out, rest->data, rest->length);
	if (sv_buffer_error(&link->out) != 0)
		(void)shutdown(link->fd, SHUT_RDWR);
	else if (idle)
		flush(link);
}

static void
on_readable(struct sv_redis_link *link)
{
	char bytes[16384];
	ssize_t got = recv(link->fd, bytes, sizeof bytes, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0)
		lost(link, got == 0 ? "closed" : strerrordesc_np(errno));
	else if (redisReaderFeed(link->reader, bytes, (size_t)got) != REDIS_OK || !give_replies(link))
		lost(link, "protocol");
}

static void
on_connected(struct sv_redis_link *link)
{
	int error = 0;
	socklen_t length = sizeof error;

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
		lost(link, strerrordesc_np(error));
		return;
	}
	link->connected = true;
	want(link, UV_READABLE);
	link->events.on_open(link->events.context);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct sv_redis_link *link = poll->data;

	if (!link->connected) {
		on_connected(link);
		return;
	}
	if ((events & UV_WRITABLE) != 0)
		flush(link);
	/* the read tells what is wrong */
	if (status < 0 || (events & UV_READABLE) != 0)
		on_readable(link);
}

/* ---- opening ---- */

static void
on_failed(uv_timer_t *timer)
{
	struct sv_redis_link *link = timer->data;

	lost(link, link->why);
}

static void
fail_soon(struct sv_redis_link *link, const char *why)
{
	link->why = why;
	(void)uv_timer_start(&link->failed, on_failed, 0, 0);
}

static void
connect_to(struct sv_redis_link *link, const struct sockaddr *address, socklen_t length)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		fail_soon(link, strerrordesc_np(errno));
		return;
	}
	if (address->sa_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connect(fd, address, length) != 0 && errno != EINPROGRESS) {
		fail_soon(link, strerrordesc_np(errno));
		(void)close(fd);
		return;
	}
	link->fd = fd;
	link->handles++;
	sv_assert(uv_poll_init(sv_loop_uv(link->loop), &link->poll, fd) == 0);
	link->poll.data = link;
	want(link, UV_WRITABLE);
}

static void
on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct resolve *resolve = request->data;
	struct sv_redis_link *link = resolve->link;

	if (link != NULL) {
		link->resolve = NULL;
		if (status != 0 || found == NULL)
			fail_soon(link, "name not found");
		else
			connect_to(link, found->ai_addr, found->ai_addrlen);
	}
	uv_freeaddrinfo(found);
	free(resolve);
}

static void
resolve_host(struct sv_redis_link *link, const struct sv_redis_address *address)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct resolve *resolve = sv_xcalloc(1, sizeof *resolve);

	resolve->request.data = resolve;
	resolve->link = link;
	if (uv_getaddrinfo(sv_loop_uv(link->loop), &resolve->request, on_resolved, address->host, address->port, &hints) != 0) {
		free(resolve);
		fail_soon(link, "name not found");
		return;
	}
	link->resolve = resolve;
}

struct sv_redis_link *
sv_redis_link_open(struct sv_loop *loop, const struct sv_redis_address *address, const struct sv_redis_link_events *events)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct sv_redis_link *link = sv_xcalloc(1, sizeof *link);

	link->loop = loop;
	link->events = *events;
	link->fd = -1;
	link->reader = redisReaderCreate();
	sv_assert(link->reader != NULL);
	sv_buffer_init(&link->out, OUT_MAX);
	link->handles = 1;
	sv_assert(uv_timer_init(sv_loop_uv(loop), &link->failed) == 0);
	link->failed.data = link;
	if (address->unix_path[0] == '\0') {
		resolve_host(link, address);
		return link;
	}
	(void)strcpy(path.sun_path, address->unix_path);
	connect_to(link, (struct sockaddr *)&path, sizeof path);
	return link;
}

static void
on_closed(uv_handle_t *handle)
{
	struct sv_redis_link *link = handle->data;

	if (--link->handles > 0)
		return;
	redisReaderFree(link->reader);
	sv_buffer_fini(&link->out);
	free(link);
}

void
sv_redis_link_close(struct sv_redis_link *link)
{
	if (link == NULL || link->closed)
		return;
	link->closed = true;
	if (link->resolve != NULL) {
		link->resolve->link = NULL;
		(void)uv_cancel((uv_req_t *)&link->resolve->request);
	}
	if (link->fd >= 0) {
		(void)uv_poll_stop(&link->poll);
		uv_close((uv_handle_t *)&link->poll, on_closed);
		(void)close(link->fd);
	}
	uv_close((uv_handle_t *)&link->failed, on_closed);
}
