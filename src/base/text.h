/* SPDX-License-Identifier: Apache-2.0
 * Counted text and the small conversions that everyone needs.  Pure; any thread. */
#ifndef SV_TEXT_H
#define SV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed text that need not end in NUL. */
struct sv_text {
	const char *data;
	size_t length;
};

/* printf("%.*s", SV_TEXT_ARG(text)) */
#define SV_TEXT_ARG(text) (int)(text).length, (text).data
/* A literal as struct sv_text. */
#define SV_TEXT(literal) ((struct sv_text){"" literal, sizeof(literal) - 1})

static inline struct sv_text
sv_text_of(const char *cstr)
{
	return (struct sv_text){cstr, cstr == NULL ? 0 : strlen(cstr)};
}

bool sv_text_equal(struct sv_text a, struct sv_text b);
/* ASCII letters fold; others must be the same. */
bool sv_text_equal_nocase(struct sv_text a, struct sv_text b);
bool sv_text_is(struct sv_text a, const char *cstr);
bool sv_text_starts(struct sv_text text, const char *prefix);
/* Without blanks and tabs at both ends. */
struct sv_text sv_text_trim(struct sv_text text);
/* Split at the first `separator`: the part before is returned, *text becomes the part after (empty, data NULL, when
 * there was none). */
struct sv_text sv_text_split(struct sv_text *text, char separator);

/* Decimal digits only (no sign, no blanks, no empty text).  0, SV_EINVAL, or SV_ERANGE past 2^64-1. */
int sv_text_to_u64(struct sv_text text, uint64_t *ret_value);

/* base64url without padding (RFC 4648, section 5). `out` must hold 4*length/3+2 bytes; returns characters written,
 * NUL added.  Decoding accepts only that form: SV_EINVAL otherwise, SV_ENOSPC when `cap` is too small, else the count. */
size_t sv_base64url_encode(const void *data, size_t length, char *out);
int sv_base64url_decode(struct sv_text text, uint8_t *out, size_t cap);
/* Lower-case hexadecimal; `out` holds 2*length+1. */
void sv_hex_encode(const void *data, size_t length, char *out);

/* Is it well-formed UTF-8 without NUL? */
bool sv_utf8_valid(struct sv_text text);

#endif
