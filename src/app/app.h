/* SPDX-License-Identifier: Apache-2.0
 * The command line of `streamvault`: one table of commands, settings as options. */
#ifndef SV_APP_H
#define SV_APP_H

#include <stdbool.h>

#include "settings.h"

/* What a command gets. */
struct sv_app_call {
	struct sv_settings *settings;    /* loaded, paths made absolute, run folder filled in when a site is running */
	int count;                       /* words after the command, without options */
	char **words;
	bool json;                       /* --json */
	bool demo;                       /* --demo (up) */
	bool help;                       /* --help */
	const char *program;             /* full path of this executable */
	/* link */
	const char *tier, *client;
	bool download;
	uint64_t for_s;                  /* 0: SV_LINK_TTL */
	/* library add */
	bool retry, all;
	/* roles started by the supervisor: inherited listening sockets, -1 when there are none */
	int listen_fd, tls_fd;
};

/* The exit code of the process: 0, 1 (failed; one line on standard error says why and what to do), 2 (wrong usage). */
int sv_app_main(int argc, char **argv, char *const *environment);

/* The reference pages in Markdown (docs/reference/NAME.md), generated from the tables: "settings", "errors", "metrics", "events",
 * "http", "commands".  0, or SV_ENOENT for another name. */
int sv_reference_write(const char *name, struct sv_buffer *out);

struct sv_app_command {
	const char *words;               /* "library add" */
	const char *arguments;           /* "PATH..." */
	const char *help;
	int (*run)(struct sv_app_call *call);
	bool touches_state;              /* run by root: drops to the owner of SV_STATE first */
	bool hidden;                     /* for the supervisor's use */
};
const struct sv_app_command *sv_app_commands(int *ret_count);

/* One line on standard error, `streamvault: ...`; returns `code`, the exit code. */
int sv_app_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Commands, each in a file of its own name. */
int sv_up_command(struct sv_app_call *call);
int sv_status_command(struct sv_app_call *call);
int sv_doctor_command(struct sv_app_call *call);
int sv_link_command(struct sv_app_call *call);
int sv_demo_command(struct sv_app_call *call);

#endif
