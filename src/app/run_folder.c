/* SPDX-License-Identifier: Apache-2.0
 * Folders of a running site.  Invariant: whoever holds STATE/lock owns the run folder named in STATE/run-folder. */
#include "run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "paths.h"
#include "privileges.h"
#include "random.h"

#define SECRET_MIN 16
#define SECRET_MAX 200          /* a line of the file */

static int
explain(char *why, size_t why_size, const char *what, const char *path)
{
	int error = errno;

	(void)snprintf(why, why_size, "%s %s: %s", what, path, strerror(error));
	return sv_error_from_errno(error);
}

static void
make_absolute(char **path)
{
	char here[PATH_MAX];

	if ((*path)[0] == '/' || (*path)[0] == '\0' || getcwd(here, sizeof here) == NULL)
		return;
	char *tail = (*path)[0] == '.' && (*path)[1] == '/' ? *path + 2 : *path;
	char *whole = sv_xasprintf("%s/%s", here, tail);
	free(*path);
	*path = whole;
}

static int
make_folder(const char *path, mode_t mode, uid_t uid, gid_t gid, char *why, size_t why_size)
{
	int rc = 0;

	if (mkdir(path, mode) != 0)
		return errno == EEXIST ? 0 : explain(why, why_size, "cannot make the folder", path);
	if (geteuid() != 0)
		return 0;
	/* by descriptor: whoever owns the folder above may have put a symbolic link here by now */
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, uid, gid) != 0)
		rc = explain(why, why_size, "cannot give away the folder", path);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* mkdir -p for the parents: they keep the caller's owner and the usual mode. */
static int
make_parents(const char *path, char *why, size_t why_size)
{
	char prefix[SV_PATH_MAX];

	for (size_t i = 1; path[i] != '\0' && i < sizeof prefix; i++) {
		if (path[i] != '/')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		if (mkdir(prefix, 0755) != 0 && errno != EEXIST)
			return explain(why, why_size, "cannot make the folder", prefix);
	}
	return 0;
}

static bool
read_record(const struct sv_settings *settings, char folder[static SV_PATH_MAX], char url[static 300])
{
	char path[SV_PATH_MAX];

	folder[0] = url[0] = '\0';
	FILE *file = fopen(sv_path(settings, SV_PATH_RUN_RECORD, path), "re");
	if (file == NULL)
		return false;
	if (fgets(folder, SV_PATH_MAX, file) != NULL)
		folder[strcspn(folder, "\n")] = '\0';
	if (fgets(url, 300, file) != NULL)
		url[strcspn(url, "\n")] = '\0';
	(void)fclose(file);
	return folder[0] == '/';
}

static int
write_record(const struct sv_settings *settings, const char *url)
{
	char path[SV_PATH_MAX], temporary[SV_PATH_MAX + 8];

	(void)sv_path(settings, SV_PATH_RUN_RECORD, path);
	(void)snprintf(temporary, sizeof temporary, "%s.new", path);
	/* never through a link that the owner of the state folder left for root */
	(void)unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return sv_error_from_errno(errno);
	bool good = dprintf(fd, "%s\n%s\n", settings->run_folder, url) > 0 && fchmod(fd, 0644) == 0;
	good = close(fd) == 0 && good;
	if (!good || rename(temporary, path) != 0)
		return sv_error_from_errno(errno);
	return 0;
}

/* Only sockets of ours lie in a run folder; an operator's folder may hold more, which stays, and the folder with it. */
static void
remove_run_folder(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode))
			(void)unlinkat(fd, entry->d_name, 0);
	(void)closedir(dir);
	(void)rmdir(path);
}

/* A folder that we made: /tmp/sv-XXXXXX and its like, nothing that only has it in the middle. */
static bool
named_by_us(const char *path)
{
	const char *base = strrchr(path, '/');

	return base != NULL && strncmp(base, "/sv-", 4) == 0 && strlen(base) == strlen("/sv-XXXXXX") && strstr(path, "/../") == NULL;
}

/* SV_RUN_FOLDER, made when missing.  One that others can write to would let them put sockets of theirs in the place of ours. */
static int
use_named_folder(struct sv_run_folder *folder, struct sv_settings *settings, char *why, size_t why_size)
{
	struct stat st;

	if (strlen(settings->run_folder) > 60) {
		(void)snprintf(why, why_size, "SV_RUN_FOLDER=%s is longer than 60 characters; socket paths end at 107", settings->run_folder);
		return SV_ECONFIG;
	}
	int rc = make_folder(settings->run_folder, 0700, folder->uid, folder->gid, why, why_size);
	if (rc != 0)
		return rc;
	if (stat(settings->run_folder, &st) != 0)
		return explain(why, why_size, "cannot use", settings->run_folder);
	if (!S_ISDIR(st.st_mode) || st.st_uid != folder->uid || (st.st_mode & 022) != 0) {
		(void)snprintf(why, why_size, "SV_RUN_FOLDER=%s must be a folder of the roles' account that nobody else can write to", settings->run_folder);
		return SV_ECONFIG;
	}
	return 0;
}

static int
make_run_folder(struct sv_run_folder *folder, struct sv_settings *settings, char *why, size_t why_size)
{
	char old[SV_PATH_MAX], url[300];

	/* the predecessor's sockets: the lock says that it is gone, the prefix that the folder was one of ours */
	if (read_record(settings, old, url) && (named_by_us(old) || strcmp(old, settings->run_folder) == 0))
		remove_run_folder(old);
	folder->made = 1;
	if (settings->run_folder[0] != '\0')
		return 0;
	folder->made = 0;
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char made[64] = "/tmp/sv-XXXXXX";
	if (getuid() != 0 && runtime != NULL && runtime[0] == '/' && strlen(runtime) < 40 && access(runtime, W_OK | X_OK) == 0)
		(void)snprintf(made, sizeof made, "%s/sv-XXXXXX", runtime);
	if (mkdtemp(made) == NULL)
		return explain(why, why_size, "cannot make a folder for sockets like", made);
	free(settings->run_folder);
	settings->run_folder = sv_xstrdup(made);
	folder->made = 1;
	return 0;
}

static int
take_lock(struct sv_run_folder *folder, const struct sv_settings *settings, char *why, size_t why_size)
{
	char path[SV_PATH_MAX];

	(void)snprintf(path, sizeof path, "%.4000s/lock", settings->state);
	folder->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (folder->lock_fd < 0)
		return explain(why, why_size, "cannot open", path);
	if (flock(folder->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		(void)snprintf(why, why_size, "another StreamVault runs on %s; stop it first, or name another folder in SV_STATE", settings->state);
		return SV_EBUSY;
	}
	return 0;
}

/* As the roles' account: what it owns, it may have filled with links. */
static int
open_inside(struct sv_run_folder *folder, struct sv_settings *settings, char *why, size_t why_size)
{
	static const enum sv_path inside[] = {SV_PATH_SECRETS, SV_PATH_POSTERS, SV_PATH_NGINX, SV_PATH_REDIS, SV_PATH_LOGS, SV_PATH_CACHE};
	char path[SV_PATH_MAX];

	int rc = take_lock(folder, settings, why, why_size);
	for (size_t i = 0; rc == 0 && i < sizeof inside / sizeof inside[0]; i++)
		rc = make_folder(sv_path(settings, inside[i], path), 0700, folder->uid, folder->gid, why, why_size);
	if (rc == 0)
		rc = make_run_folder(folder, settings, why, why_size);
	if (rc == 0 && (rc = write_record(settings, "")) != 0)
		(void)snprintf(why, why_size, "cannot write %s: %s", sv_path(settings, SV_PATH_RUN_RECORD, path), sv_error_text(rc));
	return rc;
}

int
sv_run_folder_open(struct sv_run_folder *folder, struct sv_settings *settings, uid_t uid, gid_t gid, char *why, size_t why_size)
{
	char blocker[SV_PATH_MAX];

	*folder = (struct sv_run_folder){.lock_fd = -1, .uid = uid, .gid = gid};
	make_absolute(&settings->state);
	make_absolute(&settings->cache_dir);
	int rc = make_parents(settings->state, why, why_size);
	if (rc == 0)
		rc = make_folder(settings->state, 0700, uid, gid, why, why_size);
	if (rc == 0 && sv_privileges_reach(uid, gid, settings->state, R_OK | W_OK | X_OK, blocker, sizeof blocker) != 0) {
		(void)snprintf(why, why_size, "the state folder %s cannot be used: %s refuses the account of the roles; change its owner or mode, or set SV_STATE",
		    settings->state, blocker);
		rc = SV_EACCES;
	}
	/* these two may lie where only root can make them */
	if (rc == 0 && settings->cache_dir[0] != '\0')
		rc = make_folder(settings->cache_dir, 0700, uid, gid, why, why_size);
	make_absolute(&settings->run_folder);
	if (rc == 0 && settings->run_folder[0] != '\0')
		rc = use_named_folder(folder, settings, why, why_size);
	if (rc == 0 && sv_privileges_borrow(uid, gid) != 0) {
		(void)snprintf(why, why_size, "cannot become the account of the roles (uid %u)", (unsigned)uid);
		rc = SV_EACCES;
	}
	if (rc != 0)
		return rc;
	rc = open_inside(folder, settings, why, why_size);
	sv_privileges_return();
	return rc;
}

void
sv_run_folder_close(struct sv_run_folder *folder, struct sv_settings *settings)
{
	char path[SV_PATH_MAX];

	if (folder->made && sv_privileges_borrow(folder->uid, folder->gid) == 0) {
		remove_run_folder(settings->run_folder);
		(void)unlink(sv_path(settings, SV_PATH_RUN_RECORD, path));
		sv_privileges_return();
		/* one that root made in a folder of root's */
		(void)rmdir(settings->run_folder);
	}
	folder->made = 0;
	if (folder->lock_fd >= 0)
		(void)close(folder->lock_fd);
	folder->lock_fd = -1;
}

void
sv_run_folder_find(struct sv_settings *settings)
{
	char folder[SV_PATH_MAX], url[300];

	make_absolute(&settings->state);
	make_absolute(&settings->cache_dir);
	if (!read_record(settings, folder, url))
		return;
	if (settings->run_folder[0] == '\0') {
		free(settings->run_folder);
		settings->run_folder = sv_xstrdup(folder);
	}
	if (settings->public_url[0] == '\0' && url[0] != '\0') {
		free(settings->public_url);
		settings->public_url = sv_xstrdup(url);
	}
}

int
sv_run_folder_record_url(const struct sv_settings *settings, const char *url)
{
	return write_record(settings, url);
}

static void
read_secret_file(const char *path, char current[static 256], char old[static 256])
{
	current[0] = old[0] = '\0';
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return;
	if (fgets(current, 256, file) != NULL)
		current[strcspn(current, "\n")] = '\0';
	if (fgets(old, 256, file) != NULL)
		old[strcspn(old, "\n")] = '\0';
	(void)fclose(file);
}

static int
write_secret_file(const char *path, const char *current, const char *old)
{
	char temporary[SV_PATH_MAX + 8];

	(void)snprintf(temporary, sizeof temporary, "%s.new", path);
	(void)unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return sv_error_from_errno(errno);
	bool good = dprintf(fd, "%s\n%s\n", current, old) > 0 && fsync(fd) == 0;
	good = close(fd) == 0 && good;
	if (!good || rename(temporary, path) != 0)
		return sv_error_from_errno(errno);
	return 0;
}

static void
replace(char **slot, const char *value)
{
	sv_wipe(*slot, strlen(*slot));
	free(*slot);
	*slot = sv_xstrdup(value);
}

/* Write the secrets down; the folder may be missing, since a command may come before the first start. */
static int
keep_secret(const struct sv_settings *settings, char *why, size_t why_size)
{
	char path[SV_PATH_MAX];
	int rc = make_folder(sv_path(settings, SV_PATH_SECRETS, path), 0700, geteuid(), getegid(), why, why_size);

	if (rc != 0)
		return rc;
	rc = write_secret_file(sv_path(settings, SV_PATH_LINK_SECRET, path), settings->link_secret, settings->link_secret_old);
	if (rc != 0)
		(void)snprintf(why, why_size, "cannot write %s: %s", path, sv_error_text(rc));
	return rc;
}

static int
settle_secret(struct sv_settings *settings, char *why, size_t why_size)
{
	char path[SV_PATH_MAX], current[256], old[256];
	uint8_t random[32];
	int rc = 0;

	(void)sv_path(settings, SV_PATH_LINK_SECRET, path);
	read_secret_file(path, current, old);
	bool recorded = current[0] != '\0';
	if (settings->link_secret[0] == '\0' && current[0] == '\0') {
		sv_random_bytes(random, sizeof random);
		(void)sv_base64url_encode(random, sizeof random, current);
		sv_wipe(random, sizeof random);
	}
	/* a new secret in the settings makes the recorded one the old one: links out there stay good */
	bool rotated = settings->link_secret[0] != '\0' && current[0] != '\0' && strcmp(settings->link_secret, current) != 0;
	if (settings->link_secret_old[0] == '\0')
		replace(&settings->link_secret_old, rotated ? current : old);
	if (settings->link_secret[0] == '\0')
		replace(&settings->link_secret, current);
	if (strlen(settings->link_secret) < SECRET_MIN) {
		(void)snprintf(why, why_size, "SV_LINK_SECRET is shorter than %d characters; leave it empty to have one made", SECRET_MIN);
		rc = SV_ECONFIG;
	} else if (strlen(settings->link_secret) > SECRET_MAX || strlen(settings->link_secret_old) > SECRET_MAX) {
		(void)snprintf(why, why_size, "SV_LINK_SECRET or SV_LINK_SECRET_OLD is longer than %d characters", SECRET_MAX);
		rc = SV_ECONFIG;
	} else if (!recorded || strcmp(settings->link_secret, current) != 0 || strcmp(settings->link_secret_old, old) != 0) {
		/* only what is new is written: a full disk keeps nobody from making links */
		rc = keep_secret(settings, why, why_size);
	}
	sv_wipe(current, sizeof current);
	sv_wipe(old, sizeof old);
	return rc;
}

int
sv_run_folder_secret(struct sv_settings *settings, uid_t uid, gid_t gid, char *why, size_t why_size)
{
	if (sv_privileges_borrow(uid, gid) != 0) {
		(void)snprintf(why, why_size, "cannot become the account of the roles (uid %u)", (unsigned)uid);
		return SV_EACCES;
	}
	int rc = settle_secret(settings, why, why_size);
	sv_privileges_return();
	return rc;
}
