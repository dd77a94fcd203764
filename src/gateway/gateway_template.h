/* SPDX-License-Identifier: Apache-2.0
 * Filling in the templates of gateway/: {{name}} becomes a value, and lines between "%if name" (or "%if !name") and "%end" stay only when
 * the value is there (or is not).  The templates are ours, built in; a name without a value in the table is a failed assertion.
 * Pure; any thread. */
#ifndef SV_GATEWAY_TEMPLATE_H
#define SV_GATEWAY_TEMPLATE_H

#include "buffer.h"

/* gateway/nginx.conf.t and gateway/film.conf.t, put in at build time. */
extern const char sv_gateway_template_main[];
extern const char sv_gateway_template_film[];

struct sv_gateway_value {
	const char *name;
	const char *text;                /* NULL or "": not there */
};

/* `values` ends with a NULL name. */
void sv_gateway_template_fill(const char *source, const struct sv_gateway_value *values, struct sv_buffer *out);

#endif
