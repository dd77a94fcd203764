/* SPDX-License-Identifier: Apache-2.0
 * Checks of the expressions in templates: a scanner over C tokens with a list of those that may pass. */
#include "template_expression.h"

#include <ctype.h>
#include <string.h>

#include "alloc.h"

static bool
word_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool
word_part(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A path at *text: name, then "->name" or ".name" any number of times. Moves over it. */
static bool
skip_path(const char **text)
{
	const char *at = *text;

	if (!word_start(*at))
		return false;
	for (;;) {
		while (word_part(*at))
			at++;
		if (at[0] == '-' && at[1] == '>' && word_start(at[2]))
			at += 2;
		else if (at[0] == '.' && word_start(at[1]))
			at++;
		else
			break;
	}
	*text = at;
	return true;
}

static bool
skip_value(const char **text)
{
	if (!isdigit((unsigned char)**text))
		return skip_path(text);
	while (isdigit((unsigned char)**text))
		(*text)++;
	return !word_part(**text);
}

static void
skip_blanks(const char **text)
{
	*text += strspn(*text, " \t\n");
}

void
template_expression_path(struct place place, const char *text)
{
	const char *at = text;

	if (!skip_path(&at) || *at != '\0')
		template_fail(place, "\"%s\" is not a path such as \"v->title\"", text);
}

void
template_expression_condition(struct place place, const char *text)
{
	static const char *const operators[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">"};
	const char *at = text;
	int depth = 0;
	bool value_next = true;

	for (skip_blanks(&at); *at != '\0'; skip_blanks(&at)) {
		if (value_next) {
			if (*at == '!' || *at == '(') {
				depth += *at == '(';
				at++;
				continue;
			}
			if (!skip_value(&at))
				template_fail(place, "a path or number expected at \"%s\"", at);
			value_next = false;
			continue;
		}
		if (*at == ')' && depth > 0) {
			depth--;
			at++;
			continue;
		}
		size_t i = 0, count = sizeof operators / sizeof *operators;
		while (i < count && strncmp(at, operators[i], strlen(operators[i])) != 0)
			i++;
		if (i == count)
			template_fail(place, "a condition cannot contain \"%s\"", at);
		at += strlen(operators[i]);
		value_next = true;
	}
	if (value_next || depth != 0)
		template_fail(place, "the condition \"%s\" is not complete", text);
}

void
template_expression_hole(struct place place, const char *text, char **ret_path, char **ret_filter, char **ret_argument)
{
	const char *at = text;

	if (!skip_value(&at))
		template_fail(place, "\"%s\" is not a path such as \"v->title\"", text);
	*ret_path = sv_xstrndup(text, (size_t)(at - text));
	*ret_filter = *ret_argument = NULL;
	skip_blanks(&at);
	if (*at == '\0')
		return;
	if (*at++ != '|')
		template_fail(place, "a hole is a path, with or without \"| filter\", not \"%s\"", text);
	skip_blanks(&at);
	const char *name = at;
	while (word_part(*at))
		at++;
	if (at == name)
		template_fail(place, "a filter name expected in \"%s\"", text);
	*ret_filter = sv_xstrndup(name, (size_t)(at - name));
	if (*at == '(') {
		const char *argument = ++at;
		if (!skip_value(&at) || *at != ')')
			template_fail(place, "a filter takes one path or number: \"%s\"", text);
		*ret_argument = sv_xstrndup(argument, (size_t)(at - argument));
		at++;
	}
	if (*at != '\0')
		template_fail(place, "\"%s\" behind a filter", at);
}

void
template_expression_arguments(struct place place, const char *text)
{
	const char *at = text;

	skip_blanks(&at);
	if (*at == '\0')
		return;
	for (;;) {
		skip_blanks(&at);
		if (*at == '&')
			at++;
		if (!skip_value(&at))
			template_fail(place, "an argument is a path or a number, not \"%s\"", at);
		skip_blanks(&at);
		if (*at == '\0')
			return;
		if (*at != ',' && *at != '+')
			template_fail(place, "\",\" expected in \"%s\"", text);
		at++;
	}
}
