/* SPDX-License-Identifier: Apache-2.0
 * Child processes on the loop. */
#ifndef SV_PROCESS_H
#define SV_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "loop.h"

struct sv_process;

typedef void sv_process_exit_fn(void *context, int exit_code, int signal_number);
/* One line of the child's stderr (and stdout when inherit_output asks for both), without the newline; cut at 8 KiB, NUL bytes become '?'.  All
 * lines written before the child ended come before on_exit. */
typedef void sv_process_line_fn(void *context, const char *line);

struct sv_process_options {
	const char *program;             /* full path */
	char *const *arguments;          /* argv, argv[0] first, NULL at the end */
	char *const *environment;        /* NULL: empty */
	const char *folder;              /* working folder; NULL: ours */
	const int *pass_from;            /* pass_count descriptors of ours ... */
	const int *pass_to;              /* ... and their numbers in the child (3 and up) */
	size_t pass_count;
	const void *input;               /* bytes handed to the child on descriptor input_fd through a pipe, then closed: */
	size_t input_length;             /*   settings and secrets; borrowed for the call */
	int input_fd;                    /*   0: none */
	bool inherit_output;             /* stdout and stderr go where ours go, or both to on_line when it is given; without: only stderr to on_line */
	bool own_group;                  /* a process group of its own: Ctrl-C at the terminal reaches only us */
	sv_process_line_fn *on_line;
	sv_process_exit_fn *on_exit;     /* runs once, unless closed first */
	void *context;
	int parent_death_signal;         /* PR_SET_PDEATHSIG in the child, sent when the thread that started it ends; 0: none */
	uid_t uid;                       /* when not 0 and we are root: the child's user and groups */
	gid_t gid;
};

/* 0, or SV_E* also when the program could not be executed; every descriptor of ours not named above is closed in the child, stdin is
 * /dev/null, signals have their default action. */
int sv_process_start(struct sv_loop *loop, const struct sv_process_options *options, struct sv_process **ret_process);
pid_t sv_process_pid(const struct sv_process *process);
/* Send a signal; does nothing once the child has ended. */
void sv_process_kill(struct sv_process *process, int signal_number);
/* Forget it: no callback runs; a child still running is killed with SIGKILL and reaped. Accepts NULL. */
void sv_process_close(struct sv_process *process);

#endif
