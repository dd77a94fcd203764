/* SPDX-License-Identifier: Apache-2.0
 * Loops, signals and the socket on which the gateway says who has left.  Loop 0 hears both and posts to the others. */
#include "engine.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "alloc.h"
#include "engine_catalog.h"
#include "engine_shard.h"
#include "errors.h"
#include "log.h"
#include "metrics.h"
#include "paths.h"
#include "sv_assert.h"

#define PLAY_MAX 31

struct engine {
	const struct sv_settings *settings;
	struct sv_catalog *catalog;
	struct sv_loop_group *group;
	unsigned count;
	atomic_bool draining;
	atomic_uint drained;
	struct sv_datagram *gone;
	struct sv_signal *terminate, *interrupt;
	/* each set, used and cleared on its own loop's thread only */
	struct sv_engine_shard *shards[];
};

/* Something to do on every loop. */
struct errand {
	struct engine *engine;
	unsigned index;
	char play[PLAY_MAX + 1];
};

static void
send_errands(struct engine *engine, sv_loop_fn *fn, struct sv_text play)
{
	for (unsigned i = 0; i < engine->count; i++) {
		struct errand *errand = sv_xcalloc(1, sizeof *errand);
		errand->engine = engine;
		errand->index = i;
		if (play.length > 0)
			memcpy(errand->play, play.data, play.length);
		sv_loop_post(sv_loop_group_at(engine->group, i), fn, errand);
	}
}

static void
run_gone(void *context)
{
	struct errand *errand = context;
	struct sv_engine_shard *shard = errand->engine->shards[errand->index];

	if (shard != NULL)
		sv_engine_shard_gone(shard, sv_text_of(errand->play));
	free(errand);
}

static void
shard_drained(void *context)
{
	struct engine *engine = context;

	if (atomic_fetch_add(&engine->drained, 1) + 1 == engine->count)
		sv_loop_group_stop(engine->group);
}

static void
run_drain(void *context)
{
	struct errand *errand = context;
	struct engine *engine = errand->engine;
	struct sv_engine_shard *shard = engine->shards[errand->index];

	if (shard != NULL)
		sv_engine_shard_drain(shard, engine->settings->drain_time * 1000, shard_drained, engine);
	free(errand);
}

/* "gone PLAY": anything else is not from our gateway and is passed over. */
static void
on_gone(void *context, const uint8_t *data, size_t length)
{
	struct engine *engine = context;
	struct sv_text play = sv_text_trim((struct sv_text){(const char *)data, length});

	if (!sv_text_starts(play, "gone "))
		return;
	play = sv_text_trim((struct sv_text){play.data + 5, play.length - 5});
	if (play.length == 0 || play.length > PLAY_MAX)
		return;
	sv_metric_add(SV_METRIC_gone, 0, 1);
	send_errands(engine, run_gone, play);
}

static void
on_signal(void *context, int number)
{
	struct engine *engine = context;

	(void)number;
	if (atomic_exchange(&engine->draining, true))
		return;
	send_errands(engine, run_drain, (struct sv_text){NULL, 0});
}

static int
listen_for_all(struct engine *engine, struct sv_loop *loop)
{
	char path[SV_PATH_MAX];
	int rc = sv_datagram_open(loop, sv_path(engine->settings, SV_PATH_GONE_SOCKET, path), on_gone, engine, &engine->gone);

	if (rc != 0) {
		sv_log(SV_LOG_ERROR, SV_EVENT_engine_failed, "path=%s error=%s", sv_log_quote(path), sv_error_name(rc));
		return rc;
	}
	engine->terminate = sv_signal_watch(loop, SIGTERM, on_signal, engine);
	engine->interrupt = sv_signal_watch(loop, SIGINT, on_signal, engine);
	return 0;
}

static int
setup(void *context, struct sv_loop *loop, unsigned index)
{
	struct engine *engine = context;
	char path[SV_PATH_MAX];
	const struct sv_engine_shard_options options = {
	    .unix_path = sv_path_engine_socket(engine->settings, index, path),
	    .stream = {.budget_bytes = engine->settings->block_budget / engine->count},
	    .guest_rate = engine->settings->guest_rate,
	    .finder = sv_engine_catalog_finder(engine->catalog),
	    .draining = &engine->draining,
	};
	int rc = sv_engine_shard_open(loop, &options, &engine->shards[index]);

	if (rc != 0)
		sv_log(SV_LOG_ERROR, SV_EVENT_engine_failed, "path=%s error=%s", sv_log_quote(path), sv_error_name(rc));
	else if (index == 0)
		rc = listen_for_all(engine, loop);
	if (rc != 0) {
		sv_engine_shard_close(engine->shards[index]);
		engine->shards[index] = NULL;
	}
	return rc;
}

static int
teardown(void *context, struct sv_loop *loop, unsigned index)
{
	struct engine *engine = context;

	(void)loop;
	if (index == 0) {
		sv_datagram_close(engine->gone);
		sv_signal_close(engine->terminate);
		sv_signal_close(engine->interrupt);
	}
	sv_engine_shard_close(engine->shards[index]);
	engine->shards[index] = NULL;
	return 0;
}

int
sv_engine_run(const struct sv_settings *settings)
{
	unsigned count = sv_path_engine_loops(settings);
	struct engine *engine = sv_xcalloc(1, sizeof *engine + count * sizeof engine->shards[0]);
	char why[300] = "";
	int rc = sv_catalog_open(settings, &engine->catalog, why, sizeof why);

	engine->settings = settings;
	engine->count = count;
	if (rc != 0) {
		sv_log(SV_LOG_ERROR, SV_EVENT_engine_failed, "why=%s", sv_log_quote(why));
		goto out;
	}
	engine->group = sv_loop_group_new(count);
	rc = sv_loop_group_run(engine->group, setup, teardown, engine);
	/* what the pool still does for the loops ends here, before the catalog goes */
	sv_loop_group_free(engine->group);
	sv_catalog_close(engine->catalog);
out:
	free(engine);
	return rc;
}
