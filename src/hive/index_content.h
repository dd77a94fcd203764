/* SPDX-License-Identifier: Apache-2.0
 * What is in a file: asked of the media child, and read whole for its checksums.  Runs a loop of its own until each step is
 * done, so calls block; one thread. */
#ifndef SV_INDEX_CONTENT_H
#define SV_INDEX_CONTENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog_records.h"
#include "loop.h"
#include "media_job.h"
#include "settings.h"

struct sv_index_content {
	struct sv_file file;             /* content fields only; texts and tracks live in `info` */
	struct sv_media_info info;
	struct sv_track *tracks;
	struct sv_chapter *chapters;
	uint32_t *crcs;
	size_t piece_count;
	struct sv_media_job_result *pictures;   /* NULL: none could be made */
};

struct sv_index_reader {
	struct sv_loop *loop;
	const char *program;             /* sv-media */
	uint64_t probe_wall_ms;          /* 0: the media job's default */
	atomic_uint_fast64_t bytes_read; /* of the file in work */
	atomic_bool stop;
	/* private to index_content.c */
	bool woken;
	struct sv_media_job *job;
	struct sv_media_job_result *result;
};

/* Make the reader end soon; the step in progress gives SV_ECANCELED.  Loop thread. */
void sv_index_reader_stop(struct sv_index_reader *reader);

/* Ask the child what it is.  0, or the rc of struct sv_media_job_result with its line in `why`; a negative code and *ret_fault true when it is not
 * the file's fault (the child could not be started). */
int sv_index_content_probe(struct sv_index_reader *reader, int fd, struct sv_index_content *content, char *why, size_t why_size, bool *ret_fault);
/* Checksums of all `size_bytes`.  0, SV_ECHANGED (it ended earlier), SV_ECANCELED, SV_ENOMEM, or SV_E* of reading. */
int sv_index_content_sum(struct sv_index_reader *reader, int fd, uint64_t size_bytes, struct sv_index_content *content);
/* Pictures; a failure leaves none.  0 or SV_ECANCELED. */
int sv_index_content_pictures(struct sv_index_reader *reader, int fd, struct sv_index_content *content);
void sv_index_content_free(struct sv_index_content *content);

/* "video/mp4" and its like, from libavformat's name of the container. */
const char *sv_index_content_mime(const struct sv_media_info *info);

#endif
