/* SPDX-License-Identifier: Apache-2.0
 * Child processes.  libuv's uv_spawn knows no parent-death signal and closes no foreign descriptors, so fork and exec are
 * ours; SIGCHLD comes through uv_signal and only pids of ours are waited for. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "alloc.h"
#include "errors.h"
#include "loop_private.h"
#include "process_child.h"
#include "sv_assert.h"

#define LINE_MAX_BYTES 8192u
#define READS_A_TURN 16

struct sv_process {
	struct sv_loop *loop;
	pid_t pid;
	bool ended, forgotten;
	unsigned handles;               /* not yet closed by libuv; the memory waits for them */
	uv_signal_t child_signal;
	uv_poll_t lines;
	int lines_fd;                   /* -1: none, or at its end */
	uv_pipe_t input;
	uv_write_t input_write;
	uint8_t *input_copy;            /* what did not fit in the pipe at once; may hold secrets */
	size_t input_length;
	sv_process_line_fn *on_line;
	sv_process_exit_fn *on_exit;
	void *context;
	size_t line_length;
	char line[LINE_MAX_BYTES + 1];
};

static void
on_closed(uv_handle_t *handle)
{
	struct sv_process *process = handle->data;

	if (--process->handles > 0)
		return;
	if (process->input_copy != NULL)
		sv_wipe(process->input_copy, process->input_length);
	free(process->input_copy);
	free(process);
}

static void
emit_line(struct sv_process *process)
{
	process->line[process->line_length] = '\0';
	process->line_length = 0;
	if (process->on_line != NULL && !process->forgotten)
		process->on_line(process->context, process->line);
}

/* A line longer than the limit is cut: its rest is passed over up to the newline. */
static void
take_bytes(struct sv_process *process, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i] == '\n')
			emit_line(process);
		else if (process->line_length < LINE_MAX_BYTES)
			process->line[process->line_length++] = data[i] == '\0' ? '?' : data[i];
	}
}

static void
close_lines(struct sv_process *process)
{
	if (process->lines_fd < 0)
		return;
	(void)uv_poll_stop(&process->lines);
	uv_close((uv_handle_t *)&process->lines, on_closed);
	(void)close(process->lines_fd);
	process->lines_fd = -1;
}

/* A turn reads at most so much, the last time (after the child's end) whatever is there. */
static void
read_lines(struct sv_process *process, bool all)
{
	char chunk[4096];

	for (int i = 0; process->lines_fd >= 0 && (all || i < READS_A_TURN); i++) {
		ssize_t got = read(process->lines_fd, chunk, sizeof chunk);
		if (got > 0) {
			take_bytes(process, chunk, (size_t)got);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN && !all)
			return;
		if (process->line_length > 0)
			emit_line(process);
		close_lines(process);
	}
}

static void
on_lines(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	read_lines(poll->data, false);
}

static void
close_input(struct sv_process *process)
{
	if (!uv_is_closing((uv_handle_t *)&process->input))
		uv_close((uv_handle_t *)&process->input, on_closed);
}

static void
on_input_written(uv_write_t *request, int status)
{
	(void)status;
	close_input(request->data);
}

static void
on_child_signal(uv_signal_t *handle, int number)
{
	struct sv_process *process = handle->data;
	int status = 0;

	(void)number;
	if (process->ended || waitpid(process->pid, &status, WNOHANG) != process->pid)
		return;
	process->ended = true;
	(void)uv_signal_stop(&process->child_signal);
	if (process->forgotten) {
		sv_loop_pay(process->loop);
		uv_close((uv_handle_t *)&process->child_signal, on_closed);
		return;
	}
	/* a callback may close the process: the closed handle keeps the memory for this turn */
	read_lines(process, true);
	if (process->on_exit != NULL && !process->forgotten)
		process->on_exit(process->context, WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static int
prepare_user(const struct sv_process_options *options, struct sv_process_child *child)
{
	struct passwd entry, *found = NULL;
	char text[4096];
	int count = (int)(sizeof child->groups / sizeof child->groups[0]);

	if (options->uid == 0 || geteuid() != 0)
		return 0;
	child->change_user = true;
	child->uid = options->uid;
	child->gid = options->gid;
	child->groups[0] = options->gid;
	child->group_count = 1;
	if (getpwuid_r(options->uid, &entry, text, sizeof text, &found) != 0 || found == NULL)
		return 0;
	if (getgrouplist(entry.pw_name, options->gid, child->groups, &count) < 0)
		return SV_ERANGE;
	child->group_count = (size_t)count;
	return 0;
}

static void
pass(struct sv_process_child *child, int from, int to)
{
	child->from[child->count] = from;
	child->to[child->count++] = to;
}

/* Everything that start opens on the way; -1 where nothing is open. */
struct pipes {
	int null, line_read, line_write, input_read, input_write, report_read, report_write;
};

static void
close_all(struct pipes *pipes)
{
	int *fds[] = {&pipes->null, &pipes->line_read, &pipes->line_write, &pipes->input_read, &pipes->input_write, &pipes->report_read, &pipes->report_write};

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]);
		*fds[i] = -1;
	}
}

static int
open_pipe(int *ret_read, int *ret_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return sv_error_from_errno(errno);
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

static int
prepare(const struct sv_process_options *options, struct pipes *pipes, struct sv_process_child *child)
{
	static char *const empty[] = {NULL};
	int rc = prepare_user(options, child);

	child->program = options->program;
	child->arguments = options->arguments;
	child->environment = options->environment == NULL ? empty : options->environment;
	child->folder = options->folder;
	child->parent = getpid();
	child->parent_death_signal = options->parent_death_signal;
	child->own_group = options->own_group;
	if (rc == 0 && (pipes->null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
		rc = sv_error_from_errno(errno);
	if (rc == 0)
		rc = open_pipe(&pipes->report_read, &pipes->report_write);
	if (rc == 0 && options->on_line != NULL)
		rc = open_pipe(&pipes->line_read, &pipes->line_write);
	if (rc == 0 && options->input_fd != 0)
		rc = open_pipe(&pipes->input_read, &pipes->input_write);
	if (rc < 0)
		return rc;
	int shown = options->on_line != NULL ? pipes->line_write : -1;
	pass(child, pipes->null, 0);
	pass(child, !options->inherit_output ? pipes->null : shown >= 0 ? shown : 1, 1);
	pass(child, shown >= 0 ? shown : options->inherit_output ? 2 : pipes->null, 2);
	if (options->input_fd != 0)
		pass(child, pipes->input_read, options->input_fd);
	for (size_t i = 0; i < options->pass_count; i++)
		pass(child, options->pass_from[i], options->pass_to[i]);
	child->report_fd = pipes->report_write;
	return 0;
}

/* Fork, and wait until the child has reached exec (the pipe closes) or says why not. */
static int
fork_child(struct sv_process_child *child, struct pipes *pipes, pid_t *ret_pid)
{
	sigset_t all, before;
	int why = 0;
	ssize_t got;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		sv_process_child_run(child);
	int error = errno;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return sv_error_from_errno(error);
	(void)close(pipes->report_write);
	pipes->report_write = -1;
	do
		got = read(pipes->report_read, &why, sizeof why);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof why) {
		*ret_pid = pid;
		return 0;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return sv_error_from_errno(why);
}

static void
start_lines(struct sv_process *process, int fd)
{
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	process->lines_fd = fd;
	process->lines.data = process;
	process->handles++;
	sv_assert(uv_poll_init(sv_loop_uv(process->loop), &process->lines, fd) == 0);
	sv_assert(uv_poll_start(&process->lines, UV_READABLE, on_lines) == 0);
}

/* What the pipe takes at once goes at once; the rest is copied and follows as the child reads. */
static void
start_input(struct sv_process *process, int fd, const uint8_t *data, size_t length)
{
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while (length > 0) {
		ssize_t wrote = write(fd, data, length);
		if (wrote < 0 && errno == EAGAIN)
			break;
		if (wrote < 0 && errno != EINTR)
			length = 0;
		if (wrote > 0) {
			data += wrote;
			length -= (size_t)wrote;
		}
	}
	if (length == 0) {
		(void)close(fd);
		return;
	}
	process->input_copy = sv_xmalloc(length);
	memcpy(process->input_copy, data, length);
	process->input_length = length;
	process->handles++;
	sv_assert(uv_pipe_init(sv_loop_uv(process->loop), &process->input, 0) == 0);
	process->input.data = process;
	sv_assert(uv_pipe_open(&process->input, fd) == 0);
	process->input_write.data = process;
	uv_buf_t buffer = uv_buf_init((char *)process->input_copy, (unsigned)length);
	if (uv_write(&process->input_write, (uv_stream_t *)&process->input, &buffer, 1, on_input_written) != 0)
		close_input(process);
}

int
sv_process_start(struct sv_loop *loop, const struct sv_process_options *options, struct sv_process **ret_process)
{
	struct pipes pipes = {-1, -1, -1, -1, -1, -1, -1};
	struct sv_process_child child = {0};

	sv_assert(options->pass_count <= SV_PROCESS_PASS_MAX && options->input_length <= (size_t)1 << 30);
	struct sv_process *process = sv_xcalloc(1, sizeof *process);
	process->loop = loop;
	process->lines_fd = -1;
	process->on_line = options->on_line;
	process->on_exit = options->on_exit;
	process->context = options->context;
	process->handles = 1;
	sv_assert(uv_signal_init(sv_loop_uv(loop), &process->child_signal) == 0);
	process->child_signal.data = process;
	/* before the fork: the child may end at once */
	sv_assert(uv_signal_start(&process->child_signal, on_child_signal, SIGCHLD) == 0);
	int rc = prepare(options, &pipes, &child);
	if (rc == 0)
		rc = fork_child(&child, &pipes, &process->pid);
	if (rc < 0) {
		uv_close((uv_handle_t *)&process->child_signal, on_closed);
		close_all(&pipes);
		return rc;
	}
	if (pipes.line_read >= 0)
		start_lines(process, pipes.line_read);
	/* the child's end goes first: a child that never reads must not look like one that will */
	if (pipes.input_read >= 0)
		(void)close(pipes.input_read);
	if (pipes.input_write >= 0)
		start_input(process, pipes.input_write, options->input, options->input_length);
	pipes.line_read = pipes.input_read = pipes.input_write = -1;
	close_all(&pipes);
	*ret_process = process;
	return 0;
}

pid_t
sv_process_pid(const struct sv_process *process)
{
	return process->pid;
}

void
sv_process_kill(struct sv_process *process, int signal_number)
{
	if (!process->ended)
		(void)kill(process->pid, signal_number);
}

void
sv_process_close(struct sv_process *process)
{
	if (process == NULL || process->forgotten)
		return;
	process->forgotten = true;
	close_lines(process);
	if (process->input_copy != NULL)
		close_input(process);
	if (process->ended) {
		uv_close((uv_handle_t *)&process->child_signal, on_closed);
		return;
	}
	(void)kill(process->pid, SIGKILL);
	sv_loop_owe(process->loop);
}
