/* SPDX-License-Identifier: Apache-2.0
 * A server to point a load generator at:  bench_http_server ADDRESS [LOOPS]
 * ADDRESS is 127.0.0.1:PORT (one loop) or the path of a unix socket (loop I listens on PATH, PATH.1, ...).
 * GET /            a constant of 13 bytes
 * GET /stream/N    N MiB, in borrowed pieces of 128 KiB */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "http_server.h"
#include "loop.h"

#define PIECE ((size_t)128 << 10)

static uint8_t piece[PIECE];
static const char *address;
static struct sv_loop_group *group;

struct flow {
	struct sv_http_request *request;
	uint64_t left;
};

static void
flow_room(void *context)
{
	struct flow *flow = context;

	for (;;) {
		size_t length = flow->left < PIECE ? (size_t)flow->left : PIECE;
		flow->left -= length;
		bool last = flow->left == 0;
		if (!sv_http_write(flow->request, piece, length, NULL, NULL)) {
			if (last)
				free(flow);
			return;
		}
	}
}

static void
flow_abort(void *context, int why)
{
	(void)why;
	free(context);
}

static void
handle(void *context, struct sv_http_request *request)
{
	static const struct sv_http_header headers[] = {{"Content-Type", "text/plain"}, {NULL, NULL}};
	struct sv_http_chunk chunk = {"Hello, world\n", 13};
	struct sv_text path = sv_http_path(request);

	(void)context;
	if (!sv_text_starts(path, "/stream/")) {
		sv_http_reply(request, 200, headers, &chunk, 1);
		return;
	}
	struct flow *flow = sv_xcalloc(1, sizeof *flow);
	*flow = (struct flow){request, strtoull(path.data + 8, NULL, 10) << 20};
	sv_http_on_abort(request, flow_abort, flow);
	if (!sv_http_start(request, 200, headers, flow->left, flow_room, flow))
		free(flow);
}

static void
on_term(void *context, int number)
{
	(void)context;
	(void)number;
	sv_loop_group_stop(group);
}

struct member {
	struct sv_http_server *server;
	struct sv_signal *term;
};
static struct member members[64];

static int
begin(void *context, struct sv_loop *loop, unsigned index)
{
	struct sv_http_server_options options = {.handler = handle};
	char path[100];

	(void)context;
	(void)snprintf(path, sizeof path, index == 0 ? "%s" : "%s.%u", address, index);
	if (strchr(address, '/') != NULL)
		options.unix_path = path;
	else
		options.tcp_address = address;
	if (index == 0)
		members[0].term = sv_signal_watch(loop, SIGTERM, on_term, NULL);
	int rc = sv_http_server_open(loop, &options, &members[index].server);
	if (rc == 0 && index == 0) {
		printf("ready %u\n", sv_http_server_port(members[0].server));
		(void)fflush(stdout);
	} else if (rc < 0) {
		sv_signal_close(members[index].term);
	}
	return rc;
}

static int
end(void *context, struct sv_loop *loop, unsigned index)
{
	(void)context;
	(void)loop;
	sv_http_server_close(members[index].server);
	sv_signal_close(members[index].term);
	return 0;
}

int
main(int count, char **arguments)
{
	unsigned loops = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 10) : 1;

	if (count < 2 || loops == 0 || loops > 64) {
		(void)fprintf(stderr, "usage: bench_http_server ADDRESS [LOOPS]\n");
		return 2;
	}
	address = arguments[1];
	group = sv_loop_group_new(loops);
	int rc = sv_loop_group_run(group, begin, end, NULL);
	sv_loop_group_free(group);
	return rc < 0;
}
