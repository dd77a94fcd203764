/* SPDX-License-Identifier: Apache-2.0
 * Where things lie below SV_STATE and the run folder, in one place.  Pure; any thread. */
#ifndef SV_PATHS_H
#define SV_PATHS_H

#include <stddef.h>

#include "settings.h"

#define SV_PATH_MAX 4200
/* Longest unix socket path that bind(2) and nginx take. */
#define SV_SOCKET_PATH_MAX 107

enum sv_path {
	SV_PATH_DATABASE = 0,   /* STATE/streamvault.db (or what SV_STORE names) */
	SV_PATH_SECRETS,        /* STATE/secrets, 0700 */
	SV_PATH_LINK_SECRET,    /* STATE/secrets/link, 0600: the current secret on line 1, the old one on line 2 */
	SV_PATH_POSTERS,        /* STATE/posters: {image id}-{width}.webp */
	SV_PATH_NGINX,          /* STATE/nginx: private prefix, 0700 */
	SV_PATH_REDIS,          /* STATE/redis: private Redis, 0700 */
	SV_PATH_LOGS,           /* STATE/log */
	SV_PATH_CACHE,          /* SV_CACHE_DIR or STATE/cache */
	SV_PATH_DEMO_FILMS,     /* STATE/demo-films */
	SV_PATH_RUN_RECORD,     /* STATE/run-folder: one line, the run folder in use */
	/* below the run folder */
	SV_PATH_MANAGER_SOCKET, /* manager.sock: HTTP */
	SV_PATH_REDIS_SOCKET,   /* redis.sock */
	SV_PATH_GONE_SOCKET,    /* gone.sock: datagrams "gone PLAY" from nginx to the engine */
	SV_PATH_ACCESS_SOCKET,  /* access.sock: datagrams, JSON access log */
	SV_PATH_GATEWAY_SOCKET, /* gateway.sock: HTTP of the gateway role: /metrics, purge by file and version */
	SV_PATH_PURGE_SOCKET,   /* purge.sock: nginx's own internal listener: /purge/..., stub_status */
	SV_PATH_CONTROL_SOCKET, /* control.sock: the supervisor's status */
	SV_PATH_COUNT
};

/* Write the path; asserts that it fits SV_PATH_MAX (settings are shorter).  Returns `out`. */
char *sv_path(const struct sv_settings *settings, enum sv_path which, char out[static SV_PATH_MAX]);
/* engine-N.sock, one per loop of the engine. */
char *sv_path_engine_socket(const struct sv_settings *settings, unsigned loop, char out[static SV_PATH_MAX]);
/* How many loops an engine runs: SV_ENGINE_LOOPS, or one per core this process may use. */
unsigned sv_path_engine_loops(const struct sv_settings *settings);

#endif
