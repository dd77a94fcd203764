/* SPDX-License-Identifier: Apache-2.0
 * The messages of one language, web/messages/en.msg:
 *     # comment
 *     pager.next = Next page
 *     grid.count[one] = {n} title
 *     grid.count[other] = {n} titles
 * A message with forms chooses by its argument n; every form that the language knows must be there. */
#ifndef SV_TEMPLATE_MESSAGES_H
#define SV_TEMPLATE_MESSAGES_H

#include <stdio.h>

#include "template_ast.h"

#define MESSAGE_ARGUMENTS 6

enum message_form {
	MESSAGE_ONE = 0, MESSAGE_OTHER, MESSAGE_FORMS,
};

struct message {
	struct message *next;
	struct place place;
	char *key;
	char *forms[MESSAGE_FORMS];                /* without forms only `other` */
	bool plural;
	char *arguments[MESSAGE_ARGUMENTS];        /* in the order in which callers pass them */
	int argument_count;
	int index;
	bool used;
};

struct message *template_messages_read(const char *path);
struct message *template_message_find(struct message *list, const char *key);
/* The table as C: `static const struct sv_message messages[]`. */
void template_messages_emit(const struct message *list, FILE *out);
/* Messages that no template uses are a mistake, too. */
void template_messages_check_used(const struct message *list);
/* A C string literal of the bytes. */
void template_emit_string(FILE *out, const char *text, size_t length);

#endif
