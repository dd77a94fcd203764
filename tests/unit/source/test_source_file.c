/* SPDX-License-Identifier: Apache-2.0
 * Files on disk: exact bytes, changes noticed, cancelled reads let go. */
#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "source_file.h"

#define SIZE ((size_t)3 << 20)

static char folder[] = "/tmp/sv-source-XXXXXX";
static char path[64], other[64];

struct watch {
	struct sv_source_fetch *fetch;
	size_t first, bytes;
	unsigned calls;
	bool cancel_at_first, done, released;
	int rc;
};

static void
watch_bytes(void *context, size_t offset, size_t length)
{
	struct watch *watch = context;

	assert_false(watch->done || watch->released);
	if (watch->calls++ == 0)
		watch->first = offset;
	watch->bytes += length;
	if (watch->cancel_at_first)
		sv_source_fetch_cancel(watch->fetch);
}

static void
watch_done(void *context, int rc)
{
	struct watch *watch = context;

	assert_false(watch->done || watch->released || watch->cancel_at_first);
	watch->done = true;
	watch->rc = rc;
}

static void
watch_release(void *context)
{
	struct watch *watch = context;

	assert_false(watch->released);
	watch->released = true;
}

static uint8_t
byte_at(size_t offset)
{
	return (uint8_t)(offset * 31 + (offset >> 8) + (offset >> 16));
}

static int64_t
write_film(const char *name, size_t size)
{
	uint8_t *bytes = sv_xmalloc(size + 1);
	struct stat st;
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(i);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	free(bytes);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(close(fd), 0);
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static void
set_mtime(const char *name, int64_t mtime_ns)
{
	const struct timespec times[2] = {{0, UTIME_OMIT}, {mtime_ns / 1000000000, mtime_ns % 1000000000}};

	assert_int_equal(utimensat(AT_FDCWD, name, times, 0), 0);
}

static unsigned
open_descriptors(void)
{
	unsigned count = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (readdir(dir) != NULL)
		count++;
	assert_int_equal(closedir(dir), 0);
	return count;
}

static int
fetch(struct sv_loop *loop, struct sv_source *source, uint64_t start, size_t length)
{
	struct watch watch = {0};
	uint8_t *into = sv_xcalloc(1, length);

	watch.fetch = sv_source_fetch_start(source, start, length, into,
	    &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &watch});
	sv_loop_run_until(loop, &watch.released);
	assert_true(watch.done);
	if (watch.rc == 0) {
		assert_int_equal(watch.bytes, length);
		for (size_t i = 0; i < length; i++)
			if (into[i] != byte_at((size_t)start + i))
				fail_msg("wrong byte at %zu", (size_t)start + i);
	}
	free(into);
	return watch.rc;
}

static struct sv_source *
open_film(struct sv_loop *loop, uint64_t size, int64_t mtime_ns)
{
	return sv_source_file_open(loop, &(struct sv_source_file_options){.path = path, .size_bytes = size, .mtime_ns = mtime_ns});
}

static void
reads_exactly(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	unsigned before = open_descriptors();
	struct sv_source *source = open_film(loop, SIZE, write_film(path, SIZE));

	assert_int_equal(open_descriptors(), before);
	assert_int_equal(fetch(loop, source, 0, (size_t)1 << 20), 0);
	assert_int_equal(fetch(loop, source, SIZE - 1, 1), 0);
	assert_int_equal(fetch(loop, source, 131071, 2), 0);
	assert_int_equal(fetch(loop, source, 777777, 555555), 0);
	assert_int_equal(open_descriptors(), before + 1);
	sv_source_close(source);
	assert_int_equal(open_descriptors(), before);
	sv_loop_free(loop);
	(void)state;
}

static void
notices_changes(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	int64_t mtime_ns = write_film(path, SIZE);
	struct sv_source *source = open_film(loop, SIZE, mtime_ns), *wrong_time = open_film(loop, SIZE, mtime_ns + 1),
	    *wrong_size = open_film(loop, SIZE + 1, mtime_ns), *no_time = open_film(loop, SIZE, -1);

	assert_int_equal(fetch(loop, source, 0, 1000), 0);
	assert_int_equal(fetch(loop, wrong_time, 0, 1000), SV_ECHANGED);
	assert_int_equal(fetch(loop, wrong_size, 0, 1000), SV_ECHANGED);
	assert_int_equal(fetch(loop, no_time, 0, 1000), 0);
	/* written to */
	set_mtime(path, mtime_ns + 5);
	assert_int_equal(fetch(loop, source, 0, 1000), SV_ECHANGED);
	set_mtime(path, mtime_ns);
	assert_int_equal(fetch(loop, source, 0, 1000), 0);
	/* cut short */
	assert_int_equal(truncate(path, (off_t)SIZE - 1), 0);
	set_mtime(path, mtime_ns);
	assert_int_equal(fetch(loop, source, SIZE - 1000, 1000), SV_ECHANGED);
	/* another file under the name, of the same size and time: read from there; of another time: not */
	(void)write_film(other, SIZE);
	set_mtime(other, mtime_ns);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(fetch(loop, source, 5, 1000), 0);
	(void)write_film(other, SIZE);
	set_mtime(other, mtime_ns + 7);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(fetch(loop, source, 5, 1000), SV_ECHANGED);
	/* gone, though we have it open */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(fetch(loop, source, 5, 1000), SV_ENOENT);
	sv_source_close(source);
	sv_source_close(wrong_time);
	sv_source_close(wrong_size);
	sv_source_close(no_time);
	sv_loop_free(loop);
	(void)state;
}

static void
odd_things_are_no_films(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	struct sv_source *source = open_film(loop, 4096, -1);

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(fetch(loop, source, 0, 100), SV_ECHANGED);
	assert_int_equal(rmdir(path), 0);
	/* a pipe must not hang the pool */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(fetch(loop, source, 0, 100), SV_ECHANGED);
	assert_int_equal(unlink(path), 0);
	sv_source_close(source);
	sv_loop_free(loop);
	(void)state;
}

static void
cancelled_reads_let_go(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	unsigned before = open_descriptors();
	struct sv_source *source = open_film(loop, SIZE, write_film(path, SIZE));
	uint8_t *into = sv_xmalloc((size_t)1 << 20);

	for (unsigned round = 0; round < 50; round++) {
		struct watch at_once = {.cancel_at_first = true}, in_midst = {.cancel_at_first = true};
		const struct sv_source_sink sink = {watch_bytes, watch_done, watch_release, &at_once};
		at_once.fetch = sv_source_fetch_start(source, 0, (size_t)1 << 20, into, &sink);
		sv_source_fetch_cancel(at_once.fetch);
		sv_loop_run_until(loop, &at_once.released);
		assert_int_equal(at_once.calls, 0);
		in_midst.fetch = sv_source_fetch_start(source, 0, (size_t)1 << 20, into,
		    &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &in_midst});
		sv_loop_run_until(loop, &in_midst.released);
		assert_int_equal(in_midst.calls, 1);
		assert_int_equal(in_midst.first, 0);
	}
	/* the source may go before the read has let go, and the loop waits for it */
	struct watch last = {0};
	last.fetch = sv_source_fetch_start(source, 0, (size_t)1 << 20, into, &(struct sv_source_sink){watch_bytes, watch_done, watch_release, &last});
	sv_source_fetch_cancel(last.fetch);
	sv_source_close(source);
	sv_loop_free(loop);
	assert_true(last.released);
	assert_true(open_descriptors() < before);
	free(into);
	(void)state;
}

static int
make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/film", folder);
	(void)snprintf(other, sizeof other, "%s/other", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_exactly), cmocka_unit_test(notices_changes), cmocka_unit_test(odd_things_are_no_films),
	    cmocka_unit_test(cancelled_reads_let_go),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
