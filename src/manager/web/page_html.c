/* SPDX-License-Identifier: Apache-2.0
 * The maker of raw markup: synopses and their like, plain text in, paragraphs out. */
#include "page_html.h"

#include "errors.h"
#include "html_escape.h"

/* Most bytes that one character becomes: "<p></p>" with what it holds stays below, since each newline is one byte. */
#define GROWTH 8

static char *
append(char *at, const char *text)
{
	size_t length = strlen(text);

	memcpy(at, text, length);
	return at + length;
}

struct sv_html
sv_page_html_paragraphs(struct sv_arena *arena, const char *text, int *ret_error)
{
	size_t length = text == NULL ? 0 : strlen(text);
	char *begin = NULL, *at = NULL;

	if (length == 0)
		return (struct sv_html){0};
	begin = at = sv_arena_alloc(arena, length * GROWTH + 16);
	if (begin == NULL) {
		*ret_error = SV_ENOMEM;
		return (struct sv_html){0};
	}
	at = append(at, "<p>");
	for (const char *end = text + length; text < end; text++) {
		const char *entity = sv_html_entity(*text);
		if (*text != '\n') {
			if (entity != NULL)
				at = append(at, entity);
			else
				*at++ = *text;
			continue;
		}
		size_t newlines = strspn(text, "\n");
		if (text + newlines < end)
			at = append(at, newlines == 1 ? "<br>" : "</p><p>");
		text += newlines - 1;
	}
	at = append(at, "</p>");
	return (struct sv_html){begin, (size_t)(at - begin)};
}
