/* SPDX-License-Identifier: Apache-2.0
 * Sessions must survive a restart of the site: the append-only file is on, synced every second. */
#include "redis_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "paths.h"
#include "privileges.h"

int
sv_redis_private_prepare(const struct sv_settings *settings, uid_t uid, gid_t gid, const char *arguments[static SV_REDIS_PRIVATE_ARGUMENTS], char *why,
    size_t why_size)
{
	static char config[SV_PATH_MAX + 16];
	static char program[SV_PATH_MAX];
	char folder[SV_PATH_MAX], socket_path[SV_PATH_MAX], logs[SV_PATH_MAX];

	(void)sv_path(settings, SV_PATH_REDIS, folder);
	(void)sv_path(settings, SV_PATH_REDIS_SOCKET, socket_path);
	(void)sv_path(settings, SV_PATH_LOGS, logs);
	(void)snprintf(config, sizeof config, "%s/redis.conf", folder);
	(void)snprintf(program, sizeof program, "%s", settings->redis_program);
	if (access(program, X_OK) != 0) {
		(void)snprintf(why, why_size, "%s is missing; install redis-server, or name a Redis of yours in SV_REDIS_URL", program);
		return SV_ENOENT;
	}
	int fd = -1;
	if (sv_privileges_borrow(uid, gid) == 0) {
		fd = open(config, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		sv_privileges_return();
	}
	if (fd < 0) {
		(void)snprintf(why, why_size, "cannot write %s: %s", config, strerror(errno));
		return sv_error_from_errno(errno);
	}
	int n = dprintf(fd, "port 0\nunixsocket \"%s\"\nunixsocketperm 600\ndir \"%s\"\ndaemonize no\nprotected-mode yes\n"
	    "maxmemory-policy noeviction\nappendonly yes\nappendfsync everysec\nsave \"\"\nloglevel warning\nlogfile \"%s/redis.log\"\n"
	    "always-show-logo no\nset-proc-title no\nsupervised no\ndatabases 1\nclient-output-buffer-limit normal 16mb 8mb 10\n", socket_path, folder, logs);
	if (n < 0) {
		(void)snprintf(why, why_size, "cannot write %s: %s", config, strerror(errno));
		(void)close(fd);
		return SV_EIO;
	}
	(void)close(fd);
	arguments[0] = program;
	arguments[1] = config;
	arguments[2] = NULL;
	return 0;
}
