/* SPDX-License-Identifier: Apache-2.0
 * Films from the catalog. */
#ifndef SV_ENGINE_CATALOG_H
#define SV_ENGINE_CATALOG_H

#include "catalog.h"
#include "engine_films.h"

/* The catalog outlives every use of the finder. */
struct sv_engine_finder sv_engine_catalog_finder(struct sv_catalog *catalog);

#endif
