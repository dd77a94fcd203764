/* SPDX-License-Identifier: Apache-2.0
 * See gateway_admin.h. */
#include "gateway_admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "errors.h"
#include "http_server.h"
#include "log.h"
#include "metrics.h"
#include "paths.h"
#include "random.h"
#include "slice_purge.h"

struct sv_gateway_admin {
	struct sv_loop *loop;
	const struct sv_settings *settings;
	const bool *alive;
	struct sv_http_server *server;
};

/* One purge: the pool works on copies, the request is only touched on the loop. */
struct purge {
	struct sv_http_request *request; /* NULL once the asker left; the removal goes on */
	struct sv_offload *offload;
	char cache[SV_PATH_MAX];
	char file[SV_ID_LENGTH + 1];
	uint64_t version, size, slice_size, slices;
	int result;
};

static void
reply_text(struct sv_http_request *request, int status, const char *type, struct sv_text body)
{
	const struct sv_http_header headers[] = {{"Content-Type", type}, {"Cache-Control", "no-store"}, {NULL, NULL}};
	const struct sv_http_chunk chunk = {body.data, body.length};

	sv_http_reply(request, status, headers, &chunk, 1);
}

static void
purge_work(void *context)
{
	struct purge *purge = context;

	purge->result = sv_slice_purge_run(purge->cache, sv_text_of(purge->file), purge->version, purge->size, purge->slice_size, &purge->slices);
}

static void
purge_done(void *context)
{
	struct purge *purge = context;
	struct sv_http_request *request = purge->request;
	char body[64];

	if (purge->result == 0)
		sv_log(SV_LOG_INFO, SV_EVENT_purged, "file=%s version=%" PRIu64 " slices=%" PRIu64, purge->file, purge->version, purge->slices);
	if (request == NULL)
		return;
	if (purge->result != 0) {
		sv_http_reply_error(request, sv_error_http_status(purge->result), NULL, sv_error_text(purge->result));
		return;
	}
	int n = snprintf(body, sizeof body, "{\"slices\": %" PRIu64 "}\n", purge->slices);
	reply_text(request, 200, "application/json", (struct sv_text){body, (size_t)n});
}

static void
purge_release(void *context)
{
	free(context);
}

static void
purge_aborted(void *context, int why)
{
	struct purge *purge = context;

	(void)why;
	purge->request = NULL;
}

/* The value of `name` in a query of plain numbers; data NULL when it is missing. */
static struct sv_text
argument(struct sv_text query, const char *name)
{
	while (query.length > 0) {
		struct sv_text value = sv_text_split(&query, '&');
		struct sv_text key = sv_text_split(&value, '=');

		if (sv_text_is(key, name))
			return value;
	}
	return (struct sv_text){NULL, 0};
}

static void
start_purge(struct sv_gateway_admin *admin, struct sv_http_request *request, struct sv_text rest)
{
	struct sv_text file = sv_text_split(&rest, '/');
	uint64_t version = 0, size = 0;

	if (!sv_random_id_valid(file) || sv_text_to_u64(rest, &version) != 0 ||
	    sv_text_to_u64(argument(sv_http_query(request), "size"), &size) != 0) {
		sv_http_reply_error(request, 400, NULL, "POST /purge/FILE/VERSION?size=BYTES");
		return;
	}
	struct purge *purge = sv_xcalloc(1, sizeof *purge);
	purge->request = request;
	(void)sv_path(admin->settings, SV_PATH_CACHE, purge->cache);
	memcpy(purge->file, file.data, SV_ID_LENGTH);
	purge->version = version;
	purge->size = size;
	purge->slice_size = admin->settings->slice_size;
	sv_http_on_abort(request, purge_aborted, purge);
	(void)sv_offload_start(admin->loop, purge_work, purge_done, purge_release, purge);
}

static void
reply_metrics(struct sv_http_request *request)
{
	struct sv_buffer body;

	sv_buffer_init(&body, 0);
	sv_metrics_write("gateway", &body);
	reply_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", (struct sv_text){(const char *)body.data, body.length});
	sv_buffer_fini(&body);
}

static void
on_request(void *context, struct sv_http_request *request)
{
	struct sv_gateway_admin *admin = context;
	struct sv_text method = sv_http_method(request), path = sv_http_path(request);
	bool reads = sv_text_is(method, "GET") || sv_text_is(method, "HEAD");

	if (sv_text_starts(path, "/purge/")) {
		if (sv_text_is(method, "POST"))
			start_purge(admin, request, (struct sv_text){path.data + 7, path.length - 7});
		else
			sv_http_reply_error(request, 405, (const struct sv_http_header[]){{"Allow", "POST"}, {NULL, NULL}}, "only POST");
	} else if (reads && sv_text_is(path, "/metrics")) {
		reply_metrics(request);
	} else if (reads && sv_text_is(path, "/healthz")) {
		if (*admin->alive)
			reply_text(request, 200, "text/plain", SV_TEXT("ok\n"));
		else
			sv_http_reply_error(request, 503, NULL, "nginx does not run");
	} else {
		sv_http_reply_error(request, 404, NULL, "there is nothing here");
	}
}

int
sv_gateway_admin_open(struct sv_loop *loop, const struct sv_settings *settings, const bool *alive, struct sv_gateway_admin **ret_admin)
{
	struct sv_gateway_admin *admin = sv_xcalloc(1, sizeof *admin);
	char path[SV_PATH_MAX];
	const struct sv_http_server_options options = {.unix_path = sv_path(settings, SV_PATH_GATEWAY_SOCKET, path), .handler = on_request,
	    .context = admin};

	admin->loop = loop;
	admin->settings = settings;
	admin->alive = alive;
	int rc = sv_http_server_open(loop, &options, &admin->server);
	if (rc != 0) {
		free(admin);
		return rc;
	}
	*ret_admin = admin;
	return 0;
}

void
sv_gateway_admin_close(struct sv_gateway_admin *admin)
{
	if (admin == NULL)
		return;
	sv_http_server_close(admin->server);
	free(admin);
}
