/* SPDX-License-Identifier: Apache-2.0
 * What only the SQLite driver can get wrong: migrations, damage, a full disk, many threads and processes on one file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "errors.h"
#include "store_fixture.h"
#include "store_migrate.h"

static void
run_sql(const char *where, const char *sql)
{
	sqlite3 *db = NULL;
	char *message = NULL;

	assert_int_equal(sqlite3_open(where + 7, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The text of the whole schema, so that two ways to it can be compared. */
static char *
schema_of(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	char *all = sv_xstrdup("");

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name", -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		char *more = sv_xasprintf("%s%s;", all, (const char *)sqlite3_column_text(statement, 0));
		free(all);
		all = more;
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return all;
}

static void
every_migration_is_walked(void **state)
{
	struct fixture fixture;
	char path[100], why[300];

	fixture_begin(&fixture);
	char *whole = schema_of(fixture.where + 7);
	snprintf(path, sizeof path, "%s/steps.db", fixture.folder);
	for (unsigned target = 1; target <= sv_store_migration_count; target++) {
		sqlite3 *db = NULL;
		sqlite3_stmt *statement = NULL;
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sv_store_migrate(db, target, why, sizeof why), 0);
		assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int(statement, 0), target);
		sqlite3_finalize(statement);
		/* what an older version kept is found by the newer ones */
		if (target == 1)
			assert_int_equal(sqlite3_exec(db, "INSERT INTO title (id, kind, key, year, name, sort_name, added_unix_s, file_count) VALUES "
			    "('aaaaaaaaaaaa', 0, 'old film', 0, 'Old Film', 'old film', 1, 1)", NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
	}
	char *stepped = schema_of(path);
	assert_string_equal(stepped, whole);
	char *where = sv_xasprintf("sqlite:%s", path);
	struct sv_store *store = NULL;
	assert_int_equal(sv_store_open(where, &store, why, sizeof why), 0);
	const char *words[] = {"old"};
	struct sv_titles titles;
	assert_int_equal(store->driver->search(store, &(struct sv_store_search){words, 1, false, 5}, fixture.arena, &titles), 0);
	assert_int_equal(titles.count, 1);
	sv_store_close(store);
	unlink(path);
	free(where);
	free(whole);
	free(stepped);
	fixture_end(&fixture);
}

static void
refused(struct fixture *fixture, int expected, const char *says)
{
	char why[300] = "";

	assert_int_equal(sv_store_open(fixture->where, &fixture->store, why, sizeof why), expected);
	assert_non_null(strstr(why, says));
	assert_non_null(strstr(why, fixture->where + 7));
	assert_null(strchr(why, '\n'));
	fixture->store = NULL;
}

static void
a_newer_schema_and_a_foreign_database_are_refused(void **state)
{
	struct fixture fixture;

	fixture_begin(&fixture);
	sv_store_close(fixture.store);
	run_sql(fixture.where, "PRAGMA user_version = 9000");
	refused(&fixture, SV_EUNSUPPORTED, "newer");
	run_sql(fixture.where, "PRAGMA user_version = 2; PRAGMA application_id = 7");
	refused(&fixture, SV_EUNSUPPORTED, "another program");
	fixture_end(&fixture);
}

static void
overwrite(const char *path, off_t from, size_t count)
{
	char junk[4096];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	memset(junk, 0x5a, sizeof junk);
	for (size_t done = 0; done < count; done += sizeof junk)
		assert_int_equal(pwrite(fd, junk, sizeof junk, from + (off_t)done), sizeof junk);
	close(fd);
}

static void
a_damaged_database_is_named_and_left_alone(void **state)
{
	struct fixture fixture;
	char path[32], why[300] = "";
	struct stat before, after;

	fixture_begin(&fixture);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(path, sizeof path, "/f/%u", i);
		put(fixture.store, (struct sample){.path = path, .name = path, .crc = i});
	}
	sv_store_close(fixture.store);
	/* pages in the middle: found when they are met, or looked for */
	assert_int_equal(stat(fixture.where + 7, &before), 0);
	overwrite(fixture.where + 7, before.st_size / 2 / 4096 * 4096, 8192);
	fixture_open(&fixture);
	assert_int_equal(fixture.store->driver->check(fixture.store, why, sizeof why), SV_ECORRUPT);
	assert_non_null(strstr(why, "damaged"));
	sv_store_close(fixture.store);
	/* the head: not a database at all */
	overwrite(fixture.where + 7, 0, 4096);
	refused(&fixture, SV_ECORRUPT, "damaged");
	assert_int_equal(stat(fixture.where + 7, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	fixture_end(&fixture);
}

static void
no_folder_and_a_wrong_setting_are_named(void **state)
{
	struct sv_store *store = NULL;
	char why[300] = "";

	assert_int_equal(sv_store_open("sqlite:/nonexistent/folder/x.db", &store, why, sizeof why), SV_EACCES);
	assert_non_null(strstr(why, "/nonexistent/folder/x.db"));
	assert_int_equal(sv_store_open("postgres://x", &store, why, sizeof why), SV_ECONFIG);
	assert_non_null(strstr(why, "SV_STORE"));
	assert_int_equal(sv_store_open("sqlite:", &store, why, sizeof why), SV_ECONFIG);
}

static void
the_file_is_private(void **state)
{
	struct fixture fixture;
	struct stat info;

	fixture_begin(&fixture);
	assert_int_equal(stat(fixture.where + 7, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	fixture_end(&fixture);
}

static void
a_full_disk_loses_nothing(void **state)
{
	struct fixture fixture;
	char path[300];
	struct rlimit limit, old;
	unsigned stored = 0;
	int rc = 0;
	struct sv_titles titles;
	char why[100];

	signal(SIGXFSZ, SIG_IGN);
	fixture_begin(&fixture);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 2000000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (; stored < 5000 && rc == 0; stored++) {
		struct sv_recorded recorded;
		memset(path, 'x', sizeof path);
		snprintf(path, sizeof path, "/film-%06u", stored);
		path[12] = 'x';
		path[sizeof path - 1] = '\0';
		rc = try_put(fixture.store, &(struct sample){.path = path, .name = path + 1, .crc = stored}, &recorded);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(rc, SV_ENOSPC);
	stored--;
	assert_true(stored > 10);
	struct sv_titles_query query = {.limit = 1};
	assert_int_equal(fixture.store->driver->titles(fixture.store, &query, fixture.arena, &titles), 0);
	assert_int_equal(titles.total, stored);
	/* with room again it goes on */
	put(fixture.store, (struct sample){.path = "/after", .name = "after", .crc = 1});
	assert_int_equal(fixture.store->driver->titles(fixture.store, &query, fixture.arena, &titles), 0);
	assert_int_equal(titles.total, stored + 1);
	assert_int_equal(fixture.store->driver->check(fixture.store, why, sizeof why), 0);
	fixture_end(&fixture);
}

struct crowd {
	struct sv_store *store;
	unsigned number;
	int failed;
};

static void *
write_some(void *context)
{
	struct crowd *crowd = context;
	char path[32];

	for (unsigned i = 0; i < 40 && crowd->failed == 0; i++) {
		struct sv_recorded recorded;
		snprintf(path, sizeof path, "/w%u/%u", crowd->number, i);
		crowd->failed = try_put(crowd->store, &(struct sample){.path = path, .name = "show", .kind = SV_TITLE_SERIES, .season = crowd->number + 1,
		    .episode = i + 1, .crc = i}, &recorded);
	}
	return NULL;
}

/* Counts on the title always fit what its seasons list, because both are read in one state. */
static void *
read_some(void *context)
{
	struct crowd *crowd = context;

	for (unsigned i = 0; i < 60 && crowd->failed == 0; i++) {
		struct sv_arena *arena = sv_arena_new(0);
		struct sv_titles titles = {0};
		struct sv_title_detail detail;
		unsigned episodes = 0;
		crowd->failed = crowd->store->driver->titles(crowd->store, &(struct sv_titles_query){.limit = 5}, arena, &titles);
		if (crowd->failed == 0 && titles.count > 0) {
			crowd->failed = crowd->store->driver->title(crowd->store, titles.titles[0].id, arena, &detail);
			for (size_t s = 0; crowd->failed == 0 && s < detail.season_count; s++)
				episodes += detail.seasons[s].episode_count;
			if (crowd->failed == 0 && (episodes != detail.title.episode_count || detail.season_count != detail.title.season_count))
				crowd->failed = 1;
		}
		sv_arena_free(arena);
	}
	return NULL;
}

static void
readers_and_writers_at_once(void **state)
{
	struct fixture fixture;
	struct crowd crowd[9];
	pthread_t threads[9];
	struct sv_titles titles;

	fixture_begin(&fixture);
	for (unsigned i = 0; i < 9; i++) {
		crowd[i] = (struct crowd){fixture.store, i, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, i < 3 ? write_some : read_some, &crowd[i]), 0);
	}
	for (unsigned i = 0; i < 9; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(crowd[i].failed, 0);
	}
	assert_int_equal(fixture.store->driver->titles(fixture.store, &(struct sv_titles_query){.limit = 5}, fixture.arena, &titles), 0);
	assert_int_equal(titles.total, 1);
	assert_int_equal(titles.titles[0].episode_count, 120);
	fixture_end(&fixture);
}

/* Several processes open a database that is not there yet, and write at once. */
static void
processes_at_once(void **state)
{
	struct fixture fixture = {.folder = "/tmp/sv-store-XXXXXX"};
	pid_t children[3];
	struct sv_titles titles;

	assert_non_null(mkdtemp(fixture.folder));
	snprintf(fixture.where, sizeof fixture.where, "sqlite:%s/test.db", fixture.folder);
	for (unsigned i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct crowd crowd = {NULL, i, 0};
			char why[300];
			if (sv_store_open(fixture.where, &crowd.store, why, sizeof why) != 0)
				_exit(2);
			write_some(&crowd);
			sv_store_close(crowd.store);
			_exit(crowd.failed != 0);
		}
	}
	for (unsigned i = 0; i < 3; i++) {
		int status = 0;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	fixture.arena = sv_arena_new(0);
	fixture_open(&fixture);
	assert_int_equal(fixture.store->driver->titles(fixture.store, &(struct sv_titles_query){.limit = 5}, fixture.arena, &titles), 0);
	assert_int_equal(titles.titles[0].episode_count, 120);
	fixture_end(&fixture);
}

/* Who comes second finds the database half made: not yet in WAL mode, or with tables that were not there a moment before. */
static void
a_new_database_opened_by_many_processes(void **state)
{
	for (unsigned round = 0; round < 30; round++) {
		struct fixture fixture = {.folder = "/tmp/sv-store-XXXXXX"};
		pid_t children[6];
		int gate[2];
		assert_non_null(mkdtemp(fixture.folder));
		snprintf(fixture.where, sizeof fixture.where, "sqlite:%s/test.db", fixture.folder);
		assert_int_equal(pipe(gate), 0);
		for (unsigned i = 0; i < 6; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				struct sv_store *store = NULL;
				char why[300] = "", byte;
				/* all start when the gate closes */
				(void)close(gate[1]);
				(void)!read(gate[0], &byte, 1);
				int rc = sv_store_open(fixture.where, &store, why, sizeof why);
				if (rc != 0)
					(void)fprintf(stderr, "%s: %s\n", sv_error_name(rc), why);
				sv_store_close(store);
				_exit(rc != 0);
			}
		}
		(void)close(gate[0]);
		(void)close(gate[1]);
		for (unsigned i = 0; i < 6; i++) {
			int status = 0;
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			assert_int_equal(status, 0);
		}
		fixture_open(&fixture);
		fixture_end(&fixture);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_migration_is_walked), cmocka_unit_test(a_newer_schema_and_a_foreign_database_are_refused),
	    cmocka_unit_test(a_damaged_database_is_named_and_left_alone), cmocka_unit_test(no_folder_and_a_wrong_setting_are_named),
	    cmocka_unit_test(the_file_is_private), cmocka_unit_test(a_full_disk_loses_nothing), cmocka_unit_test(readers_and_writers_at_once),
	    cmocka_unit_test(processes_at_once), cmocka_unit_test(a_new_database_opened_by_many_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
