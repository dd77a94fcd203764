/* SPDX-License-Identifier: Apache-2.0
 * Keeps a set of child processes ("roles") running: started together, started again with back-off when they die, stopped in
 * order.  Belongs to one loop. */
#ifndef SV_SUPERVISOR_H
#define SV_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"
#include "loop.h"

#define SV_SUPERVISOR_ROLES_MAX 8

struct sv_supervisor;

/* One role; everything is copied. */
struct sv_supervisor_role {
	const char *name;                 /* "engine": in logs and status */
	const char *const *arguments;     /* argv, argv[0] the full path of the program; NULL at the end */
	const char *settings;             /* handed over on descriptor 3; NULL: none */
	size_t settings_length;
	int pass_from[2], pass_to[2];     /* listening sockets for the child */
	unsigned pass_count;
	bool once;                        /* a job: not started again, its end is not an error */
	uint64_t stop_ms;                 /* after SIGTERM this long, then SIGKILL */
};

struct sv_supervisor *sv_supervisor_new(struct sv_loop *loop);
/* Started by root: the account that the roles run as. */
void sv_supervisor_set_user(struct sv_supervisor *supervisor, uid_t uid, gid_t gid);
void sv_supervisor_add(struct sv_supervisor *supervisor, const struct sv_supervisor_role *role);
/* Start all of them. */
void sv_supervisor_start(struct sv_supervisor *supervisor);
/* Stop them one after another in the order in which they were added; `done` runs when the last is gone. */
void sv_supervisor_stop(struct sv_supervisor *supervisor, sv_loop_fn *done, void *context);
/* SIGKILL to all, now; for the second signal of an impatient operator. */
void sv_supervisor_kill(struct sv_supervisor *supervisor);
/* JSON array of {role, pid, state, restarts, resident_bytes}. States: running, waiting (dead, started again soon), done, stopped. */
void sv_supervisor_status(const struct sv_supervisor *supervisor, struct sv_buffer *out);
void sv_supervisor_free(struct sv_supervisor *supervisor);

#endif
