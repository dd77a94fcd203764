/* SPDX-License-Identifier: Apache-2.0
 * The table that the build makes of web/; read through web_assets.h. */
#ifndef SV_ASSET_TABLE_H
#define SV_ASSET_TABLE_H

#include "web_assets.h"

extern const struct sv_asset sv_asset_table[];
extern const size_t sv_asset_table_count;

#endif
