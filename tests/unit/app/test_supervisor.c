/* SPDX-License-Identifier: Apache-2.0
 * The supervisor against real children: settings arrive, the dead come back, jobs do not, stops follow the order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "supervisor.h"

struct site {
	struct sv_loop *loop;
	struct sv_supervisor *supervisor;
	char folder[32];
	bool done;
	const char *wanted;        /* file that must have `lines` lines */
	unsigned lines;
	struct sv_timer *timer;
};

static int
set_up(void **state)
{
	struct site *site = calloc(1, sizeof *site);

	sv_log_setup("test", SV_LOG_ERROR + 0);
	strcpy(site->folder, "/tmp/svu-XXXXXX");
	assert_non_null(mkdtemp(site->folder));
	site->loop = sv_loop_new();
	site->supervisor = sv_supervisor_new(site->loop);
	*state = site;
	return 0;
}

static int
tear_down(void **state)
{
	struct site *site = *state;
	char command[64];

	sv_supervisor_free(site->supervisor);
	sv_loop_free(site->loop);
	(void)snprintf(command, sizeof command, "rm -rf %s", site->folder);
	assert_int_equal(system(command), 0);
	free(site);
	return 0;
}

static void
add(struct site *site, const char *name, const char *script, const char *settings, bool once)
{
	const char *arguments[] = {"/bin/sh", "-c", script, "sh", site->folder, NULL};

	sv_supervisor_add(site->supervisor, &(struct sv_supervisor_role){.name = name, .arguments = arguments, .settings = settings,
	    .settings_length = settings == NULL ? 0 : strlen(settings), .once = once, .stop_ms = 5000});
}

static unsigned
lines_of(const struct site *site, const char *name)
{
	char path[128], line[256];
	unsigned count = 0;

	(void)snprintf(path, sizeof path, "%s/%s", site->folder, name);
	FILE *file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		count++;
	if (file != NULL)
		(void)fclose(file);
	return count;
}

static void
look(void *context)
{
	struct site *site = context;

	if (lines_of(site, site->wanted) < site->lines)
		return;
	sv_timer_cancel(site->timer);
	site->timer = NULL;
	site->done = true;
}

static void
wait_for_lines(struct site *site, const char *name, unsigned lines)
{
	site->wanted = name;
	site->lines = lines;
	site->done = false;
	site->timer = sv_timer_start(site->loop, 5, 5, look, site);
	sv_loop_run_until(site->loop, &site->done);
}

static void
stopped(void *context)
{
	((struct site *)context)->done = true;
}

static void
stop(struct site *site)
{
	site->done = false;
	sv_supervisor_stop(site->supervisor, stopped, site);
	sv_loop_run_until(site->loop, &site->done);
}

static void
test_settings_come_through_the_pipe(void **state)
{
	struct site *site = *state;

	add(site, "reader", "cat <&3 >$1/got; echo >>$1/end; exec sleep 60", "SV_LISTEN=\"here\"\nSV_USER=\"me\"\n", false);
	sv_supervisor_start(site->supervisor);
	wait_for_lines(site, "end", 1);
	assert_int_equal(lines_of(site, "got"), 2);
	stop(site);
}

static void
test_the_dead_come_back_with_back_off(void **state)
{
	struct site *site = *state;
	struct sv_buffer status;

	add(site, "short", "echo >>$1/lives; exit 3", NULL, false);
	sv_supervisor_start(site->supervisor);
	wait_for_lines(site, "lives", 3);
	sv_buffer_init(&status, 0);
	sv_supervisor_status(site->supervisor, &status);
	assert_non_null(strstr(sv_buffer_cstr(&status), "\"role\":\"short\""));
	assert_null(strstr(sv_buffer_cstr(&status), "\"restarts\":0"));
	sv_buffer_fini(&status);
	stop(site);
	unsigned lives = lines_of(site, "lives");
	assert_true(lives >= 3);
}

static void
test_a_job_runs_once(void **state)
{
	struct site *site = *state;
	struct sv_buffer status;

	add(site, "job", "echo >>$1/job", NULL, true);
	add(site, "role", "while [ ! -e $1/job ]; do sleep 0.01; done; echo >>$1/seen; exec sleep 60", NULL, false);
	sv_supervisor_start(site->supervisor);
	wait_for_lines(site, "seen", 1);
	sv_buffer_init(&status, 0);
	sv_supervisor_status(site->supervisor, &status);
	assert_null(strstr(sv_buffer_cstr(&status), "\"restarts\":1"));
	sv_buffer_fini(&status);
	stop(site);
	assert_int_equal(lines_of(site, "job"), 1);
}

static void
test_stops_one_after_another(void **state)
{
	struct site *site = *state;

	add(site, "first", "trap 'echo first >>$1/order; exit 0' TERM; echo >>$1/up; while :; do sleep 0.01; done", NULL, false);
	add(site, "second", "trap 'echo second >>$1/order; exit 0' TERM; echo >>$1/up; while :; do sleep 0.01; done", NULL, false);
	sv_supervisor_start(site->supervisor);
	wait_for_lines(site, "up", 2);
	stop(site);
	char path[64], line[32] = "";
	(void)snprintf(path, sizeof path, "%s/order", site->folder);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	assert_string_equal(line, "first\n");
	assert_non_null(fgets(line, sizeof line, file));
	assert_string_equal(line, "second\n");
	(void)fclose(file);
}

static void
test_a_role_is_a_group_of_its_own(void **state)
{
	struct site *site = *state;
	char path[64];
	int group = 0, own = 0;

	/* field 5 of stat: Ctrl-C at the terminal must not reach the roles */
	add(site, "role", "read a b c d group rest </proc/$$/stat; echo $$ $group >$1/group; echo >>$1/up; exec sleep 60", NULL, false);
	sv_supervisor_start(site->supervisor);
	wait_for_lines(site, "up", 1);
	(void)snprintf(path, sizeof path, "%s/group", site->folder);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d %d", &own, &group), 2);
	(void)fclose(file);
	assert_int_equal(own, group);
	stop(site);
}

static void
test_a_role_killed_while_another_stops(void **state)
{
	struct site *site = *state;

	add(site, "first", "trap 'kill -9 $(cat $1/second); sleep 0.1; exit 0' TERM; echo >>$1/up; while :; do sleep 0.01; done", NULL, false);
	add(site, "second", "echo $$ >$1/second; echo >>$1/up; exec sleep 60", NULL, false);
	add(site, "third", "trap 'echo >>$1/ended; exit 0' TERM; echo >>$1/up; while :; do sleep 0.01; done", NULL, false);
	sv_supervisor_start(site->supervisor);
	wait_for_lines(site, "up", 3);
	stop(site);
	assert_int_equal(lines_of(site, "ended"), 1);
}

static void
test_a_missing_program_is_tried_again_and_stops(void **state)
{
	struct site *site = *state;
	const char *arguments[] = {"/nonexistent/program", NULL};

	sv_supervisor_add(site->supervisor, &(struct sv_supervisor_role){.name = "missing", .arguments = arguments, .stop_ms = 1000});
	sv_supervisor_start(site->supervisor);
	stop(site);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_settings_come_through_the_pipe, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_the_dead_come_back_with_back_off, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_job_runs_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_stops_one_after_another, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_role_is_a_group_of_its_own, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_role_killed_while_another_stops, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_missing_program_is_tried_again_and_stops, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
