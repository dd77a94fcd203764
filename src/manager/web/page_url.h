/* SPDX-License-Identifier: Apache-2.0
 * Addresses that may stand in a link.  A struct sv_url is made only here; templates accept nothing else in an
 * address attribute, so that "javascript:" and broken quoting never get into a page. */
#ifndef SV_PAGE_URL_H
#define SV_PAGE_URL_H

#include <stdbool.h>

#include "arena.h"
#include "text.h"

/* Checked address; ASCII without blanks, quotes, brackets or controls.  Zeroed: empty, no address. */
struct sv_url {
	const char *text;     /* not necessarily ended by NUL; in the arena or a literal */
	size_t length;
};

/* Check and normalise: a path that begins with one "/" (never "//" or "/\"), "?query", "#fragment", or http, https, mailto with
 * something behind.  Bytes that may not stand in an address are percent-encoded; "%" followed by two digits stays.
 * Returns 0, SV_EINVAL (scheme, control characters, "..", empty) or SV_ENOMEM. */
int sv_url_make(struct sv_arena *arena, struct sv_text text, struct sv_url *ret_url);

/* "/m/{id}-{slug}" and its like, from an id of [A-Za-z0-9_-] and a title.  The slug is lower-case ASCII letters and digits with
 * single "-" between, at most 60 bytes, common Latin letters without their accents; a title with none of these gives no slug and
 * no "-".  A handler redirects when the path asked for is not this one.  Empty url when the arena is full or the id is wrong. */
struct sv_url sv_url_film(struct sv_arena *arena, const char *id, const char *title);
struct sv_url sv_url_series(struct sv_arena *arena, const char *id, const char *title);
struct sv_url sv_url_season(struct sv_arena *arena, const char *id, const char *title, unsigned season);
struct sv_url sv_url_episode(struct sv_arena *arena, const char *id);
/* "/w/{id}", "/d/{id}", "/d/{id}/start". */
struct sv_url sv_url_watch(struct sv_arena *arena, const char *id);
struct sv_url sv_url_download(struct sv_arena *arena, const char *id);
struct sv_url sv_url_download_start(struct sv_arena *arena, const char *id);
/* "/api/image/{id}?w={width}&v={version}" */
struct sv_url sv_url_image(struct sv_arena *arena, const char *id, const char *version, unsigned width);

/* Is it an id: 1 to 32 characters of [A-Za-z0-9_-]? */
bool sv_url_id_valid(const char *id);

#endif
