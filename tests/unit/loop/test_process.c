/* SPDX-License-Identifier: Apache-2.0
 * Child processes: what they see, what we see of them, and that none is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "buffer.h"
#include "errors.h"
#include "process.h"

struct seen {
	struct sv_loop *loop;
	struct sv_process *process;
	struct sv_buffer lines;              /* each followed by '|' */
	size_t longest;
	int code, number, exits;
	bool done, first_line;
};

static void
on_line(void *context, const char *line)
{
	struct seen *seen = context;

	sv_buffer_printf(&seen->lines, "%s|", line);
	if (strlen(line) > seen->longest)
		seen->longest = strlen(line);
	seen->first_line = true;
}

static void
on_exit_seen(void *context, int code, int number)
{
	struct seen *seen = context;

	seen->code = code;
	seen->number = number;
	seen->exits++;
	seen->done = true;
}

static void
begin(struct seen *seen)
{
	memset(seen, 0, sizeof *seen);
	seen->loop = sv_loop_new();
	sv_buffer_init(&seen->lines, 0);
}

static void
finish(struct seen *seen)
{
	sv_process_close(seen->process);
	sv_loop_free(seen->loop);
	sv_buffer_fini(&seen->lines);
}

/* Run a shell script to its end; its stderr is in seen->lines. */
static void
run_shell(struct seen *seen, const char *script, struct sv_process_options options)
{
	char *arguments[] = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)script, NULL};

	options.program = "/bin/sh";
	options.arguments = arguments;
	options.on_line = on_line;
	options.on_exit = on_exit_seen;
	options.context = seen;
	assert_int_equal(sv_process_start(seen->loop, &options, &seen->process), 0);
	assert_true(sv_process_pid(seen->process) > 0);
	sv_loop_run_until(seen->loop, &seen->done);
}

static void
lines_and_exit_code(void **state)
{
	struct seen seen;

	begin(&seen);
	run_shell(&seen, "echo hidden; echo one >&2; printf 'two\\nthree' >&2; exit 7", (struct sv_process_options){0});
	assert_string_equal(sv_buffer_cstr(&seen.lines), "one|two|three|");
	assert_int_equal(seen.code, 7);
	assert_int_equal(seen.number, 0);
	sv_process_kill(seen.process, SIGTERM);     /* ended: nothing happens */
	finish(&seen);
	assert_int_equal(seen.exits, 1);
}

static void
stdout_comes_along_when_asked(void **state)
{
	struct seen seen;

	begin(&seen);
	run_shell(&seen, "echo shown; echo too >&2", (struct sv_process_options){.inherit_output = true});
	assert_string_equal(sv_buffer_cstr(&seen.lines), "shown|too|");
	finish(&seen);
}

static void
the_child_starts_bare(void **state)
{
	struct seen seen;
	int extra = open("/dev/null", O_RDONLY);     /* on purpose without close-on-exec */

	assert_true(extra >= 3);
	assert_int_equal(setenv("SV_TEST_SECRET", "x", 1), 0);
	begin(&seen);
	run_shell(&seen, "/usr/bin/env | grep -v -e '^PWD=' -e '^OLDPWD=' -e '^SHLVL=' -e '^_=' >&2; ls -l /proc/self/fd | sed -n 's/.* \\([0-9]*\\) -> /\\1 /p' | "
	    "grep -v '/proc/' >&2; readlink /proc/self/fd/0 >&2; grep -e SigBlk -e SigIgn /proc/self/status >&2", (struct sv_process_options){0});
	const char *text = sv_buffer_cstr(&seen.lines);
	assert_null(strstr(text, "SECRET"));
	assert_null(strstr(text, "="));
	assert_non_null(strstr(text, "|/dev/null|"));
	assert_non_null(strstr(text, "SigBlk:\t0000000000000000|"));
	/* 32 and 33 are the C library's own; whoever started us may have ignored them, and no program can change that through it */
	const char *ignored = strstr(text, "SigIgn:\t");
	assert_non_null(ignored);
	assert_int_equal(strtoull(ignored + 8, NULL, 16) & ~0x180000000ull, 0);
	char name[16];
	(void)snprintf(name, sizeof name, "%d ", extra);
	assert_null(strstr(text, name));
	finish(&seen);
	(void)close(extra);
}

static void
environment_and_folder_are_given(void **state)
{
	struct seen seen;
	char *environment[] = {(char *)(uintptr_t)"COLOUR=green", NULL};

	begin(&seen);
	run_shell(&seen, "echo $COLOUR >&2; pwd >&2", (struct sv_process_options){.environment = environment, .folder = "/usr"});
	assert_string_equal(sv_buffer_cstr(&seen.lines), "green|/usr|");
	finish(&seen);
}

static void
descriptors_change_their_numbers(void **state)
{
	struct seen seen;
	int a[2], b[2];

	assert_int_equal(pipe2(a, O_CLOEXEC), 0);
	assert_int_equal(pipe2(b, O_CLOEXEC), 0);
	assert_int_equal(write(a[1], "from a\n", 7), 7);
	assert_int_equal(write(b[1], "from b\n", 7), 7);
	(void)close(a[1]);
	(void)close(b[1]);
	/* crosswise: each wants the other's number */
	const int from[] = {a[0], b[0]}, to[] = {b[0], a[0]};
	char script[120];
	(void)snprintf(script, sizeof script, "cat <&%d >&2; cat <&%d >&2", a[0], b[0]);
	begin(&seen);
	if (a[0] < 10 && b[0] < 10) {     /* the shell names one digit only */
		run_shell(&seen, script, (struct sv_process_options){.pass_from = from, .pass_to = to, .pass_count = 2});
		assert_string_equal(sv_buffer_cstr(&seen.lines), "from b|from a|");
	}
	finish(&seen);
	(void)close(a[0]);
	(void)close(b[0]);
}

static void
input_larger_than_a_pipe_arrives(void **state)
{
	const size_t length = 1000000;
	struct seen seen;
	char *data = sv_xmalloc(length);

	memset(data, 'i', length);
	begin(&seen);
	run_shell(&seen, "wc -c <&4 >&2", (struct sv_process_options){.input = data, .input_length = length, .input_fd = 4});
	assert_string_equal(sv_buffer_cstr(&seen.lines), "1000000|");
	finish(&seen);
	begin(&seen);
	run_shell(&seen, "exit 3", (struct sv_process_options){.input = data, .input_length = length, .input_fd = 4});
	assert_int_equal(seen.code, 3);
	finish(&seen);
	begin(&seen);
	run_shell(&seen, "wc -c <&4 >&2", (struct sv_process_options){.input = data, .input_length = 0, .input_fd = 4});
	assert_string_equal(sv_buffer_cstr(&seen.lines), "0|");
	finish(&seen);
	free(data);
}

static void
long_lines_are_cut_and_nul_is_shown(void **state)
{
	struct seen seen;

	begin(&seen);
	run_shell(&seen, "head -c 20000 /dev/zero | tr '\\0' x >&2; echo >&2; printf 'a\\000b\\n' >&2", (struct sv_process_options){0});
	assert_int_equal(seen.longest, 8192);
	assert_string_equal(sv_buffer_cstr(&seen.lines) + 8192, "|a?b|");
	finish(&seen);
}

static void
what_cannot_start_says_so(void **state)
{
	struct seen seen;
	char *arguments[] = {(char *)(uintptr_t)"x", NULL};
	struct sv_process_options options = {.program = "/nonexistent/program", .arguments = arguments, .on_exit = on_exit_seen, .context = &seen};

	begin(&seen);
	assert_int_equal(sv_process_start(seen.loop, &options, &seen.process), SV_ENOENT);
	options.program = "/etc/passwd";
	assert_int_equal(sv_process_start(seen.loop, &options, &seen.process), SV_EACCES);
	options.program = "/bin/sh";
	options.folder = "/nonexistent";
	assert_int_equal(sv_process_start(seen.loop, &options, &seen.process), SV_ENOENT);
	finish(&seen);
	assert_int_equal(seen.exits, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
a_signal_is_told(void **state)
{
	struct seen seen;

	begin(&seen);
	run_shell(&seen, "kill -TERM $$", (struct sv_process_options){0});
	assert_int_equal(seen.code, -1);
	assert_int_equal(seen.number, SIGTERM);
	finish(&seen);
}

static void
closing_kills_reaps_and_is_silent(void **state)
{
	struct seen seen;
	char *arguments[] = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)"trap '' TERM; echo up >&2; exec sleep 600", NULL};
	struct sv_process_options options = {.program = "/bin/sh", .arguments = arguments, .on_line = on_line, .on_exit = on_exit_seen, .context = &seen};

	begin(&seen);
	assert_int_equal(sv_process_start(seen.loop, &options, &seen.process), 0);
	pid_t pid = sv_process_pid(seen.process);
	sv_loop_run_until(seen.loop, &seen.first_line);
	finish(&seen);
	assert_int_equal(seen.exits, 0);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A middle process starts a child of its own and is killed: the grandchild must go with it. */
static void
a_child_dies_with_its_parent(void **state)
{
	int out[2];
	char byte;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t middle = fork();
	if (middle == 0) {
		struct sv_loop *loop = sv_loop_new();
		struct sv_process *process = NULL;
		char *arguments[] = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)"echo >&3; exec sleep 600", NULL};
		const int from[] = {out[1]}, to[] = {3};
		struct sv_process_options options = {.program = "/bin/sh", .arguments = arguments, .parent_death_signal = SIGKILL,
		    .pass_from = from, .pass_to = to, .pass_count = 1};
		if (sv_process_start(loop, &options, &process) != 0)
			_exit(1);
		sv_loop_run(loop);
		_exit(0);
	}
	(void)close(out[1]);
	assert_int_equal(read(out[0], &byte, 1), 1);
	assert_int_equal(kill(middle, SIGKILL), 0);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	assert_int_equal(read(out[0], &byte, 1), 0);     /* the last holder of the pipe is gone */
	(void)close(out[0]);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

static void
root_can_give_its_rights_away(void **state)
{
	struct seen seen;

	if (geteuid() != 0)
		skip();
	begin(&seen);
	run_shell(&seen, "id -u >&2; id -g >&2; id -G >&2", (struct sv_process_options){.uid = 65534, .gid = 65534, .folder = "/"});
	assert_string_equal(sv_buffer_cstr(&seen.lines), "65534|65534|65534|");
	finish(&seen);
}

static void
a_group_of_its_own(void **state)
{
	struct seen seen;
	char expected[32];

	begin(&seen);
	run_shell(&seen, "cut -d' ' -f5 /proc/$$/stat >&2", (struct sv_process_options){.own_group = true});
	(void)snprintf(expected, sizeof expected, "%d|", (int)sv_process_pid(seen.process));
	assert_string_equal(sv_buffer_cstr(&seen.lines), expected);
	finish(&seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_exit_code),
		cmocka_unit_test(stdout_comes_along_when_asked),
		cmocka_unit_test(the_child_starts_bare),
		cmocka_unit_test(environment_and_folder_are_given),
		cmocka_unit_test(descriptors_change_their_numbers),
		cmocka_unit_test(input_larger_than_a_pipe_arrives),
		cmocka_unit_test(long_lines_are_cut_and_nul_is_shown),
		cmocka_unit_test(what_cannot_start_says_so),
		cmocka_unit_test(a_signal_is_told),
		cmocka_unit_test(closing_kills_reaps_and_is_silent),
		cmocka_unit_test(a_child_dies_with_its_parent),
		cmocka_unit_test(root_can_give_its_rights_away),
		cmocka_unit_test(a_group_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
