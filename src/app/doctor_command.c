/* SPDX-License-Identifier: Apache-2.0
 * `streamvault doctor`: what would keep a site from running well here, and what to do about it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "alloc.h"
#include "app.h"
#include "clock.h"
#include "errors.h"
#include "gateway_listen.h"
#include "json_text.h"
#include "log.h"
#include "paths.h"
#include "privileges.h"
#include "probe.h"
#include "run_folder.h"

enum grade { GRADE_OK, GRADE_WARN, GRADE_BAD };

struct doctor {
	struct sv_app_call *call;
	bool running;                 /* a site runs on this state folder */
	int bad;
	struct sv_buffer out;         /* --json */
	struct sv_json json;
};

static void
finding(struct doctor *doctor, enum grade grade, const char *check, const char *what, const char *todo)
{
	static const char *const names[] = {"ok", "warning", "bad"};

	if (doctor->call->json) {
		sv_json_begin_object(&doctor->json);
		sv_json_member_cstr(&doctor->json, "check", check);
		sv_json_member_cstr(&doctor->json, "state", names[grade]);
		sv_json_member_cstr(&doctor->json, "finding", what);
		sv_json_member_cstr(&doctor->json, "do", todo);
		sv_json_end_object(&doctor->json);
	} else if (grade == GRADE_OK)
		(void)printf("ok       %-10s %s\n", check, what);
	else
		(void)printf("%-8s %-10s %s\n                    do: %s\n", names[grade], check, what, todo);
	doctor->bad += grade == GRADE_BAD;
}

static void
check_program(struct doctor *doctor, const char *path, const char *todo)
{
	char what[SV_PATH_MAX];
	bool there = access(path, X_OK) == 0;

	(void)snprintf(what, sizeof what, "%.3000s %s", path, there ? "is there" : "is missing");
	finding(doctor, there ? GRADE_OK : GRADE_BAD, "packages", what, there ? "" : todo);
}

static void
check_packages(struct doctor *doctor)
{
	const struct sv_settings *settings = doctor->call->settings;
	char path[SV_PATH_MAX];

	check_program(doctor, settings->nginx_program, "apt-get install nginx, or run scripts/setup");
	if (settings->redis_url[0] == '\0')
		check_program(doctor, settings->redis_program, "apt-get install redis-server, or run scripts/setup, or set SV_REDIS_URL");
	const char *slash = strrchr(doctor->call->program, '/');
	(void)snprintf(path, sizeof path, "%.*s/sv-media", (int)(slash == NULL ? 0 : slash - doctor->call->program), doctor->call->program);
	check_program(doctor, settings->media_program[0] == '\0' ? path : settings->media_program, "build it again with make, or set SV_MEDIA_PROGRAM");
}

static void
check_port(struct doctor *doctor, const char *address, const char *setting)
{
	char why[512] = "", what[600];
	int fd = -1;

	if (address[0] == '\0')
		return;
	int rc = sv_gateway_listen_open(setting, address, &fd, why, sizeof why);
	if (fd >= 0)
		(void)close(fd);
	if (rc == SV_EBUSY && doctor->running) {
		(void)snprintf(what, sizeof what, "%s=%s is in use by the site that runs on this state folder", setting, address);
		finding(doctor, GRADE_OK, "ports", what, "");
	} else if (rc != 0) {
		finding(doctor, GRADE_BAD, "ports", why, "stop the other program or set another address");
	} else {
		(void)snprintf(what, sizeof what, "%s=%s is free", setting, address);
		finding(doctor, GRADE_OK, "ports", what, "");
	}
}

static void
check_rights(struct doctor *doctor)
{
	const struct sv_settings *settings = doctor->call->settings;
	char blocker[SV_PATH_MAX], what[2 * SV_PATH_MAX];
	struct stat st;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid == 0 && sv_privileges_user(settings->user, &uid, &gid) != 0) {
		(void)snprintf(what, sizeof what, "the account SV_USER=%s does not exist", settings->user);
		finding(doctor, GRADE_BAD, "rights", what, "run scripts/setup as root, or name another account");
		return;
	}
	if (sv_privileges_reach(uid, gid, doctor->call->program, X_OK, blocker, sizeof blocker) != 0) {
		(void)snprintf(what, sizeof what, "the roles' account cannot reach the program: %s refuses it", blocker);
		finding(doctor, GRADE_BAD, "rights", what, "move the project to a folder that it can enter (such as /srv), or chmod o+x that folder");
	}
	if (stat(settings->state, &st) != 0) {
		(void)snprintf(what, sizeof what, "the state folder %s is made on the first start", settings->state);
		finding(doctor, GRADE_OK, "rights", what, "");
		return;
	}
	bool good = sv_privileges_reach(uid, gid, settings->state, R_OK | W_OK | X_OK, blocker, sizeof blocker) == 0;
	(void)snprintf(what, sizeof what, good ? "the state folder %s can be used" : "the state folder %s cannot be used: %s refuses the roles' account",
	    settings->state, blocker);
	finding(doctor, good ? GRADE_OK : GRADE_BAD, "rights", what, good ? "" : "give it to that account (chown -R), or set SV_STATE");
}

static void
check_disk(struct doctor *doctor)
{
	char path[SV_PATH_MAX], what[SV_PATH_MAX + 128];
	struct statvfs fs = {0};

	(void)sv_path(doctor->call->settings, SV_PATH_CACHE, path);
	/* not made yet: the nearest folder above will hold it */
	while (statvfs(path, &fs) != 0 && strrchr(path, '/') != NULL && path[1] != '\0')
		*(strrchr(path, '/') == path ? path + 1 : strrchr(path, '/')) = '\0';
	uint64_t available = (uint64_t)fs.f_bavail * fs.f_frsize;
	uint64_t needed = doctor->call->settings->cache_min_free;
	bool good = available > needed;
	(void)snprintf(what, sizeof what, "%.1f GiB free below %s, of which %.1f stay free", (double)available / (1 << 30), path, (double)needed / (1 << 30));
	finding(doctor, good ? GRADE_OK : GRADE_WARN, "disk", what, good ? "" : "the cache cannot keep anything: free space, or lower SV_CACHE_MIN_FREE");
}

static void
check_clock(struct doctor *doctor)
{
	struct timex state = {0};
	char what[128];
	int rc = adjtimex(&state);
	bool sane = sv_clock_unix_s() > 1767225600;   /* 2026-01-01: older than this program */

	(void)snprintf(what, sizeof what, "the clock is %s", !sane ? "years behind" : rc == TIME_ERROR ? "plausible, and not kept in step by any service" :
	    "kept in step");
	finding(doctor, !sane ? GRADE_BAD : rc == TIME_ERROR ? GRADE_WARN : GRADE_OK, "clock", what,
	    sane && rc != TIME_ERROR ? "" : "links and certificates depend on it: install systemd-timesyncd or chrony");
}

static void
check_limits(struct doctor *doctor)
{
	struct rlimit limit = {0};
	char what[160];

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	bool good = limit.rlim_max >= 4096;
	(void)snprintf(what, sizeof what, "a role may open %" PRIu64 " files", (uint64_t)limit.rlim_max);
	finding(doctor, good ? GRADE_OK : GRADE_WARN, "limits", what, good ? "" : "raise the hard limit (LimitNOFILE= or ulimit -Hn 20000)");
	/* landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) */
	long abi = syscall(444, NULL, 0, 1);
	(void)snprintf(what, sizeof what, abi > 0 ? "Landlock version %ld guards the media child" : "this kernel has no Landlock; the media child still has seccomp",
	    abi);
	finding(doctor, abi > 0 ? GRADE_OK : GRADE_WARN, "kernel", what, abi > 0 ? "" : "use a kernel of 5.13 or later with Landlock switched on");
}

int
sv_doctor_command(struct sv_app_call *call)
{
	struct doctor doctor = {.call = call};
	char path[SV_PATH_MAX];

	sv_run_folder_find(call->settings);
	doctor.running = call->settings->run_folder[0] != '\0' &&
	    sv_probe_get(sv_path(call->settings, SV_PATH_CONTROL_SOCKET, path), "/status", 3000, NULL) == 200;
	sv_buffer_init(&doctor.out, 0);
	sv_json_start(&doctor.json, &doctor.out);
	sv_json_begin_array(&doctor.json);
	check_packages(&doctor);
	check_port(&doctor, call->settings->listen, "SV_LISTEN");
	check_port(&doctor, call->settings->tls_listen, "SV_TLS_LISTEN");
	check_rights(&doctor);
	check_disk(&doctor);
	check_clock(&doctor);
	check_limits(&doctor);
	sv_json_end_array(&doctor.json);
	if (call->json)
		(void)printf("%s\n", sv_buffer_cstr(&doctor.out));
	sv_buffer_fini(&doctor.out);
	return doctor.bad == 0 ? 0 : 1;
}
