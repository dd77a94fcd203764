/* SPDX-License-Identifier: Apache-2.0
 * Binding unix sockets: the mode is right from the first moment, and only an old socket is ever replaced. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"
#include "loop_private.h"

int
sv_unix_socket_bind(const char *path, int type, unsigned mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;
	int rc = 0;

	if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path)
		return SV_EINVAL;
	(void)strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return sv_error_from_errno(errno);
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		(void)unlink(path);
	/* bind takes the socket's own mode, less the umask; chmod adds what the umask took */
	if (fchmod(fd, (mode_t)mode) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, (mode_t)mode) != 0)
		rc = sv_error_from_errno(errno);
	if (rc == 0)
		return fd;
	(void)close(fd);
	return rc;
}
