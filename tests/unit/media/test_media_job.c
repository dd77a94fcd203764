/* SPDX-License-Identifier: Apache-2.0
 * The parent against children that break every rule: each ends its own job in the stated way and nothing else. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "errors.h"
#include "media_fake_child.h"
#include "media_job.h"
#include "metrics.h"

static char child_path[4096];

enum answer_style { ANSWER_NOW = 0, ANSWER_LATER, ANSWER_NEVER, ANSWER_ERROR };

struct scene {
	struct sv_loop *loop;
	struct sv_media_job *job;
	enum answer_style style;
	uint32_t length;
	bool done, released;
	unsigned drops;
	struct sv_media_job_result *result;
};

static uint8_t zeros[SV_MEDIA_RPC_MAX_READ];

static void
answer(void *context)
{
	struct scene *scene = context;

	sv_media_job_answer(scene->job, (int)scene->length, zeros);
}

static void
on_read(void *context, struct sv_media_job *job, uint64_t offset, uint32_t length)
{
	struct scene *scene = context;

	scene->length = length;
	if (scene->style == ANSWER_NOW)
		sv_media_job_answer(job, (int)length, zeros);
	else if (scene->style == ANSWER_ERROR)
		sv_media_job_answer(job, SV_EIO, NULL);
	else if (scene->style == ANSWER_LATER)
		(void)sv_timer_start(scene->loop, 1, 0, answer, scene);
}

static void
on_drop(void *context)
{
	struct scene *scene = context;

	scene->drops++;
}

static void
on_done(void *context, struct sv_media_job_result *result)
{
	struct scene *scene = context;

	assert_false(scene->done);
	scene->result = result;
	scene->done = true;
}

static void
on_release(void *context)
{
	struct scene *scene = context;

	scene->released = true;
}

static struct sv_media_job_options
options_for(struct scene *scene, enum fake_act act)
{
	return (struct sv_media_job_options){.program = child_path, .kind = SV_MEDIA_JOB_PROBE, .size_bytes = FAKE_BASE + (uint64_t)act,
	    .wall_ms = 20000, .read = on_read, .drop = on_drop, .done = on_done, .release = on_release, .context = scene};
}

/* Play one act to its end and expect it to end so. */
static struct sv_media_job_result *
play(struct scene *scene, const struct sv_media_job_options *options, int rc, enum sv_media_job_end end)
{
	scene->loop = sv_loop_new();
	assert_int_equal(sv_media_job_start(scene->loop, options, &scene->job), 0);
	sv_loop_run_until(scene->loop, &scene->done);
	assert_true(scene->released);
	sv_loop_free(scene->loop);
	if (scene->result->rc != rc || scene->result->end != end)
		print_error("act %d: %s, %s: %s\n", (int)(options->size_bytes - FAKE_BASE), sv_error_name(scene->result->rc),
		    sv_media_job_end_name(scene->result->end), scene->result->why);
	assert_int_equal(scene->result->rc, rc);
	assert_int_equal(scene->result->end, end);
	assert_true(rc == 0 ? scene->result->why[0] == '\0' : scene->result->why[0] != '\0');
	return scene->result;
}

static void
expect(enum fake_act act, enum answer_style style, int rc, enum sv_media_job_end end)
{
	struct scene scene = {.style = style};
	const struct sv_media_job_options options = options_for(&scene, act);

	sv_media_job_result_free(play(&scene, &options, rc, end));
	if (style == ANSWER_NOW)
		assert_int_equal(scene.drops, 0);
}

static void
test_good(void **state)
{
	struct scene scene = {.style = ANSWER_LATER};
	const struct sv_media_job_options options = options_for(&scene, FAKE_GOOD);
	int64_t ok = sv_metric_get(SV_METRIC_media_jobs, 0), reduced = sv_metric_get(SV_METRIC_media_reduced, 0);
	struct sv_media_job_result *result = play(&scene, &options, 0, SV_MEDIA_END_EXIT);

	assert_int_equal(result->info.track_count, 1);
	assert_string_equal(result->info.tracks[0].codec, "h264");
	assert_int_equal(result->info.playable, SV_MEDIA_PLAY_YES);
	assert_int_equal(result->bytes_read, 16);
	assert_int_equal(result->reads, 1);
	assert_int_equal(scene.drops, 0);
	/* the fake says that it has no Landlock: seen in the result and in the metric */
	assert_int_equal(result->hello.guards & SV_MEDIA_GUARD_LANDLOCK, 0);
	assert_int_equal(sv_metric_get(SV_METRIC_media_jobs, 0), ok + 1);
	assert_int_equal(sv_metric_get(SV_METRIC_media_reduced, 0), reduced + 1);
	sv_media_job_result_free(result);
}

static void
test_poster(void **state)
{
	struct scene scene = {0};
	struct sv_media_job_options options = options_for(&scene, FAKE_POSTER);

	options.kind = SV_MEDIA_JOB_POSTER;
	struct sv_media_job_result *result = play(&scene, &options, 0, SV_MEDIA_END_EXIT);
	assert_int_equal(result->image_count, 6);
	assert_int_equal(result->images[5].length, 100000);
	sv_media_job_result_free(result);
}

static void
test_picture_limits(void **state)
{
	struct scene scene = {0}, other = {0};
	struct sv_media_job_options options = options_for(&scene, FAKE_POSTER);

	options.kind = SV_MEDIA_JOB_POSTER;
	options.image_bytes = 350000;
	struct sv_media_job_result *result = play(&scene, &options, SV_ETOOBIG, SV_MEDIA_END_PROTOCOL);
	assert_int_equal(result->image_count, 0);
	sv_media_job_result_free(result);
	options = options_for(&other, FAKE_MANY_PICTURES);
	options.kind = SV_MEDIA_JOB_POSTER;
	sv_media_job_result_free(play(&other, &options, SV_EPROTO, SV_MEDIA_END_PROTOCOL));
}

static void
test_errors(void **state)
{
	expect(FAKE_UNSUPPORTED, ANSWER_NOW, SV_EUNSUPPORTED, SV_MEDIA_END_EXIT);
	expect(FAKE_ODD_ERROR, ANSWER_NOW, SV_EUNSUPPORTED, SV_MEDIA_END_EXIT);
	expect(FAKE_READ_FAILS, ANSWER_ERROR, SV_EIO, SV_MEDIA_END_EXIT);
}

static void
test_budget(void **state)
{
	struct scene scene = {0};
	struct sv_media_job_options options = options_for(&scene, FAKE_BUDGET);

	options.budget_bytes = 200000;
	struct sv_media_job_result *result = play(&scene, &options, 0, SV_MEDIA_END_EXIT);
	assert_int_equal(result->bytes_read, 3 * 65536);
	sv_media_job_result_free(result);
}

static void
test_lies(void **state)
{
	static const enum fake_act acts[] = {FAKE_HUGE_FRAME, FAKE_BAD_INFO, FAKE_READ_PAST_END, FAKE_READ_OVER_END, FAKE_READ_FAR,
	    FAKE_READ_NOTHING, FAKE_READ_TOO_MUCH, FAKE_OUR_FRAME, FAKE_TWO_HELLOS, FAKE_DONE_ONLY, FAKE_NO_HELLO, FAKE_POSTER, FAKE_HANG_UP};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		expect(acts[i], ANSWER_NOW, SV_EPROTO, SV_MEDIA_END_PROTOCOL);
	expect(FAKE_TWO_READS, ANSWER_NEVER, SV_EPROTO, SV_MEDIA_END_PROTOCOL);
	expect(FAKE_HALF_FRAME, ANSWER_NOW, SV_EPROTO, SV_MEDIA_END_EXIT);
	expect(FAKE_QUIET_END, ANSWER_NOW, SV_EPROTO, SV_MEDIA_END_EXIT);
}

static void
test_floods(void **state)
{
	expect(FAKE_FLOOD, ANSWER_NOW, SV_EPROTO, SV_MEDIA_END_PROTOCOL);
	expect(FAKE_TINY_READS, ANSWER_NOW, SV_EPROTO, SV_MEDIA_END_PROTOCOL);
}

static void
test_deaths(void **state)
{
	struct scene scene = {0}, other = {0};
	struct sv_media_job_options options = options_for(&scene, FAKE_CRASH);
	struct sv_media_job_result *result = play(&scene, &options, SV_ECRASH, SV_MEDIA_END_SIGNAL);

	assert_int_equal(result->signal_number, SIGSEGV);
	assert_non_null(strstr(result->why, "last words"));
	sv_media_job_result_free(result);
	options = options_for(&other, FAKE_EXIT_7);
	result = play(&other, &options, SV_ECRASH, SV_MEDIA_END_EXIT);
	assert_int_equal(result->exit_code, 7);
	sv_media_job_result_free(result);
	expect(FAKE_CPU, ANSWER_NOW, SV_ETIMEOUT, SV_MEDIA_END_TIMEOUT);
}

static void
test_timeouts(void **state)
{
	struct scene silent = {0}, unanswered = {.style = ANSWER_NEVER};
	struct sv_media_job_options options = options_for(&silent, FAKE_SILENCE);

	options.wall_ms = 100;
	sv_media_job_result_free(play(&silent, &options, SV_ETIMEOUT, SV_MEDIA_END_TIMEOUT));
	options = options_for(&unanswered, FAKE_GOOD);
	options.wall_ms = 100;
	sv_media_job_result_free(play(&unanswered, &options, SV_ETIMEOUT, SV_MEDIA_END_TIMEOUT));
	assert_int_equal(unanswered.drops, 1);
}

static void
set_flag(void *context)
{
	*(bool *)context = true;
}

/* The read arrives and the job is cancelled from inside it. */
static void
cancel_in_read(void *context, struct sv_media_job *job, uint64_t offset, uint32_t length)
{
	struct scene *scene = context;

	sv_media_job_cancel(job);
	assert_int_equal(scene->drops, 1);
	assert_true(scene->released);
	(void)sv_timer_start(scene->loop, 20, 0, set_flag, &scene->done);
}

static void
test_cancel(void **state)
{
	struct scene scene = {0}, early = {0};
	struct sv_media_job_options options = options_for(&scene, FAKE_GOOD);

	options.read = cancel_in_read;
	scene.loop = early.loop = sv_loop_new();
	assert_int_equal(sv_media_job_start(scene.loop, &options, &scene.job), 0);
	sv_loop_run_until(scene.loop, &scene.done);
	assert_null(scene.result);
	options = options_for(&early, FAKE_SILENCE);
	assert_int_equal(sv_media_job_start(early.loop, &options, &early.job), 0);
	sv_media_job_cancel(early.job);
	assert_true(early.released);
	assert_int_equal(early.drops, 0);
	sv_media_job_cancel(NULL);
	sv_loop_free(scene.loop);
	assert_null(early.result);
}

static void
test_no_program(void **state)
{
	struct scene scene = {0};
	struct sv_media_job_options options = options_for(&scene, FAKE_GOOD);

	options.program = "/nonexistent/sv-media";
	scene.loop = sv_loop_new();
	assert_int_equal(sv_media_job_start(scene.loop, &options, &scene.job), SV_ENOENT);
	assert_false(scene.released);
	sv_loop_free(scene.loop);
}

/* A sparse file of the act's size stands for the film. */
static void
test_file(void **state)
{
	char name[] = "/tmp/sv-media-job-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	(void)unlink(name);
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene = {0};
		struct sv_media_job_options options = options_for(&scene, FAKE_GOOD);
		assert_int_equal(ftruncate(fd, FAKE_BASE + FAKE_GOOD), 0);
		scene.loop = sv_loop_new();
		assert_int_equal(sv_media_job_file(scene.loop, fd, &options, &scene.job), 0);
		if (i == 0) {
			sv_loop_run_until(scene.loop, &scene.done);
			assert_int_equal(scene.result->rc, 0);
			assert_int_equal(scene.result->bytes_read, 16);
			sv_media_job_result_free(scene.result);
		} else {
			sv_media_job_cancel(scene.job);
		}
		assert_true(scene.released);
		sv_loop_free(scene.loop);
	}
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_poster),
		cmocka_unit_test(test_picture_limits),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_file),
	};
	char self[3900];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return 1;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	(void)snprintf(child_path, sizeof(child_path), "%s/media/media-fake-child", self);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
