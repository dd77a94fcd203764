/* SPDX-License-Identifier: Apache-2.0
 * Dropping root, and finding out beforehand what the account could not reach. */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "sv_assert.h"

int
sv_privileges_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	struct passwd entry, *found = NULL;
	char memory[4096];

	int rc = getpwnam_r(name, &entry, memory, sizeof memory, &found);
	if (rc != 0)
		return sv_error_from_errno(rc);
	if (found == NULL)
		return SV_ENOENT;
	*ret_uid = entry.pw_uid;
	*ret_gid = entry.pw_gid;
	return 0;
}

/* The groups that the roles get too (loop/process.c): a film folder open to one of them is open to `library add`. */
static int
set_groups(uid_t uid, gid_t gid)
{
	struct passwd entry, *found = NULL;
	char memory[4096];
	gid_t groups[64];
	int count = (int)(sizeof groups / sizeof groups[0]);

	if (getpwuid_r(uid, &entry, memory, sizeof memory, &found) != 0 || found == NULL)
		return setgroups(1, &gid);
	if (getgrouplist(found->pw_name, gid, groups, &count) < 0)
		return -1;
	return setgroups((size_t)count, groups);
}

int
sv_privileges_drop(uid_t uid, gid_t gid)
{
	if (set_groups(uid, gid) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return SV_EACCES;
	/* a drop that can be undone is none */
	return uid != 0 && setuid(0) == 0 ? SV_EACCES : 0;
}

static bool borrowed;
static gid_t own_groups[64];
static int own_group_count;

int
sv_privileges_borrow(uid_t uid, gid_t gid)
{
	if (geteuid() != 0 || uid == 0)
		return 0;
	sv_assert(!borrowed);
	own_group_count = getgroups((int)(sizeof own_groups / sizeof own_groups[0]), own_groups);
	if (own_group_count < 0)
		return SV_EACCES;
	borrowed = true;
	if (set_groups(uid, gid) == 0 && setegid(gid) == 0 && seteuid(uid) == 0)
		return 0;
	sv_privileges_return();
	return SV_EACCES;
}

void
sv_privileges_return(void)
{
	if (!borrowed)
		return;
	/* the saved ids are still root's */
	sv_assert(seteuid(0) == 0 && setegid(getgid()) == 0 && setgroups((size_t)own_group_count, own_groups) == 0);
	borrowed = false;
}

/* In the child: a signal for the site must not come in through the handlers that it shares with its parent. */
static void
forget_signals(void)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		(void)signal(numbers[i], SIG_DFL);
}

/* In the child: write the first blocking path to `fd`, nothing when all is well. */
static void
try_reach(const char *path, int mode, int fd)
{
	char prefix[4200];
	bool blocked = false;

	for (size_t i = 1; !blocked && path[i] != '\0' && i < sizeof prefix; i++) {
		if (path[i] != '/')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		blocked = access(prefix, X_OK) != 0;
	}
	if (!blocked && access(path, mode) != 0) {
		(void)snprintf(prefix, sizeof prefix, "%s", path);
		blocked = true;
	}
	if (blocked && write(fd, prefix, strlen(prefix)) < 0)
		_exit(1);
}

int
sv_privileges_reach(uid_t uid, gid_t gid, const char *path, int mode, char *blocker, size_t blocker_size)
{
	int fds[2];
	size_t length = 0;

	blocker[0] = '\0';
	if (pipe(fds) != 0)
		return sv_error_from_errno(errno);
	pid_t pid = fork();
	if (pid == 0) {
		forget_signals();
		if (getuid() == 0 && uid != 0 && sv_privileges_drop(uid, gid) != 0)
			_exit(1);
		try_reach(path, mode, fds[1]);
		_exit(0);
	}
	(void)close(fds[1]);
	while (pid > 0 && length + 1 < blocker_size) {
		ssize_t n = read(fds[0], blocker + length, blocker_size - 1 - length);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	blocker[length] = '\0';
	(void)close(fds[0]);
	if (pid < 0)
		return SV_ENOMEM;
	(void)waitpid(pid, NULL, 0);
	return length == 0 ? 0 : SV_EACCES;
}

struct verdict {
	int rc;
	char why[1000];
};

int
sv_privileges_run(uid_t uid, gid_t gid, int (*fn)(void *context, char *why, size_t why_size), void *context, char *why, size_t why_size)
{
	struct verdict verdict = {.rc = SV_ECRASH};
	size_t have = 0;
	int fds[2];

	if (pipe(fds) != 0)
		return sv_error_from_errno(errno);
	pid_t pid = fork();
	if (pid == 0) {
		forget_signals();
		verdict.rc = SV_EACCES;
		if (getuid() != 0 || uid == 0 || sv_privileges_drop(uid, gid) == 0)
			verdict.rc = fn(context, verdict.why, sizeof verdict.why);
		/* less than PIPE_BUF: whole or not at all */
		_exit(write(fds[1], &verdict, sizeof verdict) == (ssize_t)sizeof verdict ? 0 : 1);
	}
	(void)close(fds[1]);
	while (pid > 0 && have < sizeof verdict) {
		ssize_t n = read(fds[0], (char *)&verdict + have, sizeof verdict - have);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	(void)close(fds[0]);
	if (pid < 0)
		return SV_ENOMEM;
	(void)waitpid(pid, NULL, 0);
	if (verdict.rc != 0)
		(void)snprintf(why, why_size, "%s", verdict.why);
	return verdict.rc;
}

void
sv_privileges_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	/* the soft limit may stay: the servers count what they have */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}
