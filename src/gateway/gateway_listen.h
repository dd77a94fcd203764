/* SPDX-License-Identifier: Apache-2.0
 * The public listening sockets.  They are bound here and not by nginx: the supervisor may bind a low port before it gives up
 * root, port 0 can take a free port, and a restarted nginx keeps the queue of waiting viewers. */
#ifndef SV_GATEWAY_LISTEN_H
#define SV_GATEWAY_LISTEN_H

#include <stddef.h>

#include "text.h"

/* Bind and listen on "127.0.0.1:8080", "[::]:443" (IPv4 as well), "localhost:0" or "*:80".  `setting` names the address in the error.
 * 0, or SV_ECONFIG, SV_EBUSY (in use), SV_EACCES, SV_EIO with one line in `why`. */
int sv_gateway_listen_open(const char *setting, const char *address, int *ret_fd, char *why, size_t why_size);

/* What a listening socket is bound to, in nginx's words ("127.0.0.1:8080"), and its port; makes the socket non-blocking, because several
 * workers accept on it.  0 or SV_EINVAL (not a TCP socket). */
int sv_gateway_listen_adopt(int fd, char *address, size_t address_size, unsigned *ret_port);

/* Listen on a unix socket at `path`, mode 0600; an old one is replaced. */
int sv_gateway_listen_unix(const char *path, int *ret_fd, char *why, size_t why_size);

#endif
