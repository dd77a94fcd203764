/* SPDX-License-Identifier: Apache-2.0
 * What the gateway says when nobody behind it can: small neutral pages that name no software and need nothing else to load.
 * Pure; any thread. */
#ifndef SV_GATEWAY_PAGE_H
#define SV_GATEWAY_PAGE_H

#include "buffer.h"

struct sv_gateway_page {
	int status;                      /* what nginx calls it (494, 497 are its own) */
	int shown_as;                    /* the status that leaves, 0: the same */
	const char *title, *text;
};

/* All statuses that nginx can produce by itself; ends with status 0. */
extern const struct sv_gateway_page sv_gateway_pages[];

/* The whole page, in HTML. */
void sv_gateway_page_write(const struct sv_gateway_page *page, struct sv_buffer *out);

#endif
