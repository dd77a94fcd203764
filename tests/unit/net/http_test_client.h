/* SPDX-License-Identifier: Apache-2.0
 * A raw client on the server's own loop: sends bytes as they are, keeps what comes back, sees the end of the connection. */
#ifndef SV_HTTP_TEST_CLIENT_H
#define SV_HTTP_TEST_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "alloc.h"
#include "buffer.h"
#include "errors.h"
#include "http_server.h"
#include "loop.h"
#include "metrics.h"

/* One test's world: a loop, a server on a unix socket in a folder of its own. */
struct world {
	struct sv_loop *loop;
	struct sv_http_server *server;
	char folder[32], path[64];
};

struct client {
	struct sv_loop *loop;
	uv_poll_t *poll;                 /* outlives us until libuv has let go */
	int fd;
	struct sv_buffer got;
	size_t wanted;
	bool closed, reset, ready, paused;
};

static inline void
world_open(struct world *world, struct sv_http_server_options options)
{
	memset(world, 0, sizeof *world);
	world->loop = sv_loop_new();
	(void)strcpy(world->folder, "/tmp/sv-http-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->path, sizeof world->path, "%s/h.sock", world->folder);
	options.unix_path = world->path;
	assert_int_equal(sv_http_server_open(world->loop, &options, &world->server), 0);
}

static inline void
world_close(struct world *world)
{
	sv_http_server_close(world->server);
	sv_loop_free(world->loop);
	assert_int_equal(access(world->path, F_OK), -1);
	assert_int_equal(rmdir(world->folder), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_http_connections, 0), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_http_queued, 0), 0);
}

static inline void
client_note(struct client *client)
{
	client->ready = client->closed || client->got.length >= client->wanted;
}

static inline void
client_event(uv_poll_t *poll, int status, int events)
{
	struct client *client = poll->data;
	uint8_t *room = sv_buffer_reserve(&client->got, 65536);
	ssize_t got = recv(client->fd, room, 65536, MSG_DONTWAIT);

	if (got > 0)
		sv_buffer_commit(&client->got, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		client->closed = true;
		client->reset = got < 0;
		(void)uv_poll_stop(poll);
	}
	client_note(client);
}

static inline void
client_adopt(struct client *client, struct sv_loop *loop, int fd)
{
	memset(client, 0, sizeof *client);
	client->loop = loop;
	client->fd = fd;
	sv_buffer_init(&client->got, (size_t)1 << 30);
	client->poll = sv_xcalloc(1, sizeof *client->poll);
	assert_int_equal(uv_poll_init(sv_loop_uv(loop), client->poll, fd), 0);
	client->poll->data = client;
	assert_int_equal(uv_poll_start(client->poll, UV_READABLE, client_event), 0);
}

static inline void
client_open(struct client *client, struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	(void)strcpy(address.sun_path, world->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	client_adopt(client, world->loop, fd);
}

static inline void
client_pause(struct client *client, bool pause)
{
	if (pause)
		(void)uv_poll_stop(client->poll);
	else
		(void)uv_poll_start(client->poll, UV_READABLE, client_event);
}

static inline void
client_send(struct client *client, const char *data, size_t length)
{
	assert_int_equal(send(client->fd, data, length, MSG_NOSIGNAL), (ssize_t)length);
}

static inline void
client_say(struct client *client, const char *text)
{
	client_send(client, text, strlen(text));
}

/* Until so many bytes are there in all, or the connection has ended. */
static inline const char *
client_wait(struct client *client, size_t bytes)
{
	client->wanted = bytes;
	client_note(client);
	if (!client->ready)
		sv_loop_run_until(client->loop, &client->ready);
	return sv_buffer_cstr(&client->got);
}

static inline const char *
client_wait_end(struct client *client)
{
	return client_wait(client, SIZE_MAX);
}

/* Until one whole answer with Content-Length is there. */
static inline const char *
client_wait_answer(struct client *client, bool head_only)
{
	for (size_t wanted = 1;;) {
		const char *text = client_wait(client, wanted);
		const char *end = strstr(text, "\r\n\r\n");
		if (client->closed)
			return text;
		if (end == NULL) {
			wanted = client->got.length + 1;
			continue;
		}
		const char *field = strstr(text, "Content-Length: ");
		size_t whole = (size_t)(end - text) + 4 + (head_only || field == NULL ? 0 : strtoul(field + 16, NULL, 10));
		if (client->got.length >= whole)
			return text;
		wanted = whole;
	}
}

static inline void
client_forget(struct client *client)
{
	sv_buffer_reset(&client->got);
}

static inline void
client_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static inline void
client_close(struct client *client)
{
	(void)uv_poll_stop(client->poll);
	uv_close((uv_handle_t *)client->poll, client_poll_closed);
	(void)close(client->fd);
	sv_buffer_fini(&client->got);
	client->fd = -1;
}

#endif
