/* SPDX-License-Identifier: Apache-2.0
 * Picture files. */
#include "poster_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "paths.h"

#define NAME_MAX_SIZE (SV_PATH_MAX + 64)

static int
write_whole(const char *path, const void *bytes, size_t length)
{
	char part[NAME_MAX_SIZE + 8];
	const char *at = bytes;
	int rc = 0;

	(void)snprintf(part, sizeof part, "%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return sv_error_from_errno(errno);
	while (length > 0 && rc == 0) {
		ssize_t n = write(fd, at, length);
		if (n < 0 && errno != EINTR)
			rc = errno == EFBIG || errno == EDQUOT ? SV_ENOSPC : sv_error_from_errno(errno);
		if (n > 0) {
			at += n;
			length -= (size_t)n;
		}
	}
	if (close(fd) != 0 && rc == 0)
		rc = sv_error_from_errno(errno);
	if (rc == 0 && rename(part, path) != 0)
		rc = sv_error_from_errno(errno);
	if (rc < 0)
		(void)unlink(part);
	return rc;
}

static int
make_folder(const char *folder)
{
	return mkdir(folder, 0750) == 0 || errno == EEXIST ? 0 : sv_error_from_errno(errno);
}

/* Put a width where it belongs; false when there is no room or it is there already. */
static bool
add_width(struct sv_image *image, unsigned width)
{
	size_t count = 0, at = 0;

	while (count < SV_IMAGE_WIDTHS && image->widths[count] != 0)
		count++;
	if (count == SV_IMAGE_WIDTHS)
		return false;
	while (at < count && image->widths[at] < width)
		at++;
	if (at < count && image->widths[at] == width)
		return false;
	memmove(&image->widths[at + 1], &image->widths[at], (count - at) * sizeof image->widths[0]);
	image->widths[at] = width;
	return true;
}

int
sv_poster_files_write(const struct sv_settings *settings, const struct sv_media_job_image *pictures, size_t count, enum sv_image_kind kind,
    struct sv_image *ret_image)
{
	const enum sv_media_image_kind wanted = kind == SV_IMAGE_POSTER ? SV_MEDIA_POSTER : SV_MEDIA_STILL;
	char folder[SV_PATH_MAX], path[NAME_MAX_SIZE];
	struct sv_image image = {.kind = kind, .extension = "webp"};
	bool any = false;
	int rc = make_folder(sv_path(settings, SV_PATH_POSTERS, folder));

	sv_random_id(image.id);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		const char *extension = sv_media_mime_extension(pictures[i].mime);
		/* one image has one format: that of its first picture */
		if (pictures[i].kind != wanted || (any && strcmp(extension, image.extension) != 0) || !add_width(&image, pictures[i].width))
			continue;
		image.extension = extension;
		any = true;
		(void)snprintf(path, sizeof path, "%s/%s-%u.%s", folder, image.id, pictures[i].width, extension);
		rc = write_whole(path, pictures[i].bytes, pictures[i].length);
	}
	if (rc < 0) {
		sv_poster_files_remove(settings, image.id);
		return rc;
	}
	if (!any)
		image.id[0] = '\0';
	*ret_image = image;
	return 0;
}

void
sv_poster_files_remove(const struct sv_settings *settings, const char *id)
{
	static const unsigned widths[] = {160, 240, 320, 480, 640, 960, 1280};
	static const char *const extensions[] = {"webp", "jpg"};
	char folder[SV_PATH_MAX], path[NAME_MAX_SIZE];

	if (id[0] == '\0')
		return;
	(void)sv_path(settings, SV_PATH_POSTERS, folder);
	for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++)
		for (size_t e = 0; e < 2; e++) {
			(void)snprintf(path, sizeof path, "%s/%s-%u.%s", folder, id, widths[w], extensions[e]);
			(void)unlink(path);
		}
}
