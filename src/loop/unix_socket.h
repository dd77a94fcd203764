/* SPDX-License-Identifier: Apache-2.0
 * Unix sockets bound to a path. */
#ifndef SV_UNIX_SOCKET_H
#define SV_UNIX_SOCKET_H

#include <sys/types.h>

struct sv_unix_socket {
	int fd;                          /* -1: none */
	char *path;
	dev_t device;                    /* of the name we bound: closing must not remove a successor's */
	ino_t inode;
};

/* Bind: an old socket at `path` is replaced, anything else there is left alone (SV_EBUSY).  Non-blocking, close-on-exec, with exactly
 * `mode` from its first moment.  0 or SV_E* (SV_EINVAL: the path is longer than 107 bytes); then fd is -1. */
int sv_unix_socket_open(struct sv_unix_socket *unix_socket, const char *path, int type, unsigned mode);
/* Close it and remove its name, unless another process has bound the name since.  A second call does nothing. */
void sv_unix_socket_close(struct sv_unix_socket *unix_socket);

#endif
