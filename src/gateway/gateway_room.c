/* SPDX-License-Identifier: Apache-2.0
 * See gateway_room.h. */
#include "gateway_room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "errors.h"
#include "paths.h"

/* What slices in progress can take until we look again; an eighth of a small disk. */
#define LOW_BYTES (UINT64_C(64) << 20)

int
sv_gateway_room_measure(const char *path, uint64_t *ret_free, uint64_t *ret_total)
{
	struct statvfs status;

	if (statvfs(path, &status) != 0)
		return sv_error_from_errno(errno);
	*ret_free = (uint64_t)status.f_bavail * status.f_frsize;
	*ret_total = (uint64_t)status.f_blocks * status.f_frsize;
	return 0;
}

bool
sv_gateway_room_decide(bool storing, uint64_t free_bytes, uint64_t total_bytes)
{
	uint64_t low = total_bytes / 8 < LOW_BYTES ? total_bytes / 8 : LOW_BYTES;

	return storing ? free_bytes >= low : free_bytes >= 2 * low;
}

int
sv_gateway_room_set(const struct sv_settings *settings, bool storing)
{
	char prefix[SV_PATH_MAX], path[SV_PATH_MAX + 32];

	(void)snprintf(path, sizeof path, "%s/" SV_GATEWAY_ROOM_FILE, sv_path(settings, SV_PATH_NGINX, prefix));
	if (!storing)
		return unlink(path) == 0 || errno == ENOENT ? 0 : sv_error_from_errno(errno);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return sv_error_from_errno(errno);
	(void)close(fd);
	return 0;
}
