/* SPDX-License-Identifier: Apache-2.0
 * Styles, modules and icons, compiled into the program under content-hashed names.  Static; any thread. */
#ifndef SV_WEB_ASSETS_H
#define SV_WEB_ASSETS_H

#include <stddef.h>
#include <stdint.h>

/* What to send with every asset. */
#define SV_ASSET_CACHE_CONTROL "public, max-age=31536000, immutable"

struct sv_asset {
	const char *name;              /* "app.css" */
	const char *hashed_name;       /* "app.3fa9c1d2.css": served as /assets/{hashed_name} */
	const char *mime;              /* with charset for texts */
	const char *etag;              /* strong, quotes included */
	const uint8_t *bytes;
	size_t length;
	const uint8_t *gzip;           /* NULL when compression does not help; its ETag must differ: gzip_etag */
	size_t gzip_length;
	const char *gzip_etag;
};

/* By the hashed name (the part behind /assets/); NULL when there is none. */
const struct sv_asset *sv_asset_find(const char *hashed_name, size_t length);
/* By the plain name, for /favicon.ico and its like ("favicon.ico"); NULL when there is none. */
const struct sv_asset *sv_asset_named(const char *name);
const struct sv_asset *sv_asset_rows(size_t *ret_count);

#endif
