/* SPDX-License-Identifier: Apache-2.0
 * Unix datagram sockets, which libuv does not have: a descriptor of ours under uv_poll. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "alloc.h"
#include "loop.h"
#include "sv_assert.h"
#include "unix_socket.h"

#define DATAGRAM_MAX 65536u
#define DATAGRAMS_A_TURN 256        /* then others get their turn; the poll is level-triggered */

struct sv_datagram {
	uv_poll_t poll;
	struct sv_unix_socket socket;
	sv_datagram_fn *fn;
	void *context;
	uint8_t buffer[DATAGRAM_MAX];
};

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct sv_datagram *datagram = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < DATAGRAMS_A_TURN && !uv_is_closing((uv_handle_t *)poll); i++) {
		ssize_t got = recv(datagram->socket.fd, datagram->buffer, sizeof datagram->buffer, MSG_TRUNC | MSG_DONTWAIT);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return;
		if ((size_t)got <= sizeof datagram->buffer)
			datagram->fn(datagram->context, datagram->buffer, (size_t)got);
	}
}

int
sv_datagram_open(struct sv_loop *loop, const char *path, sv_datagram_fn *fn, void *context, struct sv_datagram **ret_datagram)
{
	struct sv_unix_socket bound;
	int rc = sv_unix_socket_open(&bound, path, SOCK_DGRAM, 0660);

	if (rc < 0)
		return rc;
	struct sv_datagram *datagram = sv_xmalloc(sizeof *datagram);
	datagram->socket = bound;
	datagram->fn = fn;
	datagram->context = context;
	sv_assert(uv_poll_init(sv_loop_uv(loop), &datagram->poll, bound.fd) == 0);
	datagram->poll.data = datagram;
	sv_assert(uv_poll_start(&datagram->poll, UV_READABLE, on_readable) == 0);
	*ret_datagram = datagram;
	return 0;
}

static void
on_close(uv_handle_t *handle)
{
	free(handle->data);
}

void
sv_datagram_close(struct sv_datagram *datagram)
{
	if (datagram == NULL || uv_is_closing((uv_handle_t *)&datagram->poll))
		return;
	(void)uv_poll_stop(&datagram->poll);
	uv_close((uv_handle_t *)&datagram->poll, on_close);
	sv_unix_socket_close(&datagram->socket);
}
