/* SPDX-License-Identifier: Apache-2.0
 * Folding names.  No locale: the same name gives the same key everywhere. */
#include "name_fold.h"

#include <string.h>

#include "sv_assert.h"

/* Latin letters with marks, without them and in lower case; "" keeps the character. */
static const char latin[][3] = {   /* U+00C0 to U+024F */
	    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "o", " ", "o",
	    "u", "u", "u", "u", "y", "th", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d",
	    "n", "o", "o", "o", "o", "o", " ", "o", "u", "u", "u", "u", "y", "th", "y", "a", "a", "a", "a", "a", "a", "c", "c", "c", "c",
	    "c", "c", "c", "c", "d", "d", "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g", "g", "g", "g",
	    "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i", "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l",
	    "l", "l", "l", "l", "l", "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o", "o", "o", "oe",
	    "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s", "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u",
	    "u", "u", "u", "u", "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s", "b", "b", "", "", "", "",
	    "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "o", "o", "", "", "",
	    "", "", "", "", "", "", "", "", "", "", "u", "u", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "",
	    "dz", "dz", "dz", "lj", "lj", "lj", "nj", "nj", "nj", "a", "a", "i", "i", "o", "o", "u", "u", "u", "u", "u", "u", "u", "u",
	    "u", "u", "", "a", "a", "a", "a", "ae", "ae", "", "", "g", "g", "k", "k", "o", "o", "o", "o", "", "", "j", "dz", "dz", "dz",
	    "g", "g", "", "", "n", "n", "a", "a", "ae", "ae", "o", "o", "a", "a", "a", "a", "e", "e", "e", "e", "i", "i", "i", "i", "o",
	    "o", "o", "o", "r", "r", "r", "r", "u", "u", "u", "u", "s", "s", "t", "t", "", "", "h", "h", "", "", "", "", "", "", "a",
	    "a", "e", "e", "o", "o", "o", "o", "o", "o", "o", "o", "y", "y", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "",
	    "b", "", "", "", "", "", "", "", "", "", "", "", "",
};
static const char latin_more[][3] = {   /* U+1E00 to U+1EFF */
	    "a", "a", "b", "b", "b", "b", "b", "b", "c", "c", "d", "d", "d", "d", "d", "d", "d", "d", "d", "d", "e", "e", "e", "e", "e",
	    "e", "e", "e", "e", "e", "f", "f", "g", "g", "h", "h", "h", "h", "h", "h", "h", "h", "h", "h", "i", "i", "i", "i", "k", "k",
	    "k", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l", "l", "m", "m", "m", "m", "m", "m", "n", "n", "n", "n", "n", "n", "n",
	    "n", "o", "o", "o", "o", "o", "o", "o", "o", "p", "p", "p", "p", "r", "r", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s",
	    "s", "s", "s", "s", "s", "s", "t", "t", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "v",
	    "v", "v", "v", "w", "w", "w", "w", "w", "w", "w", "w", "w", "w", "x", "x", "x", "x", "y", "y", "z", "z", "z", "z", "z", "z",
	    "h", "t", "w", "y", "", "s", "", "", "ss", "", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a",
	    "a", "a", "a", "a", "a", "a", "a", "a", "a", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e",
	    "i", "i", "i", "i", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o", "o",
	    "o", "o", "o", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "y", "y", "y", "y", "y", "y", "y", "y",
	    "", "", "", "", "", "",
};
_Static_assert(sizeof latin / sizeof latin[0] == 0x250 - 0xc0, "one entry a character");
_Static_assert(sizeof latin_more / sizeof latin_more[0] == 0x1f00 - 0x1e00, "one entry a character");

/* The next character, stepping over it; a byte that is no UTF-8 counts as one character. */
static uint32_t
next_character(struct sv_text *text)
{
	const unsigned char *p = (const unsigned char *)text->data;
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c = p[0];

	if (length > text->length || !sv_utf8_valid((struct sv_text){text->data, length}))
		length = 1;
	if (length > 1) {
		c &= 0xffu >> (length + 1);
		for (size_t i = 1; i < length; i++)
			c = c << 6 | (p[i] & 0x3f);
	}
	text->data += length;
	text->length -= length;
	return c;
}

/* Small letters of Greek and Cyrillic without their accents; others as they are. */
static uint32_t
fold_other(uint32_t c)
{
	static const uint16_t pairs[][2] = {
	    {0x386, 0x3b1}, {0x388, 0x3b5}, {0x389, 0x3b7}, {0x38a, 0x3b9}, {0x38c, 0x3bf}, {0x38e, 0x3c5}, {0x38f, 0x3c9}, {0x390, 0x3b9},
	    {0x3aa, 0x3b9}, {0x3ab, 0x3c5}, {0x3ac, 0x3b1}, {0x3ad, 0x3b5}, {0x3ae, 0x3b7}, {0x3af, 0x3b9}, {0x3b0, 0x3c5}, {0x3c2, 0x3c3}, {0x3ca, 0x3b9}, {0x3cb, 0x3c5},
	    {0x3cc, 0x3bf}, {0x3cd, 0x3c5}, {0x3ce, 0x3c9}, {0x401, 0x435}, {0x451, 0x435},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (pairs[i][0] == c)
			return pairs[i][1];
	if ((c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	return c;
}

/* Does it stand between words? */
static bool
separates(uint32_t c)
{
	if (c < 0x80)
		return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
	return (c >= 0x80 && c < 0xc0 && c != 0xaa && c != 0xb5 && c != 0xba) || c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c <= 0x206f) ||
	    (c >= 0x2190 && c <= 0x2bff) || (c >= 0x3000 && c <= 0x3004) || (c >= 0x3008 && c <= 0x3020) || c == 0x30fb ||
	    (c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20) || c == 0xfffd;
}

/* Apostrophes vanish, so that "It's" is "its"; combining marks too. */
static bool
vanishes(uint32_t c)
{
	return c == '\'' || c == '`' || c == 0xb4 || c == 0x2018 || c == 0x2019 || c == 0x2bc || (c >= 0x300 && c <= 0x36f);
}

static size_t
put_character(uint32_t c, char out[static 4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

static size_t
fold_character(uint32_t c, char out[static 4])
{
	const char *plain = c >= 0xc0 && c < 0x250 ? latin[c - 0xc0] : c >= 0x1e00 && c < 0x1f00 ? latin_more[c - 0x1e00] : "";

	if (c >= 'A' && c <= 'Z')
		c += 32;
	else if (plain[0] != '\0') {
		memcpy(out, plain, strlen(plain));
		return strlen(plain);
	}
	return put_character(fold_other(c), out);
}

size_t
sv_name_fold(struct sv_text name, char *out, size_t cap)
{
	size_t length = 0;
	bool gap = false;

	sv_assert(cap > 0);
	while (name.length > 0) {
		uint32_t c = next_character(&name);
		char folded[4];
		if (vanishes(c))
			continue;
		if (separates(c) && c != '&') {
			gap = true;
			continue;
		}
		size_t n = c == '&' ? 3 : fold_character(c, folded);
		bool blank = length > 0 && (gap || c == '&');
		if (length + n + blank + 1 > cap)
			break;
		if (blank)
			out[length++] = ' ';
		memcpy(out + length, c == '&' ? "and" : folded, n);
		length += n;
		gap = c == '&';
	}
	out[length] = '\0';
	return length;
}

const char *
sv_name_sort(const char *folded)
{
	static const char *const articles[] = {"the ", "a ", "an "};

	for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++)
		if (sv_text_starts(sv_text_of(folded), articles[i]))
			return folded + strlen(articles[i]);
	return folded;
}
