/* SPDX-License-Identifier: Apache-2.0
 * The index job: make the catalog say what lies in some folders.  What `library add` runs.
 * Running it again changes nothing: a path whose size, time and inode are as recorded is not opened.  A file whose bytes changed gets a new content
 * version; one that vanished below a given folder is marked gone, and comes back when it does.  A file that cannot be taken is reported with its
 * reason, and tried again only when it changes or with `retry`. */
#ifndef SV_INDEX_JOB_H
#define SV_INDEX_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog.h"
#include "hot.h"
#include "settings.h"

enum sv_index_result {
	SV_INDEX_ADDED = 0, SV_INDEX_UNCHANGED, SV_INDEX_CHANGED, SV_INDEX_RETURNED, SV_INDEX_GONE, SV_INDEX_SKIPPED, SV_INDEX_RESULT_COUNT
};

/* Why a path was skipped.  name; kept: remembered, so that the path is left alone until it changes. */
#define SV_INDEX_REASONS(X) \
	X(NONE, "", 0) \
	X(NOT_MEDIA, "not-media", 0)        /* its name ends in nothing that films end in */ \
	X(UNREADABLE, "unreadable", 0)      /* permission, or the disk failed */ \
	X(EMPTY, "empty", 1) \
	X(UNPARSEABLE, "unparseable", 1)    /* no container that we know, truncated, or broken */ \
	X(NO_VIDEO, "no-video", 1) \
	X(CRASHED, "crashed", 1)            /* the media child died on it */ \
	X(TIMED_OUT, "timed-out", 1) \
	X(LIMITS, "limits", 1)              /* it wants more memory or room than a film may */ \
	X(MOVING, "changing", 0)            /* it changed while it was read */ \
	X(SAME_FILE, "same-file", 0)        /* another name of a file that was listed */ \
	X(BAD_NAME, "bad-name", 0)          /* not UTF-8 */ \
	X(MISSING, "missing", 0)            /* a path of the command line that is not there */
enum sv_index_reason {
#define SV_INDEX_REASON(id, name, kept) SV_INDEX_REASON_##id,
	SV_INDEX_REASONS(SV_INDEX_REASON)
#undef SV_INDEX_REASON
	SV_INDEX_REASON_COUNT
};

struct sv_index_report {
	const char *path;
	enum sv_index_result result;
	enum sv_index_reason reason;     /* skipped only */
	const char *why;                 /* a line for people; "" when there is nothing to say */
	const char *file;                /* public id; "" none */
	uint64_t version;                /* with file */
	bool remembered;                 /* skipped as before, without a new look */
};

struct sv_index_progress {
	size_t files_done, files_total;
	uint64_t bytes_done, bytes_total;
	const char *path;                /* in work; "" none */
};

struct sv_index_options {
	const char *const *paths;        /* files and folders */
	size_t path_count;
	bool retry;                      /* look again at what was skipped */
	bool watch_signals;              /* SIGINT and SIGTERM end the job between two steps */
	bool tell_viewers;               /* keep the progress that pages show, when Redis is there */
	enum sv_hot_work work;           /*   as this */
	void (*on_file)(void *context, const struct sv_index_report *report);             /* NULL: none */
	void (*on_progress)(void *context, const struct sv_index_progress *progress);     /* NULL: none; about five times a second */
	void *context;
};

struct sv_index_summary {
	size_t results[SV_INDEX_RESULT_COUNT];
	size_t reasons[SV_INDEX_REASON_COUNT];
	uint64_t bytes_read;
	uint64_t took_ms;
	bool stopped;                    /* by a signal */
};

/* Blocking; runs a loop of its own on the calling thread.  Works through everything it can; what stops it is returned with one line in `why`:
 * SV_EBUSY (another index job runs on this state), SV_ENOSPC, SV_EACCES, SV_EUNAVAIL, SV_ECORRUPT, SV_EIO.  What was done before stays. */
int sv_index_run(const struct sv_settings *settings, struct sv_catalog *catalog, const struct sv_index_options *options,
    struct sv_index_summary *ret_summary, char *why, size_t why_size);

const char *sv_index_result_name(enum sv_index_result result);
const char *sv_index_reason_name(enum sv_index_reason reason);

#endif
