/* SPDX-License-Identifier: Apache-2.0
 * Paths from settings. */
#include "paths.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "sv_assert.h"

static char *
join(char *out, const char *folder, const char *name)
{
	int n = snprintf(out, SV_PATH_MAX, "%s/%s", folder, name);

	sv_assert(n > 0 && n < SV_PATH_MAX);
	return out;
}

char *
sv_path(const struct sv_settings *settings, enum sv_path which, char out[static SV_PATH_MAX])
{
	static const char *const names[SV_PATH_COUNT] = {
	    [SV_PATH_DATABASE] = "streamvault.db", [SV_PATH_SECRETS] = "secrets", [SV_PATH_LINK_SECRET] = "secrets/link",
	    [SV_PATH_POSTERS] = "posters", [SV_PATH_NGINX] = "nginx", [SV_PATH_REDIS] = "redis", [SV_PATH_LOGS] = "log",
	    [SV_PATH_CACHE] = "cache", [SV_PATH_DEMO_FILMS] = "demo-films", [SV_PATH_RUN_RECORD] = "run-folder",
	    [SV_PATH_MANAGER_SOCKET] = "manager.sock", [SV_PATH_REDIS_SOCKET] = "redis.sock", [SV_PATH_GONE_SOCKET] = "gone.sock",
	    [SV_PATH_ACCESS_SOCKET] = "access.sock", [SV_PATH_GATEWAY_SOCKET] = "gateway.sock", [SV_PATH_PURGE_SOCKET] = "purge.sock",
	    [SV_PATH_CONTROL_SOCKET] = "control.sock",
	};

	sv_assert(which < SV_PATH_COUNT && names[which] != NULL);
	if (which == SV_PATH_CACHE && settings->cache_dir[0] != '\0') {
		int n = snprintf(out, SV_PATH_MAX, "%s", settings->cache_dir);
		sv_assert(n > 0 && n < SV_PATH_MAX);
		return out;
	}
	if (which == SV_PATH_DATABASE && strncmp(settings->store, "sqlite:", 7) == 0) {
		int n = snprintf(out, SV_PATH_MAX, "%s", settings->store + 7);
		sv_assert(n >= 0 && n < SV_PATH_MAX);
		return out;
	}
	return join(out, which >= SV_PATH_MANAGER_SOCKET ? settings->run_folder : settings->state, names[which]);
}

char *
sv_path_engine_socket(const struct sv_settings *settings, unsigned loop, char out[static SV_PATH_MAX])
{
	int n = snprintf(out, SV_PATH_MAX, "%s/engine-%u.sock", settings->run_folder, loop);

	sv_assert(n > 0 && n < SV_PATH_MAX);
	return out;
}

unsigned
sv_path_engine_loops(const struct sv_settings *settings)
{
	cpu_set_t set;

	if (settings->engine_loops != 0)
		return (unsigned)settings->engine_loops;
	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	int count = CPU_COUNT(&set);
	return count < 1 ? 1 : count > 64 ? 64 : (unsigned)count;
}
