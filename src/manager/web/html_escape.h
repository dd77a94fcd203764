/* SPDX-License-Identifier: Apache-2.0
 * The characters that mean something in HTML text and quoted attributes, and how they are written. */
#ifndef SV_HTML_ESCAPE_H
#define SV_HTML_ESCAPE_H

#include <stddef.h>

static inline const char *
sv_html_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&#34;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

#endif
