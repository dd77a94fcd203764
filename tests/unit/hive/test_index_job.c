/* SPDX-License-Identifier: Apache-2.0
 * The index job on folders that each test makes, with a media child that believes what files say (index_fake_child.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "buffer.h"
#include "catalog.h"
#include "clock.h"
#include "crc.h"
#include "errors.h"
#include "index_job.h"

struct world {
	char folder[64], films[96], state[96];
	struct sv_settings settings;
	struct sv_catalog *catalog;
	struct sv_arena *arena;
	struct sv_buffer log;            /* "result reason base;" of each report */
	struct sv_index_summary summary;
	char why[500];
	size_t ticks;
	uint64_t bytes_seen;
};

static int
remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
	(void)info;
	(void)type;
	(void)place;
	return remove(path);
}

static void
set(struct world *w, const char *name, const char *value)
{
	assert_int_equal(sv_settings_set(&w->settings, sv_text_of(name), sv_text_of(value), w->why, sizeof w->why), 0);
}

static int
set_up(void **state)
{
	struct world *w = sv_xcalloc(1, sizeof *w);
	char program[1024];

	strcpy(w->folder, "/tmp/sv-hive-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->films, sizeof w->films, "%s/films", w->folder);
	snprintf(w->state, sizeof w->state, "%s/state", w->folder);
	assert_int_equal(mkdir(w->films, 0755), 0);
	assert_int_equal(mkdir(w->state, 0755), 0);
	sv_settings_init(&w->settings);
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 40);
	assert_true(length > 0);
	program[length] = '\0';
	strcpy(strrchr(program, '/'), "/hive/index-fake-child");
	set(w, "SV_MEDIA_PROGRAM", program);
	set(w, "SV_STATE", w->state);
	set(w, "SV_RUN_FOLDER", w->folder);
	assert_int_equal(sv_catalog_open(&w->settings, &w->catalog, w->why, sizeof w->why), 0);
	w->arena = sv_arena_new(0);
	sv_buffer_init(&w->log, 0);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	sv_catalog_close(w->catalog);
	sv_arena_free(w->arena);
	sv_buffer_fini(&w->log);
	sv_settings_fini(&w->settings);
	assert_int_equal(nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(w);
	return 0;
}

static char *
path_of(const struct world *w, const char *name)
{
	return sv_xasprintf("%s/%s", w->films, name);
}

/* Make a file, and the folders above it; its time is set so that tests need not wait for the clock. */
static void
make_file(const struct world *w, const char *name, const char *content, int64_t mtime)
{
	char *path = path_of(w, name);

	for (char *at = path + strlen(w->films) + 1; *at != '\0'; at++)
		if (*at == '/') {
			*at = '\0';
			(void)mkdir(path, 0755);
			*at = '/';
		}
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(content, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
	const struct timespec times[2] = {{mtime, 0}, {mtime, 0}};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static void
remove_file(const struct world *w, const char *name)
{
	char *path = path_of(w, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

static void
on_file(void *context, const struct sv_index_report *report)
{
	struct world *w = context;
	const char *base = strrchr(report->path, '/');

	sv_buffer_printf(&w->log, "%s %s%s%s;", sv_index_result_name(report->result), sv_index_reason_name(report->reason),
	    report->reason == SV_INDEX_REASON_NONE ? "" : " ", base == NULL ? report->path : base + 1);
	assert_true((report->result == SV_INDEX_SKIPPED) == (report->reason != SV_INDEX_REASON_NONE));
}

static void
on_progress(void *context, const struct sv_index_progress *progress)
{
	struct world *w = context;

	assert_true(progress->files_done <= progress->files_total && progress->bytes_done <= progress->bytes_total);
	w->ticks++;
}

static int
run(struct world *w, const char *path, bool retry)
{
	const struct sv_index_options options = {.paths = &path, .path_count = 1, .retry = retry, .on_file = on_file, .on_progress = on_progress,
	    .context = w};

	sv_buffer_reset(&w->log);
	w->why[0] = '\0';
	return sv_index_run(&w->settings, w->catalog, &options, &w->summary, w->why, sizeof w->why);
}

#define LOG(w) sv_buffer_cstr(&(w)->log)

static struct sv_file
find(struct world *w, const char *name)
{
	char *path = path_of(w, name);
	struct sv_file file;

	assert_int_equal(sv_catalog_file_find(w->catalog, path, w->arena, &file), 0);
	free(path);
	return file;
}

static size_t
count_pictures(const struct world *w)
{
	char *path = sv_xasprintf("%s/posters", w->state);
	DIR *dir = opendir(path);
	size_t count = 0;

	free(path);
	if (dir == NULL)
		return 0;
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void
a_film_is_added_whole(void **state)
{
	struct world *w = *state;
	char content[300000];
	uint32_t *crcs = NULL;
	size_t count = 0;
	struct sv_title_detail title;
	struct sv_image image;

	memset(content, 'x', sizeof content);
	memcpy(content, "FILM", 4);
	content[sizeof content - 1] = '\0';
	make_file(w, "Quiet.Night.2003.720p.mp4", content, 1000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "added Quiet.Night.2003.720p.mp4;");
	assert_int_equal(w->summary.bytes_read, sizeof content - 1);
	struct sv_file file = find(w, "Quiet.Night.2003.720p.mp4");
	assert_int_equal(file.size_bytes, sizeof content - 1);
	assert_int_equal(file.mtime_unix_s, 1000);
	assert_int_equal(file.crc32, sv_crc_of(content, sizeof content - 1));
	assert_string_equal(file.name, "Quiet.Night.2003.720p.mp4");
	assert_string_equal(file.mime, "video/mp4");
	assert_int_equal(file.width, 640);
	assert_int_equal(file.duration_ms, 5000);
	assert_int_equal(file.track_count, 2);
	assert_string_equal(file.tracks[1].language, "eng");
	assert_int_equal(sv_catalog_pieces(w->catalog, file.id, 1, &crcs, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(crcs[1], sv_crc_of(content + SV_PIECE_SIZE, SV_PIECE_SIZE));
	assert_int_equal(crcs[2], sv_crc_of(content + 2 * SV_PIECE_SIZE, sizeof content - 1 - 2 * SV_PIECE_SIZE));
	free(crcs);
	assert_int_equal(sv_catalog_title(w->catalog, file.title, w->arena, &title), 0);
	assert_string_equal(title.title.name, "Quiet Night");
	assert_int_equal(title.title.year, 2003);
	assert_int_equal(sv_catalog_image(w->catalog, title.title.image, w->arena, &image), 0);
	assert_int_equal(image.kind, SV_IMAGE_POSTER);
	assert_int_equal(image.widths[0], 160);
	assert_int_equal(image.widths[1], 240);
	assert_int_equal(sv_catalog_image(w->catalog, file.image, w->arena, &image), 0);
	assert_int_equal(image.widths[1], 640);
	assert_int_equal(count_pictures(w), 4);
}

static void
a_second_run_changes_nothing(void **state)
{
	struct world *w = *state;
	uint64_t before = 0, after = 0;

	make_file(w, "a.mp4", "FILM a", 1000);
	make_file(w, "Show/Season 1/Show.S01E01.Pilot.mkv", "FILM b", 1000);
	make_file(w, "Show/Season 1/02 - Second.mkv", "FILM c", 1000);
	make_file(w, "bad.mp4", "JUNK", 1000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.results[SV_INDEX_ADDED], 3);
	struct sv_file one = find(w, "Show/Season 1/Show.S01E01.Pilot.mkv"), two = find(w, "Show/Season 1/02 - Second.mkv");
	assert_string_equal(one.title, two.title);
	assert_int_equal(sv_catalog_generation(w->catalog, &before), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(w, w->films, false), 0);
		assert_int_equal(w->summary.results[SV_INDEX_UNCHANGED], 3);
		assert_int_equal(w->summary.reasons[SV_INDEX_REASON_UNPARSEABLE], 1);
		assert_int_equal(w->summary.bytes_read, 0);
	}
	assert_int_equal(sv_catalog_generation(w->catalog, &after), 0);
	assert_int_equal(before, after);
	/* a new time and the same bytes: read once more, and nothing else */
	make_file(w, "a.mp4", "FILM a", 2000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.results[SV_INDEX_UNCHANGED], 3);
	assert_int_equal(w->summary.bytes_read, 6);
	assert_int_equal(find(w, "a.mp4").version, 1);
	assert_int_equal(find(w, "a.mp4").mtime_unix_s, 1000);
	assert_int_equal(count_pictures(w), 12);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.bytes_read, 0);
}

/* A gateway that answers one purge and keeps what was asked. */
struct gateway {
	int listener;
	char request[512];
};

static void *
serve_one(void *context)
{
	struct gateway *gateway = context;
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	int fd = accept(gateway->listener, NULL, NULL);
	size_t length = 0;

	while (fd >= 0 && length < sizeof gateway->request - 1 && strstr(gateway->request, "\r\n\r\n") == NULL) {
		ssize_t n = read(fd, gateway->request + length, sizeof gateway->request - 1 - length);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	(void)!write(fd, answer, sizeof answer - 1);
	close(fd);
	return NULL;
}

static void
other_bytes_make_a_version_and_a_purge(void **state)
{
	struct world *w = *state;
	struct gateway gateway = {0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	pthread_t thread;
	char expected[128];

	make_file(w, "a.mp4", "FILM first", 1000);
	assert_int_equal(run(w, w->films, false), 0);
	struct sv_file before = find(w, "a.mp4");
	snprintf(address.sun_path, sizeof address.sun_path, "%s/gateway.sock", w->folder);
	gateway.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(gateway.listener, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(gateway.listener, 4), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve_one, &gateway), 0);
	make_file(w, "a.mp4", "FILM second one", 2000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "changed a.mp4;");
	pthread_join(thread, NULL);
	close(gateway.listener);
	snprintf(expected, sizeof expected, "POST /purge/%s/1?size=10 HTTP/1.1\r\n", before.id);
	assert_memory_equal(gateway.request, expected, strlen(expected));
	struct sv_file after = find(w, "a.mp4");
	assert_string_equal(after.id, before.id);
	assert_int_equal(after.version, 2);
	assert_int_equal(after.size_bytes, 15);
	assert_int_equal(after.mtime_unix_s, 2000);
	assert_string_not_equal(after.image, before.image);
	assert_int_equal(count_pictures(w), 4);
	/* a dead socket stops nothing */
	make_file(w, "a.mp4", "FILM third", 3000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(find(w, "a.mp4").version, 3);
}

static void
gone_and_back(void **state)
{
	struct world *w = *state;
	struct sv_titles titles;

	make_file(w, "sub/a.mp4", "FILM a", 1000);
	make_file(w, "b.mp4", "FILM b", 1000);
	assert_int_equal(run(w, w->films, false), 0);
	struct sv_file before = find(w, "sub/a.mp4");
	remove_file(w, "sub/a.mp4");
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "gone a.mp4;unchanged b.mp4;");
	assert_int_equal(find(w, "sub/a.mp4").state, SV_FILE_GONE);
	assert_int_equal(sv_catalog_titles(w->catalog, &(struct sv_titles_query){.limit = 9}, w->arena, &titles), 0);
	assert_int_equal(titles.total, 1);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "unchanged b.mp4;");
	make_file(w, "sub/a.mp4", "FILM a", 1000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "unchanged b.mp4;returned a.mp4;");
	struct sv_file after = find(w, "sub/a.mp4");
	assert_string_equal(after.id, before.id);
	assert_int_equal(after.version, 1);
	assert_string_equal(after.image, before.image);
	assert_int_equal(count_pictures(w), 8);
	/* a single file that is named and gone */
	char *path = path_of(w, "b.mp4");
	remove_file(w, "b.mp4");
	assert_int_equal(run(w, path, false), 0);
	assert_string_equal(LOG(w), "gone b.mp4;");
	assert_int_equal(run(w, path, false), 0);
	assert_string_equal(LOG(w), "skipped missing b.mp4;");
	free(path);
}

static void
a_renamed_file_is_the_same_file(void **state)
{
	struct world *w = *state;

	make_file(w, "clip.mp4", "FILM clip", 1000);
	assert_int_equal(run(w, w->films, false), 0);
	struct sv_file before = find(w, "clip.mp4");
	char *from = path_of(w, "clip.mp4"), *to = path_of(w, "Quiet Night (2003).mp4");
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "gone clip.mp4;returned Quiet Night (2003).mp4;");
	struct sv_file after = find(w, "Quiet Night (2003).mp4");
	assert_string_equal(after.id, before.id);
	assert_string_not_equal(after.title, before.title);
	assert_string_equal(after.name, "Quiet Night (2003).mp4");
	assert_int_equal(count_pictures(w), 4);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "unchanged Quiet Night (2003).mp4;");
	free(from);
	free(to);
}

static void
a_folder_that_is_away_loses_nothing(void **state)
{
	struct world *w = *state;
	char away[128];

	make_file(w, "disk/a.mp4", "FILM a", 1000);
	char *disk = path_of(w, "disk");
	assert_int_equal(run(w, disk, false), 0);
	snprintf(away, sizeof away, "%s/away", w->folder);
	assert_int_equal(rename(disk, away), 0);
	assert_int_equal(run(w, disk, false), 0);
	assert_string_equal(LOG(w), "skipped missing disk;");
	assert_int_equal(find(w, "disk/a.mp4").state, SV_FILE_OK);
	free(disk);
}

static void
every_reason_is_said(void **state)
{
	struct world *w = *state;
	bool root = geteuid() == 0;

	make_file(w, "1.txt", "hello", 1000);
	make_file(w, "2.mp4", "", 1000);
	make_file(w, "3.mp4", "JUNK", 1000);
	make_file(w, "4.mp4", "AUDIO", 1000);
	make_file(w, "5.mp4", "CRASH", 1000);
	make_file(w, "6.mp4", "FILM", 1000);
	make_file(w, "7.mp4", "NOPICTURE", 1000);
	make_file(w, "bad\xff.mp4", "FILM", 1000);
	make_file(w, ".hidden.mp4", "FILM", 1000);
	make_file(w, ".hidden/x.mp4", "FILM", 1000);
	make_file(w, "locked/x.mp4", "FILM", 1000);
	char *locked = path_of(w, "locked"), *six = path_of(w, "6.mp4"), *link6 = path_of(w, "0-link.mp4"), *loop = path_of(w, "loop");
	char *dead = path_of(w, "dead.mp4"), *pipe = path_of(w, "pipe.mp4");
	assert_int_equal(symlink(six, link6), 0);
	assert_int_equal(symlink(".", loop), 0);
	assert_int_equal(symlink("/nowhere/x.mp4", dead), 0);
	assert_int_equal(mkfifo(pipe, 0644), 0);
	assert_int_equal(chmod(locked, 0), 0);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), root
	    ? "skipped same-file 0-link.mp4;skipped not-media 1.txt;skipped empty 2.mp4;skipped unparseable 3.mp4;skipped no-video 4.mp4;"
	      "skipped crashed 5.mp4;added 6.mp4;added 7.mp4;skipped bad-name bad\xff.mp4;added x.mp4;"
	    : "skipped same-file 0-link.mp4;skipped not-media 1.txt;skipped empty 2.mp4;skipped unparseable 3.mp4;skipped no-video 4.mp4;"
	      "skipped crashed 5.mp4;added 6.mp4;added 7.mp4;skipped bad-name bad\xff.mp4;skipped unreadable locked;");
	assert_string_equal(find(w, "7.mp4").image, "");
	assert_int_equal(chmod(locked, 0755), 0);
	/* remembered, until it changes or is asked for */
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.reasons[SV_INDEX_REASON_CRASHED], 1);
	make_file(w, "3.mp4", "FILM now", 2000);
	assert_int_equal(run(w, w->films, true), 0);
	assert_int_equal(w->summary.results[SV_INDEX_ADDED], 1);
	assert_int_equal(w->summary.reasons[SV_INDEX_REASON_CRASHED], 1);
	free(locked);
	free(six);
	free(link6);
	free(loop);
	free(dead);
	free(pipe);
}

static void
a_film_that_turns_to_junk_is_not_served(void **state)
{
	struct world *w = *state;

	make_file(w, "a.mp4", "FILM a", 1000);
	assert_int_equal(run(w, w->films, false), 0);
	make_file(w, "a.mp4", "JUNK", 2000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "skipped unparseable a.mp4;");
	assert_int_equal(find(w, "a.mp4").state, SV_FILE_BAD);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "skipped unparseable a.mp4;");
	make_file(w, "a.mp4", "FILM a", 3000);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "returned a.mp4;");
	assert_int_equal(find(w, "a.mp4").version, 1);
}

static void
only_one_at_a_time(void **state)
{
	struct world *w = *state;
	char *path = sv_xasprintf("%s/library.lock", w->state);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	make_file(w, "a.mp4", "FILM a", 1000);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(run(w, w->films, false), SV_EBUSY);
	assert_non_null(strstr(w->why, "another"));
	close(fd);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.results[SV_INDEX_ADDED], 1);
	free(path);
}

static void
without_the_child_nothing_is_marked(void **state)
{
	struct world *w = *state;

	make_file(w, "a.mp4", "FILM a", 1000);
	char *program = sv_xstrdup(w->settings.media_program);
	set(w, "SV_MEDIA_PROGRAM", "/nowhere/sv-media");
	assert_int_equal(run(w, w->films, false), SV_EACCES);
	assert_non_null(strstr(w->why, "/nowhere/sv-media"));
	set(w, "SV_MEDIA_PROGRAM", program);
	assert_int_equal(run(w, w->films, false), 0);
	assert_string_equal(LOG(w), "added a.mp4;");
	free(program);
}

static bool may_mount;

/* A disk with room for little; needs root. */
static void
a_full_disk_is_one_line_and_loses_nothing(void **state)
{
	struct world *w = *state;
	char name[32];
	int rc = 0;

	if (!may_mount)
		skip();
	sv_catalog_close(w->catalog);
	w->catalog = NULL;
	assert_int_equal(mount("tmpfs", w->state, "tmpfs", 0, "size=600k"), 0);
	rc = sv_catalog_open(&w->settings, &w->catalog, w->why, sizeof w->why);
	for (unsigned i = 0; rc == 0 && i < 300; i++) {
		snprintf(name, sizeof name, "film%03u.mp4", i);
		make_file(w, name, name, 1000);
		char content[40];
		snprintf(content, sizeof content, "FILM %s", name);
		make_file(w, name, content, 1000);
		if (i % 10 == 9)
			rc = run(w, w->films, false);
	}
	assert_int_equal(rc, SV_ENOSPC);
	assert_non_null(strstr(w->why, "full"));
	assert_null(strchr(w->why, '\n'));
	sv_catalog_close(w->catalog);
	assert_int_equal(sv_catalog_open(&w->settings, &w->catalog, w->why, sizeof w->why), 0);
	struct sv_titles titles;
	assert_int_equal(sv_catalog_titles(w->catalog, &(struct sv_titles_query){.limit = 9}, w->arena, &titles), 0);
	assert_true(titles.total >= 1);
	/* with room again the rest is taken */
	assert_int_equal(mount("tmpfs", w->state, "tmpfs", MS_REMOUNT, "size=20m"), 0);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.results[SV_INDEX_UNCHANGED], titles.total);
	sv_catalog_close(w->catalog);
	w->catalog = NULL;
	assert_int_equal(umount(w->state), 0);
}

static void
many_unchanged_files_are_not_opened(void **state)
{
	struct world *w = *state;
	char name[64], content[64];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "Show %u/Season 1/Show.%u.S01E01.mp4", i, i);
		snprintf(content, sizeof content, "FILM %u", i);
		make_file(w, name, content, 1000);
	}
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.results[SV_INDEX_ADDED], 40);
	assert_int_equal(run(w, w->films, false), 0);
	assert_int_equal(w->summary.results[SV_INDEX_UNCHANGED], 40);
	assert_true(w->summary.took_ms < 5000);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_film_is_added_whole), TEST(a_second_run_changes_nothing), TEST(other_bytes_make_a_version_and_a_purge), TEST(gone_and_back),
	    TEST(a_renamed_file_is_the_same_file), TEST(a_folder_that_is_away_loses_nothing), TEST(every_reason_is_said), TEST(a_film_that_turns_to_junk_is_not_served),
	    TEST(only_one_at_a_time), TEST(without_the_child_nothing_is_marked), TEST(a_full_disk_is_one_line_and_loses_nothing),
	    TEST(many_unchanged_files_are_not_opened),
	};

	/* what a test mounts is seen by this program only, and goes with it */
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		may_mount = mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
