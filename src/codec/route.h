/* SPDX-License-Identifier: Apache-2.0
 * A small router: a table of method and pattern, the first row that fits wins.
 *   {name}      one character or more of this segment; as few as possible before other text, all when the segment ends with it
 *   {name:12}   exactly 12 characters of this segment (public ids, which may hold dashes)
 *   {name...}   the rest of the path, slashes and all; last in the pattern
 * A literal before the end of a segment ("{name}.webp") is taken from the segment's end.  Paths are matched undecoded and
 * captures are undecoded; check them with sv_url_path_check first.  Pure; any thread. */
#ifndef SV_ROUTE_H
#define SV_ROUTE_H

#include <stddef.h>

#include "text.h"

#define SV_ROUTE_PARAMS_MAX 6
#define SV_ROUTE_ALLOW_SIZE 64

/* First member of the rows of a table; rows may be larger. */
struct sv_route {
	const char *method;              /* "GET" answers HEAD too; "*" is any */
	const char *pattern;
};

struct sv_route_hit {
	struct sv_text params[SV_ROUTE_PARAMS_MAX];   /* in the order of the pattern; data NULL past the last */
	char allow[SV_ROUTE_ALLOW_SIZE]; /* for SV_EMETHOD: "GET, HEAD, POST" */
};

/* Returns the index of the row, SV_ENOENT (404), or SV_EMETHOD (405, with hit->allow).
 *   rows,count,stride   the table; stride is sizeof one row */
int sv_route_find(const struct sv_route *rows, size_t count, size_t stride, struct sv_text method, struct sv_text path, struct sv_route_hit *hit);

#endif
