/* SPDX-License-Identifier: Apache-2.0
 * Answers: headers that every page carries, errors as page or JSON. */
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "json_text.h"
#include "log.h"
#include "manager_call.h"
#include "pages.h"

#define HEADERS_MAX 12

static const char *
cookie(const struct sv_call *call)
{
	return call->set_cookie[0] == '\0' ? NULL : call->set_cookie;
}

/* Pages are asked for again each time; one with a signed link or a cookie in it is kept nowhere. */
static const char *
cache_rule(const struct sv_call *call)
{
	return call->linked || call->set_cookie[0] != '\0' ? "no-store" : "private, no-cache";
}

/* From here on the server owns the request: the client may leave while the copy is on its way, and the call is gone by then. */
static struct sv_http_request *
last_use(struct sv_call *call)
{
	sv_http_on_abort(call->request, NULL, NULL);
	return call->request;
}

void
sv_reply_bytes(struct sv_call *call, int status, const struct sv_http_header *headers, const void *bytes, size_t length)
{
	struct sv_http_chunk chunk = {bytes, length};

	sv_http_reply(last_use(call), status, headers, &chunk, length == 0 ? 0 : 1);
	sv_call_done(call);
}

void
sv_reply_page(struct sv_call *call, int status, struct sv_page_out *page, int rc)
{
	const struct sv_http_header headers[HEADERS_MAX] = {
	    {"Content-Type", SV_PAGE_MIME}, {"Content-Security-Policy", SV_PAGE_CSP}, {"X-Content-Type-Options", "nosniff"},
	    {"Referrer-Policy", "same-origin"}, {"Cross-Origin-Opener-Policy", "same-origin"}, {"Cache-Control", cache_rule(call)},
	    {"Set-Cookie", cookie(call)}, {"Allow", status == 405 ? call->hit.allow : NULL},
	    {"Retry-After", status == 503 || status == 429 ? "5" : NULL}, {NULL, NULL},
	};

	if (rc != 0) {
		sv_log(SV_LOG_ERROR, SV_EVENT_request_failed, "request=%s error=%s", sv_http_request_id(call->request), sv_error_name(rc));
		sv_http_reply_error(last_use(call), 500, NULL, NULL);
		sv_call_done(call);
		return;
	}
	struct sv_http_chunk *chunks = sv_arena_alloc(call->arena, page->chunk_count * sizeof *chunks);
	if (chunks == NULL) {
		sv_http_reply_error(last_use(call), 503, NULL, NULL);
		sv_call_done(call);
		return;
	}
	for (size_t i = 0; i < page->chunk_count; i++)
		chunks[i] = (struct sv_http_chunk){page->chunks[i].iov_base, page->chunks[i].iov_len};
	sv_http_reply(last_use(call), status, headers, chunks, page->chunk_count);
	sv_call_done(call);
}

void
sv_reply_json(struct sv_call *call, int status, struct sv_buffer *body)
{
	const struct sv_http_header headers[] = {
	    {"Content-Type", "application/json; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}, {"Cache-Control", cache_rule(call)},
	    {"Set-Cookie", cookie(call)}, {"Allow", status == 405 ? call->hit.allow : NULL}, {NULL, NULL},
	};

	if (sv_buffer_error(body) != 0) {
		sv_buffer_fini(body);
		sv_http_reply_error(last_use(call), 503, NULL, NULL);
		sv_call_done(call);
		return;
	}
	struct sv_http_chunk chunk = {body->data, body->length};
	sv_http_reply(last_use(call), status, headers, &chunk, 1);
	sv_buffer_fini(body);
	sv_call_done(call);
}

void
sv_reply_redirect(struct sv_call *call, int status, struct sv_text location)
{
	char *copy = sv_arena_strndup(call->arena, location.data, location.length);
	const struct sv_http_header headers[] = {{"Location", copy}, {"Cache-Control", "no-store"}, {"Set-Cookie", cookie(call)}, {NULL, NULL}};

	if (copy == NULL || location.length == 0) {
		sv_reply_error(call, 500, 0);
		return;
	}
	sv_http_reply(last_use(call), status, headers, NULL, 0);
	sv_call_done(call);
}

void
sv_reply_error(struct sv_call *call, int status, unsigned retry_after_s)
{
	struct sv_page_out page;
	struct sv_error_view view = {.status = status, .request_id = sv_http_request_id(call->request), .retry_after = retry_after_s};

	if (status >= 500)
		sv_log(SV_LOG_WARN, SV_EVENT_request_failed, "request=%s status=%d", sv_http_request_id(call->request), status);
	if (call->json) {
		struct sv_buffer body;
		struct sv_json json;
		sv_buffer_init(&body, 4096);
		sv_json_start(&json, &body);
		sv_json_begin_object(&json);
		sv_json_member_u64(&json, "status", (uint64_t)status);
		sv_json_member_cstr(&json, "request", view.request_id);
		sv_json_end_object(&json);
		sv_reply_json(call, status, &body);
		return;
	}
	sv_view_shell(call, SV_SECTION_NONE, &view.shell);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_error(&page, &view);
	sv_reply_page(call, status, &page, rc);
}

void
sv_reply_failure(struct sv_call *call, int rc)
{
	int status = rc == SV_ENOENT || rc == SV_EINVAL ? 404 : sv_error_http_status(rc);

	if (status >= 500)
		sv_log(SV_LOG_ERROR, SV_EVENT_request_failed, "request=%s error=%s", sv_http_request_id(call->request), sv_error_name(rc));
	sv_reply_error(call, status == 502 || status == 504 || status == 507 ? 503 : status, status >= 500 ? 5 : 0);
}
