/* SPDX-License-Identifier: Apache-2.0
 * Connect, ask with `Connection: close`, read to the end. */
#include "probe.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"

/* "127.0.0.1:8080", "[::1]:8080"; numeric, so nothing is looked up. */
static int
tcp_address(const char *text, struct sockaddr_storage *ret_address, socklen_t *ret_length)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found = NULL;
	const char *colon = strrchr(text, ':');
	char host[80];

	if (colon == NULL)
		return SV_EINVAL;
	bool bracketed = text[0] == '[' && colon > text + 1;
	(void)snprintf(host, sizeof host, "%.*s", (int)(colon - text) - (bracketed ? 2 : 0), text + (bracketed ? 1 : 0));
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return SV_EINVAL;
	memcpy(ret_address, found->ai_addr, found->ai_addrlen);
	*ret_length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int
connect_to(const char *address, unsigned timeout_ms)
{
	struct sockaddr_storage storage;
	socklen_t length = 0;
	struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

	if (address[0] == '/') {
		struct sockaddr_un *un = (struct sockaddr_un *)&storage;
		*un = (struct sockaddr_un){.sun_family = AF_UNIX};
		if (strlen(address) >= sizeof un->sun_path)
			return SV_EUNAVAIL;
		strcpy(un->sun_path, address);
		length = sizeof *un;
	} else if (tcp_address(address, &storage, &length) != 0) {
		return SV_EINVAL;
	}
	int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return SV_ENOMEM;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (connect(fd, (const struct sockaddr *)&storage, length) != 0) {
		(void)close(fd);
		return SV_EUNAVAIL;
	}
	return fd;
}

int
sv_probe_get(const char *address, const char *path, unsigned timeout_ms, struct sv_buffer *body)
{
	struct sv_buffer answer;
	char request[512];
	int status = SV_EPROTO;
	int fd = connect_to(address, timeout_ms);

	if (fd < 0)
		return fd;
	sv_buffer_init(&answer, (size_t)4 << 20);
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	/* in a command without a loop SIGPIPE would end the process */
	if (length >= (int)sizeof request || send(fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
		status = SV_EUNAVAIL;
		goto out;
	}
	for (;;) {
		uint8_t *room = sv_buffer_reserve(&answer, 16384);
		ssize_t n = room == NULL ? -1 : recv(fd, room, 16384, 0);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			status = SV_ETIMEOUT;
			goto out;
		}
		if (n <= 0)
			break;
		sv_buffer_commit(&answer, (size_t)n);
	}
	const char *text = sv_buffer_cstr(&answer);
	const char *end = strstr(text, "\r\n\r\n");
	if (strncmp(text, "HTTP/1.1 ", 9) != 0 || end == NULL)
		goto out;
	status = (int)strtol(text + 9, NULL, 10);
	if (status < 100 || status > 599)
		status = SV_EPROTO;
	else if (body != NULL)
		sv_buffer_append(body, end + 4, answer.length - (size_t)(end + 4 - text));
out:
	sv_buffer_fini(&answer);
	(void)close(fd);
	return status;
}
