/* SPDX-License-Identifier: Apache-2.0
 * One HTTP request over the gateway's unix socket; only the status of the answer matters. */
#include "purge_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"
#include "paths.h"

#define TIMEOUT_S 5

static int
connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = TIMEOUT_S};

	if (strlen(path) > SV_SOCKET_PATH_MAX)
		return SV_EUNAVAIL;
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sv_error_from_errno(errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		(void)close(fd);
		return SV_EUNAVAIL;
	}
	return fd;
}

/* The status line is enough; it fits the first bytes. */
static int
read_status(int fd)
{
	static const char version[] = "HTTP/1.1 ";
	char head[16];
	size_t length = 0;

	while (length < sizeof version + 2) {
		ssize_t n = recv(fd, head + length, sizeof head - length, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? SV_ETIMEOUT : SV_EIO;
		if (n == 0)
			return SV_EPROTO;
		length += (size_t)n;
	}
	if (memcmp(head, version, sizeof version - 1) != 0)
		return SV_EPROTO;
	return head[sizeof version - 1] == '2' ? 0 : SV_EPROTO;
}

int
sv_purge_request(const struct sv_settings *settings, const char *file, uint64_t version, uint64_t size_bytes)
{
	char path[SV_PATH_MAX], request[256];

	if (settings->run_folder[0] == '\0')
		return SV_EUNAVAIL;
	int fd = connect_to(sv_path(settings, SV_PATH_GATEWAY_SOCKET, path));
	if (fd < 0)
		return fd;
	int length = snprintf(request, sizeof request, "POST /purge/%s/%" PRIu64 "?size=%" PRIu64 " HTTP/1.1\r\nHost: gateway\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n", file, version, size_bytes);
	int rc = send(fd, request, (size_t)length, MSG_NOSIGNAL) == length ? read_status(fd) : SV_EUNAVAIL;
	(void)close(fd);
	return rc;
}
