/* SPDX-License-Identifier: Apache-2.0
 * Byte ranges of RFC 9110, section 14.  Inside the program ranges are half-open, [start, end); the inclusive form exists only
 * here.  A multi-range request, a foreign unit and a malformed header are answered with the whole file, as the RFC
 * allows.  Pure; any thread. */
#ifndef SV_BYTE_RANGE_H
#define SV_BYTE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define SV_BYTE_RANGE_TEXT_SIZE 72

struct sv_byte_range {
	uint64_t start, end;             /* bytes of the file, end at most its size */
	bool partial;                    /* false: the whole file, answer 200; true: answer 206 */
};

/* Plan the answer to a Range header (data NULL: there is none) for a file of `size` bytes.
 * 0, or SV_ERANGE when nothing of what was asked for exists: answer 416 with sv_byte_range_unsatisfied. */
int sv_byte_range_plan(struct sv_text header, uint64_t size, struct sv_byte_range *ret_range);

/* Header values; each returns `out`.  "bytes 0-9/100", "bytes * /100" (without the blank), "bytes=0-9".  start < end. */
char *sv_byte_range_content(uint64_t start, uint64_t end, uint64_t size, char out[static SV_BYTE_RANGE_TEXT_SIZE]);
char *sv_byte_range_unsatisfied(uint64_t size, char out[static SV_BYTE_RANGE_TEXT_SIZE]);
char *sv_byte_range_request(uint64_t start, uint64_t end, char out[static SV_BYTE_RANGE_TEXT_SIZE]);

/* Read a Content-Range value of another server.  *ret_size is UINT64_MAX when it is given as `*`; for an unsatisfied range
 * start and end are 0.  0 or SV_EINVAL. */
int sv_byte_range_parse_content(struct sv_text value, uint64_t *ret_start, uint64_t *ret_end, uint64_t *ret_size);

#endif
