/* SPDX-License-Identifier: Apache-2.0
 * Counted text.  No locale is involved anywhere. */
#include "text.h"

#include "errors.h"

bool
sv_text_equal(struct sv_text a, struct sv_text b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool
sv_text_equal_nocase(struct sv_text a, struct sv_text b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

bool
sv_text_is(struct sv_text a, const char *cstr)
{
	return sv_text_equal(a, sv_text_of(cstr));
}

bool
sv_text_starts(struct sv_text text, const char *prefix)
{
	size_t length = strlen(prefix);

	return length == 0 || (text.length >= length && memcmp(text.data, prefix, length) == 0);
}

struct sv_text
sv_text_trim(struct sv_text text)
{
	while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
		text.length--;
	return text;
}

struct sv_text
sv_text_split(struct sv_text *text, char separator)
{
	const char *at = text->length == 0 ? NULL : memchr(text->data, separator, text->length);
	struct sv_text head = *text;

	if (at == NULL) {
		*text = (struct sv_text){NULL, 0};
		return head;
	}
	head.length = (size_t)(at - head.data);
	*text = (struct sv_text){at + 1, text->length - head.length - 1};
	return head;
}

int
sv_text_to_u64(struct sv_text text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.length == 0)
		return SV_EINVAL;
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return SV_EINVAL;
	for (size_t i = 0; i < text.length; i++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value))
			return SV_ERANGE;
	*ret_value = value;
	return 0;
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
sv_base64url_encode(const void *data, size_t length, char *out)
{
	const uint8_t *in = data;
	size_t n = 0;

	for (size_t i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)in[i] << 16;
		if (i + 1 < length)
			group |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < length)
			group |= in[i + 2];
		out[n++] = base64url[group >> 18];
		out[n++] = base64url[group >> 12 & 63];
		if (i + 1 < length)
			out[n++] = base64url[group >> 6 & 63];
		if (i + 2 < length)
			out[n++] = base64url[group & 63];
	}
	out[n] = '\0';
	return n;
}

static int
base64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

int
sv_base64url_decode(struct sv_text text, uint8_t *out, size_t cap)
{
	size_t bytes = text.length * 3 / 4;
	uint32_t group = 0;
	size_t n = 0;

	if (text.length % 4 == 1)
		return SV_EINVAL;
	if (bytes > cap)
		return SV_ENOSPC;
	for (size_t i = 0; i < text.length; i++) {
		int value = base64url_value(text.data[i]);
		if (value < 0)
			return SV_EINVAL;
		group = group << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			out[n++] = (uint8_t)(group >> 16);
			out[n++] = (uint8_t)(group >> 8);
			out[n++] = (uint8_t)group;
			group = 0;
		}
	}
	/* the bits past the last whole byte must be zero, so that each value has one spelling */
	if (text.length % 4 == 2) {
		if ((group & 15) != 0)
			return SV_EINVAL;
		out[n++] = (uint8_t)(group >> 4);
	} else if (text.length % 4 == 3) {
		if ((group & 3) != 0)
			return SV_EINVAL;
		out[n++] = (uint8_t)(group >> 10);
		out[n++] = (uint8_t)(group >> 2);
	}
	return (int)n;
}

void
sv_hex_encode(const void *data, size_t length, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *in = data;

	for (size_t i = 0; i < length; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * length] = '\0';
}

bool
sv_utf8_valid(struct sv_text text)
{
	const uint8_t *p = (const uint8_t *)text.data;
	size_t left = text.length;

	while (left > 0) {
		size_t more;
		uint32_t point;
		if (p[0] == 0)
			return false;
		if (p[0] < 0x80) {
			p++;
			left--;
			continue;
		}
		if ((p[0] & 0xe0) == 0xc0) {
			more = 1;
			point = p[0] & 0x1f;
		} else if ((p[0] & 0xf0) == 0xe0) {
			more = 2;
			point = p[0] & 0x0f;
		} else if ((p[0] & 0xf8) == 0xf0) {
			more = 3;
			point = p[0] & 0x07;
		} else {
			return false;
		}
		if (left < more + 1)
			return false;
		for (size_t i = 1; i <= more; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			point = point << 6 | (p[i] & 0x3f);
		}
		/* overlong forms, surrogates and values past Unicode's end */
		if ((more == 1 && point < 0x80) || (more == 2 && point < 0x800) || (more == 3 && point < 0x10000) ||
		    (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
			return false;
		p += more + 1;
		left -= more + 1;
	}
	return true;
}
