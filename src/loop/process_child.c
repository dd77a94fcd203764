/* SPDX-License-Identifier: Apache-2.0
 * Only async-signal-safe calls here: another thread of the parent may have held any lock at the time of the fork. */
#include "process_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif
#define SLOW_CLOSE_MAX 65536u

static void
reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			(void)signal(number, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
close_on_exec_all(void)
{
	struct rlimit limit = {0};

	if (close_range(3, ~0u, (int)CLOSE_RANGE_CLOEXEC) == 0)
		return;
	/* a kernel before 5.11 */
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned fd = 3; fd < limit.rlim_cur && fd < SLOW_CLOSE_MAX; fd++)
		(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

/* First copy everything above the highest wanted number, so that no move overwrites what a later one needs. */
static bool
move_descriptors(struct sv_process_child *child)
{
	int above = 3;

	for (size_t i = 0; i < child->count; i++)
		if (child->to[i] >= above)
			above = child->to[i] + 1;
	if ((child->report_fd = fcntl(child->report_fd, F_DUPFD_CLOEXEC, above)) < 0)
		return false;
	for (size_t i = 0; i < child->count; i++)
		if ((child->from[i] = fcntl(child->from[i], F_DUPFD_CLOEXEC, above)) < 0)
			return false;
	close_on_exec_all();
	for (size_t i = 0; i < child->count; i++)
		if (dup2(child->from[i], child->to[i]) < 0)
			return false;
	return true;
}

static bool
become(const struct sv_process_child *child)
{
	if (child->own_group && setpgid(0, 0) != 0)
		return false;
	if (child->change_user && (setgroups(child->group_count, child->groups) != 0 || setresgid(child->gid, child->gid, child->gid) != 0 ||
	    setresuid(child->uid, child->uid, child->uid) != 0))
		return false;
	if (child->folder != NULL && chdir(child->folder) != 0)
		return false;
	/* after the change of user, which clears it; the parent may have died before it was set */
	if (child->parent_death_signal != 0) {
		if (prctl(PR_SET_PDEATHSIG, child->parent_death_signal) != 0)
			return false;
		if (getppid() != child->parent)
			_exit(127);
	}
	return true;
}

void
sv_process_child_run(struct sv_process_child *child)
{
	int why;

	if (move_descriptors(child) && become(child)) {
		reset_signals();
		(void)execve(child->program, child->arguments, child->environment);
	}
	why = errno;
	(void)!write(child->report_fd, &why, sizeof why);
	_exit(127);
}
