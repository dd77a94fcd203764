/* SPDX-License-Identifier: Apache-2.0
 * One request a fetch; the connection is the client's to keep.  An answer that is not what was asked for is read to its end (it is no
 * longer than the range: the client refuses more) and its bytes are thrown away. */
#include "source_http.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "byte_range.h"
#include "errors.h"
#include "http_client.h"
#include "list.h"
#include "sv_assert.h"

#define SOURCE_MAGIC 0x53680001u
#define FETCH_MAGIC 0x53680002u
#define REDIRECTS_MAX 5u
#define TAG_SIZE 256

struct http_source {
	struct sv_source base;
	unsigned magic;
	struct sv_http_client *client;
	char *url, *unix_path;
	char tag[TAG_SIZE];              /* strong, of the first answer; "" before it and when there was none */
};

struct http_fetch {
	struct sv_source_fetch base;
	unsigned magic;
	struct http_source *source;      /* NULL once over */
	struct sv_loop *loop;
	struct sv_http_fetch *request;   /* NULL once over */
	struct sv_source_sink sink;
	uint64_t start;
	size_t length, have;
	uint8_t *into;
	bool accepted, cancelled, inside;
	struct sv_timer *later;
	int rc;                          /* why the answer is not taken */
};

static int
judge_status(int status)
{
	switch (status) {
	case 206: return 0;
	case 401: case 403: return SV_EACCES;
	case 404: case 410: return SV_ENOENT;
	/* what we ask for exists in the file that was indexed */
	case 412: case 416: return SV_ECHANGED;
	case 408: case 429: return SV_EUNAVAIL;
	default: return status >= 500 ? SV_EUNAVAIL : SV_EPROTO;
	}
}

static int
judge_tag(struct http_source *source, struct sv_text tag)
{
	if (tag.length < 2 || tag.data[0] != '"' || tag.length >= TAG_SIZE)
		return source->tag[0] == '\0' ? 0 : SV_ECHANGED;
	if (source->tag[0] != '\0')
		return sv_text_is(tag, source->tag) ? 0 : SV_ECHANGED;
	memcpy(source->tag, tag.data, tag.length);
	source->tag[tag.length] = '\0';
	return 0;
}

static int
judge_head(struct http_fetch *fetch, const struct sv_http_fetch_head *head)
{
	uint64_t start = 0, end = 0, size = 0;
	int rc = judge_status(head->status);

	if (rc != 0)
		return rc;
	struct sv_text coding = sv_http_fetch_field(fetch->request, "Content-Encoding");
	if (coding.length > 0 && !sv_text_equal_nocase(coding, SV_TEXT("identity")))
		return SV_EPROTO;
	if (sv_byte_range_parse_content(sv_http_fetch_field(fetch->request, "Content-Range"), &start, &end, &size) != 0)
		return SV_EPROTO;
	/* a server that does not tell the size cannot be checked against the index */
	if (size != fetch->source->base.size_bytes)
		return size == UINT64_MAX ? SV_EPROTO : SV_ECHANGED;
	if (start != fetch->start || end != fetch->start + fetch->length)
		return SV_EPROTO;
	return judge_tag(fetch->source, sv_http_fetch_field(fetch->request, "ETag"));
}

static void
on_head(void *context, const struct sv_http_fetch_head *head)
{
	struct http_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	if (fetch->cancelled)
		return;
	fetch->rc = judge_head(fetch, head);
	fetch->accepted = fetch->rc == 0;
}

static void
release(struct http_fetch *fetch)
{
	sv_timer_cancel(fetch->later);
	fetch->sink.on_release(fetch->sink.context);
	fetch->magic = 0;
	free(fetch);
}

static void
cancel_later(void *context)
{
	struct http_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	fetch->later = NULL;
	sv_http_fetch_cancel(fetch->request);
	release(fetch);
}

static bool
on_body(void *context, const uint8_t *data, size_t length)
{
	struct http_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	if (!fetch->accepted || fetch->cancelled)
		return true;
	if (length > fetch->length - fetch->have) {
		fetch->accepted = false;
		fetch->rc = SV_EPROTO;
		return true;
	}
	size_t offset = fetch->have;
	memcpy(fetch->into + offset, data, length);
	fetch->have += length;
	fetch->inside = true;
	fetch->sink.on_bytes(fetch->sink.context, offset, length);
	fetch->inside = false;
	/* cancelled in the midst: the request cannot be taken from under its own callback */
	if (fetch->cancelled)
		fetch->later = sv_timer_start(fetch->loop, 0, 0, cancel_later, fetch);
	return true;
}

static void
on_done(void *context, int rc)
{
	struct http_fetch *fetch = context;

	SV_CHECK(fetch, FETCH_MAGIC);
	fetch->request = NULL;
	fetch->source = NULL;
	/* longer than the range that was asked for */
	if (fetch->rc == 0)
		fetch->rc = rc == SV_ETOOBIG ? SV_EPROTO : rc;
	if (fetch->rc == 0 && fetch->have < fetch->length)
		fetch->rc = SV_ESHORT;
	if (!fetch->cancelled)
		fetch->sink.on_done(fetch->sink.context, fetch->rc);
	release(fetch);
}

static struct sv_source_fetch *
http_start(struct sv_source *base, uint64_t start, size_t length, uint8_t *into, const struct sv_source_sink *sink)
{
	/* the bytes as they lie there: their positions are what we count on */
	static const char *const headers[] = {"Accept-Encoding: identity", NULL};
	struct http_source *source = SV_CONTAINER(base, struct http_source, base);
	struct http_fetch *fetch = sv_xcalloc(1, sizeof *fetch);

	SV_CHECK(source, SOURCE_MAGIC);
	*fetch = (struct http_fetch){.base = {base->driver}, .magic = FETCH_MAGIC, .source = source, .loop = base->loop, .sink = *sink, .start = start,
	    .length = length, .into = into};
	fetch->request = sv_http_fetch_start(source->client, &(struct sv_http_fetch_options){.url = source->url, .headers = headers,
	    .range_start = start, .range_end = start + length, .body_max_bytes = length, .redirects_max = REDIRECTS_MAX,
	    .unix_path = source->unix_path, .on_head = on_head, .on_body = on_body, .on_done = on_done, .context = fetch});
	return &fetch->base;
}

static void
http_cancel(struct sv_source_fetch *base)
{
	struct http_fetch *fetch = SV_CONTAINER(base, struct http_fetch, base);

	SV_CHECK(fetch, FETCH_MAGIC);
	sv_assert(!fetch->cancelled);
	fetch->cancelled = true;
	fetch->source = NULL;
	if (fetch->inside)
		return;
	sv_http_fetch_cancel(fetch->request);
	release(fetch);
}

static void
http_close(struct sv_source *base)
{
	struct http_source *source = SV_CONTAINER(base, struct http_source, base);

	SV_CHECK(source, SOURCE_MAGIC);
	source->magic = 0;
	free(source->url);
	free(source->unix_path);
	free(source);
}

static const struct sv_source_driver driver = {
    .kind = "http", .metric_label = SV_SOURCE_LABEL_HTTP, .start = http_start, .cancel = http_cancel, .close = http_close};

struct sv_source *
sv_source_http_open(struct sv_loop *loop, const struct sv_source_http_options *options)
{
	struct http_source *source = sv_xcalloc(1, sizeof *source);

	source->base = (struct sv_source){&driver, loop, options->size_bytes};
	source->magic = SOURCE_MAGIC;
	source->client = options->client;
	source->url = sv_xstrdup(options->url);
	source->unix_path = options->unix_path == NULL ? NULL : sv_xstrdup(options->unix_path);
	return &source->base;
}
