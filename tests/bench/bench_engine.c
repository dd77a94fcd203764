/* SPDX-License-Identifier: Apache-2.0
 * CPU that one loop of the engine takes for a GiB:  bench_engine [MIB of the film, default 256] [GiB to serve, default 2]
 *   memory   the film lies in blocks
 *   file     every byte is read anew from the page cache, with and without checksums, with read-ahead
 * The client is another process, so that its CPU does not count.  Prints `name seconds-per-GiB MB-per-second`. */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "crc.h"
#include "engine_shard.h"
#include "sv_assert.h"

#define MIB ((uint64_t)1 << 20)
#define ID "bench-film-1"

static char path[] = "/tmp/sv-bench-film-XXXXXX";
static char socket_path[64];
static uint64_t film_bytes;
static uint32_t *crcs;
static bool with_crcs;
static struct sv_loop *loop;

static int
generation(void *context, uint64_t *ret_generation)
{
	(void)context;
	*ret_generation = 1;
	return 0;
}

static int
find(void *context, const char *id, uint64_t known_version, struct sv_engine_record **ret_record)
{
	struct sv_engine_record *record = sv_xcalloc(1, sizeof *record);
	size_t count = (size_t)(film_bytes / 131072);

	(void)context;
	(void)id;
	(void)known_version;
	*record = (struct sv_engine_record){.version = 1, .size_bytes = film_bytes, .name = sv_xstrdup("film.mp4"), .mime = sv_xstrdup("video/mp4"),
	    .copies = sv_xcalloc(1, sizeof record->copies[0]), .copy_count = 1};
	record->copies[0] = (struct sv_engine_copy_record){.location = sv_xstrdup(path), .mtime_ns = -1};
	if (with_crcs) {
		record->piece_crcs = sv_xmalloc(count * sizeof crcs[0]);
		memcpy(record->piece_crcs, crcs, count * sizeof crcs[0]);
		record->crc_count = count;
	}
	*ret_record = record;
	return 0;
}

static void
make_film(void)
{
	uint8_t *block = sv_xmalloc((size_t)MIB);
	int fd = mkstemp(path);

	sv_assert(fd >= 0);
	crcs = sv_xcalloc((size_t)(film_bytes / 131072), sizeof crcs[0]);
	for (uint64_t at = 0; at < film_bytes; at += MIB) {
		for (size_t i = 0; i < MIB; i++)
			block[i] = (uint8_t)((at + i) * 2654435761u >> 13);
		for (size_t piece = 0; piece < 8; piece++)
			crcs[at / 131072 + piece] = sv_crc_of(block + piece * 131072, 131072);
		sv_assert(write(fd, block, (size_t)MIB) == (ssize_t)MIB);
	}
	(void)close(fd);
	free(block);
}

/* Ask for the film `times` times, in slices of slice_bytes (0: whole); in a process of its own. */
static void
client(unsigned times, uint64_t slice_bytes)
{
	static uint8_t sink[1 << 20];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
	while (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		(void)usleep(1000);
	for (unsigned i = 0; i < times; i++)
		for (uint64_t at = 0; at < film_bytes;) {
			uint64_t end = slice_bytes == 0 || at + slice_bytes > film_bytes ? film_bytes : at + slice_bytes;
			char request[256];
			int n = snprintf(request, sizeof request, "GET /stream/" ID " HTTP/1.1\r\nHost: e\r\nSv-Play: play-%u\r\nRange: bytes=%" PRIu64 "-%" PRIu64
			    "\r\n\r\n", i, at, end - 1);
			if (send(fd, request, (size_t)n, 0) != n)
				_exit(1);
			uint64_t have = 0;
			char *body = NULL;
			while (have < end - at) {
				ssize_t got = recv(fd, sink, sizeof sink - 1, 0);
				if (got <= 0)
					_exit(1);
				sink[got] = '\0';
				if (body == NULL && (body = strstr((char *)sink, "\r\n\r\n")) != NULL)
					have += (uint64_t)got - (uint64_t)((uint8_t *)body + 4 - sink);
				else
					have += (uint64_t)got;
			}
			at = end;
		}
	_exit(0);
}

static double
cpu_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void *
run_loop(void *context)
{
	(void)context;
	sv_loop_run(loop);
	return NULL;
}

/* The clients are forked before the loop's thread begins; the first `warm` of them is not measured. */
static void
measure(const char *name, uint64_t budget_bytes, bool checked, bool warm, unsigned times, uint64_t slice_bytes)
{
	struct sv_engine_shard *shard = NULL;
	pthread_t thread;
	int status = 0;

	with_crcs = checked;
	loop = sv_loop_new();
	sv_assert(sv_engine_shard_open(loop, &(struct sv_engine_shard_options){.unix_path = socket_path, .guest_rate = 1500000,
	    .stream = {.budget_bytes = budget_bytes}, .finder = {generation, find, NULL}}, &shard) == 0);
	int go[2];
	sv_assert(pipe(go) == 0);
	pid_t first = warm ? fork() : -1;
	if (first == 0)
		client(1, 0);
	pid_t second = fork();
	if (second == 0) {
		char byte;
		(void)close(go[1]);
		if (read(go[0], &byte, 1) < 0)
			_exit(1);
		client(times, slice_bytes);
	}
	sv_assert(pthread_create(&thread, NULL, run_loop, NULL) == 0);
	if (warm)
		sv_assert(waitpid(first, &status, 0) == first && status == 0);
	double before_s = cpu_s();
	uint64_t start_us = sv_clock_us();
	(void)close(go[0]);
	(void)close(go[1]);
	sv_assert(waitpid(second, &status, 0) == second && status == 0);
	double took_s = (double)(sv_clock_us() - start_us) / 1e6, spent_s = cpu_s() - before_s, gib = (double)times * (double)film_bytes / (double)(1 << 30);
	(void)printf("%-34s %8.3f %10.1f\n", name, spent_s / gib, gib * 1073.741824 / took_s);
	(void)fflush(stdout);
	sv_loop_stop(loop);
	(void)pthread_join(thread, NULL);
	sv_engine_shard_close(shard);
	sv_loop_free(loop);
}

int
main(int argc, char **argv)
{
	uint64_t mib = argc > 1 ? strtoull(argv[1], NULL, 10) : 256, gib = argc > 2 ? strtoull(argv[2], NULL, 10) : 2;
	unsigned times = (unsigned)(gib * 1024 / mib);

	film_bytes = mib * MIB;
	(void)snprintf(socket_path, sizeof socket_path, "/tmp/sv-bench-%d.sock", (int)getpid());
	make_film();
	measure("engine_memory_whole", film_bytes + 64 * MIB, true, true, times, 0);
	measure("engine_memory_slices_1m", film_bytes + 64 * MIB, true, true, times, MIB);
	measure("engine_file_checked_whole", 32 * MIB, true, true, times, 0);
	measure("engine_file_checked_slices_1m", 32 * MIB, true, true, times, MIB);
	measure("engine_file_unchecked_whole", 32 * MIB, false, true, times, 0);
	free(crcs);
	(void)unlink(path);
	return 0;
}
