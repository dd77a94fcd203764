/* SPDX-License-Identifier: Apache-2.0
 * JSON: a small writer that places commas and escapes, and reading through jansson with limits.
 * Written text is safe inside HTML too (< > & are escaped); bytes that are not UTF-8 become U+FFFD. */
#ifndef SV_JSON_TEXT_H
#define SV_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "text.h"

#define SV_JSON_DEPTH_MAX 32

/* Lives on the stack; errors are the buffer's.  Asserts that begin and end, key and value, follow each other rightly. */
struct sv_json {
	struct sv_buffer *out;
	unsigned depth;
	bool comma;                      /* something stands before this place at this depth */
	bool keyed;                      /* a key was written, its value comes next */
	char closers[SV_JSON_DEPTH_MAX];
};

void sv_json_start(struct sv_json *json, struct sv_buffer *out);
void sv_json_begin_object(struct sv_json *json);
void sv_json_end_object(struct sv_json *json);
void sv_json_begin_array(struct sv_json *json);
void sv_json_end_array(struct sv_json *json);
void sv_json_key(struct sv_json *json, const char *name);
void sv_json_text(struct sv_json *json, struct sv_text text);        /* data NULL: null */
void sv_json_u64(struct sv_json *json, uint64_t value);
void sv_json_i64(struct sv_json *json, int64_t value);
void sv_json_real(struct sv_json *json, double value);               /* not finite: null */
void sv_json_bool(struct sv_json *json, bool value);
void sv_json_null(struct sv_json *json);

/* Key and value in one. */
void sv_json_member_text(struct sv_json *json, const char *name, struct sv_text text);
void sv_json_member_cstr(struct sv_json *json, const char *name, const char *text);    /* NULL: null */
void sv_json_member_u64(struct sv_json *json, const char *name, uint64_t value);
void sv_json_member_i64(struct sv_json *json, const char *name, int64_t value);
void sv_json_member_bool(struct sv_json *json, const char *name, bool value);

/* A string in quotes, escaped, without a writer. */
void sv_json_escape(struct sv_text text, struct sv_buffer *out);

/* Reading.  The tree is jansson's (`json_t`); free it with sv_json_free. */
struct json_t;
/* Any JSON value of at most `max_bytes`; a name that is there twice is refused.  0, SV_ETOOBIG, SV_EINVAL. */
int sv_json_parse(struct sv_text text, size_t max_bytes, struct json_t **ret_tree);
void sv_json_free(struct json_t *tree);

/* Members of an object: 0, SV_ENOENT (missing or null, or `object` is none), SV_EINVAL (another type), SV_ERANGE.  Texts live as long as the tree
 * and end in NUL. */
int sv_json_get_text(const struct json_t *object, const char *name, struct sv_text *ret_text);
int sv_json_get_u64(const struct json_t *object, const char *name, uint64_t *ret_value);
int sv_json_get_i64(const struct json_t *object, const char *name, int64_t *ret_value);
int sv_json_get_real(const struct json_t *object, const char *name, double *ret_value);     /* whole numbers too */
int sv_json_get_bool(const struct json_t *object, const char *name, bool *ret_value);

#endif
