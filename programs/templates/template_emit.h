/* SPDX-License-Identifier: Apache-2.0
 * Templates to C. */
#ifndef SV_TEMPLATE_EMIT_H
#define SV_TEMPLATE_EMIT_H

#include <stdio.h>

#include "template_ast.h"
#include "template_messages.h"

/* What {% asset "name" %} stands for. */
struct asset {
	struct asset *next;
	char *name, *hashed_name;
};

struct emit_input {
	struct template *templates;
	struct message *messages;
	struct asset *assets;
	char *const *headers;      /* header names that the generated files include */
	int header_count;
};

/* Prototypes, `sv_template_NAME(struct sv_page_out *out, PARAMETERS)`. */
void template_emit_header(const struct emit_input *input, FILE *out);
void template_emit_source(const struct emit_input *input, FILE *out);

#endif
