/* SPDX-License-Identifier: Apache-2.0
 * The little C that templates may write: paths into the view and comparisons, no calls and no assignments.  What passes
 * here goes into the generated file as it is, where the compiler checks names and types. */
#ifndef SV_TEMPLATE_EXPRESSION_H
#define SV_TEMPLATE_EXPRESSION_H

#include "template_ast.h"

/* "v->cards", "card->poster.id" */
void template_expression_path(struct place place, const char *text);
/* Paths, numbers, constants, ! && || == != < > <= >= and parentheses. */
void template_expression_condition(struct place place, const char *text);
/* "path | filter(3)", "v | filter(season->number)": filter and its argument are NULL when absent. */
void template_expression_hole(struct place place, const char *text, char **ret_path, char **ret_filter, char **ret_argument);
/* "&v->shell, card, rank + 3": paths (an "&" may stand before each), numbers, constants, sums of them. */
void template_expression_arguments(struct place place, const char *text);

#endif
