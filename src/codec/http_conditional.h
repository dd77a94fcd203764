/* SPDX-License-Identifier: Apache-2.0
 * Conditional requests: RFC 9110, section 13, with the order of evaluation of 13.2.2.  Pure; any thread. */
#ifndef SV_HTTP_CONDITIONAL_H
#define SV_HTTP_CONDITIONAL_H

#include <stdbool.h>
#include <stdint.h>

#include "http_head.h"

/* What identifies the present content.  Both empty or negative when the thing has none. */
struct sv_http_validators {
	struct sv_text etag;             /* with its quotes, W/ in front when weak */
	int64_t modified_unix_s;         /* negative: unknown */
};

enum sv_http_verdict {
	SV_HTTP_PROCEED = 0,
	SV_HTTP_PROCEED_WHOLE,           /* proceed as if there were no Range header */
	SV_HTTP_NOT_MODIFIED,            /* 304, with ETag and the other headers of a 200 */
	SV_HTTP_PRECONDITION_FAILED,     /* 412 */
	SV_HTTP_VERDICT_COUNT
};

/* The thing exists (a missing one is 404 before this is asked).  A malformed condition counts as one that is not met by any tag;
 * a malformed or repeated date is ignored, a malformed or repeated If-Range makes the range ignored. */
enum sv_http_verdict sv_http_conditional_judge(const struct sv_http_head *head, const struct sv_http_validators *validators);

/* Does a tag stand in a list of tags (`*` is none of them)?  The weak comparison passes over W/. */
bool sv_http_conditional_list_has(struct sv_text list, struct sv_text etag, bool weak);

#endif
