/* SPDX-License-Identifier: Apache-2.0
 * Routes of the engine, from schema/routes.def. */
#include "engine_shard.h"

#include <stdlib.h>

#include "alloc.h"
#include "engine_private.h"
#include "errors.h"
#include "http_client.h"
#include "metrics.h"
#include "read_ahead.h"
#include "sv_assert.h"

typedef void handler_fn(struct sv_engine_shard *shard, struct sv_http_request *request, const struct sv_route_hit *hit);

static void
sv_engine_stream(struct sv_engine_shard *shard, struct sv_http_request *request, const struct sv_route_hit *hit)
{
	sv_engine_bytes_serve(shard, request, hit->params[0]);
}

/* The same bytes; the gateway makes an attachment of them. */
static void
sv_engine_download(struct sv_engine_shard *shard, struct sv_http_request *request, const struct sv_route_hit *hit)
{
	sv_engine_bytes_serve(shard, request, hit->params[0]);
}

static void
reply_word(struct sv_http_request *request, int status, const char *word)
{
	sv_http_reply_error(request, status, NULL, word);
}

static void
sv_engine_healthz(struct sv_engine_shard *shard, struct sv_http_request *request, const struct sv_route_hit *hit)
{
	(void)hit;
	bool alive = sv_loop_alive(shard->loop);
	reply_word(request, alive ? 200 : 503, alive ? "ok" : "the loop does not turn");
}

static void
sv_engine_readyz(struct sv_engine_shard *shard, struct sv_http_request *request, const struct sv_route_hit *hit)
{
	(void)hit;
	if (shard->draining != NULL && atomic_load(shard->draining))
		reply_word(request, 503, "draining");
	else if (!sv_engine_films_ready(shard->films))
		reply_word(request, 503, "the catalog does not answer");
	else
		reply_word(request, 200, "ok");
}

static void
sv_engine_metrics(struct sv_engine_shard *shard, struct sv_http_request *request, const struct sv_route_hit *hit)
{
	const struct sv_http_header headers[] = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}, {NULL, NULL}};
	struct sv_buffer out;

	(void)shard;
	(void)hit;
	sv_buffer_init(&out, 0);
	sv_metrics_write("engine", &out);
	if (sv_buffer_error(&out) == 0)
		sv_http_reply(request, 200, headers, &(struct sv_http_chunk){out.data, out.length}, 1);
	else
		sv_http_reply_error(request, 503, NULL, NULL);
	sv_buffer_fini(&out);
}

static const struct row {
	struct sv_route route;
	handler_fn *handler;
} rows[] = {
#define SV_ROUTE(service, method, pattern, handler, help) SV_ROUTE_OF_##service(method, pattern, handler)
#define SV_ROUTE_OF_engine(method, pattern, handler) {{#method, pattern}, sv_engine_##handler},
#define SV_ROUTE_OF_manager(method, pattern, handler)
#define SV_ROUTE_OF_gateway(method, pattern, handler)
#include "routes.def"
#undef SV_ROUTE
};

static void
on_request(void *context, struct sv_http_request *request)
{
	struct sv_engine_shard *shard = context;
	struct sv_route_hit hit = {0};

	SV_CHECK(shard, SV_ENGINE_SHARD_MAGIC);
	int index = sv_route_find(&rows[0].route, sizeof rows / sizeof rows[0], sizeof rows[0], sv_http_method(request), sv_http_path(request), &hit);
	if (index >= 0)
		rows[index].handler(shard, request, &hit);
	else if (index == SV_EMETHOD)
		sv_http_reply_error(request, 405, (const struct sv_http_header[]){{"Allow", hit.allow}, {NULL, NULL}}, NULL);
	else
		sv_http_reply_error(request, 404, NULL, NULL);
}

/* What a second of watching takes, in whole blocks. */
static unsigned
guest_window(uint64_t rate)
{
	uint64_t blocks = (rate + SV_BLOCK_BYTES - 1) / SV_BLOCK_BYTES;

	return blocks < 1 ? 1 : blocks > SV_READ_AHEAD_BLOCKS_MAX ? SV_READ_AHEAD_BLOCKS_MAX : (unsigned)blocks;
}

int
sv_engine_shard_open(struct sv_loop *loop, const struct sv_engine_shard_options *options, struct sv_engine_shard **ret_shard)
{
	struct sv_engine_shard *shard = sv_xcalloc(1, sizeof *shard);

	shard->magic = SV_ENGINE_SHARD_MAGIC;
	shard->loop = loop;
	shard->guest_blocks = guest_window(options->guest_rate);
	shard->draining = options->draining;
	shard->stream = sv_stream_new(loop, &options->stream);
	/* mirrors may be plain HTTP: every piece is checked */
	shard->client = sv_http_client_new(loop, &(struct sv_http_client_options){.http_too = true});
	shard->films = sv_engine_films_new(shard->stream, loop, shard->client, &options->finder, options->fresh_ms);
	sv_loop_watch(loop);
	int rc = sv_http_server_open(loop, &(struct sv_http_server_options){.unix_path = options->unix_path, .handler = on_request, .context = shard},
	    &shard->server);
	if (rc != 0) {
		sv_engine_shard_close(shard);
		return rc;
	}
	*ret_shard = shard;
	return 0;
}

void
sv_engine_shard_drain(struct sv_engine_shard *shard, uint64_t limit_ms, sv_loop_fn *done, void *context)
{
	SV_CHECK(shard, SV_ENGINE_SHARD_MAGIC);
	sv_http_server_drain(shard->server, limit_ms, done, context);
}

void
sv_engine_shard_close(struct sv_engine_shard *shard)
{
	if (shard == NULL)
		return;
	SV_CHECK(shard, SV_ENGINE_SHARD_MAGIC);
	sv_http_server_close(shard->server);
	sv_engine_films_free(shard->films);
	sv_stream_free(shard->stream);
	sv_http_client_free(shard->client);
	shard->magic = 0;
	free(shard);
}

void
sv_engine_shard_gone(struct sv_engine_shard *shard, struct sv_text play)
{
	SV_CHECK(shard, SV_ENGINE_SHARD_MAGIC);
	sv_read_ahead_gone(shard->stream, play);
}

struct sv_stream *
sv_engine_shard_stream(struct sv_engine_shard *shard)
{
	SV_CHECK(shard, SV_ENGINE_SHARD_MAGIC);
	return shard->stream;
}
