/* SPDX-License-Identifier: Apache-2.0
 * Where in an HTML document a template is.  Literal text goes through `html_literal`, which drops needless blanks and keeps
 * track of elements, attributes and quotes; before a hole `html_hole` says what may stand there.  A template is held to a
 * strict form: lower-case quoted attributes, every element closed, no comments, no inline script or style. */
#ifndef SV_TEMPLATE_HTML_H
#define SV_TEMPLATE_HTML_H

#include "buffer.h"
#include "template_ast.h"

#define HTML_DEPTH 40
#define HTML_NAME 24

enum html_state {
	HTML_TEXT = 0,
	HTML_OPEN,          /* behind "<" */
	HTML_DOCTYPE,       /* in "<!doctype html>" */
	HTML_TAG_NAME,
	HTML_TAG_SPACE,     /* between attributes, behind a blank */
	HTML_TAG_GAP,       /* behind a name or value: a blank or the end of the tag must follow */
	HTML_ATTRIBUTE,     /* in a name */
	HTML_EQUALS,        /* behind "=" */
	HTML_VALUE,         /* in a quoted value */
	HTML_SLASH,         /* behind "/" in a tag */
	HTML_END_NAME,      /* in "</name" */
	HTML_RAW,           /* in script or style: only the end tag may follow */
};

enum html_attribute {
	HTML_ATTRIBUTE_TEXT = 0, HTML_ATTRIBUTE_URL, HTML_ATTRIBUTE_SRCSET,
	HTML_ATTRIBUTE_FIXED,   /* literal text only: the source of a script */
};

/* The part that must be the same at the end of every branch. */
struct html_context {
	enum html_state state;
	enum html_attribute attribute;
	char name[HTML_NAME];               /* tag or attribute being read */
	char tag[HTML_NAME];                /* element of the tag being read */
	char stack[HTML_DEPTH][HTML_NAME];  /* open elements */
	int depth;
	bool value_begun;                   /* the attribute's value has something */
	bool value_filled;                  /* by a hole: nothing may follow in an address */
	bool closing_self;                  /* "/>" of a void element or inside svg */
};

struct html {
	struct html_context context;
	struct sv_buffer out;               /* literal bytes not yet taken by the caller */
	char value[128];                    /* begin of a literal attribute value, for the check of addresses */
	size_t value_length;
	bool blank, newline;                /* a run of blanks is waiting, with a newline in it */
	bool edge;                          /* the last thing was a tag or a directive that is no hole */
};

enum html_hole {
	HTML_HOLE_TEXT = 0,   /* text: raw markup of type struct sv_html may stand here too */
	HTML_HOLE_ESCAPED,    /* attribute, title or textarea */
	HTML_HOLE_URL,
	HTML_HOLE_SRCSET,
};

void html_init(struct html *html);
void html_literal(struct html *html, struct place place, const char *text);
/* What the hole here must be escaped for; fails where none may stand. `what` names it in the message. */
enum html_hole html_hole(struct html *html, struct place place, const char *what);
/* Literal text of an asset's address: only at the front of an address. */
void html_asset(struct html *html, struct place place, const char *address);
/* Before if, elif, else, end, for, slot: settle pending blanks and half-read names. */
void html_edge(struct html *html, struct place place);
/* An include: only in text. */
void html_include(struct html *html, struct place place, const char *name);
/* The context at the end of two branches; fails when they differ. */
struct html_context html_join(struct place place, const struct html_context *a, const struct html_context *b);
/* At the end of a template: text, with every element closed. */
void html_end(const struct html *html, struct place place);

#endif
