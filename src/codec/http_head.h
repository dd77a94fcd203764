/* SPDX-License-Identifier: Apache-2.0
 * The head of an HTTP/1.1 request (RFC 9112), read strictly: whatever two parsers could understand differently is refused,
 * so that nothing can be smuggled past the gateway.  Refused: bare CR or LF, control characters, folded lines, blanks before a
 * colon, repeated or malformed Content-Length, any Transfer-Encoding other than `chunked`, both of them together, a missing
 * or repeated Host, targets that are not in origin form (begin with a slash).
 * Pure; any thread.  Texts in the result point into the caller's bytes. */
#ifndef SV_HTTP_HEAD_H
#define SV_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SV_HTTP_LINE_MAX 8192       /* bytes of one line, without its end */
#define SV_HTTP_HEAD_MAX 32768      /* bytes of the whole head */
#define SV_HTTP_FIELDS_MAX 100
#define SV_HTTP_METHOD_MAX 24

struct sv_http_field {
	struct sv_text name, value;      /* value without blanks at its ends */
};

/* Zero it before the first byte of each request; `scanned` and `line` carry the search for the head's end from call to call. */
struct sv_http_head {
	struct sv_text method;           /* any token; "GET" is not "get" */
	struct sv_text target;           /* as sent */
	struct sv_text path;             /* of the target, undecoded; begins with a slash */
	struct sv_text query;            /* after the question mark; data NULL when there is none */
	int minor;                       /* HTTP/1.minor, 0 or 1 */
	struct sv_text host;             /* data NULL when an HTTP/1.0 request has none */
	struct sv_http_field fields[SV_HTTP_FIELDS_MAX];
	size_t field_count;
	uint64_t content_length;         /* 0 when has_content_length is false */
	bool has_content_length;
	bool chunked;
	bool keep_alive;                 /* what the client allows: HTTP/1.1 without `close`, or HTTP/1.0 with `keep-alive` */
	bool expect_continue;
	int status;                      /* what to answer when the parse failed: 400, 414, 417, 431, 501 or 505 */
	size_t scanned, line, lines;     /* private to the parser */
};

/* Look at the first `length` bytes of a request, all of them again in every call (they may have moved, not changed).
 * Returns the bytes of the head with its empty line, SV_EAGAIN while it is not whole, or SV_EPROTO or SV_ETOOBIG with
 * head->status set; close the connection after that. */
int sv_http_head_parse(const char *data, size_t length, struct sv_http_head *head);

/* The value of the first field of that name (any case); data NULL when there is none. */
struct sv_text sv_http_head_field(const struct sv_http_head *head, const char *name);
/* How many fields have that name. */
size_t sv_http_head_count(const struct sv_http_head *head, const char *name);
/* Does a comma-separated list hold this token (any case)? */
bool sv_http_head_list_has(struct sv_text list, const char *token);
/* The value of a cookie from all Cookie fields; data NULL when it is missing or there twice with different values. */
struct sv_text sv_http_head_cookie(const struct sv_http_head *head, const char *name);
/* Is it a token of RFC 9110 5.6.2 (one character at least)? */
bool sv_http_head_token(struct sv_text text);

#endif
