/* SPDX-License-Identifier: Apache-2.0
 * Many paced viewers in one process: each reads a film at its own rate over a connection of its own, compares every byte with the
 * file, and now and then jumps elsewhere, which drops the answer in the middle and asks anew.
 *
 *   sv-viewers --port P --links FILE [--viewers N] [--rate BYTES] [--seek PERCENT] [--seconds S] [--seed N]
 *
 * FILE holds lines "TARGET PATH": the address on 127.0.0.1:P and the local file with the right bytes.  Before anything else the
 * program prints its own ceiling: what it reads per second with as many sockets when the other side is a thread that only writes.
 * One JSON line at the end: what was read, wrong, cut, and the longest time that a viewer who had begun waited for bytes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 50
#define HEAD_MAX 4096
#define READ_MAX 65536
#define STALL_MS 1000

struct film {
	char *target;
	const uint8_t *data;
	uint64_t size;
};

struct viewer {
	const struct film *film;
	int fd;
	uint64_t position;             /* of the next byte in the film */
	double budget;                 /* bytes it may read now */
	uint64_t fed_ms;               /* when bytes came last, or the wish began */
	char head[HEAD_MAX];
	size_t head_length;
	bool in_body, playing;
};

static struct {
	unsigned port, viewers, seconds;
	double rate, seek_percent;
	unsigned seed;
	const char *links;
} options = {.viewers = 100, .seconds = 10, .rate = 100000, .seek_percent = 2, .seed = 1};

static struct {
	uint64_t bytes, wrong, cut, refused, opens, seeks, stalls, longest_ms, ends;
} totals;

static uint64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
die(const char *what)
{
	(void)fprintf(stderr, "sv-viewers: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint32_t
pick(void)
{
	static uint64_t state;

	if (state == 0)
		state = options.seed * 0x9e3779b97f4a7c15u + 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* ---- own ceiling ---- */

static atomic_bool ceiling_over;

static void *
feed(void *context)
{
	static const char zeros[READ_MAX];
	const int *fds = context;

	while (!atomic_load(&ceiling_over))
		for (unsigned i = 0; i < options.viewers; i++)
			if (send(fds[i], zeros, sizeof zeros, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
				return NULL;
	return NULL;
}

static double
ceiling(void)
{
	static char sink[READ_MAX];
	int *near = calloc(options.viewers, sizeof *near), *far = calloc(options.viewers, sizeof *far);
	uint64_t bytes = 0, start;
	pthread_t thread;

	if (near == NULL || far == NULL)
		die("memory");
	for (unsigned i = 0; i < options.viewers; i++) {
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
			die("socketpair (raise the descriptor limit?)");
		near[i] = pair[0];
		far[i] = pair[1];
	}
	if (pthread_create(&thread, NULL, feed, far) != 0)
		die("thread");
	for (start = now_ms(); now_ms() - start < 1000;)
		for (unsigned i = 0; i < options.viewers; i++) {
			ssize_t n = recv(near[i], sink, sizeof sink, MSG_DONTWAIT);
			bytes += n > 0 ? (uint64_t)n : 0;
		}
	double seconds = (double)(now_ms() - start) / 1000;
	atomic_store(&ceiling_over, true);
	(void)pthread_join(thread, NULL);
	for (unsigned i = 0; i < options.viewers; i++) {
		(void)close(near[i]);
		(void)close(far[i]);
	}
	free(near);
	free(far);
	return (double)bytes / seconds;
}

/* ---- viewers ---- */

static void
hang_up(struct viewer *viewer)
{
	if (viewer->fd >= 0)
		(void)close(viewer->fd);
	viewer->fd = -1;
	viewer->head_length = 0;
	viewer->in_body = false;
}

static void
ask(struct viewer *viewer)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char request[2048];
	int small = 32768;

	viewer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (viewer->fd < 0)
		die("socket");
	/* a small buffer: the pace of the viewer reaches the server */
	(void)setsockopt(viewer->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (connect(viewer->fd, (struct sockaddr *)&address, sizeof address) != 0) {
		totals.refused++;
		hang_up(viewer);
		return;
	}
	int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nRange: bytes=%" PRIu64 "-\r\n\r\n", viewer->film->target, viewer->position);
	if (send(viewer->fd, request, (size_t)n, MSG_NOSIGNAL) != n) {
		totals.refused++;
		hang_up(viewer);
		return;
	}
	(void)fcntl(viewer->fd, F_SETFL, O_NONBLOCK);
	totals.opens++;
}

static void
jump(struct viewer *viewer)
{
	hang_up(viewer);
	viewer->position = (uint64_t)pick() * 2654435761u % viewer->film->size;
	viewer->playing = false;
	viewer->fed_ms = now_ms();
	ask(viewer);
}

static void
take(struct viewer *viewer, const char *bytes, size_t length)
{
	uint64_t now = now_ms();

	if (memcmp(bytes, viewer->film->data + viewer->position, length) != 0)
		totals.wrong++;
	totals.bytes += length;
	viewer->position += length;
	viewer->budget -= (double)length;
	if (viewer->playing && now - viewer->fed_ms > totals.longest_ms)
		totals.longest_ms = now - viewer->fed_ms;
	if (viewer->playing && now - viewer->fed_ms > STALL_MS)
		totals.stalls++;
	viewer->fed_ms = now;
	viewer->playing = true;
	if (viewer->position == viewer->film->size) {
		totals.ends++;
		jump(viewer);
	}
}

/* The head may arrive with the first bytes of the body. */
static bool
take_head(struct viewer *viewer, const char *bytes, size_t length)
{
	size_t room = sizeof viewer->head - 1 - viewer->head_length;
	size_t part = length < room ? length : room;

	memcpy(viewer->head + viewer->head_length, bytes, part);
	viewer->head_length += part;
	viewer->head[viewer->head_length] = '\0';
	char *end = strstr(viewer->head, "\r\n\r\n");
	if (end == NULL)
		return viewer->head_length < sizeof viewer->head - 1;
	if (strncmp(viewer->head, "HTTP/1.1 206", 12) != 0)
		return false;
	size_t used = (size_t)(end + 4 - viewer->head) - (viewer->head_length - part);
	viewer->in_body = true;
	if (length > used) {
		/* a film that ends here asks again by itself: that is the last thing done */
		take(viewer, bytes + used, length - used);
	}
	return true;
}

static void
read_some(struct viewer *viewer)
{
	static char bytes[READ_MAX];

	while (viewer->budget > 0) {
		size_t want = viewer->in_body ? (size_t)viewer->budget + 1 : 1024;
		uint64_t left = viewer->film->size - viewer->position;
		if (viewer->in_body && want > left)
			want = (size_t)left;
		if (want > sizeof bytes)
			want = sizeof bytes;
		ssize_t n = recv(viewer->fd, bytes, want, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			totals.cut++;
			jump(viewer);
			return;
		}
		if (viewer->in_body) {
			take(viewer, bytes, (size_t)n);
		} else if (!take_head(viewer, bytes, (size_t)n)) {
			totals.refused++;
			jump(viewer);
			return;
		}
		if (viewer->fd < 0)
			return;
	}
}

static void
tick(struct viewer *viewer, double seconds)
{
	if (viewer->fd < 0 || (double)(pick() % 1000000) < options.seek_percent * 10000 * seconds) {
		totals.seeks++;
		jump(viewer);
		if (viewer->fd < 0)
			return;
	}
	viewer->budget += options.rate * seconds;
	/* what was missed while the server was late is read at once, at most two seconds of it */
	if (viewer->budget > options.rate * 2)
		viewer->budget = options.rate * 2;
	read_some(viewer);
}

static size_t
load_films(struct film **ret_films)
{
	char line[4096], *path = NULL;
	struct film *films = NULL;
	size_t count = 0;
	FILE *file = fopen(options.links, "re");

	if (file == NULL)
		die(options.links);
	while (fgets(line, sizeof line, file) != NULL) {
		struct stat st;
		line[strcspn(line, "\n")] = '\0';
		if ((path = strchr(line, ' ')) == NULL)
			continue;
		*path++ = '\0';
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) != 0 || (films = realloc(films, (count + 1) * sizeof *films)) == NULL)
			die(path);
		films[count] = (struct film){.target = strdup(line), .size = (uint64_t)st.st_size,
		    .data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)};
		if (films[count].data == MAP_FAILED || films[count].target == NULL)
			die(path);
		(void)close(fd);
		count++;
	}
	(void)fclose(file);
	*ret_films = films;
	return count;
}

static void
parse(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *name = argv[i], *value = argv[i + 1];
		if (strcmp(name, "--port") == 0)
			options.port = (unsigned)strtoul(value, NULL, 10);
		else if (strcmp(name, "--links") == 0)
			options.links = value;
		else if (strcmp(name, "--viewers") == 0)
			options.viewers = (unsigned)strtoul(value, NULL, 10);
		else if (strcmp(name, "--rate") == 0)
			options.rate = strtod(value, NULL);
		else if (strcmp(name, "--seek") == 0)
			options.seek_percent = strtod(value, NULL);
		else if (strcmp(name, "--seconds") == 0)
			options.seconds = (unsigned)strtoul(value, NULL, 10);
		else if (strcmp(name, "--seed") == 0)
			options.seed = (unsigned)strtoul(value, NULL, 10);
		else
			options.port = 0, i = argc;
	}
	if (options.port == 0 || options.links == NULL || options.viewers == 0) {
		(void)fprintf(stderr, "usage: sv-viewers --port P --links FILE [--viewers N] [--rate BYTES] [--seek PERCENT] [--seconds S] [--seed N]\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct film *films = NULL;
	struct rlimit limit;

	parse(argc, argv);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	size_t count = load_films(&films);
	struct viewer *viewers = calloc(options.viewers, sizeof *viewers);
	if (count == 0 || viewers == NULL) {
		(void)fprintf(stderr, "sv-viewers: %s holds no film\n", options.links);
		return 2;
	}
	(void)printf("ceiling %.0f bytes a second over %u sockets; wanted %.0f\n", ceiling(), options.viewers, options.rate * options.viewers);
	(void)fflush(stdout);
	for (unsigned i = 0; i < options.viewers; i++)
		viewers[i] = (struct viewer){.film = &films[i % count], .fd = -1, .fed_ms = now_ms()};
	uint64_t start = now_ms(), last = start;
	while (now_ms() - start < (uint64_t)options.seconds * 1000) {
		struct timespec pause = {.tv_nsec = TICK_MS * 1000000};
		uint64_t now = now_ms();
		double seconds = (double)(now - last) / 1000;
		last = now;
		for (unsigned i = 0; i < options.viewers; i++)
			tick(&viewers[i], seconds);
		(void)nanosleep(&pause, NULL);
	}
	for (unsigned i = 0; i < options.viewers; i++)
		hang_up(&viewers[i]);
	(void)printf("{\"bytes\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"cut\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"opens\":%" PRIu64 ",\"seeks\":%" PRIu64
	    ",\"ends\":%" PRIu64 ",\"stalls\":%" PRIu64 ",\"longest_ms\":%" PRIu64 ",\"rate\":%.0f}\n", totals.bytes, totals.wrong, totals.cut, totals.refused,
	    totals.opens, totals.seeks, totals.ends, totals.stalls, totals.longest_ms, (double)totals.bytes / options.seconds);
	for (size_t i = 0; i < count; i++) {
		(void)munmap((void *)(uintptr_t)films[i].data, films[i].size);
		free(films[i].target);
	}
	free(films);
	free(viewers);
	return totals.wrong == 0 ? 0 : 1;
}
