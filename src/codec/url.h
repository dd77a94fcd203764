/* SPDX-License-Identifier: Apache-2.0
 * URL parts (RFC 3986): percent coding, path check, query arguments, form bodies.  Decoding is strict: a malformed escape and a NUL
 * are errors.  Pure; any thread. */
#ifndef SV_URL_H
#define SV_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buffer.h"
#include "text.h"

enum sv_url_decode_bit {
	SV_URL_PLUS = 1,                 /* a plus sign is a blank: queries and forms, not paths */
	SV_URL_UTF8 = 2                  /* the result must be well-formed UTF-8 */
};

/* Decode into `out` with a NUL behind.  Returns the length, SV_EINVAL, or SV_ENOSPC when `cap` bytes are too few (text.length + 1 always
 * do).  `out` may be text.data itself when that is writable and has room for the NUL. */
int sv_url_decode(struct sv_text text, unsigned bits, char *out, size_t cap);

enum sv_url_kind {
	SV_URL_SEGMENT = 0,              /* one segment of a path */
	SV_URL_PATH,                     /* the same, and slashes stay */
	SV_URL_QUERY,                    /* name or value of an argument */
	SV_URL_RFC8187,                  /* ext-value of a header field: filename*=UTF-8''... */
	SV_URL_KIND_COUNT
};
void sv_url_encode(enum sv_url_kind kind, struct sv_text text, struct sv_buffer *out);

/* May this undecoded path be routed?  It begins with a slash, has no empty, `.` or `..` segment (in any spelling), no escaped slash, backslash
 * or control character, no malformed escape; one slash may stand at the end.  0 or SV_EINVAL. */
int sv_url_path_check(struct sv_text path);

/* Step through "a=1&b&a=2": undecoded names and values, duplicates visible, empty pieces left out; a value without `=` has data NULL.
 * `left` starts as the query.  False at the end. */
bool sv_url_query_next(struct sv_text *left, struct sv_text *ret_name, struct sv_text *ret_value);
/* How often an argument is there; its first undecoded value when it is.  Names are compared as they stand. */
size_t sv_url_query_get(struct sv_text query, const char *name, struct sv_text *ret_value);

#define SV_URL_FORM_MAX 64
struct sv_url_form {
	size_t count;
	struct {
		struct sv_text name, value;      /* decoded, in the arena, NUL behind each */
	} pairs[SV_URL_FORM_MAX];
};
/* A query or an application/x-www-form-urlencoded body, decoded.  0, SV_EINVAL, SV_ETOOBIG (over 64 pairs) or SV_ENOMEM (the arena's ceiling). */
int sv_url_form_parse(struct sv_text body, struct sv_arena *arena, struct sv_url_form *ret_form);
/* The first value of that name; data NULL when it is missing. */
struct sv_text sv_url_form_get(const struct sv_url_form *form, const char *name);

#endif
