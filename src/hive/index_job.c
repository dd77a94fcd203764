/* SPDX-License-Identifier: Apache-2.0
 * The index job.  One file after the other: is it as recorded? what is it? its checksums, its pictures, and one transaction. */
#include "index_job.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "catalog_index.h"
#include "clock.h"
#include "errors.h"
#include "file_name.h"
#include "index_content.h"
#include "index_title.h"
#include "index_walk.h"
#include "log.h"
#include "paths.h"
#include "poster_files.h"
#include "purge_client.h"
#include "sv_assert.h"

#define TICK_MS 200
#define TELL_EVERY 10                /* ticks */
#define LISTEN_EVERY 32              /* files that need no work */
#define WHY_SIZE 400

struct job {
	const struct sv_settings *settings;
	struct sv_catalog *catalog;
	const struct sv_index_options *options;
	struct sv_index_summary *summary;
	struct sv_index_reader reader;
	struct sv_walk walk;
	struct sv_hot *hot;
	char *program;
	int this_year;
	struct sv_index_progress progress;
	uint64_t bytes_before;           /* of files that are done */
	unsigned ticks;
	char *why;                       /* where the reason of a stop goes */
	size_t why_size;
};

const char *
sv_index_result_name(enum sv_index_result result)
{
	static const char *const names[SV_INDEX_RESULT_COUNT] = {"added", "unchanged", "changed", "returned", "gone", "skipped"};

	return names[result];
}

#define SV_INDEX_REASON(id, name, kept) {name, kept},
static const struct {
	const char *name;
	bool kept;
} reasons[SV_INDEX_REASON_COUNT] = {SV_INDEX_REASONS(SV_INDEX_REASON)};
#undef SV_INDEX_REASON

const char *
sv_index_reason_name(enum sv_index_reason reason)
{
	return reasons[reason].name;
}

/* ---- telling ---- */

static void
report(struct job *job, const struct sv_index_report *report)
{
	job->summary->results[report->result]++;
	if (report->result == SV_INDEX_SKIPPED)
		job->summary->reasons[report->reason]++;
	if (job->options->on_file != NULL)
		job->options->on_file(job->options->context, report);
}

static void
tell_viewers(struct job *job, bool active)
{
	const struct sv_index_progress *p = &job->progress;
	const struct sv_hot_progress progress = {.active = active, .done = (unsigned)p->files_done, .total = (unsigned)p->files_total,
	    .percent = p->bytes_total == 0 ? 0 : (unsigned)(p->bytes_done * 100 / p->bytes_total)};

	if (job->hot != NULL)
		(void)sv_hot_progress_put(job->hot, job->options->work, &progress, NULL, NULL);
}

static void
on_tick(void *context)
{
	struct job *job = context;

	job->progress.bytes_done = job->bytes_before + atomic_load(&job->reader.bytes_read);
	if (job->options->on_progress != NULL)
		job->options->on_progress(job->options->context, &job->progress);
	if (job->ticks++ % TELL_EVERY == 0)
		tell_viewers(job, true);
}

static void
on_signal(void *context, int number)
{
	struct job *job = context;

	(void)number;
	job->summary->stopped = true;
	sv_index_reader_stop(&job->reader);
}

/* A failure that more files would only repeat. */
static int
stop_with(struct job *job, int rc, const char *what)
{
	if (rc == SV_ENOSPC)
		(void)snprintf(job->why, job->why_size, "%s: the disk of %s is full; make room there and run this again, what was done before is kept", what,
		    job->settings->state);
	else
		(void)snprintf(job->why, job->why_size, "%s: %s", what, rc == SV_EUNAVAIL ? "another process holds the database for too long" : rc == SV_ECORRUPT
		    ? "the database is damaged; keep it and restore a backup" : sv_error_text(rc));
	return rc;
}

/* ---- one file ---- */

static enum sv_index_reason
reason_of(const char *remembered)
{
	size_t length = strcspn(remembered, ":");

	for (int i = 1; i < SV_INDEX_REASON_COUNT; i++)
		if (strlen(reasons[i].name) == length && memcmp(reasons[i].name, remembered, length) == 0)
			return (enum sv_index_reason)i;
	return SV_INDEX_REASON_UNPARSEABLE;
}

static struct sv_scan
scan_of(const struct sv_walk_entry *entry, const char *why)
{
	return (struct sv_scan){.path = entry->path, .size_bytes = entry->size_bytes, .mtime_ns = entry->mtime_ns, .inode = entry->inode,
	    .device = entry->device, .why = why};
}

static void
purge(struct job *job, const char *file, uint64_t version, uint64_t size_bytes)
{
	int rc = sv_purge_request(job->settings, file, version, size_bytes);

	/* the version in the cache key keeps old bytes from being served; only room is at stake */
	if (rc < 0)
		sv_log(SV_LOG_DEBUG, SV_EVENT_library_file, "file=%s state=purge why=%s", file, sv_error_name(rc));
}

/* Report the path as skipped; what had been a film there is bad now. */
static int
skip_entry(struct job *job, const struct sv_walk_entry *entry, enum sv_index_reason reason, const char *detail)
{
	struct sv_recorded recorded = {0};
	char why[WHY_SIZE + 40];
	int rc = 0;

	(void)snprintf(why, sizeof why, "%s: %s", reasons[reason].name, detail);
	bool known = false;
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_scan seen;
	if (reason != SV_INDEX_REASON_BAD_NAME && reason != SV_INDEX_REASON_SAME_FILE)
		known = sv_catalog_scan(job->catalog, entry->path, arena, &seen) == 0;
	sv_arena_free(arena);
	/* an unkept reason is written only where there is something to change */
	if (reasons[reason].kept || (known && reason != SV_INDEX_REASON_MOVING)) {
		const struct sv_scan scan = scan_of(entry, why);
		rc = sv_catalog_skip(job->catalog, &scan, &recorded);
		if (rc < 0)
			return stop_with(job, rc, "the catalog cannot be written");
		if (recorded.outcome == SV_OUTCOME_CHANGED)
			purge(job, recorded.file, recorded.version, recorded.old_size_bytes);
	}
	report(job, &(struct sv_index_report){.path = entry->path, .result = SV_INDEX_SKIPPED, .reason = reason, .why = detail, .file = recorded.file,
	    .version = recorded.version});
	return 0;
}

/* Is the path as it was recorded?  Then it is reported and 1 is returned; else 0, or SV_E*. */
static int
is_known(struct job *job, const struct sv_walk_entry *entry)
{
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_scan scan;
	int rc = sv_catalog_scan(job->catalog, entry->path, arena, &scan);

	if (rc == 0) {
		bool same = scan.size_bytes == entry->size_bytes && scan.mtime_ns == entry->mtime_ns && scan.inode == entry->inode;
		bool taken = scan.why[0] == '\0' && scan.file_state == SV_FILE_OK && scan.copy_state == SV_COPY_OK && scan.file[0] != '\0';
		enum sv_index_reason reason = scan.why[0] == '\0' ? SV_INDEX_REASON_NONE : reason_of(scan.why);
		const char *detail = strchr(scan.why, ' ');
		if (same && taken) {
			report(job, &(struct sv_index_report){.path = entry->path, .result = SV_INDEX_UNCHANGED, .why = "", .file = scan.file});
			rc = 1;
		} else if (same && reasons[reason].kept && !job->options->retry) {
			report(job, &(struct sv_index_report){.path = entry->path, .result = SV_INDEX_SKIPPED, .reason = reason,
			    .why = detail == NULL ? "" : detail + 1, .file = scan.file, .remembered = true});
			rc = 1;
		}
	} else if (rc == SV_ENOENT) {
		rc = 0;
	}
	sv_arena_free(arena);
	return rc < 0 ? stop_with(job, rc, "the catalog cannot be read") : rc;
}

static bool
has_video(const struct sv_index_content *content)
{
	for (size_t i = 0; i < content->file.track_count; i++)
		if (content->tracks[i].kind == SV_TRACK_VIDEO)
			return true;
	return false;
}

static int
record(struct job *job, const struct sv_walk_entry *entry, struct sv_index_content *content)
{
	static const enum sv_index_result results[SV_OUTCOME_COUNT] = {SV_INDEX_ADDED, SV_INDEX_UNCHANGED, SV_INDEX_CHANGED, SV_INDEX_RETURNED};
	const struct sv_scan scan = scan_of(entry, "");
	const struct sv_media_job_result *made = content->pictures;
	struct sv_image poster = {0}, still = {0};
	struct sv_recorded recorded = {0};
	struct sv_index_title title;
	int rc = 0;

	if (made != NULL) {
		rc = sv_poster_files_write(job->settings, made->images, made->image_count, SV_IMAGE_POSTER, &poster);
		if (rc == 0)
			rc = sv_poster_files_write(job->settings, made->images, made->image_count, SV_IMAGE_STILL, &still);
		if (rc < 0) {
			sv_poster_files_remove(job->settings, poster.id);
			return stop_with(job, rc, "pictures cannot be written");
		}
	}
	sv_index_title_read(entry->path, job->this_year, &title);
	content->file.name = strrchr(entry->path, '/') + 1;
	content->file.mtime_unix_s = entry->mtime_ns / 1000000000;
	const struct sv_catalog_found found = {.scan = &scan, .kind = title.kind, .name = title.name, .year = title.year, .season = title.season,
	    .episode = title.episode, .last_episode = title.last_episode, .episode_name = title.episode_name, .file = &content->file,
	    .crcs = content->crcs, .piece_count = content->piece_count, .poster = poster.id[0] == '\0' ? NULL : &poster,
	    .still = still.id[0] == '\0' ? NULL : &still};
	rc = sv_catalog_record(job->catalog, &found, &recorded);
	if (rc < 0 || !recorded.images_taken) {
		sv_poster_files_remove(job->settings, poster.id);
		sv_poster_files_remove(job->settings, still.id);
	}
	if (rc < 0)
		return stop_with(job, rc, "the catalog cannot be written");
	for (size_t i = 0; i < 2; i++)
		sv_poster_files_remove(job->settings, recorded.dropped_images[i]);
	if (recorded.outcome == SV_OUTCOME_CHANGED)
		purge(job, recorded.file, recorded.old_version, recorded.old_size_bytes);
	report(job, &(struct sv_index_report){.path = entry->path, .result = results[recorded.outcome], .why = "", .file = recorded.file,
	    .version = recorded.version});
	return 0;
}

/* Did the open file stay what the walk saw? */
static bool
is_still(int fd, const struct sv_walk_entry *entry)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size == entry->size_bytes &&
	    (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec == entry->mtime_ns;
}

static int
probe_failed(struct job *job, const struct sv_walk_entry *entry, int rc, const char *why, bool fault)
{
	enum sv_index_reason reason = SV_INDEX_REASON_UNPARSEABLE;

	if (rc == SV_ECANCELED)
		return rc;
	if (fault)
		return stop_with(job, rc, "the media child cannot be started");
	if (rc == SV_ECRASH || rc == SV_EPROTO)
		reason = SV_INDEX_REASON_CRASHED;
	else if (rc == SV_ETIMEOUT)
		reason = SV_INDEX_REASON_TIMED_OUT;
	else if (rc == SV_ENOMEM || rc == SV_ETOOBIG)
		reason = SV_INDEX_REASON_LIMITS;
	else if (rc != SV_EUNSUPPORTED)
		reason = SV_INDEX_REASON_UNREADABLE;
	return skip_entry(job, entry, reason, why);
}

static int
read_open(struct job *job, const struct sv_walk_entry *entry, int fd)
{
	struct sv_index_content content = {0};
	char why[WHY_SIZE] = "";
	bool fault = false;
	int rc = sv_index_content_probe(&job->reader, fd, &content, why, sizeof why, &fault);

	if (rc < 0) {
		rc = probe_failed(job, entry, rc, why, fault);
		goto out;
	}
	if (!has_video(&content)) {
		rc = skip_entry(job, entry, SV_INDEX_REASON_NO_VIDEO, "there is no picture in it");
		goto out;
	}
	rc = sv_index_content_sum(&job->reader, fd, entry->size_bytes, &content);
	if (rc == 0)
		rc = sv_index_content_pictures(&job->reader, fd, &content);
	if (rc == SV_ECANCELED)
		goto out;
	job->summary->bytes_read += rc == 0 ? entry->size_bytes : 0;
	if (rc == SV_ECHANGED || (rc == 0 && !is_still(fd, entry)))
		rc = skip_entry(job, entry, SV_INDEX_REASON_MOVING, "it changed while it was read; run this again when it is complete");
	else if (rc < 0)
		rc = skip_entry(job, entry, rc == SV_ETOOBIG ? SV_INDEX_REASON_LIMITS : SV_INDEX_REASON_UNREADABLE, sv_error_text(rc));
	else
		rc = record(job, entry, &content);
out:
	sv_index_content_free(&content);
	return rc;
}

static bool
named_like_a_film(const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	const char *dot = strrchr(base, '.');

	return dot != NULL && sv_file_name_is_video(sv_text_of(dot + 1));
}

/* 0 to go on, or what stops the job. */
static int
index_entry(struct job *job, const struct sv_walk_entry *entry)
{
	char why[WHY_SIZE];

	if (!sv_utf8_valid(sv_text_of(entry->path)))
		return skip_entry(job, entry, SV_INDEX_REASON_BAD_NAME, "its name is not UTF-8");
	if (entry->error == 0 && !named_like_a_film(entry->path)) {
		report(job, &(struct sv_index_report){.path = entry->path, .result = SV_INDEX_SKIPPED, .reason = SV_INDEX_REASON_NOT_MEDIA,
		    .why = "its name does not end like a film's", .file = ""});
		return 0;
	}
	if (entry->error != 0)
		return skip_entry(job, entry, SV_INDEX_REASON_UNREADABLE, strerror(entry->error));
	if (entry->same_as != NULL) {
		(void)snprintf(why, sizeof why, "it is the same file as %s", entry->same_as);
		return skip_entry(job, entry, SV_INDEX_REASON_SAME_FILE, why);
	}
	int rc = is_known(job, entry);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (entry->size_bytes == 0)
		return skip_entry(job, entry, SV_INDEX_REASON_EMPTY, "it is empty");
	int fd = open(entry->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return skip_entry(job, entry, SV_INDEX_REASON_UNREADABLE, strerror(errno));
	rc = is_still(fd, entry) ? read_open(job, entry, fd)
	    : skip_entry(job, entry, SV_INDEX_REASON_MOVING, "it changed while it was read; run this again when it is complete");
	(void)close(fd);
	return rc;
}

/* ---- the whole ---- */

struct gone_list {
	const struct sv_walk *walk;
	char **paths;
	bool *had_file;
	size_t count, capacity;
};

static int
collect_gone(void *context, const struct sv_scan *scan)
{
	struct gone_list *list = context;

	if (list->walk != NULL && sv_walk_covers(list->walk, scan->path))
		return 0;
	if (list->count == list->capacity) {
		list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
		list->paths = sv_xrealloc(list->paths, list->capacity * sizeof *list->paths);
		list->had_file = sv_xrealloc(list->had_file, list->capacity * sizeof *list->had_file);
	}
	list->paths[list->count] = sv_xstrdup(scan->path);
	list->had_file[list->count++] = scan->file[0] != '\0';
	return 0;
}

/* Mark what was recorded at or below `root` and is not there any more. */
static int
find_gone(struct job *job, const char *root, const struct sv_walk *walk)
{
	struct gone_list list = {.walk = walk};
	int rc = sv_catalog_each_scan(job->catalog, root, collect_gone, &list);

	if (rc == 0 && list.count > 0)
		rc = sv_catalog_gone(job->catalog, (const char *const *)list.paths, list.count);
	for (size_t i = 0; i < list.count; i++) {
		if (rc >= 0 && list.had_file[i])
			report(job, &(struct sv_index_report){.path = list.paths[i], .result = SV_INDEX_GONE, .why = "", .file = ""});
		free(list.paths[i]);
	}
	free(list.paths);
	free(list.had_file);
	return rc < 0 ? stop_with(job, rc, "the catalog cannot be written") : 0;
}

/* The absolute path of something that is not there: its folder may be. */
static char *
missing_path(const char *path)
{
	char resolved[PATH_MAX];
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? sv_xstrdup(".") : sv_xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	const char *base = slash == NULL ? path : slash + 1;
	char *whole = realpath(folder, resolved) == NULL ? sv_xstrdup(path)
	    : sv_xasprintf("%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, base);

	free(folder);
	return whole;
}

static int
count_one(void *context, const struct sv_scan *scan)
{
	(*(size_t *)context) += scan->file[0] != '\0';
	return 0;
}

/* A path of the command line that cannot be looked at.  A file that was recorded is gone; of a folder nothing is concluded, since more often than not
 * its disk is not mounted. */
static int
root_missing(struct job *job, const char *path, int error)
{
	struct sv_arena *arena = sv_arena_new(0);
	char *whole = missing_path(path);
	char why[WHY_SIZE];
	struct sv_scan scan;
	size_t below = 0;
	int rc = 0;

	if (error == ENOENT && sv_catalog_scan(job->catalog, whole, arena, &scan) == 0) {
		rc = find_gone(job, whole, NULL);
	} else {
		(void)sv_catalog_each_scan(job->catalog, whole, count_one, &below);
		if (below > 0)
			(void)snprintf(why, sizeof why, "%s; the %zu files recorded below it keep their state (is its disk mounted?)", strerror(error), below);
		else
			(void)snprintf(why, sizeof why, "%s", strerror(error));
		report(job, &(struct sv_index_report){.path = path, .result = SV_INDEX_SKIPPED, .reason = SV_INDEX_REASON_MISSING, .why = why, .file = ""});
	}
	free(whole);
	sv_arena_free(arena);
	return rc;
}

static int
walk_all(struct job *job)
{
	char **roots = sv_xcalloc(job->options->path_count, sizeof *roots);
	int rc = 0;

	for (size_t i = 0; i < job->options->path_count && rc == 0; i++) {
		char resolved[PATH_MAX];
		const char *path = job->options->paths[i];
		if (realpath(path, resolved) == NULL)
			rc = root_missing(job, path, errno);
		else if (sv_walk_add(&job->walk, resolved) == 0)
			roots[i] = sv_xstrdup(resolved);
	}
	sv_walk_finish(&job->walk);
	for (size_t i = 0; i < job->options->path_count; i++) {
		if (rc == 0 && roots[i] != NULL)
			rc = find_gone(job, roots[i], &job->walk);
		free(roots[i]);
	}
	free(roots);
	job->progress.files_total = job->walk.count;
	for (size_t i = 0; i < job->walk.count; i++)
		job->progress.bytes_total += job->walk.entries[i].size_bytes;
	return rc;
}

static void
set_true(void *context)
{
	*(bool *)context = true;
}

/* One round of the loop: signals and ticks wait there, and files that need no work never enter it. */
static void
listen_shortly(struct job *job)
{
	bool done = false;

	(void)sv_timer_start(job->reader.loop, 0, 0, set_true, &done);
	sv_loop_run_until(job->reader.loop, &done);
}

static int
index_all(struct job *job)
{
	int rc = walk_all(job);

	for (size_t i = 0; i < job->walk.count && rc == 0 && !job->summary->stopped; i++) {
		const struct sv_walk_entry *entry = &job->walk.entries[i];
		job->progress.path = entry->path;
		rc = index_entry(job, entry);
		atomic_store(&job->reader.bytes_read, 0);
		job->bytes_before += entry->size_bytes;
		job->progress.bytes_done = job->bytes_before;
		if (++job->progress.files_done % LISTEN_EVERY == 0)
			listen_shortly(job);
	}
	job->progress.path = "";
	return rc == SV_ECANCELED && job->summary->stopped ? 0 : rc;
}

/* One index job on a state: the lock's descriptor, or SV_E* with a line in `why`. */
static int
take_lock(const struct sv_settings *settings, char *why, size_t why_size)
{
	char *path = sv_xasprintf("%s/library.lock", settings->state);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int rc = fd;

	if (fd < 0) {
		rc = errno == ENOENT ? SV_EACCES : sv_error_from_errno(errno);
		(void)snprintf(why, why_size, "%s cannot be opened: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		rc = SV_EBUSY;
		(void)snprintf(why, why_size, "another `library add` is running on %s; wait for it to end", settings->state);
		(void)close(fd);
	}
	free(path);
	return rc;
}

/* sv-media, from the setting or beside our own program. */
static char *
media_program(const struct sv_settings *settings)
{
	char self[PATH_MAX];
	ssize_t length = settings->media_program[0] != '\0' ? 0 : readlink("/proc/self/exe", self, sizeof self - 1);

	if (length <= 0)
		return sv_xstrdup(settings->media_program[0] != '\0' ? settings->media_program : "sv-media");
	self[length] = '\0';
	char *slash = strrchr(self, '/');
	return sv_xasprintf("%.*s/sv-media", (int)(slash - self), self);
}

static int
year_now(void)
{
	time_t now = (time_t)sv_clock_unix_s();
	struct tm parts;

	return gmtime_r(&now, &parts) == NULL ? 2100 : parts.tm_year + 1900;
}

static bool
redis_named(const struct sv_settings *settings)
{
	char path[SV_PATH_MAX];

	return settings->redis_url[0] != '\0' ||
	    (settings->run_folder[0] != '\0' && access(sv_path(settings, SV_PATH_REDIS_SOCKET, path), F_OK) == 0);
}

static void
on_told(void *context, int rc)
{
	(void)rc;
	*(bool *)context = true;
}

/* Take the progress from the pages, and see that Redis heard it. */
static void
end_telling(struct job *job)
{
	bool told = false;

	if (job->hot == NULL)
		return;
	(void)sv_hot_progress_put(job->hot, job->options->work, &(struct sv_hot_progress){.active = false}, on_told, &told);
	sv_loop_run_until(job->reader.loop, &told);
	sv_hot_close(job->hot);
}

int
sv_index_run(const struct sv_settings *settings, struct sv_catalog *catalog, const struct sv_index_options *options,
    struct sv_index_summary *ret_summary, char *why, size_t why_size)
{
	struct job job = {.settings = settings, .catalog = catalog, .options = options, .summary = ret_summary, .this_year = year_now(),
	    .progress.path = "", .why = why, .why_size = why_size};
	struct sv_signal *signals[2] = {NULL, NULL};
	uint64_t start_ms = sv_clock_ms();

	*ret_summary = (struct sv_index_summary){0};
	int lock = take_lock(settings, why, why_size);
	if (lock < 0)
		return lock;
	int rc = 0;
	sv_walk_init(&job.walk);
	job.program = media_program(settings);
	job.reader.program = job.program;
	job.reader.probe_wall_ms = settings->media_time * 1000;
	job.reader.loop = sv_loop_new();
	if (options->watch_signals) {
		signals[0] = sv_signal_watch(job.reader.loop, SIGINT, on_signal, &job);
		signals[1] = sv_signal_watch(job.reader.loop, SIGTERM, on_signal, &job);
	}
	if (options->tell_viewers && redis_named(settings) && sv_hot_open(job.reader.loop, settings, &job.hot) < 0)
		job.hot = NULL;
	struct sv_timer *timer = sv_timer_start(job.reader.loop, TICK_MS, TICK_MS, on_tick, &job);
	if (access(job.program, X_OK) != 0) {
		(void)snprintf(why, why_size, "the media child %s cannot be started: %s (SV_MEDIA_PROGRAM)", job.program, strerror(errno));
		rc = SV_EACCES;
	} else {
		rc = index_all(&job);
	}
	sv_timer_cancel(timer);
	end_telling(&job);
	for (size_t i = 0; i < 2; i++)
		if (signals[i] != NULL)
			sv_signal_close(signals[i]);
	sv_loop_free(job.reader.loop);
	sv_walk_fini(&job.walk);
	free(job.program);
	(void)close(lock);
	ret_summary->took_ms = sv_clock_ms() - start_ms;
	return rc;
}
