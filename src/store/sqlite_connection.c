/* SPDX-License-Identifier: Apache-2.0
 * SQLite connection.  Errors become SV_E* here and nowhere else. */
#include "sqlite_connection.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "errors.h"
#include "sv_assert.h"

/* Long enough for another process' biggest transaction on a slow disk. */
#define BUSY_TIMEOUT_MS 10000

/* What the kernel said last about the database file or its log; sqlite3_system_errno does not know it for writes. */
static int
kernel_error(sqlite3 *db)
{
	static const int files[] = {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		sqlite3_file *file = NULL;
		int error = 0;
		if (sqlite3_file_control(db, "main", files[i], &file) == SQLITE_OK && file != NULL && file->pMethods != NULL &&
		    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK &&
		    (error == ENOSPC || error == EFBIG || error == EDQUOT))
			return error;
	}
	return sqlite3_system_errno(db);
}

int
sv_sqlite_error(const struct sv_sqlite *connection)
{
	int code = sqlite3_extended_errcode(connection->db);
	int system = (code & 0xff) == SQLITE_IOERR ? kernel_error(connection->db) : sqlite3_system_errno(connection->db);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return SV_EUNAVAIL;
	case SQLITE_FULL:
		return SV_ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return SV_EACCES;
	case SQLITE_CANTOPEN:
		return system == ENOENT ? SV_ENOENT : system == ENOSPC || system == EFBIG || system == EDQUOT ? SV_ENOSPC : SV_EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SV_ECORRUPT;
	case SQLITE_NOMEM:
		return SV_ENOMEM;
	case SQLITE_CONSTRAINT:
		return SV_EEXIST;
	case SQLITE_IOERR:
		/* a file-size limit and a quota say the same as a full disk */
		if (system == ENOSPC || system == EFBIG || system == EDQUOT || code == SQLITE_IOERR_SHMSIZE)
			return SV_ENOSPC;
		return SV_EIO;
	default:
		return SV_EIO;
	}
}

int
sv_sqlite_open(struct sv_sqlite *connection, const char *path)
{
	*connection = (struct sv_sqlite){0};
	if (sqlite3_open_v2(path, &connection->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) != SQLITE_OK ||
	    sqlite3_extended_result_codes(connection->db, 1) != SQLITE_OK ||
	    sqlite3_busy_timeout(connection->db, BUSY_TIMEOUT_MS) != SQLITE_OK ||
	    sqlite3_exec(connection->db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; "
	        "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY", NULL, NULL, NULL) != SQLITE_OK) {
		int rc = connection->db == NULL ? SV_ENOMEM : sv_sqlite_error(connection);
		sv_sqlite_close(connection);
		return rc;
	}
	return 0;
}

void
sv_sqlite_close(struct sv_sqlite *connection)
{
	for (size_t i = 0; i < connection->statement_count; i++)
		(void)sqlite3_finalize(connection->statements[i].statement);
	if (connection->db != NULL)
		sv_assert(sqlite3_close(connection->db) == SQLITE_OK);
	*connection = (struct sv_sqlite){0};
}

static sqlite3_stmt *
find_statement(struct sv_sqlite *connection, const char *sql)
{
	for (size_t i = 0; i < connection->statement_count; i++)
		if (connection->statements[i].sql == sql)
			return connection->statements[i].statement;
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
		return NULL;
	sv_assert(connection->statement_count < SV_SQLITE_STATEMENTS);
	connection->statements[connection->statement_count].sql = sql;
	connection->statements[connection->statement_count++].statement = statement;
	return statement;
}

int
sv_sqlite_query(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count,
    struct sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *statement = find_statement(connection, sql);

	if (statement == NULL)
		return sv_sqlite_error(connection);
	/* a statement that is still running would be two queries on one cursor */
	sv_assert(!sqlite3_stmt_busy(statement));
	sv_assert((size_t)sqlite3_bind_parameter_count(statement) == count);
	for (size_t i = 0; i < count; i++) {
		int rc = values[i].kind == 0 ? sqlite3_bind_null(statement, (int)i + 1)
		    : values[i].kind == 1 ? sqlite3_bind_int64(statement, (int)i + 1, values[i].integer)
		    : values[i].kind == 2
		    ? sqlite3_bind_text64(statement, (int)i + 1, values[i].data, values[i].length, SQLITE_STATIC, SQLITE_UTF8)
		    : values[i].length == 0 ? sqlite3_bind_zeroblob(statement, (int)i + 1, 0)
		    : sqlite3_bind_blob64(statement, (int)i + 1, values[i].data, values[i].length, SQLITE_STATIC);
		if (rc != SQLITE_OK) {
			int error = sv_sqlite_error(connection);
			sv_sqlite_release(statement);
			return error;
		}
	}
	*ret_statement = statement;
	return 0;
}

int
sv_sqlite_step(struct sv_sqlite *connection, struct sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW)
		return 1;
	int error = rc == SQLITE_DONE ? 0 : sv_sqlite_error(connection);
	sv_sqlite_release(statement);
	return error;
}

void
sv_sqlite_release(struct sqlite3_stmt *statement)
{
	if (statement == NULL)
		return;
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

int
sv_sqlite_run(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count)
{
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, sql, values, count, &statement);

	if (rc < 0)
		return rc;
	do
		rc = sv_sqlite_step(connection, statement);
	while (rc > 0);
	return rc < 0 ? rc : sqlite3_changes(connection->db);
}

int
sv_sqlite_integer(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count, int64_t *ret_value)
{
	sqlite3_stmt *statement = NULL;
	int rc = sv_sqlite_query(connection, sql, values, count, &statement);

	if (rc < 0)
		return rc;
	rc = sv_sqlite_step(connection, statement);
	if (rc > 0) {
		*ret_value = sqlite3_column_int64(statement, 0);
		sv_sqlite_release(statement);
	}
	return rc;
}

void
sv_sqlite_rollback(struct sv_sqlite *connection)
{
	if (!sqlite3_get_autocommit(connection->db))
		(void)sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
}
