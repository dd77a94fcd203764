/* SPDX-License-Identifier: Apache-2.0
 * Conditions, versions, failing copies, viewers who leave. */
#include "engine_world.h"

#define ID "film-abc-001"
#define TARGET "/stream/" ID

static void
conditions(void **state)
{
	struct world world;
	const char *tag = "\"" ID "-1-1000\"";
	char headers[256];

	world_open(&world);
	(void)add_film(&world, ID, 1000);
	world_start(&world);
	static const struct {
		const char *name, *value;    /* value NULL: our tag */
		int status;
	} cases[] = {
	    {"If-Range", NULL, 206}, {"If-Range", "\"other\"", 200}, {"If-Range", "W/\"" ID "-1-1000\"", 200}, {"If-Range", "Sun, 06 Nov 1994 08:49:37 GMT", 206},
	    {"If-Range", "Sun, 06 Nov 1994 08:49:38 GMT", 200}, {"If-Range", "rubbish", 200}, {"If-None-Match", NULL, 304}, {"If-None-Match", "*", 304},
	    {"If-None-Match", "\"other\"", 206}, {"If-None-Match", "\"a\", W/\"" ID "-1-1000\"", 304}, {"If-Match", NULL, 206}, {"If-Match", "\"other\"", 412},
	    {"If-Match", "*", 206}, {"If-Match", "W/\"" ID "-1-1000\"", 412}, {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 304},
	    {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 206}, {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 412},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)snprintf(headers, sizeof headers, "Range: bytes=10-19\r\n%s: %s\r\n", cases[i].name, cases[i].value == NULL ? tag : cases[i].value);
		struct answer answer = ask(&world, "GET", TARGET, headers);
		if (answer.status != cases[i].status)
			fail_msg("%s: %d instead of %d", headers, answer.status, cases[i].status);
		assert_string_equal(header(&answer, "ETag"), tag);
		if (answer.status == 206)
			assert_int_equal(answer.length, 10);
		if (answer.status == 200)
			assert_int_equal(answer.length, 1000);
		free(answer.body);
	}
	/* HEAD says what GET would, as nginx does */
	struct answer head = ask(&world, "HEAD", TARGET, "Range: bytes=10-19\r\n");
	assert_int_equal(head.status, 206);
	assert_string_equal(header(&head, "Content-Length"), "10");
	assert_string_equal(header(&head, "Content-Range"), "bytes 10-19/1000");
	head = ask(&world, "HEAD", TARGET, "");
	assert_int_equal(head.status, 200);
	assert_string_equal(header(&head, "Content-Length"), "1000");
	assert_int_equal(ask_status(&world, "HEAD", TARGET, "Range: bytes=1000-\r\n"), 416);
	assert_string_equal(header(&head, "Accept-Ranges"), "bytes");
	world_close(&world);
	(void)state;
}

static void
what_is_not_served(void **state)
{
	struct world world;

	world_open(&world);
	struct film *film = add_film(&world, ID, 1000), *gone = add_film(&world, "film-gon-001", 10), *bare = add_film(&world, "film-bar-001", 10);
	film->name = "\xc3\x84 \"b\".mp4";
	gone->gone = true;
	bare->path_count = 0;
	world_start(&world);
	assert_int_equal(ask_status(&world, "GET", TARGET "?v=1", ""), 200);
	assert_int_equal(ask_status(&world, "GET", TARGET, ""), 200);
	assert_int_equal(ask_status(&world, "GET", "/download/" ID "?md5=x&v=1&play=y", ""), 200);
	for (const char *const *v = (const char *const[]){"2", "0", "", "x", "1x", "-1", "99999999999999999999999", "1&v=1", NULL}; *v != NULL; v++) {
		char target[128];
		(void)snprintf(target, sizeof target, TARGET "?v=%s", *v);
		struct answer answer = ask(&world, "GET", target, "");
		assert_int_equal(answer.status, 403);
		assert_string_equal(header(&answer, "Sv-Reason"), "link-expired");
		assert_true(answer.length > 0);
		free(answer.body);
	}
	assert_int_equal(ask_status(&world, "GET", "/stream/film-xxx-001", ""), 404);
	assert_int_equal(ask_status(&world, "GET", "/stream/film-gon-001", ""), 404);
	assert_int_equal(ask_status(&world, "GET", "/stream/film-bar-001", ""), 503);
	assert_int_equal(ask_status(&world, "GET", "/stream/film.abc.001", ""), 404);
	assert_int_equal(ask_status(&world, "GET", "/stream/short", ""), 404);
	assert_int_equal(ask_status(&world, "GET", "/stream/" ID "/x", ""), 404);
	assert_int_equal(ask_status(&world, "GET", "/", ""), 404);
	assert_int_equal(ask_status(&world, "DELETE", TARGET, ""), 405);
	assert_int_equal(ask_status(&world, "GET", "/healthz", ""), 200);
	assert_int_equal(ask_status(&world, "GET", "/readyz", ""), 200);
	struct answer answer = ask(&world, "GET", "/metrics", "");
	assert_int_equal(answer.status, 200);
	assert_non_null(memmem(answer.body, answer.length, "sv_cache_hits_total", 19));
	free(answer.body);
	answer = ask(&world, "GET", TARGET, "");
	assert_string_equal(header(&answer, "Sv-Name"), "%C3%84%20%22b%22.mp4");
	free(answer.body);
	(void)pthread_mutex_lock(&world.lock);
	world.catalog_rc = SV_EUNAVAIL;
	(void)pthread_mutex_unlock(&world.lock);
	assert_int_equal(ask_status(&world, "GET", "/stream/film-yyy-001", ""), 503);
	assert_int_equal(ask_status(&world, "GET", "/readyz", ""), 503);
	world_close(&world);
	(void)state;
}

static void
a_new_version_is_seen(void **state)
{
	struct world world;
	int status = 0;

	world_open(&world);
	struct film *film = add_film(&world, ID, 2 * MIB);
	world_start(&world);
	assert_int_equal(ask_status(&world, "GET", TARGET "?v=1", ""), 200);
	(void)pthread_mutex_lock(&world.lock);
	write_film(film->paths[0], 77, 2 * MIB);
	film->seed = 77;
	film->version = 2;
	world.generation++;
	(void)pthread_mutex_unlock(&world.lock);
	uint64_t until_ms = sv_clock_ms() + LONG_MS;
	while ((status = ask_status(&world, "HEAD", TARGET "?v=1", "")) == 200 && sv_clock_ms() < until_ms)
		continue;
	assert_int_equal(status, 403);
	struct answer answer = ask(&world, "GET", TARGET "?v=2", "");
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.length, 2 * MIB);
	check_bytes(&answer, 77, 0);
	free(answer.body);
	world_close(&world);
	(void)state;
}

/* Nothing changed: the catalog is asked for its generation only. */
static void
an_unchanged_catalog_is_not_read_again(void **state)
{
	struct world world;

	world_open(&world);
	(void)add_film(&world, ID, 1000);
	world_start(&world);
	uint64_t until_ms = sv_clock_ms() + 30;
	while (sv_clock_ms() < until_ms)
		assert_int_equal(ask_status(&world, "GET", TARGET, ""), 200);
	(void)pthread_mutex_lock(&world.lock);
	assert_int_equal(world.finds, 1);
	(void)pthread_mutex_unlock(&world.lock);
	world_close(&world);
	(void)state;
}

static void
copies_that_fail(void **state)
{
	struct world world;

	world_open(&world);
	struct film *film = add_film(&world, ID, 3 * MIB), *changed = add_film(&world, "film-chg-001", 1000), *lost = add_film(&world, "film-los-001", 1000);
	/* the first copy is missing, the second is right */
	(void)snprintf(film->paths[1], sizeof film->paths[1], "%s/second", world.folder);
	assert_int_equal(rename(film->paths[0], film->paths[1]), 0);
	film->path_count = 2;
	assert_int_equal(truncate(changed->paths[0], 999), 0);
	assert_int_equal(unlink(lost->paths[0]), 0);
	world_start(&world);
	struct answer answer = ask(&world, "GET", TARGET, "");
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.length, 3 * MIB);
	check_bytes(&answer, film->seed, 0);
	free(answer.body);
	assert_int_equal(ask_status(&world, "GET", "/stream/film-chg-001", ""), 410);
	assert_int_equal(ask_status(&world, "GET", "/stream/film-los-001", ""), 503);
	world_close(&world);
	(void)state;
}

/* After the head there is only one way to say that the rest cannot be had. */
static void
a_body_that_cannot_go_on_is_cut(void **state)
{
	struct world world;
	int64_t cuts = sv_metric_get(SV_METRIC_stream_cuts, 0);

	world_open(&world);
	struct film *film = add_film(&world, ID, 3 * MIB);
	film->wrong_crc = 11;
	world_start(&world);
	struct answer answer = ask(&world, "GET", TARGET, "");
	assert_int_equal(answer.status, 200);
	assert_true(answer.cut);
	/* what still stood in the queue may be lost with the connection */
	assert_true(answer.length <= 10 * 131072);
	check_bytes(&answer, film->seed, 0);
	free(answer.body);
	assert_int_equal(sv_metric_get(SV_METRIC_stream_cuts, 0), cuts + 1);
	world_close(&world);
	(void)state;
}

static struct sv_stream_usage
wait_for_quiet(struct world *world)
{
	uint64_t until_ms = sv_clock_ms() + LONG_MS;
	struct sv_stream_usage usage;

	while ((usage = world_do(world, false, NULL)).fetches > 0 && sv_clock_ms() < until_ms)
		continue;
	assert_int_equal(usage.fetches, 0);
	return usage;
}

/* No source brings anything any more; what they brought so far. */
static int64_t
check_still(struct world *world)
{
	int64_t bytes = sv_metric_get(SV_METRIC_source_bytes, 0);

	for (unsigned i = 0; i < 50; i++)
		(void)world_do(world, false, NULL);
	assert_int_equal(sv_metric_get(SV_METRIC_source_bytes, 0), bytes);
	return bytes;
}

static void
a_viewer_who_leaves_stops_the_work(void **state)
{
	struct world world;
	uint8_t some[100000];

	world_open(&world);
	(void)add_film(&world, ID, 40 * MIB);
	world_start(&world);
	for (unsigned round = 0; round < 10; round++) {
		int64_t aborts = sv_metric_get(SV_METRIC_http_aborts, 0), before = sv_metric_get(SV_METRIC_source_bytes, 0);
		int fd = dial(&world);
		(void)world_do(&world, true, NULL);
		say(fd, "GET", TARGET, round % 2 == 0 ? "" : "Sv-Play: playplayplay\r\n");
		for (size_t have = 0; have < 3 * MIB;)
			have += (size_t)recv(fd, some, sizeof some, 0);
		(void)close(fd);
		uint64_t until_ms = sv_clock_ms() + LONG_MS;
		while (sv_metric_get(SV_METRIC_http_aborts, 0) == aborts && sv_clock_ms() < until_ms)
			(void)world_do(&world, false, NULL);
		assert_int_equal(sv_metric_get(SV_METRIC_http_aborts, 0), aborts + 1);
		/* from the moment that the leaving was noticed nothing more is read */
		(void)world_do(&world, false, NULL);
		int64_t after = check_still(&world);
		assert_true(after - before < (int64_t)(20 * MIB));
	}
	world_close(&world);
	(void)state;
}

static void
gone_drops_the_read_ahead(void **state)
{
	struct world world;

	world_open(&world);
	(void)add_film(&world, ID, 40 * MIB);
	world_start(&world);
	for (unsigned slice = 0; slice < 3; slice++) {
		char headers[128];
		(void)snprintf(headers, sizeof headers, "Range: bytes=%" PRIu64 "-%" PRIu64 "\r\nSv-Play: playplayplay\r\n", slice * MIB, slice * MIB + MIB - 1);
		assert_int_equal(ask_status(&world, "GET", TARGET, headers), 206);
	}
	assert_int_equal(world_do(&world, false, NULL).playbacks, 1);
	assert_int_equal(world_do(&world, false, "playplayplay").playbacks, 0);
	/* when that call was back, everything that was to be read had been read */
	check_still(&world);
	(void)wait_for_quiet(&world);
	world_close(&world);
	(void)state;
}

/* Many who seek and leave: nothing of them stays. */
static void
many_seekers_leave_nothing(void **state)
{
	struct world world;
	int fds[40];
	char headers[128];

	world_open(&world);
	(void)add_film(&world, ID, 40 * MIB);
	world_start(&world);
	srand(1);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 40; i++) {
			(void)snprintf(headers, sizeof headers, "Range: bytes=%d-\r\nSv-Play: seeker-%02u\r\n", rand() % (int)(40 * MIB), i);
			fds[i] = dial(&world);
			say(fds[i], "GET", TARGET, headers);
		}
		for (unsigned i = 0; i < 40; i++) {
			char byte;
			if (i % 3 == 0)
				assert_int_equal(recv(fds[i], &byte, 1, 0), 1);
			(void)close(fds[i]);
		}
	}
	uint64_t until_ms = sv_clock_ms() + LONG_MS;
	while (sv_metric_get(SV_METRIC_http_connections, 0) > 0 && sv_clock_ms() < until_ms)
		(void)world_do(&world, false, NULL);
	struct sv_stream_usage usage = wait_for_quiet(&world);
	assert_int_equal(usage.starving, 0);
	assert_true(usage.block_bytes <= 16 * MIB);
	until_ms = sv_clock_ms() + LONG_MS;
	while ((usage = world_do(&world, true, NULL)).block_bytes > 0 && sv_clock_ms() < until_ms)
		continue;
	assert_int_equal(usage.block_bytes, 0);
	assert_int_equal(sv_metric_get(SV_METRIC_streams_active, 0), 0);
	world_close(&world);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(conditions), cmocka_unit_test(what_is_not_served), cmocka_unit_test(a_new_version_is_seen),
	    cmocka_unit_test(an_unchanged_catalog_is_not_read_again), cmocka_unit_test(copies_that_fail), cmocka_unit_test(a_body_that_cannot_go_on_is_cut),
	    cmocka_unit_test(a_viewer_who_leaves_stops_the_work), cmocka_unit_test(gone_drops_the_read_ahead), cmocka_unit_test(many_seekers_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
