/* SPDX-License-Identifier: Apache-2.0
 * Which driver a setting names. */
#include "store.h"

#include <stdio.h>

#include "errors.h"
#include "store_sqlite.h"
#include "text.h"

int
sv_store_open(const char *where, struct sv_store **ret_store, char *why, size_t why_size)
{
	if (sv_text_starts(sv_text_of(where), "sqlite:") && where[7] != '\0')
		return sv_store_sqlite_open(where + 7, ret_store, why, why_size);
	(void)snprintf(why, why_size, "SV_STORE=%s cannot be used: it is sqlite:PATH", where);
	return SV_ECONFIG;
}

void
sv_store_close(struct sv_store *store)
{
	if (store != NULL)
		store->driver->close(store);
}
