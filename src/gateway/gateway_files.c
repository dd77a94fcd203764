/* SPDX-License-Identifier: Apache-2.0
 * See gateway_files.h. */
#include "gateway_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "gateway_page.h"
#include "paths.h"

static int
fail(const char *setting, const char *path, int error, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "%s: %.300s cannot be written: %s", setting, path, strerror(error));
	return sv_error_from_errno(error);
}

/* The folder with its parents.  Parents that are missing are made 0700 as well. */
static int
make_folder(const char *setting, const char *path, char *why, size_t why_size)
{
	char part[SV_PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof part)
		return fail(setting, path, ENAMETOOLONG, why, why_size);
	memcpy(part, path, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		char kept = part[i];
		part[i] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EISDIR && !(errno == EROFS && access(part, X_OK) == 0))
			return fail(setting, part, errno, why, why_size);
		part[i] = kept;
	}
	if (access(path, R_OK | W_OK | X_OK) != 0)
		return fail(setting, path, errno, why, why_size);
	return 0;
}

static int
write_all(int fd, const uint8_t *data, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		data += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Through a neighbour, because a full disk must not leave half a file behind under the right name. */
static int
write_file(const char *path, const void *data, size_t length, char *why, size_t why_size)
{
	char *temporary = sv_xasprintf("%s.tmp", path);
	int error = 0;

	(void)unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		error = errno;
	} else {
		error = write_all(fd, data, length);
		if (close(fd) != 0 && error == 0)
			error = errno;
		if (error == 0 && rename(temporary, path) != 0)
			error = errno;
		if (error != 0)
			(void)unlink(temporary);
	}
	free(temporary);
	return error == 0 ? 0 : fail("SV_STATE", path, error, why, why_size);
}

static int
write_pages(const char *prefix, char *why, size_t why_size)
{
	int rc = 0;

	for (const struct sv_gateway_page *page = sv_gateway_pages; page->status != 0 && rc == 0; page++) {
		struct sv_buffer body;
		char *path = sv_xasprintf("%s/pages/%d.html", prefix, page->status);

		sv_buffer_init(&body, 0);
		rc = sv_gateway_page_write(page, &body);
		if (rc != 0)
			(void)snprintf(why, why_size, "the page for %d could not be made: %s", page->status, sv_error_text(rc));
		else
			rc = write_file(path, body.data, body.length, why, why_size);
		sv_buffer_fini(&body);
		free(path);
	}
	return rc;
}

/* What the state folder keeps when no setting names a secret: current on line 1, the one before on line 2. */
static int
read_kept_secret(const struct sv_settings *settings, struct sv_buffer *out, char *why, size_t why_size)
{
	char path[SV_PATH_MAX];
	int fd = open(sv_path(settings, SV_PATH_LINK_SECRET, path), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, sv_buffer_reserve(out, 1024), 1024);
	int error = errno;

	if (fd >= 0)
		(void)close(fd);
	if (n <= 0) {
		(void)snprintf(why, why_size, "SV_LINK_SECRET is not set and %.300s cannot be read: %s", path, n == 0 ? "it is empty" : strerror(error));
		return n == 0 ? SV_ECONFIG : sv_error_from_errno(error);
	}
	sv_buffer_commit(out, (size_t)n);
	return 0;
}

static int
write_secret(const struct sv_settings *settings, char *why, size_t why_size)
{
	struct sv_buffer secret;
	int rc = 0;

	sv_buffer_init(&secret, 4096);
	if (settings->link_secret[0] != '\0')
		sv_buffer_printf(&secret, "%s\n%s\n", settings->link_secret, settings->link_secret_old);
	else
		rc = read_kept_secret(settings, &secret, why, why_size);
	if (rc == 0)
		rc = sv_gateway_files_write(settings, "link-secret", secret.data, secret.length, why, why_size);
	if (secret.data != NULL)
		sv_wipe(secret.data, secret.capacity);
	sv_buffer_fini(&secret);
	return rc;
}

int
sv_gateway_files_prepare(const struct sv_settings *settings, char *why, size_t why_size)
{
	static const char *const folders[] = {"", "/conf", "/pages", "/tmp", "/logs"};
	char prefix[SV_PATH_MAX], path[SV_PATH_MAX + 16];

	sv_path(settings, SV_PATH_NGINX, prefix);
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		(void)snprintf(path, sizeof path, "%s%s", prefix, folders[i]);
		int rc = make_folder("SV_STATE", path, why, why_size);
		if (rc != 0)
			return rc;
	}
	int rc = make_folder(settings->cache_dir[0] == '\0' ? "SV_STATE" : "SV_CACHE_DIR", sv_path(settings, SV_PATH_CACHE, path), why, why_size);
	if (rc == 0)
		rc = write_pages(prefix, why, why_size);
	if (rc == 0)
		rc = write_secret(settings, why, why_size);
	return rc;
}

int
sv_gateway_files_write(const struct sv_settings *settings, const char *name, const void *data, size_t length, char *why, size_t why_size)
{
	char prefix[SV_PATH_MAX];
	char *path = sv_xasprintf("%s/conf/%s", sv_path(settings, SV_PATH_NGINX, prefix), name);
	int rc = write_file(path, data, length, why, why_size);

	free(path);
	return rc;
}

int
sv_gateway_files_rename(const struct sv_settings *settings, const char *from, const char *to, char *why, size_t why_size)
{
	char prefix[SV_PATH_MAX];

	sv_path(settings, SV_PATH_NGINX, prefix);
	char *old = sv_xasprintf("%s/conf/%s", prefix, from), *new = sv_xasprintf("%s/conf/%s", prefix, to);
	int rc = rename(old, new) == 0 ? 0 : fail("SV_STATE", new, errno, why, why_size);

	free(old);
	free(new);
	return rc;
}
