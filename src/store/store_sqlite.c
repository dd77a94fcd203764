/* SPDX-License-Identifier: Apache-2.0
 * SQLite driver: opening, and who may use which connection.  Writers queue at one mutex, so that they never meet inside SQLite
 * within a process; between processes SQLite's busy timeout does the same.  Readers never wait for writers (WAL). */
#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "store_migrate.h"
#include "sv_assert.h"

#define MAGIC 0x53716c31u
#define READERS 4

struct sv_store_sqlite {
	struct sv_store store;             /* first */
	uint32_t magic;
	char *path;
	pthread_mutex_t write_lock;        /* holds writer */
	struct sv_sqlite writer;
	pthread_mutex_t read_lock;         /* holds the two arrays */
	pthread_cond_t read_free;
	struct sv_sqlite readers[READERS]; /* opened when first needed */
	bool busy[READERS];
};

struct sv_sqlite *
sv_store_sqlite_reader(struct sv_store_sqlite *store, int *ret_rc)
{
	size_t i = 0;

	SV_CHECK(store, MAGIC);
	pthread_mutex_lock(&store->read_lock);
	for (;;) {
		for (i = 0; i < READERS && store->busy[i]; i++)
			;
		if (i < READERS)
			break;
		pthread_cond_wait(&store->read_free, &store->read_lock);
	}
	store->busy[i] = true;
	pthread_mutex_unlock(&store->read_lock);
	struct sv_sqlite *connection = &store->readers[i];
	int rc = connection->db != NULL ? 0 : sv_sqlite_open(connection, store->path);
	if (rc < 0) {
		sv_store_sqlite_reader_done(store, connection);
		*ret_rc = rc;
		return NULL;
	}
	return connection;
}

void
sv_store_sqlite_reader_done(struct sv_store_sqlite *store, struct sv_sqlite *connection)
{
	pthread_mutex_lock(&store->read_lock);
	store->busy[connection - store->readers] = false;
	pthread_cond_signal(&store->read_free);
	pthread_mutex_unlock(&store->read_lock);
}

struct sv_sqlite *
sv_store_sqlite_snapshot(struct sv_store_sqlite *store, int *ret_rc)
{
	struct sv_sqlite *connection = sv_store_sqlite_reader(store, ret_rc);
	int rc = connection == NULL ? 0 : sv_sqlite_run(connection, "BEGIN", SV_SQL_NO_ARGS);

	if (rc < 0) {
		sv_store_sqlite_reader_done(store, connection);
		*ret_rc = rc;
		return NULL;
	}
	return connection;
}

void
sv_store_sqlite_snapshot_done(struct sv_store_sqlite *store, struct sv_sqlite *connection)
{
	sv_sqlite_rollback(connection);    /* it only read */
	sv_store_sqlite_reader_done(store, connection);
}

int
sv_store_sqlite_begin(struct sv_store_sqlite *store, struct sv_sqlite **ret_connection)
{
	SV_CHECK(store, MAGIC);
	pthread_mutex_lock(&store->write_lock);
	int rc = sv_sqlite_run(&store->writer, "BEGIN IMMEDIATE", SV_SQL_NO_ARGS);
	if (rc < 0) {
		pthread_mutex_unlock(&store->write_lock);
		return rc;
	}
	*ret_connection = &store->writer;
	return 0;
}

int
sv_store_sqlite_end(struct sv_store_sqlite *store, struct sv_sqlite *connection, int rc)
{
	if (rc >= 0) {
		int done = sv_sqlite_run(connection, "UPDATE meta SET value = value + 1 WHERE key = 'generation'", SV_SQL_NO_ARGS);
		if (done >= 0)
			done = sv_sqlite_run(connection, "COMMIT", SV_SQL_NO_ARGS);
		if (done < 0)
			rc = done;
	}
	sv_sqlite_rollback(connection);
	pthread_mutex_unlock(&store->write_lock);
	return rc;
}

static void
close_store(struct sv_store *base)
{
	struct sv_store_sqlite *store = (struct sv_store_sqlite *)base;

	SV_CHECK(store, MAGIC);
	for (size_t i = 0; i < READERS; i++) {
		sv_assert(!store->busy[i]);
		sv_sqlite_close(&store->readers[i]);
	}
	sv_sqlite_close(&store->writer);
	pthread_mutex_destroy(&store->write_lock);
	pthread_mutex_destroy(&store->read_lock);
	pthread_cond_destroy(&store->read_free);
	free(store->path);
	store->magic = 0;
	free(store);
}

static int
check(struct sv_store *base, char *why, size_t why_size)
{
	struct sv_store_sqlite *store = (struct sv_store_sqlite *)base;
	sqlite3_stmt *statement = NULL;
	int rc = 0;
	struct sv_sqlite *connection = sv_store_sqlite_reader(store, &rc);

	if (connection == NULL)
		return rc;
	rc = sv_sqlite_query(connection, "PRAGMA quick_check(1)", SV_SQL_NO_ARGS, &statement);
	if (rc == 0)
		rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);
		rc = text != NULL && strcmp(text, "ok") == 0 ? 0 : SV_ECORRUPT;
		if (rc < 0)
			(void)snprintf(why, why_size, "%s is damaged: %s", store->path, text == NULL ? "no answer" : text);
		sv_sqlite_release(statement);
	} else if (rc < 0) {
		/* some versions of SQLite report the damage as the check's answer, some as its failure */
		(void)snprintf(why, why_size, rc == SV_ECORRUPT ? "%s is damaged: %s" : "%s: %s", store->path, sv_error_text(rc));
	}
	sv_store_sqlite_reader_done(store, connection);
	return rc;
}

static const struct sv_store_driver driver = {
    .kind = "sqlite", .close = close_store, .generation = sv_store_sqlite_generation, .file = sv_store_sqlite_file,
    .file_at = sv_store_sqlite_file_at, .pieces = sv_store_sqlite_pieces, .each_file = sv_store_sqlite_each_file,
    .titles = sv_store_sqlite_titles, .search = sv_store_sqlite_search, .title = sv_store_sqlite_title,
    .episodes = sv_store_sqlite_episodes, .episode = sv_store_sqlite_episode, .image = sv_store_sqlite_image, .scan = sv_store_sqlite_scan,
    .each_scan = sv_store_sqlite_each_scan, .record = sv_store_sqlite_record, .skip_path = sv_store_sqlite_skip, .gone = sv_store_sqlite_gone,
    .copy_add = sv_store_sqlite_copy_add, .copy_remove = sv_store_sqlite_copy_remove, .copy_state = sv_store_sqlite_copy_state, .check = check,
};

/* Make the file ourselves, so that nobody else can read it from its first moment; -wal and -shm take on its mode. */
static int
make_file(const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		(void)snprintf(why, why_size, "the database %s cannot be opened: %s", path, strerror(errno));
		return errno == ENOENT || errno == EROFS ? SV_EACCES : sv_error_from_errno(errno);
	}
	(void)close(fd);
	return 0;
}

static const char *
explain(int rc)
{
	return rc == SV_ECORRUPT ? "it is damaged; nothing was changed. Keep the file and restore a backup, or move it away to begin anew"
	    : rc == SV_EUNAVAIL ? "another process holds it for too long" : rc == SV_ENOSPC ? "the disk is full" : sv_error_text(rc);
}

int
sv_store_sqlite_open(const char *path, struct sv_store **ret_store, char *why, size_t why_size)
{
	struct sv_store_sqlite *store = NULL;
	char reason[200] = "";
	int rc = make_file(path, why, why_size);

	if (rc < 0)
		return rc;
	store = sv_xcalloc(1, sizeof *store);
	*store = (struct sv_store_sqlite){.store.driver = &driver, .magic = MAGIC, .path = sv_xstrdup(path)};
	sv_assert(pthread_mutex_init(&store->write_lock, NULL) == 0 && pthread_mutex_init(&store->read_lock, NULL) == 0 &&
	    pthread_cond_init(&store->read_free, NULL) == 0);
	rc = sv_sqlite_open(&store->writer, path);
	if (rc == 0)
		rc = sv_store_migrate(store->writer.db, sv_store_migration_count, reason, sizeof reason);
	if (rc < 0) {
		(void)snprintf(why, why_size, "the database %s cannot be used: %s", path,
		    reason[0] == '\0' || rc == SV_ECORRUPT ? explain(rc) : reason);
		close_store(&store->store);
		return rc;
	}
	*ret_store = &store->store;
	return 0;
}
