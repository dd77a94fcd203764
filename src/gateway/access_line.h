/* SPDX-License-Identifier: Apache-2.0
 * One datagram of nginx's access log: a syslog head and a JSON object of strings (log_format sv_access in gateway/nginx.conf.t).
 * Anyone who reaches the socket could have sent it; nothing here trusts it.  Parsing is pure; any thread; fuzzed. */
#ifndef SV_ACCESS_LINE_H
#define SV_ACCESS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The label indices of schema/metrics.def. */
enum sv_access_tier { SV_ACCESS_NONE = 0, SV_ACCESS_GUEST, SV_ACCESS_MEMBER, SV_ACCESS_TIER_COUNT };
enum sv_access_cache { SV_ACCESS_HIT = 0, SV_ACCESS_MISS, SV_ACCESS_EXPIRED, SV_ACCESS_OTHER, SV_ACCESS_NO_CACHE };
enum sv_access_denied { SV_ACCESS_LINK_INVALID = 0, SV_ACCESS_LINK_EXPIRED, SV_ACCESS_CONNECTIONS, SV_ACCESS_REQUESTS, SV_ACCESS_ALLOWED };

struct sv_access_line {
	bool slice;                      /* a second or later slice: only `cache` counts */
	unsigned status;                 /* 0 when nginx gave none of 100 to 599 */
	uint64_t bytes;                  /* of the body */
	double seconds;
	enum sv_access_tier tier;
	enum sv_access_cache cache;
	enum sv_access_denied denied;
};

/* 0 or SV_EPROTO. */
int sv_access_line_parse(const uint8_t *data, size_t length, struct sv_access_line *ret_line);
/* Add it to the metrics of the gateway. */
void sv_access_line_count(const struct sv_access_line *line);

#endif
