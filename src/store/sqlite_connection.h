/* SPDX-License-Identifier: Apache-2.0
 * One SQLite connection with its prepared statements, for the files of the SQLite driver only.  Not thread-safe: who holds
 * the connection uses it alone. */
#ifndef SV_SQLITE_CONNECTION_H
#define SV_SQLITE_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

#define SV_SQLITE_STATEMENTS 96

struct sv_sqlite {
	struct sqlite3 *db;          /* NULL: not open */
	size_t statement_count;
	struct {
		const char *sql;         /* told apart by address: static strings only */
		struct sqlite3_stmt *statement;
	} statements[SV_SQLITE_STATEMENTS];
};

/* A value for a `?`. */
struct sv_sqlite_value {
	const void *data;            /* text or bytes; NULL with is_integer false: SQL's NULL */
	size_t length;
	int64_t integer;
	int kind;                    /* 0 NULL, 1 integer, 2 text, 3 bytes */
};
#define SV_SQL_NULL ((struct sv_sqlite_value){NULL, 0, 0, 0})
#define SV_SQL_INT(value) ((struct sv_sqlite_value){NULL, 0, (int64_t)(value), 1})
#define SV_SQL_TEXT(cstr) ((struct sv_sqlite_value){(cstr), strlen(cstr), 0, 2})
#define SV_SQL_BYTES(bytes, count) ((struct sv_sqlite_value){(bytes), (count), 0, 3})
#define SV_SQL_ARGS(...) \
	(const struct sv_sqlite_value[]){__VA_ARGS__}, sizeof((const struct sv_sqlite_value[]){__VA_ARGS__}) / sizeof(struct sv_sqlite_value)
#define SV_SQL_NO_ARGS NULL, 0

/* Open an existing database file with our pragmas: WAL, foreign keys, busy timeout, synchronous NORMAL.  0 or SV_E*. */
int sv_sqlite_open(struct sv_sqlite *connection, const char *path);
void sv_sqlite_close(struct sv_sqlite *connection);
/* The SV_E* that the last failed call on it means. */
int sv_sqlite_error(const struct sv_sqlite *connection);

/* Prepare (once), reset and bind.  Values are borrowed until the statement is stepped to its end or released. */
int sv_sqlite_query(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count,
    struct sqlite3_stmt **ret_statement);
/* 1 a row, 0 the end, SV_E*; the latter two release the statement. */
int sv_sqlite_step(struct sv_sqlite *connection, struct sqlite3_stmt *statement);
/* Done with it before its end.  Accepts NULL. */
void sv_sqlite_release(struct sqlite3_stmt *statement);
/* Run to the end, rows ignored: the number of changed rows, or SV_E*. */
int sv_sqlite_run(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count);
/* The first column of the first row: 1, 0 when there is no row (nothing written), or SV_E*. */
int sv_sqlite_integer(struct sv_sqlite *connection, const char *sql, const struct sv_sqlite_value *values, size_t count, int64_t *ret_value);
/* Undo an open transaction, if there is one. */
void sv_sqlite_rollback(struct sv_sqlite *connection);

#endif
