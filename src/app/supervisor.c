/* SPDX-License-Identifier: Apache-2.0
 * Back-off doubles from 100 ms to 5 s and is forgotten after 10 s of good life.  Every child gets SIGTERM when this
 * process dies, however it dies.  Each is a process group of its own: Ctrl-C at the terminal reaches only this process, which
 * stops them in their order. */
#include "supervisor.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "errors.h"
#include "log.h"
#include "process.h"
#include "sv_assert.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 5000
#define GOOD_LIFE_MS 10000
#define ARGUMENTS_MAX 16
#define SETTINGS_FD 3

enum state { STATE_STOPPED = 0, STATE_RUNNING, STATE_WAITING, STATE_DONE };

struct role {
	struct sv_supervisor *supervisor;
	char *name;
	char *arguments[ARGUMENTS_MAX];
	char *settings;
	size_t settings_length;
	int pass_from[2], pass_to[2];
	unsigned pass_count;
	bool once;
	uint64_t stop_ms;
	enum state state;
	struct sv_process *process;
	struct sv_timer *timer;           /* restart, or the patience of a stop */
	uint64_t started_ms, backoff_ms;
	unsigned restarts;
};

struct sv_supervisor {
	struct sv_loop *loop;
	uid_t uid;
	gid_t gid;
	struct role roles[SV_SUPERVISOR_ROLES_MAX];
	unsigned count;
	bool stopping;
	unsigned stop_at;                 /* index of the role being stopped */
	sv_loop_fn *stopped;
	void *stopped_context;
};

static void start_role(void *context);
static void stop_next(struct sv_supervisor *supervisor);

struct sv_supervisor *
sv_supervisor_new(struct sv_loop *loop)
{
	struct sv_supervisor *supervisor = sv_xcalloc(1, sizeof *supervisor);

	supervisor->loop = loop;
	return supervisor;
}

void
sv_supervisor_set_user(struct sv_supervisor *supervisor, uid_t uid, gid_t gid)
{
	supervisor->uid = uid;
	supervisor->gid = gid;
}

void
sv_supervisor_add(struct sv_supervisor *supervisor, const struct sv_supervisor_role *role)
{
	sv_assert(supervisor->count < SV_SUPERVISOR_ROLES_MAX);
	struct role *own = &supervisor->roles[supervisor->count++];

	*own = (struct role){.supervisor = supervisor, .name = sv_xstrdup(role->name), .pass_count = role->pass_count, .once = role->once,
	    .stop_ms = role->stop_ms, .backoff_ms = BACKOFF_FIRST_MS};
	for (unsigned i = 0; role->arguments[i] != NULL; i++) {
		sv_assert(i + 1 < ARGUMENTS_MAX);
		own->arguments[i] = sv_xstrdup(role->arguments[i]);
	}
	if (role->settings != NULL) {
		own->settings = sv_xstrndup(role->settings, role->settings_length);
		own->settings_length = role->settings_length;
	}
	memcpy(own->pass_from, role->pass_from, sizeof own->pass_from);
	memcpy(own->pass_to, role->pass_to, sizeof own->pass_to);
}

static void
schedule_restart(struct role *role)
{
	role->state = STATE_WAITING;
	role->timer = sv_timer_start(role->supervisor->loop, role->backoff_ms, 0, start_role, role);
	role->backoff_ms = role->backoff_ms * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS : role->backoff_ms * 2;
	role->restarts++;
}

static void
role_exited(void *context, int exit_code, int signal_number)
{
	struct role *role = context;
	struct sv_supervisor *supervisor = role->supervisor;
	pid_t pid = sv_process_pid(role->process);

	sv_process_close(role->process);
	role->process = NULL;
	sv_timer_cancel(role->timer);
	role->timer = NULL;
	role->state = STATE_STOPPED;
	if (supervisor->stopping) {
		if (supervisor->stop_at < supervisor->count && role == &supervisor->roles[supervisor->stop_at])
			stop_next(supervisor);
		return;
	}
	if (role->once) {
		role->state = STATE_DONE;
		if (exit_code != 0 || signal_number != 0)
			sv_log(SV_LOG_WARN, SV_EVENT_role_exited, "name=%s pid=%d code=%d signal=%d", role->name, (int)pid, exit_code, signal_number);
		return;
	}
	if (sv_clock_ms() - role->started_ms > GOOD_LIFE_MS)
		role->backoff_ms = BACKOFF_FIRST_MS;
	sv_log(SV_LOG_ERROR, SV_EVENT_role_exited, "name=%s pid=%d code=%d signal=%d restart_ms=%" PRIu64, role->name, (int)pid, exit_code,
	    signal_number, role->backoff_ms);
	schedule_restart(role);
}

static void
start_role(void *context)
{
	struct role *role = context;
	struct sv_supervisor *supervisor = role->supervisor;

	role->timer = NULL;
	struct sv_process_options options = {
	    .program = role->arguments[0], .arguments = role->arguments, .pass_from = role->pass_from, .pass_to = role->pass_to,
	    .pass_count = role->pass_count, .input = role->settings, .input_length = role->settings_length,
	    .input_fd = role->settings == NULL ? 0 : SETTINGS_FD, .inherit_output = true, .own_group = true, .on_exit = role_exited, .context = role,
	    .parent_death_signal = SIGTERM,
	};
	if (geteuid() == 0) {
		options.uid = supervisor->uid;
		options.gid = supervisor->gid;
	}
	role->started_ms = sv_clock_ms();
	int rc = sv_process_start(supervisor->loop, &options, &role->process);
	if (rc != 0) {
		sv_log(SV_LOG_ERROR, SV_EVENT_role_exited, "name=%s error=%s program=%s restart_ms=%" PRIu64, role->name, sv_error_name(rc),
		    sv_log_quote(role->arguments[0]), role->backoff_ms);
		role->process = NULL;
		schedule_restart(role);
		return;
	}
	role->state = STATE_RUNNING;
	sv_log(SV_LOG_INFO, SV_EVENT_role_started, "name=%s pid=%d", role->name, (int)sv_process_pid(role->process));
}

void
sv_supervisor_start(struct sv_supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++)
		start_role(&supervisor->roles[i]);
}

static void
lose_patience(void *context)
{
	struct role *role = context;

	role->timer = NULL;
	sv_process_kill(role->process, SIGKILL);
}

/* Move to the next role that still runs, or report the end. */
static void
stop_next(struct sv_supervisor *supervisor)
{
	for (supervisor->stop_at++; supervisor->stop_at < supervisor->count; supervisor->stop_at++) {
		struct role *role = &supervisor->roles[supervisor->stop_at];
		sv_timer_cancel(role->timer);
		role->timer = NULL;
		if (role->process == NULL) {
			role->state = STATE_STOPPED;
			continue;
		}
		sv_process_kill(role->process, SIGTERM);
		role->timer = sv_timer_start(supervisor->loop, role->stop_ms, 0, lose_patience, role);
		return;
	}
	supervisor->stopped(supervisor->stopped_context);
}

void
sv_supervisor_stop(struct sv_supervisor *supervisor, sv_loop_fn *done, void *context)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->stopped = done;
	supervisor->stopped_context = context;
	/* nobody is started again from here on */
	for (unsigned i = 0; i < supervisor->count; i++) {
		sv_timer_cancel(supervisor->roles[i].timer);
		supervisor->roles[i].timer = NULL;
	}
	supervisor->stop_at = (unsigned)-1;
	stop_next(supervisor);
}

void
sv_supervisor_kill(struct sv_supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++)
		if (supervisor->roles[i].process != NULL)
			sv_process_kill(supervisor->roles[i].process, SIGKILL);
}

static uint64_t
resident_bytes(pid_t pid)
{
	char path[64];
	unsigned long pages = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	(void)fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void
sv_supervisor_status(const struct sv_supervisor *supervisor, struct sv_buffer *out)
{
	static const char *const names[] = {"stopped", "running", "waiting", "done"};

	sv_buffer_text(out, "[");
	for (unsigned i = 0; i < supervisor->count; i++) {
		const struct role *role = &supervisor->roles[i];
		pid_t pid = role->process == NULL ? 0 : sv_process_pid(role->process);
		sv_buffer_printf(out, "%s{\"role\":\"%s\",\"pid\":%d,\"state\":\"%s\",\"restarts\":%u,\"resident_bytes\":%" PRIu64 "}", i == 0 ? "" : ",",
		    role->name, (int)pid, names[role->state], role->restarts, pid == 0 ? 0 : resident_bytes(pid));
	}
	sv_buffer_text(out, "]");
}

void
sv_supervisor_free(struct sv_supervisor *supervisor)
{
	if (supervisor == NULL)
		return;
	for (unsigned i = 0; i < supervisor->count; i++) {
		struct role *role = &supervisor->roles[i];
		sv_timer_cancel(role->timer);
		sv_process_close(role->process);
		free(role->name);
		if (role->settings != NULL)
			sv_wipe(role->settings, role->settings_length);
		free(role->settings);
		for (unsigned k = 0; role->arguments[k] != NULL; k++)
			free(role->arguments[k]);
	}
	free(supervisor);
}
