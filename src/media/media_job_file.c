/* SPDX-License-Identifier: Apache-2.0
 * A media job on a local file: the reads run in the pool.  The reader is shared by the job and by the read that is under way;
 * whoever lets go last frees it, because a read cannot be called back from its thread. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "media_job.h"

struct reader {
	struct sv_loop *loop;
	unsigned holders;
	int fd;                      /* ours */
	struct sv_media_job *job;
	struct sv_offload *offload;  /* the read under way, NULL when none */
	uint64_t offset;
	uint32_t length;
	int result;
	uint8_t *bytes;
	sv_media_job_done_fn *done;  /* the caller's */
	sv_loop_fn *release;
	void *context;
};

static void
unref(struct reader *reader)
{
	if (--reader->holders > 0)
		return;
	(void)close(reader->fd);
	free(reader->bytes);
	free(reader);
}

static void
read_on_thread(void *context)
{
	struct reader *reader = context;
	uint32_t have = 0;

	while (have < reader->length) {
		ssize_t n = pread(reader->fd, reader->bytes + have, reader->length - have, (off_t)(reader->offset + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			reader->result = sv_error_from_errno(errno);
			return;
		}
		if (n == 0)
			break;
		have += (uint32_t)n;
	}
	reader->result = (int)have;
}

static void
read_done(void *context)
{
	struct reader *reader = context;

	reader->offload = NULL;
	sv_media_job_answer(reader->job, reader->result, reader->bytes);
}

static void
read_released(void *context)
{
	unref(context);
}

static void
file_read(void *context, struct sv_media_job *job, uint64_t offset, uint32_t length)
{
	struct reader *reader = context;

	reader->job = job;
	reader->offset = offset;
	reader->length = length;
	reader->holders++;
	reader->offload = sv_offload_start(reader->loop, read_on_thread, read_done, read_released, reader);
}

static void
file_drop(void *context)
{
	struct reader *reader = context;

	sv_offload_cancel(reader->offload);
	reader->offload = NULL;
}

static void
file_done(void *context, struct sv_media_job_result *result)
{
	struct reader *reader = context;

	reader->done(reader->context, result);
}

static void
file_release(void *context)
{
	struct reader *reader = context;

	if (reader->release != NULL)
		reader->release(reader->context);
	unref(reader);
}

int
sv_media_job_file(struct sv_loop *loop, int fd, const struct sv_media_job_options *options, struct sv_media_job **ret_job)
{
	struct sv_media_job_options own = *options;
	struct stat facts;

	if (fstat(fd, &facts) != 0)
		return sv_error_from_errno(errno);
	if (!S_ISREG(facts.st_mode))
		return SV_EINVAL;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return sv_error_from_errno(errno);
	struct reader *reader = sv_xcalloc(1, sizeof(*reader));
	*reader = (struct reader){.loop = loop, .holders = 1, .fd = copy, .done = options->done, .release = options->release,
	    .context = options->context};
	reader->bytes = sv_xmalloc(SV_MEDIA_RPC_MAX_READ);
	own.size_bytes = (uint64_t)facts.st_size;
	own.read = file_read;
	own.drop = file_drop;
	own.done = file_done;
	own.release = file_release;
	own.context = reader;
	int rc = sv_media_job_start(loop, &own, ret_job);
	if (rc != 0)
		unref(reader);
	return rc;
}
