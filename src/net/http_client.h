/* SPDX-License-Identifier: Apache-2.0
 * HTTP requests to others: libcurl's multi interface on the loop.  HTTP/1.1 only, so that a paused body holds back the sender. */
#ifndef SV_HTTP_CLIENT_H
#define SV_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "text.h"

struct sv_http_client;
struct sv_http_fetch;

struct sv_http_client_options {
	unsigned connections_per_host;   /* at the same time; further requests wait; 0: 8 */
	unsigned connections_max;        /* of all hosts; 0: 64 */
	bool http_too;                   /* http as well as https */
	const char *user_agent;          /* NULL: "StreamVault/VERSION" */
};

/* One for a loop; connections are kept and used again. */
struct sv_http_client *sv_http_client_new(struct sv_loop *loop, const struct sv_http_client_options *options);
/* Every fetch was done or cancelled before.  Accepts NULL. */
void sv_http_client_free(struct sv_http_client *client);

/* What the final answer's head says (of redirects only the last one counts). */
struct sv_http_fetch_head {
	int status;
	int64_t content_length;          /* -1: not told */
	const char *url;                 /* after redirects */
};

/* Callbacks, all on the loop, none from inside sv_http_fetch_start.
 *   on_head  once, when the final answer's head is whole; sv_http_fetch_field may be asked from then on until on_done has returned
 *   on_body  some bytes .  true: taken.  false: not now; the same bytes come again after sv_http_fetch_resume
 *   on_done  0: the answer is whole, whatever its status; else SV_E*: SV_EUNAVAIL (not reachable), SV_ETIMEOUT, SV_ETOOBIG (body_max_bytes),
 *            SV_EPROTO (not HTTP, a wrong certificate, a redirect that may not be followed), SV_EINVAL (the URL or its protocol), SV_ESHORT
 *            (the body ended early), SV_EIO.  The fetch is gone after it. */
typedef void sv_http_fetch_head_fn(void *context, const struct sv_http_fetch_head *head);
typedef bool sv_http_fetch_body_fn(void *context, const uint8_t *data, size_t length);
typedef void sv_http_fetch_done_fn(void *context, int rc);

struct sv_http_fetch_options {
	const char *url;
	const char *method;              /* NULL: GET, or POST when there is a body; "HEAD" brings no body */
	const char *const *headers;      /* "Name: value", NULL at the end; NULL: none */
	const void *body;                /* of the request; copied */
	size_t body_length;
	uint64_t range_start, range_end; /* [start,end) as a Range header; end 0: none */
	uint64_t body_max_bytes;         /* of the answer; 0: 64 MiB.  A larger announced length fails before the body */
	unsigned redirects_max;          /* 0: none is followed.  They go to the protocols allowed to the client, never from https to http */
	uint64_t connect_timeout_ms;     /* 0: 10,000 */
	uint64_t stall_timeout_ms;       /* no byte for so long once connected; a pause is not counted; 0: 30,000 */
	uint64_t total_timeout_ms;       /* 0: none */
	const char *unix_path;           /* connect to this unix socket instead of the URL's host */
	sv_http_fetch_head_fn *on_head;  /* may be NULL */
	sv_http_fetch_body_fn *on_body;  /* NULL: the body is thrown away */
	sv_http_fetch_done_fn *on_done;
	void *context;
};

/* Never fails: a wrong option or URL is told by on_done. */
struct sv_http_fetch *sv_http_fetch_start(struct sv_http_client *client, const struct sv_http_fetch_options *options);
/* After on_body returned false.  The bytes come from the loop, not from inside this call. */
void sv_http_fetch_resume(struct sv_http_fetch *fetch);
/* Silence: no callback runs after this.  Also from inside its own callbacks and those of others.  Accepts NULL. */
void sv_http_fetch_cancel(struct sv_http_fetch *fetch);
/* The last value of a field of the final answer; data NULL when there is none; borrowed until on_done has returned. */
struct sv_text sv_http_fetch_field(const struct sv_http_fetch *fetch, const char *name);

#endif
