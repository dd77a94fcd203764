/* SPDX-License-Identifier: Apache-2.0
 * Mirrors by HTTP: right answers give exact bytes, every other answer fails the fetch with its reason. */
#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "alloc.h"
#include "byte_range.h"
#include "errors.h"
#include "http_client.h"
#include "http_server.h"
#include "source_http.h"

#define SIZE ((uint64_t)3 << 20)

enum mode { RIGHT = 0, WHOLE, OTHER_SIZE, NO_SIZE, OTHER_RANGE, NO_RANGE, CODED, CUT, LONG, SILENT };

static char folder[] = "/tmp/sv-mirror-XXXXXX";
static char socket_path[64];
static uint8_t film[SIZE + 1];

struct mirror {
	struct sv_loop *loop;
	struct sv_http_server *server;
	struct sv_http_client *client;
	struct sv_source *source;
	enum mode mode;
	int status;                      /* of an error; 0: as the mode says */
	const char *tag;
	unsigned requests;
	struct sv_http_request *waiting; /* SILENT */
};

static void
no_room(void *context)
{
	(void)context;
}

static void
forget(void *context, int why)
{
	struct mirror *mirror = context;

	(void)why;
	mirror->waiting = NULL;
}

static void
answer(void *context, struct sv_http_request *request)
{
	struct mirror *mirror = context;
	struct sv_byte_range range = {0, SIZE, false};
	char content_range[SV_BYTE_RANGE_TEXT_SIZE];
	uint64_t told = mirror->mode == OTHER_SIZE ? SIZE + 1 : SIZE;

	mirror->requests++;
	if (mirror->status != 0) {
		sv_http_reply_error(request, mirror->status, NULL, NULL);
		return;
	}
	if (mirror->mode == SILENT) {
		mirror->waiting = request;
		sv_http_on_abort(request, forget, mirror);
		return;
	}
	assert_int_equal(sv_byte_range_plan(sv_http_field(request, "Range"), SIZE, &range), 0);
	assert_true(range.partial);
	if (mirror->mode == WHOLE)
		range = (struct sv_byte_range){0, SIZE, false};
	if (mirror->mode == OTHER_RANGE)
		range = (struct sv_byte_range){range.start + 1, range.end + 1, true};
	(void)sv_byte_range_content(range.start, range.end, told, content_range);
	if (mirror->mode == NO_SIZE)
		(void)strcpy(strchr(content_range, '/'), "/*");
	const struct sv_http_header headers[] = {{"Content-Range", mirror->mode == WHOLE || mirror->mode == NO_RANGE ? NULL : content_range},
	    {"ETag", mirror->tag}, {"Content-Encoding", mirror->mode == CODED ? "gzip" : NULL}, {NULL, NULL}};
	uint64_t length = range.end - range.start + (mirror->mode == LONG);
	if (!sv_http_start(request, mirror->mode == WHOLE ? 200 : 206, headers, length, no_room, NULL))
		return;
	if (mirror->mode == CUT) {
		(void)sv_http_write(request, film + range.start, (size_t)(range.end - range.start) / 2, NULL, NULL);
		sv_http_cut(request);
		return;
	}
	(void)sv_http_write(request, film + range.start, (size_t)length, NULL, NULL);
}

static void
mirror_open(struct mirror *mirror)
{
	memset(mirror, 0, sizeof *mirror);
	mirror->loop = sv_loop_new();
	mirror->tag = "\"one\"";
	assert_int_equal(sv_http_server_open(mirror->loop,
	    &(struct sv_http_server_options){.unix_path = socket_path, .handler = answer, .context = mirror}, &mirror->server), 0);
	mirror->client = sv_http_client_new(mirror->loop, &(struct sv_http_client_options){.http_too = true});
	mirror->source = sv_source_http_open(mirror->loop, &(struct sv_source_http_options){.client = mirror->client,
	    .url = "http://mirror.invalid/film.mp4", .size_bytes = SIZE, .unix_path = socket_path});
}

static void
mirror_close(struct mirror *mirror)
{
	sv_source_close(mirror->source);
	sv_http_client_free(mirror->client);
	sv_http_server_close(mirror->server);
	sv_loop_free(mirror->loop);
}

struct watch {
	struct sv_source_fetch *fetch;
	size_t bytes;
	bool cancel, done, released;
	int rc;
};

static void
watch_bytes(void *context, size_t offset, size_t length)
{
	struct watch *watch = context;

	assert_false(watch->done || watch->released);
	assert_int_equal(offset, watch->bytes);
	watch->bytes += length;
	if (watch->cancel)
		sv_source_fetch_cancel(watch->fetch);
}

static void
watch_done(void *context, int rc)
{
	struct watch *watch = context;

	assert_false(watch->done || watch->released || watch->cancel);
	watch->done = true;
	watch->rc = rc;
}

static void
watch_release(void *context)
{
	struct watch *watch = context;

	assert_false(watch->released);
	watch->released = true;
}

static int
fetch(struct mirror *mirror, uint64_t start, size_t length)
{
	struct watch watch = {0};
	uint8_t *into = sv_xcalloc(1, length);

	watch.fetch = sv_source_fetch_start(mirror->source, start, length, into,
	    &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &watch});
	sv_loop_run_until(mirror->loop, &watch.released);
	assert_true(watch.done);
	if (watch.rc == 0) {
		assert_int_equal(watch.bytes, length);
		assert_memory_equal(into, film + start, length);
	}
	free(into);
	return watch.rc;
}

static void
right_answers(void **state)
{
	struct mirror mirror;

	mirror_open(&mirror);
	assert_int_equal(fetch(&mirror, 0, (size_t)1 << 20), 0);
	assert_int_equal(fetch(&mirror, SIZE - 1, 1), 0);
	assert_int_equal(fetch(&mirror, 131072, 131072), 0);
	assert_int_equal(mirror.requests, 3);
	mirror_close(&mirror);
	(void)state;
}

static void
wrong_answers(void **state)
{
	static const struct {
		enum mode mode;
		int status, rc;
	} cases[] = {
	    {WHOLE, 0, SV_EPROTO}, {OTHER_SIZE, 0, SV_ECHANGED}, {NO_SIZE, 0, SV_EPROTO}, {OTHER_RANGE, 0, SV_EPROTO}, {NO_RANGE, 0, SV_EPROTO},
	    {CODED, 0, SV_EPROTO}, {CUT, 0, SV_ESHORT}, {LONG, 0, SV_EPROTO}, {RIGHT, 404, SV_ENOENT}, {RIGHT, 410, SV_ENOENT}, {RIGHT, 403, SV_EACCES},
	    {RIGHT, 416, SV_ECHANGED}, {RIGHT, 429, SV_EUNAVAIL}, {RIGHT, 500, SV_EUNAVAIL}, {RIGHT, 503, SV_EUNAVAIL}, {RIGHT, 302, SV_EPROTO},
	};
	struct mirror mirror;

	mirror_open(&mirror);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		mirror.mode = cases[i].mode;
		mirror.status = cases[i].status;
		int rc = fetch(&mirror, 1000, 200000);
		if (rc != cases[i].rc)
			fail_msg("case %zu: %s instead of %s", i, sv_error_name(rc), sv_error_name(cases[i].rc));
		mirror.mode = RIGHT;
		mirror.status = 0;
		assert_int_equal(fetch(&mirror, 1000, 200000), 0);
	}
	mirror_close(&mirror);
	(void)state;
}

static void
tags(void **state)
{
	struct mirror mirror;

	mirror_open(&mirror);
	/* none and weak ones are not remembered */
	mirror.tag = NULL;
	assert_int_equal(fetch(&mirror, 0, 1000), 0);
	mirror.tag = "W/\"weak\"";
	assert_int_equal(fetch(&mirror, 0, 1000), 0);
	mirror.tag = "\"one\"";
	assert_int_equal(fetch(&mirror, 0, 1000), 0);
	mirror.tag = "\"two\"";
	assert_int_equal(fetch(&mirror, 0, 1000), SV_ECHANGED);
	mirror.tag = NULL;
	assert_int_equal(fetch(&mirror, 0, 1000), SV_ECHANGED);
	mirror.tag = "\"one\"";
	assert_int_equal(fetch(&mirror, 0, 1000), 0);
	mirror_close(&mirror);
	(void)state;
}

static void
cancelled(void **state)
{
	struct mirror mirror;
	uint8_t *into = sv_xmalloc((size_t)1 << 20);

	mirror_open(&mirror);
	for (unsigned round = 0; round < 20; round++) {
		struct watch at_once = {.cancel = true}, in_midst = {.cancel = true};
		at_once.fetch = sv_source_fetch_start(mirror.source, 0, (size_t)1 << 20, into,
		    &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &at_once});
		sv_source_fetch_cancel(at_once.fetch);
		sv_loop_run_until(mirror.loop, &at_once.released);
		assert_int_equal(at_once.bytes, 0);
		in_midst.fetch = sv_source_fetch_start(mirror.source, 0, (size_t)1 << 20, into,
		    &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &in_midst});
		sv_loop_run_until(mirror.loop, &in_midst.released);
		assert_true(in_midst.bytes > 0);
	}
	/* and while the mirror says nothing: it sees us leave */
	mirror.mode = SILENT;
	struct watch waiting = {.cancel = true};
	waiting.fetch = sv_source_fetch_start(mirror.source, 0, 1000, into,
	    &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &waiting});
	sv_source_fetch_cancel(waiting.fetch);
	sv_loop_run_until(mirror.loop, &waiting.released);
	mirror_close(&mirror);
	free(into);
	(void)state;
}

static int
make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(socket_path, sizeof socket_path, "%s/mirror.sock", folder);
	for (size_t i = 0; i < sizeof film; i++)
		film[i] = (uint8_t)(i * 31 + (i >> 8) + (i >> 16));
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(right_answers), cmocka_unit_test(wrong_answers), cmocka_unit_test(tags), cmocka_unit_test(cancelled),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
