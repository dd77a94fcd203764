/* SPDX-License-Identifier: Apache-2.0
 * The chunked coding of request bodies (RFC 9112 7.1), read strictly: CR LF only, no signs or blanks in sizes, extensions and
 * trailers passed over within bounds.  Pure; any thread. */
#ifndef SV_HTTP_CHUNKED_H
#define SV_HTTP_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* Zero it before the first byte. */
struct sv_http_chunked {
	int state;
	uint64_t left;                   /* of the current chunk */
	size_t line_length;              /* of the current size line or trailer line */
	size_t trailer_length;
};

/* Decode what came; the content is appended to `out` while it stays within max_bytes.  Returns 1 when the body has ended (*ret_used bytes of data
 * belong to it), SV_EAGAIN when all was used and more is needed, SV_EPROTO, SV_ETOOBIG (more content than max_bytes) or SV_ENOMEM. */
int sv_http_chunked_feed(struct sv_http_chunked *chunked, const uint8_t *data, size_t length, struct sv_buffer *out, size_t max_bytes,
    size_t *ret_used);

#endif
