/* SPDX-License-Identifier: Apache-2.0
 * Files are read in the offload pool, one job a fetch, in steps of one piece; after each step the loop is told, when the last
 * word was a while ago (one post at most is on its way), and the job looks whether it was cancelled.
 *
 * Threads: the job owns `into`, `handle` (while it runs) and writes `progress`, `posted`; everything else belongs to the loop.
 * The fetch lives until the job was released and every post was handled. */
#include "source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "errors.h"
#include "list.h"
#include "sv_assert.h"

#define STEP_BYTES ((size_t)128 << 10)
#define TELL_US 500u
#define SOURCE_MAGIC 0x53f11e01u
#define FETCH_MAGIC 0x53f11e02u

/* An open descriptor; shared by the source and the jobs that read from it. */
struct handle {
	atomic_uint refs;
	int fd;
	dev_t device;
	ino_t inode;
};

struct file_source {
	struct sv_source base;
	unsigned magic;
	char *path;
	int64_t mtime_ns;
	struct handle *handle;           /* NULL until the first fetch came back */
};

struct file_fetch {
	struct sv_source_fetch base;
	unsigned magic;
	struct sv_loop *loop;
	struct file_source *source;      /* NULL once cancelled */
	struct sv_offload *offload;      /* NULL once it came back */
	struct sv_source_sink sink;
	char *path;
	uint64_t size_bytes;
	int64_t mtime_ns;
	uint64_t start;
	size_t length;
	uint8_t *into;
	struct handle *handle;
	size_t delivered;                /* bytes the sink knows of */
	unsigned handled;                /* posts that arrived */
	bool released;
	int rc;                          /* written by the job, read after it */
	atomic_bool cancelled;
	atomic_bool post_pending;
	atomic_uint posted;
	atomic_size_t progress;          /* bytes read and checked */
};

static void
handle_unref(struct handle *handle)
{
	if (handle != NULL && atomic_fetch_sub(&handle->refs, 1) == 1) {
		(void)close(handle->fd);
		free(handle);
	}
}

static bool
is_indexed(const struct file_fetch *fetch, const struct stat *st)
{
	int64_t mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;

	return S_ISREG(st->st_mode) && (uint64_t)st->st_size == fetch->size_bytes && (fetch->mtime_ns < 0 || mtime_ns == fetch->mtime_ns);
}

static int
open_file(struct file_fetch *fetch)
{
	struct stat st;
	/* the library's files are read, not used: their access times stay where the owner lets us */
	int fd = open(fetch->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = open(fetch->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return sv_error_from_errno(errno);
	if (fstat(fd, &st) != 0 || !is_indexed(fetch, &st)) {
		(void)close(fd);
		return SV_ECHANGED;
	}
	fetch->handle = sv_xcalloc(1, sizeof *fetch->handle);
	atomic_init(&fetch->handle->refs, 1);
	fetch->handle->fd = fd;
	fetch->handle->device = st.st_dev;
	fetch->handle->inode = st.st_ino;
	return 0;
}

/* An open descriptor of the file that the path names now, with the indexed size and time. */
static int
prepare(struct file_fetch *fetch)
{
	struct stat st;

	if (fetch->handle != NULL) {
		if (stat(fetch->path, &st) != 0)
			return sv_error_from_errno(errno);
		if (!is_indexed(fetch, &st))
			return SV_ECHANGED;
		if (st.st_dev == fetch->handle->device && st.st_ino == fetch->handle->inode)
			return 0;
		handle_unref(fetch->handle);
		fetch->handle = NULL;
	}
	return open_file(fetch);
}

static int
read_step(struct file_fetch *fetch, size_t at, size_t length)
{
	struct stat st;
	size_t have = 0;

	while (have < length) {
		ssize_t n = pread(fetch->handle->fd, fetch->into + at + have, length - have, (off_t)(fetch->start + at + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sv_error_from_errno(errno);
		if (n == 0)
			return SV_ESHORT;
		have += (size_t)n;
	}
	if (fstat(fetch->handle->fd, &st) != 0 || !is_indexed(fetch, &st))
		return SV_ECHANGED;
	return 0;
}

static void progress_arrived(void *context);

/* Pool thread. */
static void
job_work(void *context)
{
	struct file_fetch *fetch = context;
	size_t at = 0;
	uint64_t told_us = sv_clock_us();

	fetch->rc = atomic_load(&fetch->cancelled) ? SV_ECANCELED : prepare(fetch);
	if (fetch->rc == 0)
		(void)posix_fadvise(fetch->handle->fd, (off_t)fetch->start, (off_t)fetch->length, POSIX_FADV_WILLNEED);
	while (fetch->rc == 0 && at < fetch->length) {
		/* steps end where pieces end */
		size_t step = STEP_BYTES - (size_t)((fetch->start + at) % STEP_BYTES);
		if (step > fetch->length - at)
			step = fetch->length - at;
		if (atomic_load(&fetch->cancelled)) {
			fetch->rc = SV_ECANCELED;
			break;
		}
		fetch->rc = read_step(fetch, at, step);
		if (fetch->rc != 0)
			break;
		at += step;
		atomic_store(&fetch->progress, at);
		/* the last step needs no word of its own: the job's end follows at once.  A file in the page cache is through before a word would
		 * have arrived, and waking the loop costs more than reading a piece */
		if (at < fetch->length && sv_clock_us() - told_us >= TELL_US && !atomic_exchange(&fetch->post_pending, true)) {
			told_us = sv_clock_us();
			atomic_fetch_add(&fetch->posted, 1);
			sv_loop_post(fetch->loop, progress_arrived, fetch);
		}
	}
}

static void
free_when_over(struct file_fetch *fetch)
{
	if (!fetch->released || fetch->handled != atomic_load(&fetch->posted))
		return;
	fetch->magic = 0;
	free(fetch->path);
	free(fetch);
}

/* The sink may cancel from inside on_bytes. */
static void
deliver(struct file_fetch *fetch)
{
	size_t have = atomic_load(&fetch->progress), from = fetch->delivered;

	if (atomic_load(&fetch->cancelled) || have == from)
		return;
	fetch->delivered = have;
	fetch->sink.on_bytes(fetch->sink.context, from, have - from);
}

static void
progress_arrived(void *context)
{
	struct file_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	atomic_store(&fetch->post_pending, false);
	/* counted after the delivery: a sink that cancels must not free what we hold */
	if (!fetch->released)
		deliver(fetch);
	fetch->handled++;
	free_when_over(fetch);
}

static void
job_done(void *context)
{
	struct file_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	fetch->offload = NULL;
	if (fetch->source != NULL && fetch->handle != NULL && fetch->source->handle != fetch->handle) {
		handle_unref(fetch->source->handle);
		fetch->source->handle = fetch->handle;
		atomic_fetch_add(&fetch->handle->refs, 1);
	}
	deliver(fetch);
	if (atomic_load(&fetch->cancelled))
		return;
	fetch->source = NULL;
	fetch->sink.on_done(fetch->sink.context, fetch->rc);
}

static void
job_release(void *context)
{
	struct file_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	fetch->offload = NULL;
	handle_unref(fetch->handle);
	fetch->handle = NULL;
	fetch->released = true;
	fetch->into = NULL;
	fetch->sink.on_release(fetch->sink.context);
	free_when_over(fetch);
}

static struct sv_source_fetch *
file_start(struct sv_source *base, uint64_t start, size_t length, uint8_t *into, const struct sv_source_sink *sink)
{
	struct file_source *source = SV_CONTAINER(base, struct file_source, base);
	struct file_fetch *fetch = sv_xcalloc(1, sizeof *fetch);

	SV_CHECK(source, SOURCE_MAGIC);
	fetch->base.driver = base->driver;
	fetch->magic = FETCH_MAGIC;
	fetch->loop = base->loop;
	fetch->source = source;
	fetch->sink = *sink;
	fetch->path = sv_xstrdup(source->path);
	fetch->size_bytes = base->size_bytes;
	fetch->mtime_ns = source->mtime_ns;
	fetch->start = start;
	fetch->length = length;
	fetch->into = into;
	fetch->handle = source->handle;
	if (fetch->handle != NULL)
		atomic_fetch_add(&fetch->handle->refs, 1);
	fetch->offload = sv_offload_start(base->loop, job_work, job_done, job_release, fetch);
	return &fetch->base;
}

static void
file_cancel(struct sv_source_fetch *base)
{
	struct file_fetch *fetch = SV_CONTAINER(base, struct file_fetch, base);

	SV_CHECK(fetch, FETCH_MAGIC);
	atomic_store(&fetch->cancelled, true);
	fetch->source = NULL;
	if (fetch->offload != NULL)
		sv_offload_cancel(fetch->offload);
}

static void
file_close(struct sv_source *base)
{
	struct file_source *source = SV_CONTAINER(base, struct file_source, base);

	SV_CHECK(source, SOURCE_MAGIC);
	source->magic = 0;
	handle_unref(source->handle);
	free(source->path);
	free(source);
}

static const struct sv_source_driver driver = {
    .kind = "file", .metric_label = SV_SOURCE_LABEL_FILE, .start = file_start, .cancel = file_cancel, .close = file_close};

struct sv_source *
sv_source_file_open(struct sv_loop *loop, const struct sv_source_file_options *options)
{
	struct file_source *source = sv_xcalloc(1, sizeof *source);

	source->base = (struct sv_source){&driver, loop, options->size_bytes};
	source->magic = SOURCE_MAGIC;
	source->path = sv_xstrdup(options->path);
	source->mtime_ns = options->mtime_ns;
	return &source->base;
}
