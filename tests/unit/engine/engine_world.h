/* SPDX-License-Identifier: Apache-2.0
 * A shard on a loop of its own thread, films in a folder, and a blocking client. */
#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "crc.h"
#include "engine_shard.h"
#include "errors.h"
#include "metrics.h"

#define MIB ((uint64_t)1 << 20)
#define FILMS_MAX 16
#define LONG_MS 10000u               /* ceiling of things that take microseconds */

/* What the test's catalog knows. */
struct film {
	char id[SV_ID_LENGTH + 1];
	uint64_t version, size;
	bool gone, with_crcs;
	size_t wrong_crc;                /* number of a piece whose checksum is wrong, from 1; 0: none */
	unsigned seed;                   /* of its bytes */
	const char *name;
	char paths[3][64];
	unsigned path_count;
};

struct world {
	pthread_t thread;
	struct sv_loop *loop;
	struct sv_engine_shard *shard;
	struct sv_engine_shard_options options;
	char folder[32], socket[64];
	sem_t ready;
	pthread_mutex_t lock;            /* guards what the catalog says */
	struct film films[FILMS_MAX];
	unsigned film_count;
	uint64_t generation;
	int catalog_rc;
	unsigned finds;
};

static inline uint8_t
film_byte(unsigned seed, uint64_t offset)
{
	return (uint8_t)((offset * 2654435761u >> 13) ^ (offset >> 20) ^ seed);
}

/* ---- the catalog ---- */

static inline int
world_generation(void *context, uint64_t *ret_generation)
{
	struct world *world = context;

	(void)pthread_mutex_lock(&world->lock);
	*ret_generation = world->generation;
	int rc = world->catalog_rc;
	(void)pthread_mutex_unlock(&world->lock);
	return rc;
}

static inline uint32_t *
film_crcs(const struct film *film, size_t *ret_count)
{
	size_t count = (size_t)((film->size + 131071) / 131072);
	uint32_t *crcs = sv_xcalloc(count + 1, sizeof *crcs);
	uint8_t *piece = sv_xmalloc(131072);

	for (size_t i = 0; i < count; i++) {
		size_t length = film->size - i * 131072 < 131072 ? (size_t)(film->size - i * 131072) : 131072;
		for (size_t j = 0; j < length; j++)
			piece[j] = film_byte(film->seed, i * 131072 + j);
		crcs[i] = sv_crc_of(piece, length) ^ (i + 1 == film->wrong_crc);
	}
	free(piece);
	*ret_count = count;
	return crcs;
}

static inline int
world_find(void *context, const char *id, uint64_t known_version, struct sv_engine_record **ret_record)
{
	struct world *world = context;
	int rc = SV_ENOENT;

	(void)pthread_mutex_lock(&world->lock);
	world->finds++;
	for (unsigned i = 0; i < world->film_count; i++) {
		const struct film *film = &world->films[i];
		if (strcmp(film->id, id) != 0)
			continue;
		struct sv_engine_record *record = sv_xcalloc(1, sizeof *record);
		*record = (struct sv_engine_record){.version = film->version, .size_bytes = film->size, .modified_unix_s = 784111777, .gone = film->gone,
		    .name = sv_xstrdup(film->name), .mime = sv_xstrdup("video/mp4"), .copy_count = film->path_count};
		record->copies = sv_xcalloc(4, sizeof record->copies[0]);
		for (unsigned c = 0; c < film->path_count; c++)
			record->copies[c] = (struct sv_engine_copy_record){.location = sv_xstrdup(film->paths[c]), .mtime_ns = -1};
		if (film->with_crcs && film->version != known_version)
			record->piece_crcs = film_crcs(film, &record->crc_count);
		*ret_record = record;
		rc = 0;
	}
	(void)pthread_mutex_unlock(&world->lock);
	return rc;
}

static inline void
write_film(const char *path, unsigned seed, uint64_t size)
{
	uint8_t *bytes = sv_xmalloc((size_t)size + 1);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	for (uint64_t i = 0; i < size; i++)
		bytes[i] = film_byte(seed, i);
	assert_int_equal(write(fd, bytes, (size_t)size), size);
	assert_int_equal(close(fd), 0);
	free(bytes);
}

/* A film with one copy on disk. */
static inline struct film *
add_film(struct world *world, const char *id, uint64_t size)
{
	(void)pthread_mutex_lock(&world->lock);
	struct film *film = &world->films[world->film_count++];
	assert_true(world->film_count <= FILMS_MAX);
	*film = (struct film){.version = 1, .size = size, .with_crcs = true, .seed = world->film_count, .name = "film.mp4", .path_count = 1};
	(void)snprintf(film->id, sizeof film->id, "%s", id);
	(void)snprintf(film->paths[0], sizeof film->paths[0], "%s/%s", world->folder, id);
	write_film(film->paths[0], film->seed, size);
	world->generation++;
	(void)pthread_mutex_unlock(&world->lock);
	return film;
}

/* ---- the shard's thread ---- */

static inline void *
world_run(void *context)
{
	struct world *world = context;

	world->loop = sv_loop_new();
	assert_int_equal(sv_engine_shard_open(world->loop, &world->options, &world->shard), 0);
	(void)sem_post(&world->ready);
	sv_loop_run(world->loop);
	sv_engine_shard_close(world->shard);
	sv_loop_free(world->loop);
	return NULL;
}

static inline void
world_open(struct world *world)
{
	memset(world, 0, sizeof *world);
	assert_int_equal(pthread_mutex_init(&world->lock, NULL), 0);
	assert_int_equal(sem_init(&world->ready, 0, 0), 0);
	(void)strcpy(world->folder, "/tmp/sv-engine-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->socket, sizeof world->socket, "%s/e.sock", world->folder);
	world->generation = 1;
	world->options = (struct sv_engine_shard_options){.unix_path = world->socket, .guest_rate = 1500000, .fresh_ms = 5,
	    .stream = {.budget_bytes = 16 * MIB}, .finder = {world_generation, world_find, world}};
}

static inline void
world_start(struct world *world)
{
	assert_int_equal(pthread_create(&world->thread, NULL, world_run, world), 0);
	(void)sem_wait(&world->ready);
}

struct world_look {
	struct world *world;
	struct sv_stream_usage usage;
	sem_t done;
	const char *gone;
	bool trim;
};

static inline void
world_look_now(void *context)
{
	struct world_look *look = context;

	if (look->trim)
		sv_stream_trim(sv_engine_shard_stream(look->world->shard));
	if (look->gone != NULL)
		sv_engine_shard_gone(look->world->shard, sv_text_of(look->gone));
	sv_stream_look(sv_engine_shard_stream(look->world->shard), &look->usage);
	(void)sem_post(&look->done);
}

static inline struct sv_stream_usage
world_do(struct world *world, bool trim, const char *gone)
{
	struct world_look look = {.world = world, .trim = trim, .gone = gone};

	assert_int_equal(sem_init(&look.done, 0, 0), 0);
	sv_loop_post(world->loop, world_look_now, &look);
	(void)sem_wait(&look.done);
	(void)sem_destroy(&look.done);
	return look.usage;
}

static inline void
world_close(struct world *world)
{
	char path[128];

	sv_loop_stop(world->loop);
	(void)pthread_join(world->thread, NULL);
	for (unsigned i = 0; i < world->film_count; i++)
		(void)unlink(world->films[i].paths[0]);
	(void)snprintf(path, sizeof path, "%s/second", world->folder);
	(void)unlink(path);
	assert_int_equal(rmdir(world->folder), 0);
	(void)sem_destroy(&world->ready);
	(void)pthread_mutex_destroy(&world->lock);
	assert_int_equal(sv_metric_get(SV_METRIC_cache_bytes, 0), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_streams_active, 0), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_playbacks, 0), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_http_connections, 0), 0);
}

/* ---- the client ---- */

struct answer {
	int status;
	char head[4096];
	uint8_t *body;
	size_t length;                   /* of the body as it came */
	bool cut;                        /* shorter than announced */
};

static inline int
dial(struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {10, 0};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", world->socket);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static inline void
say(int fd, const char *method, const char *target, const char *headers)
{
	char text[2048];
	int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: engine\r\n%s\r\n", method, target, headers);

	assert_true(n > 0 && n < (int)sizeof text);
	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

/* The value of a header of the answer, "" when missing; static. */
static inline const char *
header(const struct answer *answer, const char *name)
{
	static char value[512];
	size_t length = strlen(name);

	for (const char *line = strstr(answer->head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
			(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(line + length + 2, "\r"), line + length + 2);
			return value;
		}
	}
	return "";
}

/* Read one answer. */
static inline struct answer
hear(int fd, bool head_only)
{
	struct answer answer = {0};
	size_t have = 0;
	char *end = NULL;

	while ((end = strstr(answer.head, "\r\n\r\n")) == NULL) {
		/* byte by byte: the body must not be taken along */
		assert_true(have + 1 < sizeof answer.head);
		ssize_t n = recv(fd, answer.head + have, 1, 0);
		if (n <= 0)
			return answer;
		have += (size_t)n;
	}
	assert_int_equal(sscanf(answer.head, "HTTP/1.1 %d", &answer.status), 1);
	size_t length = strtoul(header(&answer, "Content-Length"), NULL, 10);
	if (head_only || answer.status == 304)
		return answer;
	answer.body = sv_xmalloc(length + 1);
	while (answer.length < length) {
		ssize_t n = recv(fd, answer.body + answer.length, length - answer.length, 0);
		if (n <= 0) {
			answer.cut = true;
			break;
		}
		answer.length += (size_t)n;
	}
	return answer;
}

/* One request on a connection of its own. Free answer.body. */
static inline struct answer
ask(struct world *world, const char *method, const char *target, const char *headers)
{
	int fd = dial(world);

	say(fd, method, target, headers);
	struct answer answer = hear(fd, strcmp(method, "HEAD") == 0);
	(void)close(fd);
	return answer;
}

static inline int
ask_status(struct world *world, const char *method, const char *target, const char *headers)
{
	struct answer answer = ask(world, method, target, headers);

	free(answer.body);
	return answer.status;
}

static inline void
check_bytes(const struct answer *answer, unsigned seed, uint64_t start)
{
	for (size_t i = 0; i < answer->length; i++)
		if (answer->body[i] != film_byte(seed, start + i))
			fail_msg("wrong byte at %" PRIu64, start + i);
}

#endif
