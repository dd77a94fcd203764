/* SPDX-License-Identifier: Apache-2.0
 * See gateway_nginx.h. */
#include "gateway_nginx.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "gateway_config.h"
#include "log.h"
#include "metrics.h"
#include "process.h"

#define FIRST_PASSED_FD 3
/* Lines that visitors can provoke are bounded; what is left out is counted and said. */
#define LINES_A_WINDOW 100
#define WINDOW_MS 10000
#define WHY_SIZE 512

struct sv_gateway_nginx {
	struct sv_process *process;
	pid_t pid;
	bool test;
	sv_gateway_nginx_end_fn *on_end;
	sv_loop_fn *on_full;
	void *context;
	uint64_t window_start_ms;
	unsigned window_lines, suppressed;
	char why[WHY_SIZE];
};

bool
sv_gateway_nginx_clean(char *line)
{
	char *out = line;

	/* Removed slices that nobody asks for again: nginx's cache manager finds them gone. */
	if (strstr(line, "unlink()") != NULL && strstr(line, "failed (2:") != NULL)
		return false;
	if (strstr(line, "[notice]") != NULL && strstr(line, "using inherited sockets") != NULL)
		return false;
	for (const char *in = line; *in != '\0';) {
		if (*in == '?') {
			*out++ = *in++;
			in += strcspn(in, " \",");
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	return true;
}

/* Behind "2026/01/02 03:04:05 [emerg] 12#12: " or "nginx: [emerg] ". */
static const char *
behind_head(const char *line)
{
	const char *bracket = strstr(line, "] ");

	if (bracket == NULL)
		return line;
	bracket += 2;
	const char *number = bracket + strspn(bracket, "0123456789#");
	return number != bracket && number[0] == ':' && number[1] == ' ' ? number + 2 : bracket;
}

static void
note_severe(struct sv_gateway_nginx *nginx, const char *line)
{
	bool severe = strstr(line, "[emerg]") != NULL || strstr(line, "[alert]") != NULL;

	/* In a check the first line is the reason and what follows is its echo; later the last one is the nearest to the end. */
	if (severe && (!nginx->test || nginx->why[0] == '\0'))
		(void)snprintf(nginx->why, sizeof nginx->why, "%s", behind_head(line));
}

static void
log_line(struct sv_gateway_nginx *nginx, const char *line)
{
	bool severe = strstr(line, "[emerg]") != NULL || strstr(line, "[alert]") != NULL || strstr(line, "[crit]") != NULL;
	uint64_t now = sv_clock_ms();

	if (now - nginx->window_start_ms > WINDOW_MS) {
		if (nginx->suppressed > 0)
			sv_log(SV_LOG_WARN, SV_EVENT_gateway_line, "suppressed=%u", nginx->suppressed);
		nginx->window_start_ms = now;
		nginx->window_lines = nginx->suppressed = 0;
	}
	if (nginx->window_lines >= LINES_A_WINDOW) {
		nginx->suppressed++;
		return;
	}
	nginx->window_lines++;
	sv_log(severe ? SV_LOG_ERROR : SV_LOG_WARN, SV_EVENT_gateway_line, "line=%s", sv_log_quote(line));
}

static void
on_line(void *context, const char *raw)
{
	struct sv_gateway_nginx *nginx = context;
	char *line = sv_xstrdup(raw);

	if (strstr(line, "streamvault: slice cut") != NULL)
		sv_metric_add(SV_METRIC_gateway_cuts, 0, 1);
	if (nginx->on_full != NULL && (strstr(line, "(28: ") != NULL || strstr(line, "has written only") != NULL))
		nginx->on_full(nginx->context);
	if (sv_gateway_nginx_clean(line)) {
		note_severe(nginx, line);
		if (!nginx->test)
			log_line(nginx, line);
	}
	free(line);
}

static void
on_exit_of(void *context, int exit_code, int signal_number)
{
	struct sv_gateway_nginx *nginx = context;

	/* A master that was killed leaves its workers behind, serving on our sockets; they are of its process group. */
	if (!nginx->test)
		(void)kill(-nginx->pid, SIGKILL);
	if (nginx->why[0] == '\0' && signal_number != 0)
		(void)snprintf(nginx->why, sizeof nginx->why, "it was ended by signal %d", signal_number);
	else if (nginx->why[0] == '\0')
		(void)snprintf(nginx->why, sizeof nginx->why, "it ended with code %d", exit_code);
	nginx->on_end(nginx->context, exit_code == 0 && signal_number == 0, nginx->why);
}

int
sv_gateway_nginx_start(struct sv_loop *loop, const struct sv_gateway_nginx_options *options, struct sv_gateway_nginx **ret_nginx)
{
	char inherited[64] = "NGINX=";
	char name[] = "nginx", prefix_flag[] = "-p", errors_flag[] = "-e", errors[] = "stderr", config_flag[] = "-c", test_flag[] = "-t";
	char *prefix = sv_xstrdup(options->prefix), *config = sv_xstrdup(options->config);
	char *arguments[] = {name, prefix_flag, prefix, errors_flag, errors, config_flag, config, options->test ? test_flag : NULL, NULL};
	char *environment[] = {inherited, NULL};
	int from[SV_GATEWAY_SOCKETS_MAX], to[SV_GATEWAY_SOCKETS_MAX];
	struct sv_process_options process = {
	    .program = options->program, .arguments = arguments, .environment = environment, .pass_from = from,
	    .pass_to = to, .on_line = on_line, .on_exit = on_exit_of, .parent_death_signal = SIGTERM, .own_group = true,
	};

	for (size_t i = 0; i < SV_GATEWAY_SOCKETS_MAX; i++) {
		if (options->sockets[i] < 0)
			continue;
		from[process.pass_count] = options->sockets[i];
		to[process.pass_count] = FIRST_PASSED_FD + (int)process.pass_count;
		(void)snprintf(inherited + strlen(inherited), sizeof inherited - strlen(inherited), "%d;", to[process.pass_count]);
		process.pass_count++;
	}
	struct sv_gateway_nginx *nginx = sv_xcalloc(1, sizeof *nginx);
	nginx->test = options->test;
	nginx->on_end = options->on_end;
	nginx->on_full = options->on_full;
	nginx->context = options->context;
	process.context = nginx;
	int rc = sv_process_start(loop, &process, &nginx->process);
	free(prefix);
	free(config);
	if (rc != 0) {
		free(nginx);
		return rc;
	}
	nginx->pid = sv_process_pid(nginx->process);
	*ret_nginx = nginx;
	return 0;
}

int
sv_gateway_nginx_pid(const struct sv_gateway_nginx *nginx)
{
	return (int)nginx->pid;
}

void
sv_gateway_nginx_kill(struct sv_gateway_nginx *nginx, int signal_number)
{
	sv_process_kill(nginx->process, signal_number);
}

void
sv_gateway_nginx_close(struct sv_gateway_nginx *nginx)
{
	if (nginx == NULL)
		return;
	sv_process_close(nginx->process);
	free(nginx);
}

struct version_run {
	unsigned version;
	bool done;
};

static void
on_version_line(void *context, const char *line)
{
	struct version_run *run = context;
	const char *at = strstr(line, "nginx/");
	unsigned major = 0, minor = 0, patch = 0;

	if (at != NULL && sscanf(at, "nginx/%3u.%3u.%3u", &major, &minor, &patch) == 3)
		run->version = SV_GATEWAY_NGINX(major, minor, patch);
}

static void
on_version_exit(void *context, int exit_code, int signal_number)
{
	struct version_run *run = context;

	(void)exit_code;
	(void)signal_number;
	run->done = true;
}

unsigned
sv_gateway_nginx_version(struct sv_loop *loop, const char *program)
{
	struct version_run run = {0};
	char name[] = "nginx", version_flag[] = "-v";
	char *arguments[] = {name, version_flag, NULL};
	const struct sv_process_options options = {.program = program, .arguments = arguments, .on_line = on_version_line, .on_exit = on_version_exit,
	    .context = &run, .parent_death_signal = SIGKILL};
	struct sv_process *process = NULL;

	if (sv_process_start(loop, &options, &process) != 0)
		return 0;
	sv_loop_run_until(loop, &run.done);
	sv_process_close(process);
	return run.version;
}
