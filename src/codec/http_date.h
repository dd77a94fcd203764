/* SPDX-License-Identifier: Apache-2.0
 * Dates in HTTP (RFC 9110 5.6.7): written as IMF-fixdate, read in all three forms.  No locale, no time zone.  Pure; any thread. */
#ifndef SV_HTTP_DATE_H
#define SV_HTTP_DATE_H

#include <stdint.h>

#include "text.h"

#define SV_HTTP_DATE_SIZE 30        /* "Sun, 06 Nov 1994 08:49:37 GMT" and NUL */

/* Times before 1970 and after 9999 are written as the nearest that can be.  Returns `out`. */
char *sv_http_date_format(int64_t unix_s, char out[static SV_HTTP_DATE_SIZE]);

/* 0 or SV_EINVAL.  Two-digit years from 70 are 19xx, others 20xx.  The name of the day must be one, it need not fit the date. */
int sv_http_date_parse(struct sv_text text, int64_t *ret_unix_s);

#endif
