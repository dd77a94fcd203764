/* SPDX-License-Identifier: Apache-2.0
 * What the gateway says when nobody behind it can: the site's own error pages, written to files when nginx is set up, so that they
 * are there while the manager is down (its style sheet then is not).  Any thread. */
#ifndef SV_GATEWAY_PAGE_H
#define SV_GATEWAY_PAGE_H

#include "buffer.h"

struct sv_gateway_page {
	int status;                      /* what nginx calls it (494, 497 are its own) */
	int shown_as;                    /* the status that leaves */
};

/* All statuses that nginx can produce by itself; ends with status 0. */
extern const struct sv_gateway_page sv_gateway_pages[];

/* Append the whole page, in HTML.  Returns 0 or SV_ENOMEM. */
int sv_gateway_page_write(const struct sv_gateway_page *page, struct sv_buffer *out);

#endif
