/* SPDX-License-Identifier: Apache-2.0
 * Strict HTTP/1.1 server, only ever reached through nginx or a private unix socket.
 *
 * Life of a request: the handler is called once with the whole head (and the whole body when the route takes one).  It
 * answers at once or later on the same loop, either with sv_http_reply* (whole body at hand) or with sv_http_start
 * and a stream of writes.  Until the answer is complete the client may leave: `on_abort` runs once, at once, and the
 * request must not be touched after it returns.  When the answer is complete the server owns the request again.
 *
 * Limits: line 8 KiB, head 32 KiB, 100 fields; no pipelining beyond 8 KiB; header 10 s, idle 75 s, write stall 60 s.
 * Source: RFC 9110, RFC 9112; docs/http-server.md. */
#ifndef SV_HTTP_SERVER_H
#define SV_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "loop.h"
#include "text.h"

struct sv_http_server;
struct sv_http_request;
struct sv_http_head;

typedef void sv_http_handler_fn(void *context, struct sv_http_request *request);
typedef void sv_http_release_fn(void *context);
/* why: SV_ECLOSED (client left), SV_ETIMEOUT (write stall), SV_ECANCELED (server closes). */
typedef void sv_http_abort_fn(void *context, int why);

struct sv_http_server_options {
	const char *unix_path;           /* bound here (an old socket is replaced), mode 0600; or ... */
	const char *tcp_address;         /* "127.0.0.1:0", "[::1]:0" */
	sv_http_handler_fn *handler;
	void *context;
	size_t body_max_bytes;           /* a request body larger than this is answered 413; 0: no bodies */
	uint64_t header_timeout_ms;      /* 0: 10,000 */
	uint64_t idle_timeout_ms;        /* 0: 75,000 */
	uint64_t write_timeout_ms;       /* 0: 60,000 */
	size_t high_water_bytes;         /* queued bytes of one connection above which `on_room` stays silent; 0: 256 KiB */
	unsigned connections_max;        /* 0: 10,000; further ones wait in the kernel's queue */
};

/* The texts of `options` are borrowed for the call.  0, SV_EINVAL (an address or path that cannot be), or SV_E* of the system. */
int sv_http_server_open(struct sv_loop *loop, const struct sv_http_server_options *options, struct sv_http_server **ret_server);
/* The bound TCP port, 0 for a unix socket. */
unsigned sv_http_server_port(const struct sv_http_server *server);
unsigned sv_http_server_connections(const struct sv_http_server *server);
/* Stop accepting, close idle connections, let answers in progress finish (limit_ms, then cut); `done` runs once when all are gone, never from
 * inside this call.  The server is then closed as always. */
void sv_http_server_drain(struct sv_http_server *server, uint64_t limit_ms, sv_loop_fn *done, void *context);
/* Cut everything now: every pending request's on_abort runs first. Accepts NULL. */
void sv_http_server_close(struct sv_http_server *server);

/* What was asked; all borrowed until the answer is complete. */
struct sv_text sv_http_method(const struct sv_http_request *request);
struct sv_text sv_http_path(const struct sv_http_request *request);        /* still percent-encoded */
struct sv_text sv_http_query(const struct sv_http_request *request);       /* without '?' */
/* First field of that name (any case); data is NULL when there is none. */
struct sv_text sv_http_field(const struct sv_http_request *request, const char *name);
/* The parsed head: cookies, repeated fields (codec/http_head.h). */
const struct sv_http_head *sv_http_request_head(const struct sv_http_request *request);
struct sv_text sv_http_body(const struct sv_http_request *request);
struct sv_arena *sv_http_arena(struct sv_http_request *request);            /* lives as long as the request */
struct sv_loop *sv_http_loop(const struct sv_http_request *request);
const char *sv_http_request_id(const struct sv_http_request *request);      /* 12 characters, for logs and error pages */
bool sv_http_is_head(const struct sv_http_request *request);

/* Tell me when the client leaves before the answer is complete.  Replaces the former pair; fn NULL: nobody.  A client that shuts down its sending
 * side counts as gone.  Never called from inside another call on the same request. */
void sv_http_on_abort(struct sv_http_request *request, sv_http_abort_fn *fn, void *context);

struct sv_http_header {
	const char *name;
	const char *value;               /* NULL: the header is left out.  Control characters are refused by assertion: encode before */
};
struct sv_http_chunk {
	const void *data;
	size_t length;
};

/* The whole answer; headers and body are copied (use chunks of static literals and arena memory freely).  Content-Length is added, bodies
 * are left out for HEAD, 204 and 304 (Content-Length of these two as well).  `headers` ends with a NULL name; NULL: none.  Date, Connection and
 * Content-Length come from the server: never pass them. */
void sv_http_reply(struct sv_http_request *request, int status, const struct sv_http_header *headers, const struct sv_http_chunk *chunks, size_t count);
/* text/plain answer, not to be stored; text NULL: the status' usual words; `headers` (at most 20) may be NULL. */
void sv_http_reply_error(struct sv_http_request *request, int status, const struct sv_http_header *headers, const char *text);

/* Begin an answer of exactly content_length bytes.  `on_room(context)` runs soon after this call, and again
 * each time that a sv_http_write has returned false and the queue has fallen to half its high-water mark (never from inside this call or sv_http_write);
 * write then, as much as is at hand.  Bytes that come later are simply written when they come.  Head and first write leave together.
 * For HEAD the answer is complete with this call and on_room never runs; returns false then, true otherwise.
 * content_length 0 completes it too (false). */
bool sv_http_start(struct sv_http_request *request, int status, const struct sv_http_header *headers, uint64_t content_length, sv_loop_fn *on_room,
    void *context);
/* Queue body bytes without copying: `data` is borrowed until release(release_context) runs, exactly once, also after an abort or cut, and
 * possibly from inside this call (release NULL: static data).  The release must not call back into the server.
 * More than the announced length is a failed assertion; the write that reaches it completes the answer (request is then gone).
 * Returns true while there is room for more (false too when others should get their turn, and when the answer is complete). */
bool sv_http_write(struct sv_http_request *request, const void *data, size_t length, sv_http_release_fn *release, void *release_context);
/* The rest cannot be had: close the connection so that the client knows.  The request is gone; on_abort does not run. */
void sv_http_cut(struct sv_http_request *request);

#endif
