/* SPDX-License-Identifier: Apache-2.0
 * A film's bytes over HTTP.  The head leaves with the first bytes, so that everything that can fail before them is an error page; after
 * the head a body is delivered whole or cut.  Specification: RFC 9110, sections 8.8, 13, 14; rules in docs/stream.md. */
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "byte_range.h"
#include "engine_private.h"
#include "errors.h"
#include "http_conditional.h"
#include "http_date.h"
#include "log.h"
#include "metrics.h"
#include "stream_reader.h"
#include "sv_assert.h"
#include "url.h"

#define BODY_MAGIC 0x65670002u
/* What one write hands over: as much as the connection queues. */
#define WRITE_BYTES ((size_t)256 << 10)
#define PLAY_SIZE 32

struct body {
	unsigned magic;
	struct sv_engine_shard *shard;
	struct sv_http_request *request;     /* NULL once it is answered or gone */
	struct sv_engine_find *find;         /* looking the film up */
	struct sv_engine_film *film;         /* a reference */
	struct sv_stream_reader *reader;
	struct sv_stream_chunk first;        /* taken before the head was sent */
	struct sv_byte_range range;
	bool started;
	uint64_t asked_ms, sent;
};

static void
free_body(struct body *body)
{
	SV_CHECK(body, BODY_MAGIC);
	if (body->find != NULL)
		sv_engine_find_cancel(body->find);
	if (body->first.memory != NULL)
		sv_stream_reader_release(body->first.memory);
	sv_stream_reader_close(body->reader);
	sv_engine_film_unref(body->film);
	if (body->started)
		sv_metric_add(SV_METRIC_streams_active, 0, -1);
	body->magic = 0;
	free(body);
}

/* ---- answers without a body of the film ---- */

static void
reply_error(struct body *body, int status, const struct sv_http_header *headers, const char *text)
{
	struct sv_http_request *request = body->request;

	free_body(body);
	sv_http_reply_error(request, status, headers, text);
}

/* No copy could bring the first bytes. */
static void
reply_failure(struct body *body, int rc)
{
	static const struct sv_http_header later[] = {{"Retry-After", "5"}, {NULL, NULL}};

	if (rc == SV_ECHANGED)
		reply_error(body, 410, NULL, "The file has changed since it was indexed.");
	else if (rc == SV_ETIMEOUT)
		reply_error(body, 504, later, "The file's storage does not answer in time.");
	else
		reply_error(body, 503, later, "The file cannot be read right now.");
}

/* ---- the body ---- */

static void
cut(struct body *body, int rc)
{
	struct sv_http_request *request = body->request;
	char play[PLAY_SIZE];
	struct sv_text name = sv_http_field(request, "Sv-Play");

	(void)snprintf(play, sizeof play, "%.*s", SV_TEXT_ARG(name));
	sv_log(SV_LOG_WARN, SV_EVENT_stream_cut, "file=%s play=%s error=%s sent=%llu", body->film->id, sv_log_quote(play), sv_error_name(rc),
	    (unsigned long long)body->sent);
	sv_metric_add(SV_METRIC_stream_cuts, 0, 1);
	free_body(body);
	sv_http_cut(request);
}

/* Hand over one chunk.  False: no room, or the answer is complete and `body` is gone. */
static bool
write_chunk(struct body *body, const struct sv_stream_chunk *chunk)
{
	body->sent += chunk->length;
	if (body->sent < body->range.end - body->range.start)
		return sv_http_write(body->request, chunk->data, chunk->length, sv_stream_reader_release, chunk->memory);
	struct sv_http_request *request = body->request;
	struct sv_stream_chunk last = *chunk;
	free_body(body);
	(void)sv_http_write(request, last.data, last.length, sv_stream_reader_release, last.memory);
	return false;
}

static void
pump(struct body *body)
{
	struct sv_stream_chunk chunk;
	int rc;

	if (body->first.memory != NULL) {
		chunk = body->first;
		body->first.memory = NULL;
		if (!write_chunk(body, &chunk))
			return;
	}
	while ((rc = sv_stream_reader_take(body->reader, WRITE_BYTES, &chunk)) == 1)
		if (!write_chunk(body, &chunk))
			return;
	sv_assert(rc != 0);
	if (rc != SV_EAGAIN)
		cut(body, rc);
}

static void
on_room(void *context)
{
	struct body *body = context;

	SV_CHECK(body, BODY_MAGIC);
	pump(body);
}

/* The headers that every answer about this film carries; `headers` ends behind them. */
static void
describe(const struct sv_engine_film *film, char date[static SV_HTTP_DATE_SIZE], struct sv_http_header headers[static 6])
{
	headers[0] = (struct sv_http_header){"ETag", film->etag};
	headers[1] = (struct sv_http_header){"Last-Modified", sv_http_date_format(film->record->modified_unix_s, date)};
	/* not for an empty file: nginx would match the viewer's range against its length and answer 416 */
	headers[2] = (struct sv_http_header){"Accept-Ranges", film->record->size_bytes == 0 ? NULL : "bytes"};
	headers[3] = (struct sv_http_header){"Content-Type", film->record->mime[0] != '\0' ? film->record->mime : "application/octet-stream"};
	headers[4] = (struct sv_http_header){"Sv-Name", film->encoded_name};
	headers[5] = (struct sv_http_header){NULL, NULL};
}

/* 200 or 206.  False: there is no body (HEAD, empty file) and the answer is complete. */
static bool
send_head(struct body *body)
{
	struct sv_http_header headers[7] = {{0}};
	char date[SV_HTTP_DATE_SIZE], content_range[SV_BYTE_RANGE_TEXT_SIZE];

	describe(body->film, date, headers);
	if (body->range.partial)
		headers[5] = (struct sv_http_header){"Content-Range",
		    sv_byte_range_content(body->range.start, body->range.end, body->film->record->size_bytes, content_range)};
	return sv_http_start(body->request, body->range.partial ? 206 : 200, headers, body->range.end - body->range.start, on_room, body);
}

static void
start_answer(struct body *body)
{
	body->started = true;
	sv_metric_add(SV_METRIC_streams_active, 0, 1);
	sv_metric_observe(SV_METRIC_stream_ttfb, (double)(sv_loop_now_ms(body->shard->loop) - body->asked_ms) / 1000);
	if (send_head(body))
		pump(body);
}

/* Take the first bytes; then the head may leave. */
static void
begin(struct body *body)
{
	int rc = sv_stream_reader_take(body->reader, WRITE_BYTES, &body->first);

	if (rc == 1)
		start_answer(body);
	else if (rc != SV_EAGAIN)
		reply_failure(body, rc);
}

static void
reader_ready(void *context)
{
	struct body *body = context;

	SV_CHECK(body, BODY_MAGIC);
	if (body->started)
		pump(body);
	else
		begin(body);
}

static void
reader_failed(void *context, int rc)
{
	struct body *body = context;

	SV_CHECK(body, BODY_MAGIC);
	if (body->started)
		cut(body, rc);
	else
		reply_failure(body, rc);
}

static void
open_reader(struct body *body)
{
	const struct sv_engine_film *film = body->film;
	struct sv_text want = sv_http_field(body->request, "Sv-Want");
	struct sv_byte_range wanted = {0, film->record->size_bytes, false};
	bool guest = sv_text_is(sv_http_field(body->request, "Sv-Tier"), "guest");

	/* a player that asks for two bytes, or the end of the file, does not go on from there */
	if (want.length > 0 && sv_byte_range_plan(want, film->record->size_bytes, &wanted) != 0)
		wanted.end = body->range.end;
	body->reader = sv_stream_reader_open(body->shard->stream, film->file, &(struct sv_stream_reader_options){.start = body->range.start,
	    .end = body->range.end, .play = sv_http_field(body->request, "Sv-Play"), .ahead_limit = wanted.end,
	    .ahead_blocks = guest ? body->shard->guest_blocks : SV_READ_AHEAD_BLOCKS_MAX, .on_ready = reader_ready, .on_fail = reader_failed,
	    .context = body});
	begin(body);
}

/* ---- what is asked ---- */

/* Answered without reading: conditions, HEAD, the empty file, ranges that cannot be.  False: the body is to be sent. */
static bool
answer_head(struct body *body)
{
	const struct sv_engine_film *film = body->film;
	uint64_t size = film->record->size_bytes;
	struct sv_http_header headers[7] = {{0}};
	char date[SV_HTTP_DATE_SIZE], content_range[SV_BYTE_RANGE_TEXT_SIZE];
	struct sv_http_request *request = body->request;
	const struct sv_http_validators validators = {sv_text_of(film->etag), film->record->modified_unix_s};
	enum sv_http_verdict verdict = sv_http_conditional_judge(sv_http_request_head(request), &validators);
	int status = 0;

	describe(film, date, headers);
	body->range = (struct sv_byte_range){0, size, false};
	if (verdict == SV_HTTP_PRECONDITION_FAILED)
		status = 412;
	else if (verdict == SV_HTTP_NOT_MODIFIED)
		status = 304;
	else if (verdict == SV_HTTP_PROCEED && size > 0 && sv_byte_range_plan(sv_http_field(request, "Range"), size, &body->range) != 0) {
		status = 416;
		headers[5] = (struct sv_http_header){"Content-Range", sv_byte_range_unsatisfied(size, content_range)};
	}
	if (status == 0 && size > 0 && !sv_http_is_head(request))
		return false;
	if (status == 412 || status == 416) {
		/* the error's own type; the rest says what would have fitted */
		headers[3].value = NULL;
		sv_http_reply_error(request, status, headers, NULL);
	} else if (status == 304) {
		sv_http_reply(request, 304, headers, NULL, 0);
	} else {
		(void)send_head(body);
	}
	free_body(body);
	return true;
}

/* The version the link was made for: without `v` the current one; 0 (no file has it) for what is no number. */
static uint64_t
asked_version(const struct sv_http_request *request, uint64_t current)
{
	struct sv_text asked = {NULL, 0};
	uint64_t version = current;
	size_t given = sv_url_query_get(sv_http_query(request), "v", &asked);

	return given > 1 || (given == 1 && sv_text_to_u64(asked, &version) != 0) ? 0 : version;
}

static void
serve(struct body *body)
{
	const struct sv_engine_record *record = body->film->record;

	if (record->gone) {
		reply_error(body, 404, NULL, "This file is no longer here.");
		return;
	}
	if (asked_version(body->request, record->version) != record->version) {
		static const struct sv_http_header expired[] = {{"Sv-Reason", "link-expired"}, {NULL, NULL}};
		reply_error(body, 403, expired, "link-expired: the file has a new version; ask for a new link.");
		return;
	}
	if (answer_head(body))
		return;
	if (body->film->file == NULL)
		reply_failure(body, SV_EUNAVAIL);
	else
		open_reader(body);
}

static void
found(void *context, int rc, struct sv_engine_film *film)
{
	struct body *body = context;

	SV_CHECK(body, BODY_MAGIC);
	body->find = NULL;
	if (rc == 0) {
		body->film = sv_engine_film_ref(film);
		serve(body);
	} else if (rc == SV_ENOENT) {
		reply_error(body, 404, NULL, "There is no such file.");
	} else {
		reply_error(body, 503, (const struct sv_http_header[]){{"Retry-After", "5"}, {NULL, NULL}}, "The catalog does not answer.");
	}
}

static void
left(void *context, int why)
{
	struct body *body = context;

	(void)why;
	free_body(body);
}

void
sv_engine_bytes_serve(struct sv_engine_shard *shard, struct sv_http_request *request, struct sv_text id)
{
	char key[SV_ID_LENGTH + 1] = "";

	if (!sv_random_id_valid(id)) {
		sv_http_reply_error(request, 404, NULL, "There is no such file.");
		return;
	}
	memcpy(key, id.data, SV_ID_LENGTH);
	struct body *body = sv_xcalloc(1, sizeof *body);
	body->magic = BODY_MAGIC;
	body->shard = shard;
	body->request = request;
	body->asked_ms = sv_loop_now_ms(shard->loop);
	sv_http_on_abort(request, left, body);
	struct sv_engine_film *film = sv_engine_films_now(shard->films, key);
	/* a link to a version later than the one we know was made after our last look at the catalog */
	if (film != NULL && asked_version(request, film->record->version) <= film->record->version) {
		body->film = sv_engine_film_ref(film);
		serve(body);
	} else {
		body->find = sv_engine_films_find(shard->films, key, found, body);
	}
}
