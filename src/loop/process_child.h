/* SPDX-License-Identifier: Apache-2.0
 * The stretch between fork and exec: everything is prepared by the parent, the child makes system calls only. */
#ifndef SV_PROCESS_CHILD_H
#define SV_PROCESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SV_PROCESS_PASS_MAX 16

struct sv_process_child {
	const char *program;
	char *const *arguments;
	char *const *environment;
	const char *folder;
	/* descriptors of ours and their numbers in the child; 0, 1 and 2 are among them */
	int from[SV_PROCESS_PASS_MAX + 4], to[SV_PROCESS_PASS_MAX + 4];
	size_t count;
	int report_fd;                   /* errno goes here when exec cannot be reached; close-on-exec */
	pid_t parent;
	int parent_death_signal;
	bool own_group;
	bool change_user;
	uid_t uid;
	gid_t gid;
	gid_t groups[64];
	size_t group_count;
};

/* In the child, all signals blocked.  `child` is its own copy and may be changed. */
_Noreturn void sv_process_child_run(struct sv_process_child *child);

#endif
