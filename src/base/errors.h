/* SPDX-License-Identifier: Apache-2.0
 * Error codes.  A function that can fail in more than one way returns 0 or a count on success and one of these,
 * negative, otherwise.  The table is schema/errors.def; docs/reference/errors.md is generated from it. */
#ifndef SV_ERRORS_H
#define SV_ERRORS_H

#include <stdbool.h>

enum sv_error {
#define SV_ERROR(name, value, text, http_status, retry) name = value,
#include "errors.def"
#undef SV_ERROR
};

/* Name ("SV_EIO"), text, HTTP status and whether a retry can help, of a code from the table.
 * 0 gives "SV_OK", "done", 200, false.  A code outside the table gives "SV_EUNKNOWN", a text that says so, 500, false.
 * The strings are static.  Pure; any thread. */
const char *sv_error_name(int code);
const char *sv_error_text(int code);
int sv_error_http_status(int code);
bool sv_error_retry(int code);

/* The code that fits an errno value best (ENOENT: SV_ENOENT, ENOSPC: SV_ENOSPC, ...; otherwise SV_EIO).  Pure. */
int sv_error_from_errno(int error);

/* Visit the table in order, for documentation. */
struct sv_error_row {
	int code;
	const char *name, *text;
	int http_status;
	bool retry;
};
const struct sv_error_row *sv_error_rows(int *ret_count);

#endif
