/* SPDX-License-Identifier: Apache-2.0
 * Every page with sample data.  For tests, one text can be put into every free-text field of a page. */
#ifndef SV_PAGE_SAMPLES_H
#define SV_PAGE_SAMPLES_H

#include <stdbool.h>

#include "page_out.h"

struct sample_options {
	const char *text;       /* stands in every free-text field; NULL: sample titles */
	const char *theme;      /* "dark", "light", NULL */
	bool right_to_left;
};

struct sample_page {
	const char *name;
	int (*render)(struct sv_page_out *out, const struct sample_options *options);
};
extern const struct sample_page sample_pages[];
extern const size_t sample_pages_count;

/* 0, or the page function's error; SV_ENOENT for an unknown name. */
int sample_page_render(const char *name, struct sv_page_out *out, const struct sample_options *options);

#endif
