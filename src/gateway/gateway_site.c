/* SPDX-License-Identifier: Apache-2.0
 * See gateway_site.h. */
#include "gateway_site.h"

#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"

#define MODULE "ngx_http_streamvault_module.so"
#define FILES_MAX 1048576

void
sv_gateway_site_machine(struct sv_gateway_site *site)
{
	struct rlimit limit = {0};
	cpu_set_t cpus;

	site->workers = sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	site->files_max = limit.rlim_max > FILES_MAX ? FILES_MAX : (uint64_t)limit.rlim_max;
	site->root = geteuid() == 0;
}

/* The first file that fits the pattern. */
static bool
take_match(char *pattern, char path[static SV_PATH_MAX])
{
	glob_t matches = {0};
	bool found = glob(pattern, 0, NULL, &matches) == 0 && strlen(matches.gl_pathv[0]) < SV_PATH_MAX;

	if (found)
		memcpy(path, matches.gl_pathv[0], strlen(matches.gl_pathv[0]) + 1);
	globfree(&matches);
	free(pattern);
	return found;
}

int
sv_gateway_site_module(const struct sv_settings *settings, char path[static SV_PATH_MAX], char *why, size_t why_size)
{
	char folder[SV_PATH_MAX] = "";

	if (settings->nginx_module[0] != '\0') {
		(void)snprintf(path, SV_PATH_MAX, "%s", settings->nginx_module);
		if (access(path, R_OK) == 0)
			return 0;
		(void)snprintf(why, why_size, "SV_NGINX_MODULE=%.300s cannot be read: %s", path, strerror(errno));
		return SV_ECONFIG;
	}
	if (readlink("/proc/self/exe", folder, sizeof folder - 1) > 0)
		*strrchr(folder, '/') = '\0';
	if (take_match(sv_xasprintf("%s/" MODULE, folder), path) || take_match(sv_xasprintf("%s/../lib/streamvault/" MODULE, folder), path) ||
	    take_match(sv_xasprintf("%s/../lib/*/streamvault/" MODULE, folder), path))
		return 0;
	(void)snprintf(why, why_size, "SV_NGINX_MODULE: " MODULE " is neither in %.300s nor in its lib folder; build it or name its path", folder);
	return SV_ECONFIG;
}

static int
check_readable(const char *setting, const char *path, char *why, size_t why_size)
{
	if (access(path, R_OK) == 0)
		return 0;
	int error = errno;
	(void)snprintf(why, why_size, "%s=%.300s cannot be read by this user: %s", setting, path, strerror(error));
	return sv_error_from_errno(error);
}

int
sv_gateway_site_tls(const struct sv_settings *settings, char *why, size_t why_size)
{
	bool address = settings->tls_listen[0] != '\0', cert = settings->tls_cert[0] != '\0', key = settings->tls_key[0] != '\0';

	if (!address && !cert && !key)
		return 0;
	if (!address || !cert || !key) {
		(void)snprintf(why, why_size, "%s is not set; HTTPS needs SV_TLS_LISTEN, SV_TLS_CERT and SV_TLS_KEY together",
		    !address ? "SV_TLS_LISTEN" : !cert ? "SV_TLS_CERT" : "SV_TLS_KEY");
		return SV_ECONFIG;
	}
	int rc = check_readable("SV_TLS_CERT", settings->tls_cert, why, why_size);
	return rc != 0 ? rc : check_readable("SV_TLS_KEY", settings->tls_key, why, why_size);
}
