/* SPDX-License-Identifier: Apache-2.0
 * `streamvault up`: the whole site on one machine.  Order of life: folders and lock, sockets, secrets, roles, `ready URL`;
 * then the reverse.  Nothing is left behind but the state folder. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "alloc.h"
#include "app.h"
#include "catalog.h"
#include "errors.h"
#include "http_server.h"
#include "gateway_cidr.h"
#include "gateway_listen.h"
#include "gateway_site.h"
#include "log.h"
#include "loop.h"
#include "paths.h"
#include "privileges.h"
#include "probe.h"
#include "redis_private.h"
#include "run_folder.h"
#include "supervisor.h"
#include "sv_assert.h"

#define READY_EVERY_MS 50
#define LISTEN_FD 4
#define TLS_FD 5

struct site {
	struct sv_app_call *call;
	struct sv_settings *settings;
	struct sv_loop *loop;
	struct sv_supervisor *supervisor;
	struct sv_run_folder folder;
	struct sv_http_server *control;
	struct sv_signal *signals[2];
	struct sv_timer *ready_timer;
	struct sv_offload *ready_probe;
	int listen_fd, tls_fd;
	char gateway_address[80];         /* where the ready check connects */
	char manager_socket[SV_PATH_MAX];
	char engine_socket[SV_PATH_MAX];
	bool probe_good, ready, stopping, finished;
	uid_t uid;
	gid_t gid;
};

static void check_ready(void *context);

/* Started as root: the roles' account, and what it must be able to reach. */
static int
choose_user(struct site *site, char *why, size_t why_size)
{
	char blocker[SV_PATH_MAX];
	const struct sv_settings *settings = site->settings;

	site->uid = geteuid();
	site->gid = getegid();
	if (site->uid == 0) {
		if (sv_privileges_user(settings->user, &site->uid, &site->gid) != 0) {
			(void)snprintf(why, why_size, "the account SV_USER=%s does not exist; run scripts/setup as root, or name another", settings->user);
			return SV_ECONFIG;
		}
		if (site->uid == 0) {
			(void)snprintf(why, why_size, "SV_USER=%s is root; the roles must run as an ordinary account", settings->user);
			return SV_ECONFIG;
		}
	}
	if (sv_privileges_reach(site->uid, site->gid, site->call->program, X_OK, blocker, sizeof blocker) != 0) {
		(void)snprintf(why, why_size, "the account %s cannot reach the program through %s; move the project to a folder that it can enter (such as /srv)",
		    settings->user, blocker);
		return SV_EACCES;
	}
	return 0;
}

static int
check_cache(struct site *site, char *why, size_t why_size)
{
	char blocker[SV_PATH_MAX], path[SV_PATH_MAX];

	(void)sv_path(site->settings, SV_PATH_CACHE, path);
	if (sv_privileges_reach(site->uid, site->gid, path, R_OK | W_OK | X_OK, blocker, sizeof blocker) != 0) {
		(void)snprintf(why, why_size, "the cache folder %s cannot be used: %s refuses the account of the roles", path, blocker);
		return SV_EACCES;
	}
	return 0;
}

static void
set_text(char **slot, char *value)
{
	free(*slot);
	*slot = value;
}

/* Bind; afterwards the settings hold the real addresses and the one that links carry. */
static int
open_sockets(struct site *site, char *why, size_t why_size)
{
	struct sv_settings *settings = site->settings;
	bool tls = settings->tls_listen[0] != '\0';
	char name[80] = "", host[80];
	unsigned port = 0;

	if (tls != (settings->tls_cert[0] != '\0') || tls != (settings->tls_key[0] != '\0')) {
		(void)snprintf(why, why_size, "HTTPS needs all of SV_TLS_LISTEN, SV_TLS_CERT and SV_TLS_KEY, or none of them");
		return SV_ECONFIG;
	}
	int rc = sv_gateway_listen_open("SV_LISTEN", settings->listen, &site->listen_fd, why, why_size);
	if (rc == 0 && tls)
		rc = sv_gateway_listen_open("SV_TLS_LISTEN", settings->tls_listen, &site->tls_fd, why, why_size);
	if (rc != 0)
		return rc;
	(void)sv_gateway_listen_adopt(site->listen_fd, name, sizeof name, &port);
	set_text(&settings->listen, sv_xstrdup(name));
	(void)snprintf(site->gateway_address, sizeof site->gateway_address, "%s", name);
	if (strncmp(name, "0.0.0.0:", 8) == 0)
		(void)snprintf(site->gateway_address, sizeof site->gateway_address, "127.0.0.1:%u", port);
	else if (strncmp(name, "[::]:", 5) == 0)
		(void)snprintf(site->gateway_address, sizeof site->gateway_address, "[::1]:%u", port);
	if (tls) {
		(void)sv_gateway_listen_adopt(site->tls_fd, name, sizeof name, &port);
		set_text(&settings->tls_listen, sv_xstrdup(name));
	}
	if (settings->public_url[0] == '\0') {
		(void)snprintf(host, sizeof host, "%.*s", (int)(strrchr(name, ':') - name), name);
		if (strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "[::]") == 0)
			(void)snprintf(host, sizeof host, "localhost");
		set_text(&settings->public_url, port == (tls ? 443 : 80) ? sv_xasprintf("%s://%s", tls ? "https" : "http", host) :
		    sv_xasprintf("%s://%s:%u", tls ? "https" : "http", host, port));
	}
	return 0;
}

static void
add_role(struct site *site, const char *name, unsigned role, bool once, uint64_t stop_ms)
{
	const char *arguments[10] = {site->call->program, name, "--settings-fd", "3"};
	struct sv_supervisor_role entry = {.name = name, .arguments = arguments, .once = once, .stop_ms = stop_ms};
	struct sv_buffer buffer;
	int n = 4;

	sv_buffer_init(&buffer, 1 << 20);
	sv_settings_write(site->settings, role, &buffer);
	entry.settings = sv_buffer_cstr(&buffer);
	entry.settings_length = buffer.length;
	if (role == SV_ROLE_GATEWAY) {
		entry.pass_from[entry.pass_count] = site->listen_fd;
		entry.pass_to[entry.pass_count++] = LISTEN_FD;
		arguments[n++] = "--listen-fd";
		arguments[n++] = "4";
		if (site->tls_fd >= 0) {
			entry.pass_from[entry.pass_count] = site->tls_fd;
			entry.pass_to[entry.pass_count++] = TLS_FD;
			arguments[n++] = "--tls-fd";
			arguments[n++] = "5";
		}
	}
	sv_supervisor_add(site->supervisor, &entry);
	sv_wipe(buffer.data, buffer.length);
	sv_buffer_fini(&buffer);
}

/* As the roles' account.  Roles that found it later could only end and be started again for ever; and the schema is brought up to date
 * before several of them want it. */
static int
try_catalog(void *context, char *why, size_t why_size)
{
	const struct site *site = context;
	struct sv_catalog *catalog = NULL;
	int rc = sv_catalog_open(site->settings, &catalog, why, why_size);

	sv_catalog_close(catalog);
	return rc;
}

/* As the roles' account, which nginx reads them as. */
static int
try_certificate(void *context, char *why, size_t why_size)
{
	const struct sv_settings *settings = ((const struct site *)context)->settings;
	int rc = sv_gateway_site_tls(settings, why, why_size);

	if (rc != 0)
		return rc;
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	rc = SV_ECONFIG;
	if (tls == NULL)
		(void)snprintf(why, why_size, "HTTPS cannot be set up: OpenSSL refuses");
	else if (SSL_CTX_use_certificate_chain_file(tls, settings->tls_cert) != 1)
		(void)snprintf(why, why_size, "SV_TLS_CERT=%s is not a certificate in PEM form; name the chain that the certificate authority gave", settings->tls_cert);
	else if (SSL_CTX_use_PrivateKey_file(tls, settings->tls_key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(tls) != 1)
		(void)snprintf(why, why_size, "SV_TLS_KEY=%s is not the private key of SV_TLS_CERT=%s in PEM form", settings->tls_key, settings->tls_cert);
	else
		rc = 0;
	SSL_CTX_free(tls);
	return rc;
}

static int
try_nginx(void *context, char *why, size_t why_size)
{
	const struct sv_settings *settings = ((const struct site *)context)->settings;
	char module[SV_PATH_MAX];

	if (access(settings->nginx_program, X_OK) == 0)
		return sv_gateway_site_module(settings, module, why, why_size);
	(void)snprintf(why, why_size, "SV_NGINX_PROGRAM=%s cannot be run: %s; install nginx (scripts/setup does), or name another", settings->nginx_program,
	    strerror(errno));
	return SV_ECONFIG;
}

static int
try_beforehand(struct site *site, char *why, size_t why_size)
{
	int rc = sv_privileges_run(site->uid, site->gid, try_nginx, site, why, why_size);

	if (rc == 0 && site->settings->tls_cert[0] != '\0')
		rc = sv_privileges_run(site->uid, site->gid, try_certificate, site, why, why_size);

	return rc != 0 ? rc : sv_privileges_run(site->uid, site->gid, try_catalog, site, why, why_size);
}

/* In the order in which they are stopped: no new viewers first, what they need last. */
static int
add_roles(struct site *site, char *why, size_t why_size)
{
	const char *arguments[SV_REDIS_PRIVATE_ARGUMENTS];
	uint64_t drain_ms = site->settings->drain_time * 1000;

	if (site->call->demo)
		add_role(site, "demo-films", SV_ROLE_HIVE, true, 2000);
	add_role(site, "gateway", SV_ROLE_GATEWAY, false, drain_ms + 5000);
	add_role(site, "manager", SV_ROLE_MANAGER, false, drain_ms + 5000);
	add_role(site, "engine", SV_ROLE_ENGINE, false, drain_ms + 5000);
	if (site->settings->redis_url[0] != '\0')
		return 0;
	int rc = sv_redis_private_prepare(site->settings, site->uid, site->gid, arguments, why, why_size);
	if (rc == 0)
		sv_supervisor_add(site->supervisor, &(struct sv_supervisor_role){.name = "redis", .arguments = arguments, .stop_ms = 5000});
	return rc;
}

static void
finished(void *context)
{
	struct site *site = context;

	site->finished = true;
}

static void
on_signal(void *context, int number)
{
	struct site *site = context;

	if (site->stopping) {
		sv_supervisor_kill(site->supervisor);
		return;
	}
	site->stopping = true;
	sv_log(SV_LOG_INFO, SV_EVENT_stopping, "signal=%d", number);
	sv_timer_cancel(site->ready_timer);
	site->ready_timer = NULL;
	sv_supervisor_stop(site->supervisor, finished, site);
}

/* On a pool thread. */
static void
probe(void *context)
{
	struct site *site = context;
	/* the roles first: a gateway asked too early would log that they are missing */
	site->probe_good = sv_probe_get(site->manager_socket, "/healthz", 1000, NULL) == 200 &&
	    sv_probe_get(site->engine_socket, "/healthz", 1000, NULL) == 200;
	if (!site->probe_good)
		return;
	/* with HTTPS the plain listener only redirects */
	int gateway = sv_probe_get(site->gateway_address, "/healthz", 1000, NULL);
	site->probe_good = gateway == 200 || gateway == 308;
}

static void
probed(void *context)
{
	struct site *site = context;

	site->ready_probe = NULL;
	if (site->stopping)
		return;
	if (!site->probe_good) {
		site->ready_timer = sv_timer_start(site->loop, READY_EVERY_MS, 0, check_ready, site);
		return;
	}
	site->ready = true;
	(void)sv_run_folder_record_url(site->settings, site->settings->public_url);
	sv_log(SV_LOG_INFO, SV_EVENT_ready, "url=%s", site->settings->public_url);
	(void)printf("ready %s\n", site->settings->public_url);
	(void)fflush(stdout);
}

static void
check_ready(void *context)
{
	struct site *site = context;

	site->ready_timer = NULL;
	site->ready_probe = sv_offload_start(site->loop, probe, probed, NULL, site);
}

static void
control_request(void *context, struct sv_http_request *request)
{
	struct site *site = context;
	static const struct sv_http_header json[] = {{"Content-Type", "application/json"}, {NULL, NULL}};
	struct sv_buffer body;

	if (!sv_text_is(sv_http_path(request), "/status")) {
		sv_http_reply_error(request, 404, NULL, NULL);
		return;
	}
	sv_buffer_init(&body, 1 << 16);
	sv_supervisor_status(site->supervisor, &body);
	struct sv_http_chunk chunk = {body.data, body.length};
	sv_http_reply(request, 200, json, &chunk, 1);
	sv_buffer_fini(&body);
}

static int
open_control(struct site *site, char *why, size_t why_size)
{
	char path[SV_PATH_MAX];
	struct sv_http_server_options options = {.unix_path = sv_path(site->settings, SV_PATH_CONTROL_SOCKET, path), .handler = control_request,
	    .context = site};
	int rc = sv_privileges_borrow(site->uid, site->gid);

	if (rc == 0) {
		rc = sv_http_server_open(site->loop, &options, &site->control);
		sv_privileges_return();
	}
	if (rc != 0)
		(void)snprintf(why, why_size, "cannot open %s: %s", path, sv_error_text(rc));
	return rc;
}

/* What only the gateway looks at, but the operator should hear from us. */
static int
check_settings(const struct sv_settings *settings, char *why, size_t why_size)
{
	struct sv_buffer ranges;

	sv_buffer_init(&ranges, 0);
	int rc = sv_gateway_cidr_each(settings->trusted_proxies, "", "", &ranges, why, why_size);
	sv_buffer_fini(&ranges);
	return rc;
}

static int
prepare(struct site *site, char *why, size_t why_size)
{
	int rc = check_settings(site->settings, why, why_size);

	if (rc == 0)
		rc = choose_user(site, why, why_size);
	if (rc == 0)
		rc = sv_run_folder_open(&site->folder, site->settings, site->uid, site->gid, why, why_size);
	if (rc == 0)
		rc = check_cache(site, why, why_size);
	if (rc == 0)
		rc = open_sockets(site, why, why_size);
	if (rc == 0)
		rc = try_beforehand(site, why, why_size);
	if (rc == 0)
		rc = sv_run_folder_secret(site->settings, site->uid, site->gid, why, why_size);
	if (rc == 0)
		rc = open_control(site, why, why_size);
	if (rc == 0)
		rc = add_roles(site, why, why_size);
	return rc;
}

int
sv_up_command(struct sv_app_call *call)
{
	struct site site = {.call = call, .settings = call->settings, .listen_fd = -1, .tls_fd = -1, .folder = {.lock_fd = -1}};
	char why[1024] = "";
	int rc = 0;

	sv_privileges_raise_files();
	site.loop = sv_loop_new();
	site.supervisor = sv_supervisor_new(site.loop);
	/* from here on a signal waits for the loop: nothing that was made is left behind */
	site.signals[0] = sv_signal_watch(site.loop, SIGTERM, on_signal, &site);
	site.signals[1] = sv_signal_watch(site.loop, SIGINT, on_signal, &site);
	rc = prepare(&site, why, sizeof why);
	if (rc == 0) {
		sv_supervisor_set_user(site.supervisor, site.uid, site.gid);
		(void)sv_path(site.settings, SV_PATH_MANAGER_SOCKET, site.manager_socket);
		(void)sv_path_engine_socket(site.settings, 0, site.engine_socket);
		sv_supervisor_start(site.supervisor);
		check_ready(&site);
		sv_loop_run_until(site.loop, &site.finished);
	}
	for (int i = 0; i < 2; i++)
		sv_signal_close(site.signals[i]);
	if (site.ready_probe != NULL)
		sv_offload_cancel(site.ready_probe);
	sv_timer_cancel(site.ready_timer);
	sv_http_server_close(site.control);
	sv_supervisor_free(site.supervisor);
	sv_loop_free(site.loop);
	if (site.listen_fd >= 0)
		(void)close(site.listen_fd);
	if (site.tls_fd >= 0)
		(void)close(site.tls_fd);
	sv_run_folder_close(&site.folder, site.settings);
	if (rc != 0)
		return sv_app_fail(1, "%s", why);
	sv_log(SV_LOG_INFO, SV_EVENT_stopped, "ready=%d", site.ready ? 1 : 0);
	return 0;
}
