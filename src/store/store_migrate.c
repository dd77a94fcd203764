/* SPDX-License-Identifier: Apache-2.0
 * Migrations.  The version is SQLite's user_version, written in the transaction of the step; application_id marks a database as ours. */
#include "store_migrate.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

#include "clock.h"
#include "errors.h"
#include "log.h"
#include "sqlite_connection.h"
#include "sv_assert.h"

#define APPLICATION_ID 0x53565631   /* "SVV1" */
#define WAL_PATIENCE_MS 10000
#define WAL_EVERY_MS 5

struct identity {
	int64_t version, application, tables;
};

static int
pragma(sqlite3 *db, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return -1;
	int rc = sqlite3_step(statement) == SQLITE_ROW ? 0 : -1;
	if (rc == 0)
		*ret_value = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return rc;
}

static int
failed(sqlite3 *db, char *why, size_t why_size)
{
	const struct sv_sqlite connection = {.db = db};
	int rc = sv_sqlite_error(&connection);

	(void)snprintf(why, why_size, "%s", rc == SV_ECORRUPT ? "the database is damaged" : rc == SV_EUNAVAIL
	    ? "another process holds the database for too long" : rc == SV_ENOSPC ? "the disk is full" : sqlite3_errmsg(db));
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* One step; another process may have done it meanwhile, so the version is read again under the lock. */
static int
step(sqlite3 *db, unsigned from, char *why, size_t why_size)
{
	const struct sv_store_migration *migration = &sv_store_migrations[from];
	int64_t version = 0;
	char finish[80];

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK || pragma(db, "PRAGMA user_version", &version) < 0)
		return failed(db, why, why_size);
	if (version != from) {
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return 0;
	}
	sv_assert(migration->number == from + 1);
	(void)snprintf(finish, sizeof finish, "PRAGMA application_id = %d; PRAGMA user_version = %u; COMMIT", APPLICATION_ID, migration->number);
	if (sqlite3_exec(db, migration->sql, NULL, NULL, NULL) != SQLITE_OK || sqlite3_exec(db, finish, NULL, NULL, NULL) != SQLITE_OK)
		return failed(db, why, why_size);
	return 0;
}

/* All three of one moment: another process may be making the database right now. */
static int
identify(sqlite3 *db, struct identity *ret_identity)
{
	if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK || pragma(db, "PRAGMA user_version", &ret_identity->version) < 0 ||
	    pragma(db, "PRAGMA application_id", &ret_identity->application) < 0 ||
	    pragma(db, "SELECT count(*) FROM sqlite_schema", &ret_identity->tables) < 0 || sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return -1;
	return 0;
}

/* SQLite's busy timeout does not hold here: two processes that change the mode at once both read first, and waiting for each
 * other then would last for ever; one is told at once to try again. */
static int
use_wal(sqlite3 *db)
{
	uint64_t until_ms = sv_clock_ms() + WAL_PATIENCE_MS;
	int rc;

	while (((rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) & 0xff) == SQLITE_BUSY && sv_clock_ms() < until_ms)
		(void)sqlite3_sleep(WAL_EVERY_MS);
	return rc == SQLITE_OK ? 0 : -1;
}

int
sv_store_migrate(struct sqlite3 *db, unsigned target, char *why, size_t why_size)
{
	int64_t first = -1;

	sv_assert(target <= sv_store_migration_count);
	for (;;) {
		struct identity now = {0};
		if (identify(db, &now) < 0)
			return failed(db, why, why_size);
		int64_t version = now.version;
		if (now.application != APPLICATION_ID && (now.application != 0 || version != 0 || now.tables != 0)) {
			(void)snprintf(why, why_size, "it is a database of another program");
			return SV_EUNSUPPORTED;
		}
		if (version < 0 || version > sv_store_migration_count) {
			(void)snprintf(why, why_size, "it was made by a newer StreamVault (schema %lld, this one knows up to %u): install that version, or "
			    "restore a backup made by this one", (long long)version, sv_store_migration_count);
			return SV_EUNSUPPORTED;
		}
		/* it is ours: only now may it be written.  The mode stays in the file, so that readers have it too. */
		if (first < 0 && use_wal(db) < 0)
			return failed(db, why, why_size);
		if (first < 0)
			first = version;
		if (version >= target) {
			/* making a new database is not news */
			if (first > 0 && version > first)
				sv_log(SV_LOG_INFO, SV_EVENT_migrated, "from=%u to=%u", (unsigned)first, (unsigned)version);
			return 0;
		}
		int rc = step(db, (unsigned)version, why, why_size);
		if (rc < 0)
			return rc;
	}
}
