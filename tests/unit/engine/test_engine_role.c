/* SPDX-License-Identifier: Apache-2.0
 * The role as `streamvault engine` runs it, with a real catalog, in a child process: serves on every socket, hears who has left, drains on
 * SIGTERM. */
#include "engine_world.h"

#include <signal.h>
#include <sys/wait.h>

#include "catalog_index.h"
#include "engine.h"
#include "paths.h"

#define FILM_BYTES (2 * MIB + 77)
#define SEED 5

static char folder[] = "/tmp/sv-role-XXXXXX";
static char film_path[64], database[64], id[SV_ID_SIZE];
static uint64_t version;

static void
settings_open(struct sv_settings *settings)
{
	const struct {
		const char *name, *value;
	} values[] = {{"SV_STATE", folder}, {"SV_RUN_FOLDER", folder}, {"SV_ENGINE_LOOPS", "2"}, {"SV_DRAIN_TIME", "5"}, {"SV_BLOCK_BUDGET", "16m"}};
	char why[200];

	sv_settings_init(settings);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		assert_int_equal(sv_settings_set(settings, sv_text_of(values[i].name), sv_text_of(values[i].value), why, sizeof why), 0);
}

/* The film as the index would write it; `seed` of its bytes. */
static void
index_film(const struct sv_settings *settings, unsigned seed)
{
	struct sv_catalog *catalog = NULL;
	struct sv_recorded recorded = {0};
	struct film film = {.size = FILM_BYTES, .seed = seed};
	struct stat st;
	char why[300];
	size_t pieces = 0;

	write_film(film_path, seed, FILM_BYTES);
	assert_int_equal(stat(film_path, &st), 0);
	uint32_t *crcs = film_crcs(&film, &pieces);
	struct sv_crc_join join;
	sv_crc_join_init(&join, SV_CRC_PIECE_BYTES);
	for (size_t i = 0; i < pieces; i++)
		sv_crc_join_add(&join, crcs[i], FILM_BYTES - i * 131072 < 131072 ? FILM_BYTES - i * 131072 : 131072);
	const struct sv_scan scan = {.path = film_path, .size_bytes = FILM_BYTES, .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	    .inode = st.st_ino, .device = st.st_dev, .why = ""};
	const struct sv_file file = {.size_bytes = FILM_BYTES, .mtime_unix_s = st.st_mtim.tv_sec, .crc32 = join.crc, .has_crc = true, .name = "role.mp4",
	    .container = "mov,mp4", .mime = "video/mp4", .duration_ms = 1000};
	const struct sv_catalog_found found = {.scan = &scan, .kind = SV_TITLE_FILM, .name = "Role", .episode_name = "", .file = &file, .crcs = crcs,
	    .piece_count = pieces};
	assert_int_equal(sv_catalog_open(settings, &catalog, why, sizeof why), 0);
	assert_int_equal(sv_catalog_record(catalog, &found, &recorded), 0);
	sv_catalog_close(catalog);
	(void)memcpy(id, recorded.file, sizeof id);
	version = recorded.version;
	free(crcs);
}

static void
socket_of(struct world *world, const struct sv_settings *settings, unsigned loop)
{
	char path[SV_PATH_MAX];

	(void)snprintf(world->socket, sizeof world->socket, "%.63s", sv_path_engine_socket(settings, loop, path));
}

static void
wait_for_socket(const struct world *world)
{
	uint64_t until_ms = sv_clock_ms() + LONG_MS;

	while (access(world->socket, F_OK) != 0 && sv_clock_ms() < until_ms)
		(void)usleep(1000);
	assert_int_equal(access(world->socket, F_OK), 0);
}

static void
send_gone(const struct sv_settings *settings, const char *text)
{
	char path[SV_PATH_MAX];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", sv_path(settings, SV_PATH_GONE_SOCKET, path));
	assert_int_equal(sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&address, sizeof address), strlen(text));
	(void)close(fd);
}

static long
metric_of(struct world *world, const char *name)
{
	struct answer answer = ask(world, "GET", "/metrics", "");
	assert_int_equal(answer.status, 200);
	answer.body[answer.length] = '\0';
	const char *line = strstr((char *)answer.body, name);
	while (line != NULL && line != (char *)answer.body && line[-1] != '\n')
		line = strstr(line + 1, name);
	assert_non_null(line);
	long value = strtol(line + strlen(name), NULL, 10);
	free(answer.body);
	return value;
}

static void
serves_and_drains(void **state)
{
	struct sv_settings settings;
	struct world world = {0};
	char target[64];
	int status = 0;

	settings_open(&settings);
	index_film(&settings, SEED);
	(void)fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(sv_engine_run(&settings) == 0 ? 0 : 1);
	(void)snprintf(target, sizeof target, "/stream/%s?v=%" PRIu64, id, version);
	for (unsigned loop = 0; loop < 2; loop++) {
		socket_of(&world, &settings, loop);
		wait_for_socket(&world);
		assert_int_equal(ask_status(&world, "GET", "/healthz", ""), 200);
		assert_int_equal(ask_status(&world, "GET", "/readyz", ""), 200);
		struct answer answer = ask(&world, "GET", target, "Range: bytes=0-1048575\r\nSv-Play: playplayplay\r\n");
		assert_int_equal(answer.status, 206);
		assert_int_equal(answer.length, MIB);
		check_bytes(&answer, SEED, 0);
		free(answer.body);
	}
	assert_int_equal(metric_of(&world, "sv_playbacks "), 2);
	send_gone(&settings, "rubbish");
	send_gone(&settings, "gone ");
	send_gone(&settings, "gone playplayplay");
	uint64_t until_ms = sv_clock_ms() + LONG_MS;
	while (metric_of(&world, "sv_playbacks ") > 0 && sv_clock_ms() < until_ms)
		continue;
	assert_int_equal(metric_of(&world, "sv_playbacks "), 0);
	assert_int_equal(metric_of(&world, "sv_gone_total "), 1);
	/* new bytes under the path, new version in the catalog: the old link is over, the new one plays */
	index_film(&settings, SEED + 1);
	until_ms = sv_clock_ms() + LONG_MS;
	while (ask_status(&world, "HEAD", target, "") != 403 && sv_clock_ms() < until_ms)
		(void)usleep(10000);
	(void)snprintf(target, sizeof target, "/stream/%s?v=%" PRIu64, id, version);
	/* an answer in progress is finished after SIGTERM, then everything is gone */
	int fd = dial(&world);
	char byte;
	say(fd, "GET", target, "");
	assert_int_equal(recv(fd, &byte, 1, MSG_PEEK), 1);
	assert_int_equal(kill(child, SIGTERM), 0);
	struct answer answer = hear(fd, false);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.length, FILM_BYTES);
	check_bytes(&answer, SEED + 1, 0);
	free(answer.body);
	(void)close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(access(world.socket, F_OK), -1);
	sv_settings_fini(&settings);
	(void)state;
}

static int
make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(film_path, sizeof film_path, "%s/role.mp4", folder);
	(void)snprintf(database, sizeof database, "%s/streamvault.db", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	char path[80];

	(void)state;
	(void)unlink(film_path);
	(void)unlink(database);
	for (const char *const *end = (const char *const[]){"-wal", "-shm", NULL}; *end != NULL; end++) {
		(void)snprintf(path, sizeof path, "%s%s", database, *end);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(serves_and_drains)};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
