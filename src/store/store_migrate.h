/* SPDX-License-Identifier: Apache-2.0
 * The numbered steps of the SQL schema, from schema/sql, and the way an SQLite database is brought up to date: each step in a
 * transaction of its own with its number, so that a crash leaves a database of some version and never between two. */
#ifndef SV_STORE_MIGRATE_H
#define SV_STORE_MIGRATE_H

#include <stddef.h>

struct sqlite3;

struct sv_store_migration {
	unsigned number;             /* the schema's version once it is done; from 1, without gaps */
	const char *name, *sql;
};
extern const struct sv_store_migration sv_store_migrations[];
extern const unsigned sv_store_migration_count;

/* Bring `db` from whatever version it has to `target` (at most sv_store_migration_count).  Several processes may try at once.  0, or
 * with one line in `why`: SV_EUNSUPPORTED (made by a newer version, or no database of ours), SV_ECORRUPT, SV_EACCES, SV_ENOSPC, SV_EUNAVAIL, SV_EIO. */
int sv_store_migrate(struct sqlite3 *db, unsigned target, char *why, size_t why_size);

#endif
