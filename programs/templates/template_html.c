/* SPDX-License-Identifier: Apache-2.0
 * A tokenizer for the strict HTML of our templates: one character at a time, one function a state. */
#include "template_html.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "html_names.h"

void
html_init(struct html *html)
{
	*html = (struct html){.edge = true};
	sv_buffer_init(&html->out, 0);
}

static const char *
top(const struct html_context *context)
{
	return context->depth == 0 ? "" : context->stack[context->depth - 1];
}

static bool
inside(const struct html_context *context, const char *name)
{
	for (int i = 0; i < context->depth; i++)
		if (strcmp(context->stack[i], name) == 0)
			return true;
	return false;
}

static bool
is_raw(const char *element)
{
	return strcmp(element, "script") == 0 || strcmp(element, "style") == 0;
}

static void
emit(struct html *html, char c)
{
	sv_buffer_byte(&html->out, (uint8_t)c);
}

static void
name_begin(struct html_context *context, char c)
{
	memset(context->name, 0, sizeof context->name);
	context->name[0] = c;
}

static void
name_add(struct html_context *context, struct place place, char c)
{
	size_t length = strlen(context->name);

	if (length + 1 >= sizeof context->name)
		template_fail(place, "the name \"%s...\" is too long", context->name);
	context->name[length] = c;
}

/* Waiting blanks are written, or not: with a newline in them they vanish beside tags and directives. */
static void
settle_blanks(struct html *html, bool at_edge)
{
	if (html->blank && !(html->newline && (at_edge || html->edge)))
		emit(html, ' ');
	html->blank = html->newline = false;
}

static void
tag_named(struct html *html, struct place place)
{
	struct html_context *context = &html->context;

	if (html_element_is_forbidden(context->name))
		template_fail(place, "<%s> is not used in our pages", context->name);
	memcpy(context->tag, context->name, sizeof context->tag);
}

static void
attribute_named(struct html *html, struct place place)
{
	struct html_context *context = &html->context;
	const char *why = html_attribute_refused(context->name);

	if (why != NULL)
		template_fail(place, "the attribute \"%s\" is refused: %s", context->name, why);
	context->attribute = html_attribute_kind(context->tag, context->name);
}

/* ">" was read: the element opens, unless it is void. */
static void
tag_done(struct html *html, struct place place)
{
	struct html_context *context = &html->context;

	emit(html, '>');
	html->edge = true;
	context->state = HTML_TEXT;
	if (context->closing_self || html_element_is_void(context->tag)) {
		context->closing_self = false;
		return;
	}
	if (context->depth == HTML_DEPTH)
		template_fail(place, "more than %d elements inside each other", HTML_DEPTH);
	memset(context->stack[context->depth], 0, HTML_NAME);
	memcpy(context->stack[context->depth++], context->tag, HTML_NAME);
	if (is_raw(context->tag))
		context->state = HTML_RAW;
}

static void
element_closed(struct html *html, struct place place)
{
	struct html_context *context = &html->context;

	if (strcmp(top(context), context->name) != 0)
		template_fail(place, "</%s> closes nothing: the open element is <%s>", context->name, top(context));
	memset(context->stack[--context->depth], 0, HTML_NAME);
	context->state = HTML_TEXT;
	emit(html, '>');
	html->edge = true;
}

static bool
keeps_blanks(const struct html_context *context)
{
	return inside(context, "pre") || strcmp(top(context), "textarea") == 0;
}

static bool
is_text_only(const struct html_context *context)
{
	return strcmp(top(context), "title") == 0 || strcmp(top(context), "textarea") == 0;
}

static void
read_text(struct html *html, char c)
{
	if (isspace((unsigned char)c) && !keeps_blanks(&html->context)) {
		html->blank = true;
		html->newline |= c == '\n';
		return;
	}
	settle_blanks(html, c == '<');
	html->edge = false;
	emit(html, c);
	if (c == '<')
		html->context.state = HTML_OPEN;
}

static void
read_open(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	emit(html, c);
	if (c == '/') {
		context->state = HTML_END_NAME;
		memset(context->name, 0, sizeof context->name);
		return;
	}
	if (is_raw(top(context)))
		template_fail(place, "<%s> must be empty: our pages have no inline script or style", top(context));
	if (is_text_only(context))
		template_fail(place, "a tag inside <%s>", top(context));
	if (c == '!') {
		context->state = HTML_DOCTYPE;
		memset(context->name, 0, sizeof context->name);
		return;
	}
	if (!islower((unsigned char)c))
		template_fail(place, "\"<\" must begin a lower-case tag; write &lt; for the character");
	context->state = HTML_TAG_NAME;
	name_begin(context, c);
}

static void
read_doctype(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	emit(html, c);
	if (c != '>') {
		if (c == '-')
			template_fail(place, "an HTML comment; write {# ... #}");
		name_add(context, place, c);
		return;
	}
	if (strcmp(context->name, "doctype html") != 0)
		template_fail(place, "only <!doctype html> may begin with \"<!\"");
	context->state = HTML_TEXT;
	html->edge = true;
}

static void
read_tag_name(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	if (isalnum((unsigned char)c) || c == '-') {
		name_add(context, place, c);
		emit(html, c);
		return;
	}
	tag_named(html, place);
	context->state = HTML_TAG_GAP;
}

/* Between attributes, and behind names and values. */
static void
read_tag(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	if (isspace((unsigned char)c)) {
		context->state = HTML_TAG_SPACE;
	} else if (c == '>') {
		tag_done(html, place);
	} else if (c == '/') {
		context->state = HTML_SLASH;
	} else if (context->state == HTML_TAG_GAP) {
		template_fail(place, "a blank or \">\" expected in <%s>, not \"%c\"", context->tag, c);
	} else if (isalpha((unsigned char)c)) {
		emit(html, ' ');
		emit(html, c);
		name_begin(context, c);
		context->state = HTML_ATTRIBUTE;
	} else {
		template_fail(place, "an attribute expected in <%s>, not \"%c\"", context->tag, c);
	}
}

static void
read_attribute(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	if (isalnum((unsigned char)c) || c == '-' || c == ':') {
		name_add(context, place, c);
		emit(html, c);
		return;
	}
	attribute_named(html, place);
	if (c == '=') {
		emit(html, c);
		context->state = HTML_EQUALS;
		return;
	}
	context->state = HTML_TAG_GAP;
	context->attribute = HTML_ATTRIBUTE_TEXT;
	read_tag(html, place, c);
}

static void
read_equals(struct html *html, struct place place, char c)
{
	if (c != '"')
		template_fail(place, "the value of \"%s\" must stand in double quotes", html->context.name);
	emit(html, c);
	html->context.state = HTML_VALUE;
	html->context.value_begun = html->context.value_filled = false;
	html->value_length = 0;
}

/* A literal address, or the part of it up to a directive, must be one of ours. */
static void
check_address(struct html *html, struct place place)
{
	const struct html_context *context = &html->context;

	html->value[html->value_length] = '\0';
	if (context->attribute != HTML_ATTRIBUTE_TEXT && html->value_length > 0 && !html_address_is_ours(html->value))
		template_fail(place, "\"%s\" is no address for \"%s\": it must begin with \"/\", \"#\", \"?\" or \"https:\"", html->value, context->name);
	html->value_length = 0;
}

static void
value_done(struct html *html, struct place place)
{
	struct html_context *context = &html->context;

	check_address(html, place);
	context->state = HTML_TAG_GAP;
	context->attribute = HTML_ATTRIBUTE_TEXT;
	context->value_begun = context->value_filled = false;
	memset(context->name, 0, sizeof context->name);
}

static void
read_value(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	emit(html, c);
	if (c == '"') {
		value_done(html, place);
		return;
	}
	if (context->value_filled && context->attribute == HTML_ATTRIBUTE_URL)
		template_fail(place, "the hole must be the whole address in \"%s\"", context->name);
	if (context->value_filled && context->attribute == HTML_ATTRIBUTE_SRCSET && c != ' ' && c != ',')
		template_fail(place, "a blank or comma must follow the address in \"%s\"", context->name);
	if (context->attribute == HTML_ATTRIBUTE_SRCSET) {
		context->value_filled = false;
		context->value_begun = c != ' ';   /* an address may begin behind a blank */
		return;
	}
	context->value_begun = true;
	if (html->value_length + 1 < sizeof html->value)
		html->value[html->value_length++] = c;
}

static void
read_slash(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	if (c != '>')
		template_fail(place, "\"/\" in <%s>", context->tag);
	if (!inside(context, "svg") && !html_element_is_void(context->tag))
		template_fail(place, "\"/>\" closes nothing in HTML: write </%s>", context->tag);
	if (inside(context, "svg"))
		emit(html, '/');
	context->closing_self = true;
	tag_done(html, place);
}

static void
read_end_name(struct html *html, struct place place, char c)
{
	struct html_context *context = &html->context;

	if (c == '>') {
		element_closed(html, place);
		return;
	}
	if (!isalnum((unsigned char)c) && c != '-')
		template_fail(place, "\"%c\" in an end tag", c);
	name_add(context, place, c);
	emit(html, c);
}

static void
read_raw(struct html *html, struct place place, char c)
{
	if (c != '<')
		template_fail(place, "<%s> must be empty: our pages have no inline script or style", top(&html->context));
	emit(html, c);
	html->context.state = HTML_OPEN;
}

static void
read_character(struct html *html, struct place place, char c)
{
	switch (html->context.state) {
	case HTML_TEXT: read_text(html, c); return;
	case HTML_OPEN: read_open(html, place, c); return;
	case HTML_DOCTYPE: read_doctype(html, place, c); return;
	case HTML_TAG_NAME:
		read_tag_name(html, place, c);
		if (html->context.state == HTML_TAG_GAP)
			read_tag(html, place, c);
		return;
	case HTML_TAG_SPACE: case HTML_TAG_GAP: read_tag(html, place, c); return;
	case HTML_ATTRIBUTE: read_attribute(html, place, c); return;
	case HTML_EQUALS: read_equals(html, place, c); return;
	case HTML_VALUE: read_value(html, place, c); return;
	case HTML_SLASH: read_slash(html, place, c); return;
	case HTML_END_NAME: read_end_name(html, place, c); return;
	case HTML_RAW: read_raw(html, place, c); return;
	}
}

void
html_literal(struct html *html, struct place place, const char *text)
{
	for (; *text != '\0'; text++) {
		read_character(html, place, *text);
		place.line += *text == '\n';
	}
}

/* A hole inside a value: addresses take one and nothing else. */
static enum html_hole
hole_in_value(struct html_context *context, struct place place, const char *what)
{
	switch (context->attribute) {
	case HTML_ATTRIBUTE_TEXT:
		return HTML_HOLE_ESCAPED;
	case HTML_ATTRIBUTE_FIXED:
		template_fail(place, "%s cannot stand in \"%s\" of <%s>: only an asset can", what, context->name, context->tag);
	case HTML_ATTRIBUTE_URL:
	case HTML_ATTRIBUTE_SRCSET:
		break;
	}
	if (context->value_begun || context->value_filled)
		template_fail(place, "%s must be the whole address in \"%s\"", what, context->name);
	context->value_filled = true;
	return context->attribute == HTML_ATTRIBUTE_URL ? HTML_HOLE_URL : HTML_HOLE_SRCSET;
}

enum html_hole
html_hole(struct html *html, struct place place, const char *what)
{
	struct html_context *context = &html->context;

	switch (context->state) {
	case HTML_TEXT:
		settle_blanks(html, false);
		html->edge = false;
		return is_text_only(context) ? HTML_HOLE_ESCAPED : HTML_HOLE_TEXT;
	case HTML_VALUE: return hole_in_value(context, place, what);
	case HTML_OPEN: case HTML_TAG_NAME: case HTML_END_NAME: template_fail(place, "%s cannot stand in a tag name", what);
	case HTML_DOCTYPE: template_fail(place, "%s cannot stand in a comment or doctype", what);
	case HTML_ATTRIBUTE: case HTML_TAG_SPACE: case HTML_TAG_GAP: case HTML_SLASH:
		template_fail(place, "%s cannot stand in an attribute name", what);
	case HTML_EQUALS: template_fail(place, "%s cannot stand in a value without quotes", what);
	case HTML_RAW: template_fail(place, "%s cannot stand in <%s>", what, top(context));
	}
	template_fail(place, "%s cannot stand here", what);
}

void
html_asset(struct html *html, struct place place, const char *address)
{
	const struct html_context *context = &html->context;

	if (context->state != HTML_VALUE || context->attribute == HTML_ATTRIBUTE_TEXT || context->value_begun)
		template_fail(place, "an asset must be the whole address of an attribute such as src or href");
	html_literal(html, place, address);
}

void
html_edge(struct html *html, struct place place)
{
	struct html_context *context = &html->context;

	switch (context->state) {
	case HTML_TEXT:
		settle_blanks(html, true);
		html->edge = true;
		break;
	case HTML_TAG_NAME:
		tag_named(html, place);
		context->state = HTML_TAG_GAP;
		break;
	case HTML_ATTRIBUTE:
		attribute_named(html, place);
		context->state = HTML_TAG_GAP;
		context->attribute = HTML_ATTRIBUTE_TEXT;
		break;
	case HTML_VALUE:
		check_address(html, place);
		break;
	case HTML_TAG_SPACE: case HTML_TAG_GAP: break;
	case HTML_OPEN: case HTML_DOCTYPE: case HTML_EQUALS: case HTML_SLASH: case HTML_END_NAME: case HTML_RAW:
		template_fail(place, "a directive cannot stand here, in the middle of a tag, doctype or script");
	}
	/* the name of the last attribute is of no interest between attributes */
	if (context->state == HTML_TAG_GAP || context->state == HTML_TAG_SPACE)
		memset(context->name, 0, sizeof context->name);
}

void
html_include(struct html *html, struct place place, const char *name)
{
	if (html->context.state != HTML_TEXT || is_text_only(&html->context))
		template_fail(place, "template \"%s\" can be included only where elements may stand", name);
	html_edge(html, place);
}

struct html_context
html_join(struct place place, const struct html_context *a, const struct html_context *b)
{
	struct html_context left = *a, right = *b;

	/* a branch that ends behind an attribute and one that ends behind a blank: what follows must bring its own blank */
	if (left.state == HTML_TAG_SPACE)
		left.state = HTML_TAG_GAP;
	if (right.state == HTML_TAG_SPACE)
		right.state = HTML_TAG_GAP;
	if (left.state == HTML_TEXT && right.state == HTML_TEXT)
		memcpy(left.name, right.name, sizeof left.name), memcpy(left.tag, right.tag, sizeof left.tag);
	if (left.depth != right.depth || memcmp(left.stack, right.stack, sizeof left.stack) != 0)
		template_fail(place, "the branches end in different contexts: one in <%s>, the other in <%s>", top(&left), top(&right));
	if (left.state != right.state || left.attribute != right.attribute || strcmp(left.name, right.name) != 0 ||
	    strcmp(left.tag, right.tag) != 0 || left.value_filled != right.value_filled)
		template_fail(place, "the branches end in different contexts");
	left.value_begun |= right.value_begun;
	return left;
}

void
html_end(const struct html *html, struct place place)
{
	const struct html_context *context = &html->context;

	if (context->state != HTML_TEXT)
		template_fail(place, "the template ends inside a tag");
	if (context->depth > 0)
		template_fail(place, "the template ends inside <%s>", top(context));
}
