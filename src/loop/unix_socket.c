/* SPDX-License-Identifier: Apache-2.0
 * Binding unix sockets: the mode is right from the first moment, and only an old socket is ever replaced. */
#include "unix_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"

int
sv_unix_socket_open(struct sv_unix_socket *unix_socket, const char *path, int type, unsigned mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status = {0};

	*unix_socket = (struct sv_unix_socket){.fd = -1};
	if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path)
		return SV_EINVAL;
	(void)strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return sv_error_from_errno(errno);
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		(void)unlink(path);
	/* bind takes the socket's own mode, less the umask; chmod adds what the umask took */
	if (fchmod(fd, (mode_t)mode) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, (mode_t)mode) != 0 ||
	    lstat(path, &status) != 0) {
		int rc = sv_error_from_errno(errno);
		(void)close(fd);
		return rc;
	}
	*unix_socket = (struct sv_unix_socket){.fd = fd, .path = sv_xstrdup(path), .device = status.st_dev, .inode = status.st_ino};
	return 0;
}

void
sv_unix_socket_close(struct sv_unix_socket *unix_socket)
{
	struct stat status;

	if (unix_socket->path == NULL)
		return;
	if (lstat(unix_socket->path, &status) == 0 && status.st_dev == unix_socket->device && status.st_ino == unix_socket->inode)
		(void)unlink(unix_socket->path);
	(void)close(unix_socket->fd);
	free(unix_socket->path);
	*unix_socket = (struct sv_unix_socket){.fd = -1};
}
