/* SPDX-License-Identifier: Apache-2.0
 * What each kind leaves unescaped is one string of punctuation; letters, digits and "-._~" always stay. */
#include "url.h"

#include "errors.h"
#include "sv_assert.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte an escape at `at` stands for, or -1. */
static int
escape_at(struct sv_text text, size_t at)
{
	if (text.length - at < 3)
		return -1;
	int high = hex_value(text.data[at + 1]), low = hex_value(text.data[at + 2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

int
sv_url_decode(struct sv_text text, unsigned bits, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < text.length; i++) {
		int c = (unsigned char)text.data[i];
		if (c == '%') {
			c = escape_at(text, i);
			i += 2;
		} else if (c == '+' && (bits & SV_URL_PLUS) != 0) {
			c = ' ';
		}
		if (c <= 0)
			return SV_EINVAL;
		if (n + 1 >= cap)
			return SV_ENOSPC;
		out[n++] = (char)c;
	}
	if (cap == 0)
		return SV_ENOSPC;
	out[n] = '\0';
	if ((bits & SV_URL_UTF8) != 0 && !sv_utf8_valid((struct sv_text){out, n}))
		return SV_EINVAL;
	return (int)n;
}

void
sv_url_encode(enum sv_url_kind kind, struct sv_text text, struct sv_buffer *out)
{
	/* of what RFC 3986 lets stand in a path, & + ' are escaped too: careless readers take them for something else */
	static const char *const stay[SV_URL_KIND_COUNT] = {
	    [SV_URL_SEGMENT] = "-._~!$()*,:;=@", [SV_URL_PATH] = "-._~!$()*,:;=@/", [SV_URL_QUERY] = "-._~", [SV_URL_RFC8187] = "!#$&+-.^_`|~",
	};
	static const char digits[] = "0123456789ABCDEF";

	sv_assert(kind < SV_URL_KIND_COUNT);
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];
		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c != 0 && strchr(stay[kind], c) != NULL)) {
			sv_buffer_byte(out, c);
			continue;
		}
		char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
		sv_buffer_append(out, escape, sizeof escape);
	}
}

/* One segment: 0 when it may stand.  `dots` and `length` are of the decoded form. */
static int
check_segment(struct sv_text segment)
{
	size_t dots = 0, length = 0;

	for (size_t i = 0; i < segment.length; i++, length++) {
		int c = (unsigned char)segment.data[i];
		if (c == '%') {
			c = escape_at(segment, i);
			i += 2;
			if (c < 0 || c == '/')
				return SV_EINVAL;
		}
		if (c < 0x20 || c == 0x7f || c == '\\')
			return SV_EINVAL;
		dots += c == '.';
	}
	return length == 0 || (dots == length && length <= 2) ? SV_EINVAL : 0;
}

int
sv_url_path_check(struct sv_text path)
{
	if (path.length == 0 || path.data[0] != '/')
		return SV_EINVAL;
	struct sv_text left = {path.data + 1, path.length - 1};
	/* an empty last piece is the slash at the end (or the root itself) */
	while (left.data != NULL && left.length > 0) {
		int rc = check_segment(sv_text_split(&left, '/'));
		if (rc != 0)
			return rc;
	}
	return 0;
}

bool
sv_url_query_next(struct sv_text *left, struct sv_text *ret_name, struct sv_text *ret_value)
{
	while (left->data != NULL) {
		struct sv_text value = sv_text_split(left, '&');
		if (value.length == 0)
			continue;
		*ret_name = sv_text_split(&value, '=');
		*ret_value = value;
		return true;
	}
	return false;
}

size_t
sv_url_query_get(struct sv_text query, const char *name, struct sv_text *ret_value)
{
	struct sv_text key = {NULL, 0}, value = {NULL, 0};
	size_t count = 0;

	while (sv_url_query_next(&query, &key, &value))
		if (sv_text_is(key, name) && count++ == 0)
			*ret_value = value;
	return count;
}

static int
decode_into(struct sv_arena *arena, struct sv_text text, struct sv_text *ret_text)
{
	char *copy = sv_arena_alloc(arena, text.length + 1);

	if (copy == NULL)
		return SV_ENOMEM;
	int length = sv_url_decode(text, SV_URL_PLUS | SV_URL_UTF8, copy, text.length + 1);
	if (length < 0)
		return length;
	*ret_text = (struct sv_text){copy, (size_t)length};
	return 0;
}

int
sv_url_form_parse(struct sv_text body, struct sv_arena *arena, struct sv_url_form *ret_form)
{
	struct sv_text name = {NULL, 0}, value = {NULL, 0};
	size_t count = 0;

	while (sv_url_query_next(&body, &name, &value)) {
		if (count == SV_URL_FORM_MAX)
			return SV_ETOOBIG;
		int rc = decode_into(arena, name, &ret_form->pairs[count].name);
		if (rc == 0)
			rc = decode_into(arena, value, &ret_form->pairs[count].value);
		if (rc != 0)
			return rc;
		count++;
	}
	ret_form->count = count;
	return 0;
}

struct sv_text
sv_url_form_get(const struct sv_url_form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (sv_text_is(form->pairs[i].name, name))
			return form->pairs[i].value;
	return (struct sv_text){NULL, 0};
}
