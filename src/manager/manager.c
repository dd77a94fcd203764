/* SPDX-License-Identifier: Apache-2.0
 * The role's life: open catalog, Redis and socket, serve, drain. */
#include "manager.h"

#include <signal.h>
#include <stdio.h>

#include "errors.h"
#include "log.h"
#include "loop.h"
#include "manager_call.h"
#include "paths.h"

#define PROGRESS_EVERY_MS 1000
#define BODY_MAX_BYTES 16384

static void
progress_read(void *context, int rc, const struct sv_hot_progress *progress)
{
	struct sv_manager *manager = context;

	manager->progress_call = NULL;
	for (int i = 0; i < SV_HOT_WORK_COUNT; i++)
		manager->progress[i] = rc == 0 ? progress[i] : (struct sv_hot_progress){.active = false};
}

/* One question a second for all viewers, not one a page. */
static void
ask_progress(void *context)
{
	struct sv_manager *manager = context;

	if (manager->progress_call == NULL)
		manager->progress_call = sv_hot_progress_get(manager->hot, progress_read, manager);
}

static void
drained(void *context)
{
	struct sv_manager *manager = context;

	manager->drained = true;
}

static void
on_signal(void *context, int number)
{
	struct sv_manager *manager = context;

	if (manager->draining)
		return;
	manager->draining = true;
	sv_log(SV_LOG_INFO, SV_EVENT_stopping, "signal=%d", number);
	sv_http_server_drain(manager->server, manager->settings->drain_time * 1000, drained, manager);
}

static int
open_parts(struct sv_manager *manager, char *why, size_t why_size)
{
	char path[SV_PATH_MAX];

	int rc = sv_catalog_open(manager->settings, &manager->catalog, why, why_size);
	if (rc != 0)
		return rc;
	rc = sv_hot_open(manager->loop, manager->settings, &manager->hot);
	if (rc != 0) {
		(void)snprintf(why, why_size, "SV_REDIS_URL cannot be used: %s", sv_error_text(rc));
		return rc;
	}
	struct sv_http_server_options options = {.unix_path = sv_path(manager->settings, SV_PATH_MANAGER_SOCKET, path),
	    .handler = sv_manager_request, .context = manager, .body_max_bytes = BODY_MAX_BYTES};
	rc = sv_http_server_open(manager->loop, &options, &manager->server);
	if (rc != 0)
		(void)snprintf(why, why_size, "cannot listen on %s: %s", path, sv_error_text(rc));
	else
		sv_log(SV_LOG_INFO, SV_EVENT_http_listen, "address=%s", path);
	return rc;
}

int
sv_manager_run(const struct sv_settings *settings)
{
	struct sv_manager manager = {.settings = settings};
	struct sv_signal *signals[2] = {NULL, NULL};
	char why[1024] = "";

	sv_offload_pool_size(4);
	manager.loop = sv_loop_new();
	sv_loop_watch(manager.loop);
	int rc = open_parts(&manager, why, sizeof why);
	if (rc == 0) {
		manager.progress_timer = sv_timer_start(manager.loop, 0, PROGRESS_EVERY_MS, ask_progress, &manager);
		signals[0] = sv_signal_watch(manager.loop, SIGTERM, on_signal, &manager);
		signals[1] = sv_signal_watch(manager.loop, SIGINT, on_signal, &manager);
		sv_loop_run_until(manager.loop, &manager.drained);
		for (int i = 0; i < 2; i++)
			sv_signal_close(signals[i]);
	} else {
		(void)fprintf(stderr, "streamvault manager: %s\n", why);
	}
	sv_timer_cancel(manager.progress_timer);
	sv_http_server_close(manager.server);
	sv_hot_close(manager.hot);
	sv_loop_free(manager.loop);
	sv_catalog_close(manager.catalog);
	return rc;
}
