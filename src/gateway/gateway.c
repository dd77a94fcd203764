/* SPDX-License-Identifier: Apache-2.0
 * The life of the role.  Starting is a row of steps that each may fail with one line; from then on everything is an event: a child
 * that ends, a signal, a datagram, a request.  Nothing here is shared with another thread except the pool's jobs, which own their
 * arguments. */
#include "gateway.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access_line.h"
#include "alloc.h"
#include "errors.h"
#include "gateway_admin.h"
#include "gateway_config.h"
#include "gateway_files.h"
#include "gateway_listen.h"
#include "gateway_nginx.h"
#include "gateway_room.h"
#include "gateway_site.h"
#include "gateway_status.h"
#include "log.h"
#include "loop.h"
#include "metrics.h"
#include "sv_assert.h"

#define STATUS_EVERY_MS 5000
#define AFTER_DRAIN_MS 2000          /* for nginx's own end, after its workers were cut off */
#define AFTER_TERM_MS 1500
#define SIGNAL_COUNT 3

/* One look at stub_status and at the cache's disk: the pool works on its own copies of the paths. */
struct status_read {
	struct gateway *gateway;
	char path[SV_PATH_MAX], cache[SV_PATH_MAX];
	uint64_t connections, free_bytes, total_bytes;
	int result, room_result;
};

struct gateway {
	const struct sv_settings *settings;
	struct sv_loop *loop;
	struct sv_gateway_site site;
	char module[SV_PATH_MAX];
	int listen_fd, tls_fd, internal_fd;
	struct sv_datagram *access;
	struct sv_gateway_admin *admin;
	struct sv_signal *signals[SIGNAL_COUNT];
	struct sv_timer *status_timer, *stop_timer;
	struct sv_offload *status_offload;
	struct sv_gateway_nginx *test, *nginx;
	bool tested;                     /* the check of the configuration has ended ... */
	bool test_ok;                    /*   ... well */
	bool running;                    /* nginx runs */
	bool storing;                    /* slices are stored; not while the disk is full */
	bool stopping, done;
	int error;
	char *why;
	size_t why_size;
};

static void
finish(struct gateway *gateway, int error)
{
	gateway->error = error;
	gateway->done = true;
}

/* ---- a full disk ---- */

static void
store_slices(struct gateway *gateway, bool storing)
{
	int rc = sv_gateway_room_set(gateway->settings, storing);

	if (rc == 0 && storing != gateway->storing)
		sv_log(storing ? SV_LOG_INFO : SV_LOG_WARN, SV_EVENT_gateway, "state=%s", storing ? "storing" : "disk-full-not-storing");
	if (rc == 0) {
		gateway->storing = storing;
		sv_metric_set(SV_METRIC_gateway_full, 0, storing ? 0 : 1);
	}
}

static void
on_full(void *context)
{
	store_slices(context, false);
}

/* ---- nginx: check, run, read again ---- */

static void
on_nginx_end(void *context, bool ok, const char *line)
{
	struct gateway *gateway = context;

	(void)ok;
	gateway->running = false;
	if (gateway->stopping) {
		finish(gateway, 0);
		return;
	}
	(void)snprintf(gateway->why, gateway->why_size, "nginx ended: %s", line);
	finish(gateway, SV_ECRASH);
}

static int
start_nginx(struct gateway *gateway, const char *config, bool test, sv_gateway_nginx_end_fn *on_end, struct sv_gateway_nginx **ret_nginx)
{
	char prefix[SV_PATH_MAX];
	const struct sv_gateway_nginx_options options = {.program = gateway->settings->nginx_program,
	    .prefix = sv_path(gateway->settings, SV_PATH_NGINX, prefix), .config = config, .test = test,
	    .sockets = {gateway->listen_fd, gateway->tls_fd, gateway->internal_fd}, .on_end = on_end,
	    .on_full = test ? NULL : on_full, .context = gateway};
	int rc = sv_gateway_nginx_start(gateway->loop, &options, ret_nginx);

	if (rc != 0)
		(void)snprintf(gateway->why, gateway->why_size, "SV_NGINX_PROGRAM=%.300s cannot be started: %s", gateway->settings->nginx_program,
		    sv_error_text(rc));
	return rc;
}

static void
on_test_end(void *context, bool ok, const char *line)
{
	struct gateway *gateway = context;

	gateway->tested = true;
	gateway->test_ok = ok;
	if (!ok)
		(void)snprintf(gateway->why, gateway->why_size, "nginx refuses its configuration: %s", line);
	sv_gateway_nginx_close(gateway->test);
	gateway->test = NULL;
	if (!gateway->running || gateway->stopping)
		return;
	/* A reload: the old configuration stays when the new one is no good. */
	if (ok && sv_gateway_files_rename(gateway->settings, "nginx.conf.new", "nginx.conf", gateway->why, gateway->why_size) == 0) {
		sv_gateway_nginx_kill(gateway->nginx, SIGHUP);
		sv_log(SV_LOG_INFO, SV_EVENT_gateway, "state=reloaded pid=%d", sv_gateway_nginx_pid(gateway->nginx));
	} else {
		sv_log(SV_LOG_ERROR, SV_EVENT_gateway, "state=kept why=%s", sv_log_quote(gateway->why));
	}
}

/* Render, write beside the configuration in use, and start its check; `tested` follows. */
static int
start_test(struct gateway *gateway)
{
	struct sv_buffer config;

	sv_buffer_init(&config, 1 << 20);
	int rc = sv_gateway_config_render(gateway->settings, &gateway->site, &config, gateway->why, gateway->why_size);
	if (rc == 0)
		rc = sv_gateway_files_write(gateway->settings, "nginx.conf.new", config.data, config.length, gateway->why, gateway->why_size);
	sv_buffer_fini(&config);
	gateway->tested = gateway->test_ok = false;
	return rc != 0 ? rc : start_nginx(gateway, "conf/nginx.conf.new", true, on_test_end, &gateway->test);
}

static int
check_and_run(struct gateway *gateway)
{
	int rc = start_test(gateway);

	if (rc != 0)
		return rc;
	sv_loop_run_until(gateway->loop, &gateway->tested);
	if (gateway->stopping)
		return 0;
	if (!gateway->test_ok)
		return SV_ECONFIG;
	rc = sv_gateway_files_rename(gateway->settings, "nginx.conf.new", "nginx.conf", gateway->why, gateway->why_size);
	if (rc == 0)
		rc = start_nginx(gateway, "conf/nginx.conf", false, on_nginx_end, &gateway->nginx);
	if (rc == 0) {
		gateway->running = true;
		sv_log(SV_LOG_INFO, SV_EVENT_gateway, "state=started pid=%d address=%s tls=%s", sv_gateway_nginx_pid(gateway->nginx), gateway->site.listen,
		    gateway->site.tls_listen[0] != '\0' ? gateway->site.tls_listen : "none");
	}
	return rc;
}

/* ---- signals and the end ---- */

static void
on_stop_late(void *context)
{
	struct gateway *gateway = context;
	static const char late[] = "nginx did not end in time and was killed";

	gateway->stop_timer = NULL;
	sv_log(SV_LOG_WARN, SV_EVENT_gateway, "state=killed why=%s", sv_log_quote(late));
	finish(gateway, 0);
}

static void
on_drained(void *context)
{
	struct gateway *gateway = context;

	sv_gateway_nginx_kill(gateway->nginx, SIGTERM);
	gateway->stop_timer = sv_timer_start(gateway->loop, AFTER_TERM_MS, 0, on_stop_late, gateway);
}

static void
stop(struct gateway *gateway)
{
	if (gateway->stopping)
		return;
	gateway->stopping = true;
	if (!gateway->running) {
		gateway->tested = true;
		finish(gateway, 0);
		return;
	}
	sv_gateway_nginx_kill(gateway->nginx, SIGQUIT);
	gateway->stop_timer = sv_timer_start(gateway->loop, gateway->settings->drain_time * 1000 + AFTER_DRAIN_MS, 0, on_drained, gateway);
}

static void
on_signal(void *context, int number)
{
	struct gateway *gateway = context;

	if (number != SIGHUP) {
		stop(gateway);
		return;
	}
	if (gateway->running && !gateway->stopping && gateway->test == NULL && start_test(gateway) != 0)
		sv_log(SV_LOG_ERROR, SV_EVENT_gateway, "state=kept why=%s", sv_log_quote(gateway->why));
}

/* ---- what nginx tells ---- */

static void
on_access(void *context, const uint8_t *data, size_t length)
{
	struct sv_access_line line;

	(void)context;
	if (sv_access_line_parse(data, length, &line) == 0)
		sv_access_line_count(&line);
	else
		sv_metric_add(SV_METRIC_gateway_bad_lines, 0, 1);
}

static void
status_work(void *context)
{
	struct status_read *status = context;

	status->result = sv_gateway_status_read(status->path, &status->connections);
	status->room_result = sv_gateway_room_measure(status->cache, &status->free_bytes, &status->total_bytes);
}

static void
status_done(void *context)
{
	struct status_read *status = context;

	struct gateway *gateway = status->gateway;

	gateway->status_offload = NULL;
	if (status->room_result == 0) {
		bool storing = sv_gateway_room_decide(gateway->storing, status->free_bytes, status->total_bytes);
		if (storing != gateway->storing)
			store_slices(gateway, storing);
	}
	/* Our own question is one of them. */
	if (status->result == 0)
		sv_metric_set(SV_METRIC_gateway_connections, 0, status->connections == 0 ? 0 : (double)(status->connections - 1));
}

static void
on_status_time(void *context)
{
	struct gateway *gateway = context;

	if (!gateway->running || gateway->status_offload != NULL)
		return;
	struct status_read *status = sv_xcalloc(1, sizeof *status);
	status->gateway = gateway;
	(void)sv_path(gateway->settings, SV_PATH_PURGE_SOCKET, status->path);
	(void)sv_path(gateway->settings, SV_PATH_CACHE, status->cache);
	gateway->status_offload = sv_offload_start(gateway->loop, status_work, status_done, free, status);
}

/* ---- starting ---- */

static int
open_public(struct gateway *gateway, const char *setting, const char *address, int *fd, char *ret_address, unsigned *ret_port)
{
	if (*fd < 0) {
		int rc = sv_gateway_listen_open(setting, address, fd, gateway->why, gateway->why_size);
		if (rc != 0)
			return rc;
	}
	if (sv_gateway_listen_adopt(*fd, ret_address, SV_GATEWAY_ADDRESS_SIZE, ret_port) == 0)
		return 0;
	(void)snprintf(gateway->why, gateway->why_size, "%s: descriptor %d is not a listening TCP socket", setting, *fd);
	return SV_EINVAL;
}

static int
open_sockets(struct gateway *gateway)
{
	const struct sv_settings *settings = gateway->settings;
	char path[SV_PATH_MAX];
	unsigned port = 0;
	int rc = open_public(gateway, "SV_LISTEN", settings->listen, &gateway->listen_fd, gateway->site.listen, &port);

	if (rc == 0 && settings->tls_listen[0] != '\0')
		rc = open_public(gateway, "SV_TLS_LISTEN", settings->tls_listen, &gateway->tls_fd, gateway->site.tls_listen, &gateway->site.tls_port);
	if (rc == 0)
		rc = sv_gateway_listen_unix(sv_path(settings, SV_PATH_PURGE_SOCKET, path), &gateway->internal_fd, gateway->why, gateway->why_size);
	if (rc != 0)
		return rc;
	rc = sv_datagram_open(gateway->loop, sv_path(settings, SV_PATH_ACCESS_SOCKET, path), on_access, gateway, &gateway->access);
	if (rc == 0) {
		(void)sv_path(settings, SV_PATH_GATEWAY_SOCKET, path);
		rc = sv_gateway_admin_open(gateway->loop, settings, &gateway->running, &gateway->admin);
	}
	if (rc != 0)
		(void)snprintf(gateway->why, gateway->why_size, "SV_RUN_FOLDER: %.200s cannot be opened: %s", path, sv_error_text(rc));
	return rc;
}

/* Before anybody can ask for a film. */
static void
first_room(struct gateway *gateway)
{
	uint64_t free_bytes = 0, total_bytes = 0;
	char path[SV_PATH_MAX];

	gateway->storing = true;
	int rc = sv_gateway_room_measure(sv_path(gateway->settings, SV_PATH_CACHE, path), &free_bytes, &total_bytes);
	store_slices(gateway, rc != 0 || sv_gateway_room_decide(true, free_bytes, total_bytes));
}

static int
start(struct gateway *gateway)
{
	static const int numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		gateway->signals[i] = sv_signal_watch(gateway->loop, numbers[i], on_signal, gateway);
	sv_gateway_site_machine(&gateway->site);
	int rc = sv_gateway_site_tls(gateway->settings, gateway->why, gateway->why_size);
	if (rc == 0)
		rc = sv_gateway_site_module(gateway->settings, gateway->module, gateway->why, gateway->why_size);
	if (rc == 0)
		rc = sv_gateway_files_prepare(gateway->settings, gateway->why, gateway->why_size);
	if (rc == 0)
		rc = open_sockets(gateway);
	if (rc != 0)
		return rc;
	first_room(gateway);
	gateway->site.module = gateway->module;
	gateway->site.nginx_version = sv_gateway_nginx_version(gateway->loop, gateway->settings->nginx_program);
	if (gateway->site.nginx_version == 0) {
		(void)snprintf(gateway->why, gateway->why_size, "SV_NGINX_PROGRAM=%.300s is not nginx or cannot be run", gateway->settings->nginx_program);
		return SV_ECONFIG;
	}
	rc = check_and_run(gateway);
	if (rc == 0)
		gateway->status_timer = sv_timer_start(gateway->loop, STATUS_EVERY_MS, STATUS_EVERY_MS, on_status_time, gateway);
	return rc;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

/* In the reverse order of opening; nothing may be left on the loop when it is freed. */
static void
clean_up(struct gateway *gateway)
{
	static const enum sv_path sockets[] = {SV_PATH_PURGE_SOCKET, SV_PATH_ACCESS_SOCKET, SV_PATH_GATEWAY_SOCKET};
	char path[SV_PATH_MAX];

	sv_gateway_nginx_close(gateway->test);
	sv_gateway_nginx_close(gateway->nginx);
	sv_timer_cancel(gateway->status_timer);
	sv_timer_cancel(gateway->stop_timer);
	if (gateway->status_offload != NULL)
		sv_offload_cancel(gateway->status_offload);
	sv_gateway_admin_close(gateway->admin);
	if (gateway->access != NULL)
		sv_datagram_close(gateway->access);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (gateway->signals[i] != NULL)
			sv_signal_close(gateway->signals[i]);
	if (gateway->internal_fd >= 0)
		for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
			(void)unlink(sv_path(gateway->settings, sockets[i], path));
	close_fd(gateway->internal_fd);
	close_fd(gateway->listen_fd);
	close_fd(gateway->tls_fd);
	sv_loop_free(gateway->loop);
}

int
sv_gateway_run(const struct sv_settings *settings, const struct sv_gateway_options *options, char *why, size_t why_size)
{
	struct gateway *gateway = sv_xcalloc(1, sizeof *gateway);

	*gateway = (struct gateway){.settings = settings, .listen_fd = options->listen_fd, .tls_fd = options->tls_fd, .internal_fd = -1, .why = why,
	    .why_size = why_size};
	why[0] = '\0';
	gateway->loop = sv_loop_new();
	int rc = start(gateway);
	if (rc == 0) {
		sv_loop_watch(gateway->loop);
		sv_loop_run_until(gateway->loop, &gateway->done);
		rc = gateway->error;
	}
	clean_up(gateway);
	free(gateway);
	return rc;
}
