/* SPDX-License-Identifier: Apache-2.0
 * Clients and handlers that do whatever they like in an order drawn from a fixed seed.  At the end every borrowed byte was released once,
 * every request ended once, and nothing is left. */
#include "http_test_client.h"

#include "list.h"

#define CLIENTS 40
#define STEPS 20000

static uint32_t seed = 20240229;
static uint8_t bytes[300000];

static struct {
	int begun, ended, borrowed, released;
} counts;

struct job {
	struct sv_list node;
	struct sv_http_request *request;
	uint64_t left;
	bool streams, room;
};

static struct sv_list jobs;

static unsigned
draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static void
job_end(struct job *job)
{
	counts.ended++;
	sv_list_remove(&job->node);
	free(job);
}

static void
on_release(void *context)
{
	counts.released++;
}

static void
on_abort(void *context, int why)
{
	job_end(context);
}

static void
job_write(struct job *job)
{
	for (;;) {
		size_t length = 1 + draw(sizeof bytes);
		length = length < job->left ? length : (size_t)job->left;
		job->left -= length;
		counts.borrowed++;
		job->room = sv_http_write(job->request, bytes, length, on_release, NULL);
		if (job->left == 0) {
			job_end(job);
			return;
		}
		if (!job->room || draw(3) == 0)
			return;
	}
}

static void
on_room(void *context)
{
	struct job *job = context;

	job->room = true;
	switch (draw(8)) {
	case 0:
		break;
	case 1:
		sv_http_cut(job->request);
		job_end(job);
		break;
	default:
		job_write(job);
	}
}

static void
handler(void *context, struct sv_http_request *request)
{
	struct job *job = sv_xcalloc(1, sizeof *job);
	struct sv_http_chunk chunk = {bytes, draw(4) == 0 ? sizeof bytes : draw(2000)};

	counts.begun++;
	job->request = request;
	sv_list_init(&job->node);
	sv_list_append(&jobs, &job->node);
	sv_http_on_abort(request, on_abort, job);
	switch (draw(4)) {
	case 0:
		sv_http_reply(request, 200, NULL, &chunk, 1);
		job_end(job);
		break;
	case 1:
		break;
	default:
		job->left = draw(3) == 0 ? draw(3) : draw(3000000);
		job->streams = true;
		if (!sv_http_start(request, 206, NULL, job->left, on_room, job))
			job_end(job);
	}
}

/* What a handler does later, on its own account. */
static void
poke_job(void)
{
	struct sv_list *node = jobs.next;

	for (unsigned skip = draw(CLIENTS); skip > 0 && !sv_list_empty(&jobs); skip--)
		node = node->next == &jobs ? jobs.next : node->next;
	if (sv_list_empty(&jobs))
		return;
	struct job *job = SV_CONTAINER(node, struct job, node);
	if (draw(10) == 0) {
		sv_http_cut(job->request);
		job_end(job);
	} else if (!job->streams) {
		sv_http_reply_error(job->request, 503, NULL, NULL);
		job_end(job);
	} else if (job->room) {
		job_write(job);
	}
}

static void
poke_client(struct world *world, int *fd)
{
	static const char *const words[] = {
		"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "GET /a HTTP/1.1\r\nHo", "st: x\r\n\r\n", "GET /a HTTP/1.0\r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", "\001bad\r\n",
	};
	static uint8_t sink[200000];

	if (*fd < 0) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)strcpy(address.sun_path, world->path);
		assert_int_equal(connect(*fd, (struct sockaddr *)&address, sizeof address), 0);
		return;
	}
	switch (draw(12)) {
	case 0:
		(void)close(*fd);
		*fd = -1;
		break;
	case 1:
		(void)shutdown(*fd, draw(3));
		break;
	case 2:
	case 3:
	case 4: {
		const char *word = words[draw(sizeof words / sizeof words[0])];
		(void)send(*fd, word, strlen(word), MSG_NOSIGNAL);
		break;
	}
	case 5:
		if (draw(10) == 0)
			(void)send(*fd, bytes, 9000, MSG_NOSIGNAL);
		break;
	default:
		(void)recv(*fd, sink, 1 + draw(sizeof sink), 0);
	}
}

static void
nothing_is_lost_in_a_storm(void **state)
{
	struct world world;
	int fds[CLIENTS];

	sv_list_init(&jobs);
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = -1;
	world_open(&world, (struct sv_http_server_options){.handler = handler, .body_max_bytes = 8, .high_water_bytes = 100000, .header_timeout_ms = 50,
	    .idle_timeout_ms = 50, .write_timeout_ms = 50, .connections_max = CLIENTS - 5});
	for (int step = 0; step < STEPS; step++) {
		poke_client(&world, &fds[draw(CLIENTS)]);
		if (draw(4) == 0)
			poke_job();
		if (draw(3) == 0)
			(void)uv_run(sv_loop_uv(world.loop), UV_RUN_NOWAIT);
	}
	assert_true(counts.begun > STEPS / 50);
	/* half of them leave first, under the others the server closes */
	for (int i = 0; i < CLIENTS / 2; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	sv_http_server_close(world.server);
	world.server = NULL;
	assert_true(sv_list_empty(&jobs));
	assert_int_equal(counts.begun, counts.ended);
	assert_int_equal(counts.borrowed, counts.released);
	for (int i = CLIENTS / 2; i < CLIENTS; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_in_a_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
