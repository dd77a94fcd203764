/* SPDX-License-Identifier: Apache-2.0
 * Message files: read, check, write as C.  Texts are escaped for HTML here, once. */
#include "template_messages.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buffer.h"

#define KEY_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789._"

static const char *const form_names[MESSAGE_FORMS] = {[MESSAGE_ONE] = "one", [MESSAGE_OTHER] = "other"};

struct message *
template_message_find(struct message *list, const char *key)
{
	for (; list != NULL; list = list->next)
		if (strcmp(list->key, key) == 0)
			return list;
	return NULL;
}

static int
argument_index(const struct message *message, const char *name, size_t length)
{
	for (int i = 0; i < message->argument_count; i++)
		if (strlen(message->arguments[i]) == length && memcmp(message->arguments[i], name, length) == 0)
			return i;
	return -1;
}

static void
collect_arguments(struct message *message, const char *text)
{
	for (const char *open; (open = strchr(text, '{')) != NULL;) {
		const char *name = open + 1;
		size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
		if (length == 0 || name[length] != '}')
			template_fail(message->place, "message \"%s\": \"{\" without \"name}\"", message->key);
		if (argument_index(message, name, length) < 0) {
			if (message->argument_count == MESSAGE_ARGUMENTS)
				template_fail(message->place, "message \"%s\" has more than %d arguments", message->key, MESSAGE_ARGUMENTS);
			message->arguments[message->argument_count++] = sv_xstrndup(name, length);
		}
		text = name + length + 1;
	}
}

static void
check_message(struct message *message)
{
	/* the number that chooses is an argument even where no form shows it */
	if (message->plural)
		message->arguments[message->argument_count++] = sv_xstrdup("n");
	for (int form = 0; form < MESSAGE_FORMS; form++) {
		if (message->forms[form] != NULL)
			collect_arguments(message, message->forms[form]);
		else if (message->plural)
			template_fail(message->place, "message \"%s\" lacks its form [%s]", message->key, form_names[form]);
	}
}

static void
read_line(struct message **list, struct message ***tail, struct place place, char *line)
{
	size_t length = strspn(line, KEY_CHARACTERS);
	char *key = sv_xstrndup(line, length), *at = line + length;
	int form = -1;

	if (length == 0)
		template_fail(place, "\"key = text\" expected");
	if (*at == '[') {
		for (int i = 0; i < MESSAGE_FORMS; i++)
			if (strncmp(at + 1, form_names[i], strlen(form_names[i])) == 0 && at[1 + strlen(form_names[i])] == ']')
				form = i;
		if (form < 0)
			template_fail(place, "message \"%s\": this language has no form \"%s\"", key, at);
		at += 2 + strlen(form_names[form]);
	}
	at += strspn(at, " \t");
	if (*at++ != '=')
		template_fail(place, "\"=\" expected behind \"%s\"", key);
	at += strspn(at, " \t");
	struct message *message = template_message_find(*list, key);
	if (message == NULL) {
		message = sv_xcalloc(1, sizeof *message);
		message->place = place;
		message->key = key;
		message->plural = form >= 0;
		**tail = message;
		*tail = &message->next;
	} else if (message->plural != (form >= 0)) {
		template_fail(place, "message \"%s\" is there with and without forms", key);
	}
	char **slot = &message->forms[form < 0 ? MESSAGE_OTHER : form];
	if (*slot != NULL)
		template_fail(place, "message \"%s\" is there twice", key);
	if (*at == '\0')
		template_fail(place, "message \"%s\" is empty", key);
	*slot = sv_xstrdup(at);
}

struct message *
template_messages_read(const char *path)
{
	struct message *list = NULL, **tail = &list;
	size_t length = 0;
	char *text = template_read_file(path, &length);
	struct place place = {path, 0};

	for (char *line = strtok(text, "\n"), *before = text; line != NULL; before = line, line = strtok(NULL, "\n")) {
		/* strtok swallows empty lines: count what lies between */
		if (place.line == 0)
			place.line = 1;
		for (const char *at = before; at < line; at++)
			place.line += *at == '\0' || *at == '\n';
		if (*line == '#' || line[strspn(line, " \t\r")] == '\0')
			continue;
		read_line(&list, &tail, place, line);
	}
	int index = 0;
	for (struct message *message = list; message != NULL; message = message->next) {
		check_message(message);
		message->index = index++;
	}
	return list;
}

void
template_emit_string(FILE *out, const char *text, size_t length)
{
	fputc('"', out);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\' || c == '?')
			fprintf(out, "\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\%03o", c);
	}
	fputc('"', out);
}

static void
emit_part(FILE *out, const char *text, size_t length, int argument)
{
	struct sv_buffer escaped;

	sv_buffer_init(&escaped, 0);
	for (size_t i = 0; i < length; i++) {
		switch (text[i]) {
		case '&': sv_buffer_text(&escaped, "&amp;"); break;
		case '<': sv_buffer_text(&escaped, "&lt;"); break;
		case '>': sv_buffer_text(&escaped, "&gt;"); break;
		case '"': sv_buffer_text(&escaped, "&#34;"); break;
		default: sv_buffer_byte(&escaped, (uint8_t)text[i]); break;
		}
	}
	fputs("\t{", out);
	template_emit_string(out, sv_buffer_cstr(&escaped), escaped.length);
	fprintf(out, ", %zu, %d},\n", escaped.length, argument);
	sv_buffer_fini(&escaped);
}

static void
emit_form(FILE *out, const struct message *message, const char *text, const char *form)
{
	fprintf(out, "static const struct sv_message_part message_%d_%s[] = {\n", message->index, form);
	for (const char *open; (open = strchr(text, '{')) != NULL;) {
		size_t length = strspn(open + 1, "abcdefghijklmnopqrstuvwxyz_");
		emit_part(out, text, (size_t)(open - text), argument_index(message, open + 1, length));
		text = open + length + 2;
	}
	emit_part(out, text, strlen(text), -1);
	fputs("};\n", out);
}

void
template_messages_emit(const struct message *list, FILE *out)
{
	for (const struct message *message = list; message != NULL; message = message->next)
		for (int form = 0; form < MESSAGE_FORMS; form++)
			if (message->forms[form] != NULL)
				emit_form(out, message, message->forms[form], form_names[form]);
	fputs("static const struct sv_message messages[] = {\n", out);
	for (const struct message *message = list; message != NULL; message = message->next) {
		fprintf(out, "\t/* %s */ {", message->key);
		if (message->plural)
			fprintf(out, "message_%d_one, message_%d_other, %d},\n", message->index, message->index, argument_index(message, "n", 1));
		else
			fprintf(out, "NULL, message_%d_other, -1},\n", message->index);
	}
	fputs("};\n\n", out);
}

void
template_messages_check_used(const struct message *list)
{
	for (; list != NULL; list = list->next)
		if (!list->used)
			template_fail(list->place, "no template uses message \"%s\"", list->key);
}
