/* SPDX-License-Identifier: Apache-2.0
 * Template text to nodes.  The language is described in docs/templates.md; HTML is not looked at here. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "template_ast.h"
#include "template_expression.h"

struct parser {
	const char *at;
	struct place place;
	struct template **list;
	struct template *current;
};

/* What ends a list of nodes. */
enum stop {
	STOP_FILE = 0, STOP_END, STOP_ELSE, STOP_ELIF, STOP_TEMPLATE,
};

static struct node *parse_nodes(struct parser *parser, enum stop *ret_stop, char **ret_stop_text);

void
template_fail(struct place place, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", place.file, place.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

char *
template_read_file(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "rb");
	size_t length = 0, capacity = 1 << 16;
	char *text = sv_xmalloc(capacity);

	if (file == NULL) {
		fprintf(stderr, "%s: cannot be opened\n", path);
		exit(1);
	}
	for (size_t got; (got = fread(text + length, 1, capacity - length - 1, file)) > 0;) {
		length += got;
		if (capacity - length < 2)
			text = sv_xrealloc(text, capacity *= 2);
	}
	fclose(file);
	text[length] = '\0';
	*ret_length = length;
	return text;
}

struct template *
template_find(struct template *list, const char *name)
{
	for (; list != NULL; list = list->next)
		if (strcmp(list->name, name) == 0)
			return list;
	return NULL;
}

/* Move over `length` bytes, counting lines. */
static void
advance(struct parser *parser, size_t length)
{
	for (; length > 0; length--)
		parser->place.line += *parser->at++ == '\n';
}

/* The text between the two-character opening here and `closing`, without blanks at its ends. */
static char *
take_directive(struct parser *parser, const char *closing)
{
	const char *begin = parser->at + 2, *end = strstr(begin, closing);

	if (end == NULL)
		template_fail(parser->place, "\"%.2s\" without \"%s\"", parser->at, closing);
	const char *last = end;
	while (begin < last && isspace((unsigned char)*begin))
		begin++;
	while (last > begin && isspace((unsigned char)last[-1]))
		last--;
	char *text = sv_xstrndup(begin, (size_t)(last - begin));
	advance(parser, (size_t)(end + 2 - parser->at));
	return text;
}

static struct node *
node_new(struct parser *parser, enum node_kind kind, struct place place)
{
	struct node *node = sv_xcalloc(1, sizeof *node);

	node->kind = kind;
	node->place = place;
	return node;
}

/* "a name" at the front of *text, moved over with the blanks behind it. */
static char *
take_word(struct place place, char **text, const char *what)
{
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (length == 0)
		template_fail(place, "%s expected at \"%s\"", what, *text);
	char *word = sv_xstrndup(*text, length);
	*text += length;
	*text += strspn(*text, " \t\n");
	return word;
}

/* "quoted" at the front of *text. */
static char *
take_quoted(struct place place, char **text)
{
	char *end = **text == '"' ? strchr(*text + 1, '"') : NULL;

	if (end == NULL)
		template_fail(place, "a name in double quotes expected at \"%s\"", *text);
	char *word = sv_xstrndup(*text + 1, (size_t)(end - *text - 1));
	*text = end + 1;
	*text += strspn(*text, " \t\n");
	return word;
}

/* "(anything)" up to the end of the text. */
static char *
take_parenthesised(struct place place, char *text)
{
	size_t length = strlen(text);

	if (length < 2 || text[0] != '(' || text[length - 1] != ')')
		template_fail(place, "\"( ... )\" expected at \"%s\"", text);
	return sv_xstrndup(text + 1, length - 2);
}

static struct node *
parse_message(struct parser *parser, struct place place, char *text)
{
	struct node *node = node_new(parser, NODE_MESSAGE, place);
	struct argument **tail = &node->arguments;

	node->text = take_quoted(place, &text);
	while (*text != '\0') {
		struct argument *argument = sv_xcalloc(1, sizeof *argument);
		argument->name = take_word(place, &text, "an argument name");
		if (*text++ != '=')
			template_fail(place, "\"=\" expected behind argument \"%s\"", argument->name);
		size_t length = strcspn(text, " \t\n");
		char *value = sv_xstrndup(text, length);
		template_expression_hole(place, value, &argument->expression, &argument->filter, &argument->filter_argument);
		text += length;
		text += strspn(text, " \t\n");
		*tail = argument;
		tail = &argument->next;
	}
	return node;
}

static struct node *
parse_if(struct parser *parser, struct place place, const char *condition)
{
	struct node *node = node_new(parser, NODE_IF, place);
	enum stop stop = STOP_FILE;
	char *text = NULL;

	template_expression_condition(place, condition);
	node->text = sv_xstrdup(condition);
	node->children = parse_nodes(parser, &stop, &text);
	if (stop == STOP_ELIF) {
		node->otherwise = parse_if(parser, parser->place, text);
		return node;
	}
	if (stop == STOP_ELSE)
		node->otherwise = parse_nodes(parser, &stop, &text);
	if (stop != STOP_END)
		template_fail(place, "\"if\" without \"end\"");
	return node;
}

static struct node *
parse_for(struct parser *parser, struct place place, char *text)
{
	struct node *node = node_new(parser, NODE_FOR, place);
	enum stop stop = STOP_FILE;

	node->variable = take_word(place, &text, "a variable");
	char *in = take_word(place, &text, "\"in\"");
	if (strcmp(in, "in") != 0)
		template_fail(place, "\"in\" expected, not \"%s\"", in);
	template_expression_path(place, text);
	node->text = sv_xstrdup(text);
	node->children = parse_nodes(parser, &stop, NULL);
	if (stop != STOP_END)
		template_fail(place, "\"for\" without \"end\"");
	return node;
}

static void
parse_block(struct parser *parser, struct place place, char *text)
{
	struct block *block = sv_xcalloc(1, sizeof *block);
	enum stop stop = STOP_FILE;

	block->place = place;
	block->name = take_word(place, &text, "a block name");
	if (parser->current->layout == NULL)
		template_fail(place, "block \"%s\" in a template without layout", block->name);
	block->nodes = parse_nodes(parser, &stop, NULL);
	if (stop != STOP_END)
		template_fail(place, "\"block\" without \"end\"");
	for (struct block *other = parser->current->blocks; other != NULL; other = other->next)
		if (strcmp(other->name, block->name) == 0)
			template_fail(place, "block \"%s\" is there twice", block->name);
	block->next = parser->current->blocks;
	parser->current->blocks = block;
}

static void
parse_layout(struct parser *parser, struct place place, char *text)
{
	if (parser->current->layout != NULL)
		template_fail(place, "a second layout");
	parser->current->layout = take_word(place, &text, "a layout");
	parser->current->layout_arguments = take_parenthesised(place, text);
	parser->current->layout_place = place;
	template_expression_arguments(place, parser->current->layout_arguments);
}

/* A directive that is a node; NULL when it was one that leaves no node. */
static struct node *
parse_directive(struct parser *parser, struct place place, const char *word, char *rest)
{
	struct node *node = NULL;

	if (strcmp(word, "if") == 0)
		return parse_if(parser, place, rest);
	if (strcmp(word, "for") == 0)
		return parse_for(parser, place, rest);
	if (strcmp(word, "t") == 0)
		return parse_message(parser, place, rest);
	if (strcmp(word, "asset") == 0) {
		node = node_new(parser, NODE_ASSET, place);
		node->text = take_quoted(place, &rest);
		return node;
	}
	if (strcmp(word, "include") == 0) {
		node = node_new(parser, NODE_INCLUDE, place);
		node->text = take_word(place, &rest, "a template");
		node->arguments_text = take_parenthesised(place, rest);
		template_expression_arguments(place, node->arguments_text);
		return node;
	}
	if (strcmp(word, "slot") == 0) {
		node = node_new(parser, NODE_SLOT, place);
		node->text = take_word(place, &rest, "a slot name");
		parser->current->has_slots = true;
		return node;
	}
	if (strcmp(word, "block") == 0)
		parse_block(parser, place, rest);
	else if (strcmp(word, "layout") == 0)
		parse_layout(parser, place, rest);
	else
		template_fail(place, "there is no directive \"%s\"", word);
	return NULL;
}

static struct node *
parse_literal(struct parser *parser)
{
	struct node *node = node_new(parser, NODE_LITERAL, parser->place);
	const char *end = parser->at;

	while (*end != '\0' && !(end[0] == '{' && (end[1] == '{' || end[1] == '%' || end[1] == '#')))
		end++;
	node->text = sv_xstrndup(parser->at, (size_t)(end - parser->at));
	advance(parser, (size_t)(end - parser->at));
	return node;
}

static bool
stops(const char *word, enum stop *ret_stop)
{
	static const struct { const char *word; enum stop stop; } table[] = {
		{"end", STOP_END}, {"else", STOP_ELSE}, {"elif", STOP_ELIF}, {"template", STOP_TEMPLATE},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(word, table[i].word) == 0) {
			*ret_stop = table[i].stop;
			return true;
		}
	return false;
}

/* Nodes up to the directive that ends this list; its remaining text (of elif, template) goes to *ret_stop_text. */
static struct node *
parse_nodes(struct parser *parser, enum stop *ret_stop, char **ret_stop_text)
{
	struct node *first = NULL, **tail = &first;

	while (*parser->at != '\0') {
		struct place place = parser->place;
		struct node *node = NULL;
		if (strncmp(parser->at, "{#", 2) == 0) {
			free(take_directive(parser, "#}"));
			continue;
		}
		if (strncmp(parser->at, "{{", 2) == 0) {
			node = node_new(parser, NODE_HOLE, place);
			template_expression_hole(place, take_directive(parser, "}}"), &node->text, &node->filter, &node->filter_argument);
		} else if (strncmp(parser->at, "{%", 2) == 0) {
			char *rest = take_directive(parser, "%}");
			char *word = take_word(place, &rest, "a directive");
			if (stops(word, ret_stop)) {
				if (ret_stop_text != NULL)
					*ret_stop_text = rest;
				return first;
			}
			node = parse_directive(parser, place, word, rest);
		} else {
			node = parse_literal(parser);
		}
		if (node != NULL) {
			*tail = node;
			tail = &node->next;
		}
	}
	*ret_stop = STOP_FILE;
	return first;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static struct template *
template_start(struct parser *parser, struct place place, char *text)
{
	struct template *template = sv_xcalloc(1, sizeof *template), **tail = parser->list;

	template->place = place;
	template->name = take_word(place, &text, "a template name");
	template->parameters = take_parenthesised(place, text);
	if (template_find(*parser->list, template->name) != NULL)
		template_fail(place, "template \"%s\" is there twice", template->name);
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = template;
	return template;
}

void
template_parse_file(const char *path, struct template **list)
{
	size_t length = 0;
	struct template nowhere = {0};
	struct parser parser = {.at = template_read_file(path, &length), .place = {path, 1}, .list = list, .current = &nowhere};
	enum stop stop = STOP_FILE;
	char *text = NULL;
	struct place start = parser.place;

	if (strlen(parser.at) != length)
		template_fail(parser.place, "a NUL byte in a template");
	do {
		struct node *nodes = parse_nodes(&parser, &stop, &text);
		if (stop != STOP_FILE && stop != STOP_TEMPLATE)
			template_fail(parser.place, "\"end\" or \"else\" without \"if\", \"for\" or \"block\"");
		/* text before the first template, and between the blocks of one with a layout, would never be seen */
		if (parser.current == &nowhere || parser.current->layout != NULL)
			for (struct node *node = nodes; node != NULL; node = node->next)
				if (node->kind != NODE_LITERAL || !is_blank(node->text))
					template_fail(node->place, "outside of a template and its blocks");
		parser.current->nodes = nodes;
		start = parser.place;
		if (stop == STOP_TEMPLATE)
			parser.current = template_start(&parser, start, text);
	} while (stop != STOP_FILE);
	if (parser.current == &nowhere)
		template_fail(start, "no template in this file");
}
