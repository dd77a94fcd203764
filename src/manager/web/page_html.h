/* SPDX-License-Identifier: Apache-2.0
 * Raw markup.  page_html.c is the one file that makes values of this type. */
#ifndef SV_PAGE_HTML_H
#define SV_PAGE_HTML_H

#include "arena.h"
#include "text.h"

struct sv_html {
	const char *text;
	size_t length;
};

/* Plain text as paragraphs: an empty line parts them, a single newline becomes <br>.  Escaped.  Empty when text is NULL
 * or the arena full (*ret_error then SV_ENOMEM). */
struct sv_html sv_page_html_paragraphs(struct sv_arena *arena, const char *text, int *ret_error);

#endif
