/* SPDX-License-Identifier: Apache-2.0
 * See gateway_status.h. */
#include "gateway_status.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"

int
sv_gateway_status_parse(struct sv_text answer, uint64_t *ret_connections)
{
	static const char mark[] = "Active connections: ";
	const char *at = answer.length == 0 ? NULL : memmem(answer.data, answer.length, mark, sizeof mark - 1);

	if (at == NULL || !sv_text_starts(answer, "HTTP/1."))
		return SV_EPROTO;
	at += sizeof mark - 1;
	size_t left = answer.length - (size_t)(at - answer.data), digits = 0;
	while (digits < left && at[digits] >= '0' && at[digits] <= '9')
		digits++;
	return sv_text_to_u64((struct sv_text){at, digits}, ret_connections) == 0 ? 0 : SV_EPROTO;
}

int
sv_gateway_status_read(const char *socket_path, uint64_t *ret_connections)
{
	static const char request[] = "GET /status HTTP/1.0\r\nHost: internal\r\n\r\n";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = 2};
	char answer[2048];
	size_t length = 0;

	if (strlen(socket_path) >= sizeof address.sun_path)
		return SV_ECONFIG;
	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sv_error_from_errno(errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	ssize_t n = connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1 ? -1 : 1;
	while (n > 0 && length < sizeof answer) {
		n = recv(fd, answer + length, sizeof answer - length, 0);
		length += n > 0 ? (size_t)n : 0;
	}
	(void)close(fd);
	return n < 0 ? SV_EUNAVAIL : sv_gateway_status_parse((struct sv_text){answer, length}, ret_connections);
}
