/* SPDX-License-Identifier: Apache-2.0
 * See gateway_config.h.  Whatever comes from settings is either a number, checked word by word, or a path written in quotes after
 * characters that mean something to nginx were refused. */
#include "gateway_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "gateway_cidr.h"
#include "gateway_page.h"
#include "gateway_room.h"
#include "gateway_template.h"
#include "paths.h"

#define KEYS_PER_MB 8000
#define KEYS_MB_MAX 512
#define CONNECTIONS_MAX 8192
#define CONNECTIONS_MIN 64

/* The texts that one rendering makes; freed together. */
struct parts {
	const struct sv_settings *settings;
	char *why;
	size_t why_size;
	int error;                       /* the first one; later steps do nothing */
	struct sv_buffer engines, real_ip, trusted, geo, errors, film_errors, locations, film;
	char *module, *access_socket, *gone_socket, *manager_socket, *internal_socket, *secret, *store, *cache, *tls_cert, *tls_key, *redirect;
};

unsigned
sv_gateway_config_keys_mb(uint64_t cache_size, uint64_t slice_size)
{
	uint64_t keys = cache_size / slice_size;
	uint64_t mb = keys / KEYS_PER_MB + 1;

	return mb > KEYS_MB_MAX ? KEYS_MB_MAX : (unsigned)mb;
}

/* nginx resolves relative paths against its own prefix; ours are relative to the working folder. */
static char *
absolute(const char *path)
{
	char folder[SV_PATH_MAX];

	if (path[0] == '/')
		return sv_xstrdup(path);
	if (getcwd(folder, sizeof folder) == NULL)
		return sv_xstrdup(path);
	return sv_xasprintf("%s/%s", folder, path);
}

/* The path in quotes, or NULL with the error set. */
static char *
quoted(struct parts *parts, const char *setting, const char *path)
{
	if (parts->error != 0)
		return NULL;
	char *full = absolute(path);

	for (const char *c = full; *c != '\0'; c++)
		if (strchr("\"'\\$;{}", *c) != NULL || (unsigned char)*c < 0x20) {
			(void)snprintf(parts->why, parts->why_size, "%s: the path '%.200s' holds a character that nginx cannot take (one of \" ' \\ $ ; { })", setting,
			    full);
			parts->error = SV_ECONFIG;
			free(full);
			return NULL;
		}
	char *text = sv_xasprintf("\"%s\"", full);
	free(full);
	return text;
}

/* A socket path without quotes: it stands inside words of nginx's own, so blanks and commas are refused too. */
static char *
socket_path(struct parts *parts, const char *path)
{
	if (parts->error != 0)
		return NULL;
	char *full = absolute(path);

	if (strlen(full) > SV_SOCKET_PATH_MAX || strpbrk(full, " \t\"'\\$;{},:#") != NULL) {
		(void)snprintf(parts->why, parts->why_size,
		    "SV_RUN_FOLDER: the socket path '%.200s' must have at most %d characters and none of blank \" ' \\ $ ; { } , : #", full, SV_SOCKET_PATH_MAX);
		parts->error = SV_ECONFIG;
		free(full);
		return NULL;
	}
	return full;
}

static char *
socket_of(struct parts *parts, enum sv_path which)
{
	char path[SV_PATH_MAX];

	return socket_path(parts, sv_path(parts->settings, which, path));
}

static void
make_paths(struct parts *parts, const struct sv_gateway_site *site)
{
	char path[SV_PATH_MAX], nginx[SV_PATH_MAX];

	parts->module = quoted(parts, "SV_NGINX_MODULE", site->module);
	parts->access_socket = socket_of(parts, SV_PATH_ACCESS_SOCKET);
	parts->gone_socket = socket_of(parts, SV_PATH_GONE_SOCKET);
	parts->internal_socket = socket_of(parts, SV_PATH_PURGE_SOCKET);
	parts->manager_socket = socket_of(parts, SV_PATH_MANAGER_SOCKET);
	parts->cache = quoted(parts, "SV_CACHE_DIR", sv_path(parts->settings, SV_PATH_CACHE, path));
	if (snprintf(path, sizeof path, "%s/conf/link-secret", sv_path(parts->settings, SV_PATH_NGINX, nginx)) >= (int)sizeof path)
		parts->error = SV_ETOOBIG;
	parts->secret = quoted(parts, "SV_STATE", path);
	if (snprintf(path, sizeof path, "%s/" SV_GATEWAY_ROOM_FILE, nginx) >= (int)sizeof path)
		parts->error = SV_ETOOBIG;
	parts->store = quoted(parts, "SV_STATE", path);
	if (site->tls_listen[0] != '\0') {
		parts->tls_cert = quoted(parts, "SV_TLS_CERT", parts->settings->tls_cert);
		parts->tls_key = quoted(parts, "SV_TLS_KEY", parts->settings->tls_key);
	}
	for (unsigned i = 0; i < sv_path_engine_loops(parts->settings); i++) {
		char *engine = socket_path(parts, sv_path_engine_socket(parts->settings, i, path));

		if (engine != NULL)
			sv_buffer_printf(&parts->engines, "%s\t\tserver unix:%s max_fails=0;", i == 0 ? "" : "\n", engine);
		free(engine);
	}
}

static void
check_words(struct parts *parts)
{
	const char *header = parts->settings->client_header;

	if (parts->error != 0)
		return;
	for (const char *c = header; *c != '\0'; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') && *c != '-') {
			(void)snprintf(parts->why, parts->why_size, "SV_CLIENT_HEADER=%.64s is not a header name (letters, digits, -)", header);
			parts->error = SV_ECONFIG;
			return;
		}
}

/* Where plain HTTP sends people: the public address when it is a secure one, otherwise the name they used, at our TLS port. */
static void
make_redirect(struct parts *parts, const struct sv_gateway_site *site)
{
	const char *url = parts->settings->public_url;

	if (parts->error != 0)
		return;
	if (strncmp(url, "https://", 8) == 0) {
		if (strpbrk(url, " \t\"'\\$;{}") != NULL) {
			(void)snprintf(parts->why, parts->why_size, "SV_PUBLIC_URL=%.200s holds a character that an address cannot have", url);
			parts->error = SV_ECONFIG;
			return;
		}
		parts->redirect = sv_xstrdup(url);
	} else if (site->tls_port == 443) {
		parts->redirect = sv_xstrdup("https://$host");
	} else {
		parts->redirect = sv_xasprintf("https://$host:%u", site->tls_port);
	}
}

static void
make_trusted(struct parts *parts)
{
	const char *list = parts->settings->trusted_proxies;

	if (parts->error != 0)
		return;
	parts->error = sv_gateway_cidr_each(list, "\tset_real_ip_from ", ";\n", &parts->real_ip, parts->why, parts->why_size);
	if (parts->error == 0)
		parts->error = sv_gateway_cidr_each(list, " ", "", &parts->trusted, parts->why, parts->why_size);
	if (parts->error == 0)
		parts->error = sv_gateway_cidr_each(list, "\t\t", " 1;\n", &parts->geo, parts->why, parts->why_size);
}

/* A page for each status, and where it is served from.  In the locations of films a failed slice must never be answered with a page: those
 * statuses go to a location that tells first slices from later ones. */
static void
make_error_pages(struct parts *parts)
{
	for (const struct sv_gateway_page *page = sv_gateway_pages; page->status != 0; page++) {
		char shown[16] = "";

		if (page->shown_as != page->status)
			(void)snprintf(shown, sizeof shown, " =%d", page->shown_as);
		sv_buffer_printf(&parts->errors, "\t\terror_page %d%s /.sv/%d.html;\n", page->status, shown, page->status);
		if (page->status >= 500 && page->status <= 504 && page->status != 501)
			sv_buffer_printf(&parts->film_errors, "\t\t\terror_page %d /.sv/cut;\n", page->status);
		else
			sv_buffer_printf(&parts->film_errors, "\t\t\terror_page %d%s /.sv/%d.html;\n", page->status, shown, page->status);
	}
	sv_buffer_text(&parts->locations, "\t\tlocation ^~ /.sv/ {\n\t\t\tinternal;\n\t\t\talias pages/;\n"
	    "\t\t\tdefault_type \"text/html; charset=utf-8\";\n\t\t\tadd_header Cache-Control no-store always;\n"
	    "\t\t\tadd_header Retry-After $sv_retry_after always;\n"
	    "\t\t\tadd_header Content-Security-Policy \"default-src 'none'; style-src 'self'; frame-ancestors 'none'\" always;\n"
	    "\t\t\tadd_header Strict-Transport-Security $sv_hsts always;\n\t\t}\n");
}

static void
number(char out[static 24], uint64_t value)
{
	(void)snprintf(out, 24, "%" PRIu64, value);
}

static uint64_t
connections_of(uint64_t files_max)
{
	/* A viewer takes two connections and a cache file. */
	uint64_t count = files_max / 2;

	return count > CONNECTIONS_MAX ? CONNECTIONS_MAX : count < CONNECTIONS_MIN ? CONNECTIONS_MIN : count;
}

static void
fill_film(struct parts *parts)
{
	const struct sv_settings *settings = parts->settings;
	char rate[24], slice[24], timeout[24];
	const struct sv_gateway_value values[] = {
	    {"guard", settings->gateway_guard ? "on" : "off"}, {"guest_rate", rate}, {"film_errors", sv_buffer_cstr(&parts->film_errors)},
	    {"slice_size", slice}, {"read_timeout_s", timeout}, {"store_file", parts->store}, {NULL, NULL},
	};

	number(rate, settings->guest_rate);
	number(slice, settings->slice_size);
	number(timeout, settings->gateway_read_timeout);
	sv_gateway_template_fill(sv_gateway_template_film, values, &parts->film);
}

static void
fill_main(struct parts *parts, const struct sv_gateway_site *site, struct sv_buffer *out)
{
	const struct sv_settings *settings = parts->settings;
	bool tls = site->tls_listen[0] != '\0', http2_directive = site->nginx_version >= SV_GATEWAY_NGINX(1, 25, 1);
	char workers[24], files[24], drain[24], connections[24], keys[24], size[24], inactive[24], min_free[24], slice[24];

	number(workers, site->workers);
	number(files, site->files_max);
	number(drain, settings->drain_time == 0 ? 1 : settings->drain_time);
	number(connections, connections_of(site->files_max));
	number(keys, sv_gateway_config_keys_mb(settings->cache_size, settings->slice_size));
	number(size, settings->cache_size);
	number(inactive, settings->cache_inactive);
	number(min_free, settings->cache_min_free);
	number(slice, settings->slice_size);
	const struct sv_gateway_value values[] = {
	    {"root", site->root ? "yes" : ""}, {"workers", workers}, {"files_max", files}, {"drain_s", drain}, {"module", parts->module},
	    {"connections", connections}, {"access_socket", parts->access_socket}, {"trusted", sv_buffer_cstr(&parts->trusted)},
	    {"real_ip_from", sv_buffer_cstr(&parts->real_ip)}, {"trusted_geo", sv_buffer_cstr(&parts->geo)},
	    {"client_header", settings->client_header}, {"secret_file", parts->secret}, {"gone_socket", parts->gone_socket},
	    {"engine_servers", sv_buffer_cstr(&parts->engines)}, {"manager_socket", parts->manager_socket}, {"cache", parts->cache},
	    {"keys_mb", keys}, {"cache_size", size}, {"cache_inactive", inactive}, {"cache_min_free", min_free}, {"slice_size", slice},
	    {"tls", tls ? "yes" : ""}, {"tls_cert", parts->tls_cert}, {"tls_key", parts->tls_key}, {"listen", site->listen},
	    {"tls_listen", site->tls_listen}, {"redirect", parts->redirect}, {"http2_flag", http2_directive ? "" : " http2"},
	    {"http2_directive", tls && http2_directive ? "yes" : ""}, {"error_pages", sv_buffer_cstr(&parts->errors)},
	    {"error_locations", sv_buffer_cstr(&parts->locations)}, {"film_rules", sv_buffer_cstr(&parts->film)},
	    {"internal_socket", parts->internal_socket}, {NULL, NULL},
	};
	sv_gateway_template_fill(sv_gateway_template_main, values, out);
}

static void
parts_fini(struct parts *parts)
{
	struct sv_buffer *buffers[] = {&parts->engines, &parts->real_ip, &parts->trusted, &parts->geo, &parts->errors, &parts->film_errors,
	    &parts->locations, &parts->film};
	char *texts[] = {parts->module, parts->access_socket, parts->gone_socket, parts->manager_socket, parts->internal_socket, parts->secret, parts->store,
	    parts->cache, parts->tls_cert, parts->tls_key, parts->redirect};

	for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
		sv_buffer_fini(buffers[i]);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
}

int
sv_gateway_config_render(const struct sv_settings *settings, const struct sv_gateway_site *site, struct sv_buffer *out, char *why,
    size_t why_size)
{
	struct parts parts = {.settings = settings, .why = why, .why_size = why_size};
	struct sv_buffer *buffers[] = {&parts.engines, &parts.real_ip, &parts.trusted, &parts.geo, &parts.errors, &parts.film_errors,
	    &parts.locations, &parts.film};

	for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
		sv_buffer_init(buffers[i], 0);
	why[0] = '\0';
	make_paths(&parts, site);
	check_words(&parts);
	make_redirect(&parts, site);
	make_trusted(&parts);
	if (parts.error == 0) {
		make_error_pages(&parts);
		fill_film(&parts);
		fill_main(&parts, site, out);
		parts.error = sv_buffer_error(out);
	}
	if (parts.error != 0 && why[0] == '\0')
		(void)snprintf(why, why_size, "nginx's configuration cannot be written: %s", sv_error_text(parts.error));
	int error = parts.error;
	parts_fini(&parts);
	return error;
}
