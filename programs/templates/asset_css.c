/* SPDX-License-Identifier: Apache-2.0
 * Only what needs no understanding of CSS: comments go; blanks shrink to one, and to none beside { } ; , and behind a
 * colon; the last semicolon of a block goes.  Strings stay as they are.  A blank before a colon stays (descendant selectors). */
#include "asset_css.h"

#include <ctype.h>
#include <string.h>

static const char *
skip_comment(const char *text)
{
	const char *end = strstr(text + 2, "*/");

	return end == NULL ? text + strlen(text) : end + 2;
}

static const char *
copy_string(const char *text, struct sv_buffer *out)
{
	const char *at = text + 1;

	while (*at != '\0' && *at != *text)
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	if (*at != '\0')
		at++;
	sv_buffer_append(out, text, (size_t)(at - text));
	return at;
}

static char
last_of(const struct sv_buffer *out)
{
	return out->length == 0 ? '{' : (char)out->data[out->length - 1];
}

void
asset_css_shrink(const char *text, struct sv_buffer *out)
{
	bool blank = false;

	while (*text != '\0') {
		if (text[0] == '/' && text[1] == '*') {
			text = skip_comment(text);
			blank = true;
			continue;
		}
		if (isspace((unsigned char)*text)) {
			blank = true;
			text++;
			continue;
		}
		if (blank && strchr("{};,:", last_of(out)) == NULL && strchr("{};,", *text) == NULL)
			sv_buffer_byte(out, ' ');
		blank = false;
		if (*text == '"' || *text == '\'') {
			text = copy_string(text, out);
			continue;
		}
		if (*text == '}' && last_of(out) == ';')
			out->length--;
		sv_buffer_byte(out, (uint8_t)*text++);
	}
}
