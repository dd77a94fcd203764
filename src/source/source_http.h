/* SPDX-License-Identifier: Apache-2.0
 * Source driver for files on HTTP servers that answer ranges. */
#ifndef SV_SOURCE_HTTP_H
#define SV_SOURCE_HTTP_H

#include "source.h"

struct sv_http_client;

struct sv_source_http_options {
	struct sv_http_client *client;   /* of the same loop; outlives the source and its fetches */
	const char *url;                 /* http or https; copied */
	uint64_t size_bytes;             /* as indexed */
	const char *unix_path;           /* connect here instead of the URL's host (tests); copied; NULL: no */
};

/* A fetch wants 206 with exactly the range asked for, of a file of the indexed size, with the strong ETag that the first answer had (when it had
 * one).  SV_ECHANGED: another size or tag; SV_ENOENT: 404 or 410; SV_EACCES: 401 or 403; SV_EUNAVAIL: 429, 5xx or not reachable; SV_EPROTO:
 * any other answer, 200 included; SV_ESHORT: the body ended early; SV_ETIMEOUT. */
struct sv_source *sv_source_http_open(struct sv_loop *loop, const struct sv_source_http_options *options);

#endif
