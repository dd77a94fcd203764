/* SPDX-License-Identifier: Apache-2.0
 * nginx as a child: one check of a configuration, and the long run.  Belongs to its loop. */
#ifndef SV_GATEWAY_NGINX_H
#define SV_GATEWAY_NGINX_H

#include <stdbool.h>
#include <stddef.h>

#include "loop.h"
#include "settings.h"

#define SV_GATEWAY_SOCKETS_MAX 3

struct sv_gateway_nginx;

/* The child ended.  `ok`: exit code 0.  `line`: what nginx said about its end (its last [emerg] or [alert] line, without nginx's head), or
 * how it ended.  Runs once; the handle is to be closed after. */
typedef void sv_gateway_nginx_end_fn(void *context, bool ok, const char *line);

struct sv_gateway_nginx_options {
	const char *program;
	const char *prefix;
	const char *config;              /* below it: "conf/nginx.conf" */
	bool test;                       /* nginx -t */
	int sockets[SV_GATEWAY_SOCKETS_MAX]; /* listening sockets handed over; -1: none */
	sv_gateway_nginx_end_fn *on_end;
	sv_loop_fn *on_full;             /* nginx could not write to the disk; may be NULL */
	void *context;
};

/* 0 or SV_E* (the program cannot be started). */
int sv_gateway_nginx_start(struct sv_loop *loop, const struct sv_gateway_nginx_options *options, struct sv_gateway_nginx **ret_nginx);
int sv_gateway_nginx_pid(const struct sv_gateway_nginx *nginx);
void sv_gateway_nginx_kill(struct sv_gateway_nginx *nginx, int signal_number);
/* A master and workers still there are killed.  Accepts NULL. */
void sv_gateway_nginx_close(struct sv_gateway_nginx *nginx);

/* SV_GATEWAY_NGINX of the program, by running it with -v; 0 when it cannot be run or says something else. Runs the loop meanwhile. */
unsigned sv_gateway_nginx_version(struct sv_loop *loop, const char *program);

/* What may be logged of a line of nginx's: links in it lose their query, which is as good as a key.  Works in place.  Returns false for lines
 * that say nothing an operator could use. */
bool sv_gateway_nginx_clean(char *line);

#endif
