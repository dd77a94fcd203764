/* SPDX-License-Identifier: Apache-2.0
 * One job of the media child: start sv-media locked down and with an empty environment, hand it the bytes it asks for, collect
 * what it found.  The child may do anything: its death, silence or nonsense ends that job with an error and nothing else.
 *
 * A job belongs to its loop.  It ends in exactly one `done` call, or silently by sv_media_job_cancel; after either the handle is gone. */
#ifndef SV_MEDIA_JOB_H
#define SV_MEDIA_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "media_rpc.h"

struct sv_media_job;

enum sv_media_job_kind {
	SV_MEDIA_JOB_PROBE = 0,      /* gives `info` */
	SV_MEDIA_JOB_POSTER,         /* gives `images`: stills 640 and 320 wide, posters 2:3 480, 320, 240 and 160 wide */
	SV_MEDIA_JOB_KIND_COUNT
};

/* How the child's process ended. */
enum sv_media_job_end {
	SV_MEDIA_END_EXIT = 0,       /* by itself; exit_code */
	SV_MEDIA_END_SIGNAL,         /* by a signal that we did not send; signal_number (SIGSYS: a forbidden call) */
	SV_MEDIA_END_TIMEOUT,        /* we killed it: wall time, or the kernel did: processor time */
	SV_MEDIA_END_PROTOCOL,       /* we killed it: it broke the protocol or a limit */
	SV_MEDIA_END_COUNT
};

struct sv_media_job_image {
	enum sv_media_image_kind kind;
	enum sv_media_mime mime;
	uint32_t width, height;
	uint8_t *bytes;              /* malloc'ed */
	size_t length;
};

struct sv_media_job_result {
	/* 0; SV_EUNSUPPORTED: not a film we know (or no picture in it); SV_ECRASH, SV_ETIMEOUT, SV_EPROTO: the child failed on it;
	 * SV_ENOMEM: it needed more than it may have; SV_ETOOBIG: results over their limits; what the read callback gave: reading failed. */
	int rc;
	char why[256];               /* one line for people; "" when rc is 0 */
	struct sv_media_info info;   /* probe, rc 0 */
	size_t image_count;          /* poster, rc 0: at least 1 */
	struct sv_media_job_image images[SV_MEDIA_MAX_IMAGES];
	enum sv_media_job_end end;
	int exit_code, signal_number;
	struct sv_media_hello hello; /* guards in force; not SV_MEDIA_GUARD_ALL: reduced mode */
	uint64_t bytes_read;         /* bytes handed to the child */
	uint32_t reads;              /* how many READs */
	uint64_t wall_ms;
};

/* The result is the callee's: free it with sv_media_job_result_free, now or later. */
typedef void sv_media_job_done_fn(void *context, struct sv_media_job_result *result);
/* The child wants [offset, offset+length) of the file, within its size.  Answer by sv_media_job_answer, now or later. */
typedef void sv_media_job_read_fn(void *context, struct sv_media_job *job, uint64_t offset, uint32_t length);
/* The outstanding read is not wanted any more: do not answer it.  Runs at most once, only while a read is outstanding. */
typedef void sv_media_job_drop_fn(void *context);

/* Zero means the default. */
struct sv_media_job_options {
	const char *program;         /* path of sv-media; borrowed for the call */
	enum sv_media_job_kind kind;
	uint64_t size_bytes;         /* of the file */
	uint64_t wall_ms;            /* 30 s */
	uint64_t budget_bytes;       /* handed to the child in all: 64 MiB; past it reads fail and the child ends with what it has */
	size_t image_bytes;          /* all pictures together: 8 MiB */
	sv_media_job_read_fn *read;  /* unused by sv_media_job_file */
	sv_media_job_drop_fn *drop;  /* may be NULL when read always answers before it returns */
	sv_media_job_done_fn *done;
	sv_loop_fn *release;         /* may be NULL; runs last, after done or cancel: `context` is not used any more */
	void *context;               /* of all of them */
};

/* 0, or SV_E* when the child could not be started (no callback runs then).  No callback runs before this returns. */
int sv_media_job_start(struct sv_loop *loop, const struct sv_media_job_options *options, struct sv_media_job **ret_job);
/* The same on a file that the caller opened: read by pread in the pool.  `fd` is borrowed for the call (it is duplicated);
 * size_bytes, read and drop of the options are not looked at. */
int sv_media_job_file(struct sv_loop *loop, int fd, const struct sv_media_job_options *options, struct sv_media_job **ret_job);
/* Answer the outstanding read: count of bytes (0: end of file, at most the length asked), or a negative SV_E*.  `bytes` is borrowed for
 * the call. */
void sv_media_job_answer(struct sv_media_job *job, int result, const void *bytes);
/* Kill the child; no callback runs except `drop` and `release`, both within this call.  Accepts NULL. */
void sv_media_job_cancel(struct sv_media_job *job);
/* Accepts NULL. */
void sv_media_job_result_free(struct sv_media_job_result *result);

const char *sv_media_job_end_name(enum sv_media_job_end end);

#endif
