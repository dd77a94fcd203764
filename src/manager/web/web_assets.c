/* SPDX-License-Identifier: Apache-2.0
 * Look-ups in the table of assets; it has a dozen rows. */
#include "web_assets.h"

#include <string.h>

#include "asset_table.h"

const struct sv_asset *
sv_asset_find(const char *hashed_name, size_t length)
{
	for (size_t i = 0; i < sv_asset_table_count; i++)
		if (strlen(sv_asset_table[i].hashed_name) == length && memcmp(sv_asset_table[i].hashed_name, hashed_name, length) == 0)
			return &sv_asset_table[i];
	return NULL;
}

const struct sv_asset *
sv_asset_named(const char *name)
{
	for (size_t i = 0; i < sv_asset_table_count; i++)
		if (strcmp(sv_asset_table[i].name, name) == 0)
			return &sv_asset_table[i];
	return NULL;
}

const struct sv_asset *
sv_asset_rows(size_t *ret_count)
{
	*ret_count = sv_asset_table_count;
	return sv_asset_table;
}
