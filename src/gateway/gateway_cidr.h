/* SPDX-License-Identifier: Apache-2.0
 * SV_TRUSTED_PROXIES: comma-separated addresses and ranges, checked here so that a slip gives one line that names it, and not a
 * message of nginx about a file that nobody wrote.  Pure; any thread. */
#ifndef SV_GATEWAY_CIDR_H
#define SV_GATEWAY_CIDR_H

#include <stddef.h>

#include "buffer.h"
#include "text.h"

/* Is it an IPv4 or IPv6 address, or one with a prefix length that leaves no bits of the host set? */
int sv_gateway_cidr_check(struct sv_text text);

/* Append each range of `list` between `before` and `after`.  Blanks around ranges are passed over.  0, or SV_ECONFIG with the
 * line in `why`. */
int sv_gateway_cidr_each(const char *list, const char *before, const char *after, struct sv_buffer *out, char *why, size_t why_size);

#endif
