/* SPDX-License-Identifier: Apache-2.0
 * Unix datagram sockets, which libuv does not have: a descriptor of ours under uv_poll. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "alloc.h"
#include "errors.h"
#include "loop.h"
#include "loop_private.h"
#include "sv_assert.h"

#define DATAGRAM_MAX 65536u
#define DATAGRAMS_A_TURN 256        /* then others get their turn; the poll is level-triggered */

struct sv_datagram {
	uv_poll_t poll;
	int fd;
	char *path;
	dev_t device;                   /* of the socket we bound: closing must not remove a successor's */
	ino_t inode;
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
		ssize_t got = recv(datagram->fd, datagram->buffer, sizeof datagram->buffer, MSG_TRUNC | MSG_DONTWAIT);
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
	struct stat status = {0};
	int fd = sv_unix_socket_bind(path, SOCK_DGRAM, 0660);

	if (fd < 0)
		return fd;
	struct sv_datagram *datagram = sv_xmalloc(sizeof *datagram);
	datagram->fd = fd;
	datagram->fn = fn;
	datagram->context = context;
	datagram->path = sv_xstrdup(path);
	(void)lstat(path, &status);
	datagram->device = status.st_dev;
	datagram->inode = status.st_ino;
	sv_assert(uv_poll_init(sv_loop_uv(loop), &datagram->poll, fd) == 0);
	datagram->poll.data = datagram;
	sv_assert(uv_poll_start(&datagram->poll, UV_READABLE, on_readable) == 0);
	*ret_datagram = datagram;
	return 0;
}

static void
on_close(uv_handle_t *handle)
{
	struct sv_datagram *datagram = handle->data;

	free(datagram->path);
	free(datagram);
}

void
sv_datagram_close(struct sv_datagram *datagram)
{
	struct stat status;

	if (datagram == NULL || uv_is_closing((uv_handle_t *)&datagram->poll))
		return;
	if (lstat(datagram->path, &status) == 0 && status.st_dev == datagram->device && status.st_ino == datagram->inode)
		(void)unlink(datagram->path);
	(void)uv_poll_stop(&datagram->poll);
	uv_close((uv_handle_t *)&datagram->poll, on_close);
	(void)close(datagram->fd);
}
