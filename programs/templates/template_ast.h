/* SPDX-License-Identifier: Apache-2.0
 * What the template generator reads its files into.  It is a program that runs once and ends: memory is never
 * given back, and the first mistake ends it with "file:line: what is wrong". */
#ifndef SV_TEMPLATE_AST_H
#define SV_TEMPLATE_AST_H

#include <stdbool.h>
#include <stddef.h>

struct place {
	const char *file;
	int line;
};

enum node_kind {
	NODE_LITERAL = 0,   /* text */
	NODE_HOLE,          /* text: expression; filter, filter_argument */
	NODE_MESSAGE,       /* text: key; arguments */
	NODE_ASSET,         /* text: name */
	NODE_IF,            /* text: condition; children; otherwise */
	NODE_FOR,           /* variable; text: path of the array; children */
	NODE_INCLUDE,       /* text: template; arguments_text */
	NODE_SLOT,          /* text: name of the block that goes here */
};

struct argument {
	struct argument *next;
	char *name, *expression, *filter, *filter_argument;
};

struct node {
	struct node *next;
	struct place place;
	enum node_kind kind;
	char *text;
	char *filter, *filter_argument;     /* NULL when there is none */
	char *variable;
	char *arguments_text;
	struct argument *arguments;
	struct node *children, *otherwise;
};

struct block {
	struct block *next;
	struct place place;
	char *name;
	struct node *nodes;
	bool used;
};

struct template {
	struct template *next;
	struct place place;
	char *name, *parameters;            /* parameters: C, without the parentheses */
	char *layout, *layout_arguments;    /* NULL: stands alone */
	struct place layout_place;
	struct node *nodes;                 /* of a template without layout */
	struct block *blocks;               /* of one with a layout */
	bool has_slots;                     /* it is a layout */
	bool used;                          /* a layout: by a page */
};

/* Print "file:line: text" and end with status 1. */
_Noreturn void template_fail(struct place place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append the templates of one file to the list. */
void template_parse_file(const char *path, struct template **list);
struct template *template_find(struct template *list, const char *name);
/* The whole file, NUL-terminated. */
char *template_read_file(const char *path, size_t *ret_length);

#endif
