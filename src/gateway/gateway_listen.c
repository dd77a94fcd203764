/* SPDX-License-Identifier: Apache-2.0
 * See gateway_listen.h. */
#include "gateway_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"

#define BACKLOG 511

/* Split "HOST:PORT"; IPv6 stands in brackets.  Returns false when the form is another. */
static bool
split_address(const char *address, char host[static 48], uint16_t *ret_port)
{
	const char *colon = strrchr(address, ':');
	uint64_t port = 0;

	if (colon == NULL || sv_text_to_u64(sv_text_of(colon + 1), &port) != 0 || port > 65535)
		return false;
	struct sv_text name = {address, (size_t)(colon - address)};
	if (name.length >= 2 && name.data[0] == '[' && name.data[name.length - 1] == ']')
		name = (struct sv_text){name.data + 1, name.length - 2};
	else if (memchr(name.data, ':', name.length) != NULL)
		return false;
	if (name.length == 0 || name.length >= 48)
		return false;
	memcpy(host, name.data, name.length);
	host[name.length] = '\0';
	*ret_port = (uint16_t)port;
	return true;
}

static socklen_t
fill_sockaddr(const char *host, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)(void *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;

	memset(out, 0, sizeof *out);
	if (strcmp(host, "*") == 0)
		host = "0.0.0.0";
	else if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		return sizeof *in4;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof *in6;
	}
	return 0;
}

static int
bind_failed(const char *setting, const char *address, uint16_t port, int error, char *why, size_t why_size)
{
	if (error == EADDRINUSE) {
		(void)snprintf(why, why_size, "%s=%.64s is in use by another program; stop that or choose another port", setting, address);
		return SV_EBUSY;
	}
	if (error == EACCES) {
		(void)snprintf(why, why_size, "%s=%.64s: this user may not open port %u; ports below 1024 need root or CAP_NET_BIND_SERVICE", setting, address,
		    (unsigned)port);
		return SV_EACCES;
	}
	(void)snprintf(why, why_size, "%s=%.64s cannot be opened: %s", setting, address, strerror(error));
	return error == EADDRNOTAVAIL ? SV_ECONFIG : sv_error_from_errno(error);
}

int
sv_gateway_listen_open(const char *setting, const char *address, int *ret_fd, char *why, size_t why_size)
{
	struct sockaddr_storage sockaddr;
	char host[48];
	uint16_t port = 0;
	int on = 1, off = 0;
	socklen_t length = split_address(address, host, &port) ? fill_sockaddr(host, port, &sockaddr) : 0;

	if (length == 0) {
		(void)snprintf(why, why_size, "%s=%.64s is not an address with a port such as 127.0.0.1:8080 or [::]:8080", setting, address);
		return SV_ECONFIG;
	}
	int fd = socket(sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bind_failed(setting, address, port, errno, why, why_size);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (sockaddr.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, (struct sockaddr *)&sockaddr, length) != 0 || listen(fd, BACKLOG) != 0) {
		int rc = bind_failed(setting, address, port, errno, why, why_size);

		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

int
sv_gateway_listen_adopt(int fd, char *address, size_t address_size, unsigned *ret_port)
{
	struct sockaddr_storage sockaddr;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)&sockaddr;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&sockaddr;
	socklen_t length = sizeof sockaddr;
	char host[INET6_ADDRSTRLEN];
	int flags = fcntl(fd, F_GETFL), listening = 0;
	socklen_t listening_length = sizeof listening;

	if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_length) != 0 || listening == 0 ||
	    getsockname(fd, (struct sockaddr *)&sockaddr, &length) != 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return SV_EINVAL;
	if (sockaddr.ss_family == AF_INET && inet_ntop(AF_INET, &in4->sin_addr, host, sizeof host) != NULL) {
		*ret_port = ntohs(in4->sin_port);
		(void)snprintf(address, address_size, "%s:%u", host, *ret_port);
		return 0;
	}
	if (sockaddr.ss_family == AF_INET6 && inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host) != NULL) {
		*ret_port = ntohs(in6->sin6_port);
		(void)snprintf(address, address_size, "[%s]:%u", host, *ret_port);
		return 0;
	}
	return SV_EINVAL;
}

int
sv_gateway_listen_unix(const char *path, int *ret_fd, char *why, size_t why_size)
{
	struct sockaddr_un sockaddr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof sockaddr.sun_path) {
		(void)snprintf(why, why_size, "SV_RUN_FOLDER: the socket path '%.200s' is longer than 107 bytes", path);
		return SV_ECONFIG;
	}
	memcpy(sockaddr.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Nobody can connect before listen, so the mode is in place in time. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&sockaddr, sizeof sockaddr) != 0 || chmod(path, 0600) != 0 || listen(fd, BACKLOG) != 0) {
		int error = errno;

		(void)snprintf(why, why_size, "SV_RUN_FOLDER: %.200s cannot be opened: %s", path, strerror(error));
		if (fd >= 0)
			(void)close(fd);
		return sv_error_from_errno(error);
	}
	*ret_fd = fd;
	return 0;
}
