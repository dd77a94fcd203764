/* SPDX-License-Identifier: Apache-2.0
 * What does not come from the catalog's tables: assets, pictures, text pages, probes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "json_text.h"
#include "manager_call.h"
#include "metrics.h"
#include "pages.h"
#include "paths.h"
#include "url.h"
#include "web_assets.h"

#define IMAGE_MAX_BYTES ((size_t)4 << 20)
#define IMAGE_DEFAULT_WIDTH 320

static void
not_modified(struct sv_call *call, const char *etag)
{
	const struct sv_http_header headers[] = {{"ETag", etag}, {"Cache-Control", SV_ASSET_CACHE_CONTROL}, {NULL, NULL}};

	sv_reply_bytes(call, 304, headers, NULL, 0);
}

static bool
has_etag(const struct sv_call *call, const char *etag)
{
	struct sv_text value = sv_http_field(call->request, "If-None-Match");

	return value.length > 0 && memmem(value.data, value.length, etag, strlen(etag)) != NULL;
}

static void
reply_asset(struct sv_call *call, const struct sv_asset *asset, bool immutable)
{
	struct sv_text accept = sv_http_field(call->request, "Accept-Encoding");
	bool gzip = asset->gzip != NULL && accept.length > 0 && memmem(accept.data, accept.length, "gzip", 4) != NULL;
	const char *etag = gzip ? asset->gzip_etag : asset->etag;
	const struct sv_http_header headers[] = {{"Content-Type", asset->mime}, {"Cache-Control", immutable ? SV_ASSET_CACHE_CONTROL : "public, max-age=86400"},
	    {"ETag", etag}, {"Vary", asset->gzip == NULL ? NULL : "Accept-Encoding"}, {"Content-Encoding", gzip ? "gzip" : NULL},
	    {"X-Content-Type-Options", "nosniff"}, {NULL, NULL}};

	if (has_etag(call, etag))
		not_modified(call, etag);
	else
		sv_reply_bytes(call, 200, headers, gzip ? asset->gzip : asset->bytes, gzip ? asset->gzip_length : asset->length);
}

void
sv_manager_asset(struct sv_call *call)
{
	const struct sv_asset *asset = sv_asset_find(call->hit.params[0].data, call->hit.params[0].length);

	if (asset == NULL)
		sv_reply_error(call, 404, 0);
	else
		reply_asset(call, asset, true);
}

void
sv_manager_favicon(struct sv_call *call)
{
	const struct sv_asset *asset = sv_asset_named("favicon.ico");

	if (asset == NULL)
		sv_reply_error(call, 404, 0);
	else
		reply_asset(call, asset, false);
}

void
sv_manager_robots(struct sv_call *call)
{
	static const struct sv_http_header headers[] = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "public, max-age=86400"}, {NULL, NULL}};
	static const char body[] = "User-agent: *\nDisallow: /\n";

	sv_reply_bytes(call, 200, headers, body, sizeof body - 1);
}

/* ---- pictures ---- */

static int
read_whole(const char *path, uint8_t **ret_bytes, size_t *ret_length)
{
	struct stat st;
	uint8_t *bytes = NULL;
	int rc = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return sv_error_from_errno(errno);
	if (fstat(fd, &st) != 0 || (bytes = sv_try_malloc((size_t)st.st_size, IMAGE_MAX_BYTES)) == NULL)
		rc = SV_EIO;
	else if (read(fd, bytes, (size_t)st.st_size) != st.st_size)
		rc = SV_EIO;
	(void)close(fd);
	if (rc != 0) {
		free(bytes);
		return rc;
	}
	*ret_bytes = bytes;
	*ret_length = (size_t)st.st_size;
	return 0;
}

static int
load_image(struct sv_call *call)
{
	char folder[SV_PATH_MAX], path[SV_PATH_MAX + 64];
	const struct sv_image *image = &call->data.image;
	unsigned width = 0;

	int rc = sv_catalog_image(call->manager->catalog, call->id, call->arena, &call->data.image);
	if (rc != 0)
		return rc;
	for (int i = 0; i < SV_IMAGE_WIDTHS && image->widths[i] != 0 && width < call->data.width; i++)
		width = image->widths[i];
	(void)snprintf(path, sizeof path, "%s/%s-%u.%.8s", sv_path(call->manager->settings, SV_PATH_POSTERS, folder), image->id, width, image->extension);
	call->data.width = width;
	return read_whole(path, &call->data.image_bytes, &call->data.image_length);
}

static void
answer_image(struct sv_call *call)
{
	char etag[48];
	const struct sv_http_header headers[] = {{"Content-Type", strcmp(call->data.image.extension, "webp") == 0 ? "image/webp" : "image/jpeg"},
	    {"Cache-Control", SV_ASSET_CACHE_CONTROL}, {"ETag", etag}, {"X-Content-Type-Options", "nosniff"}, {NULL, NULL}};

	(void)snprintf(etag, sizeof etag, "\"%s-%u\"", call->data.image.id, call->data.width);
	if (has_etag(call, etag))
		not_modified(call, etag);
	else
		sv_reply_bytes(call, 200, headers, call->data.image_bytes, call->data.image_length);
}

void
sv_manager_image(struct sv_call *call)
{
	struct sv_text value;
	uint64_t width = IMAGE_DEFAULT_WIDTH;

	if (sv_url_query_get(sv_http_query(call->request), "w", &value) > 0 && (sv_text_to_u64(value, &width) != 0 || width == 0 || width > 8192)) {
		sv_reply_error(call, 400, 0);
		return;
	}
	call->data.width = (unsigned)width;
	sv_call_run(call, false, load_image, answer_image);
}

/* ---- text pages ---- */

static void
plain_page(struct sv_call *call, int (*render)(struct sv_page_out *out, const struct sv_plain_view *view))
{
	struct sv_page_out page;
	struct sv_plain_view view = {.version = SV_VERSION};

	sv_view_shell(call, SV_SECTION_NONE, &view.shell);
	sv_page_out_init(&page, call->arena);
	int rc = render(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_help(struct sv_call *call)
{
	plain_page(call, sv_page_help);
}

void
sv_manager_about(struct sv_call *call)
{
	plain_page(call, sv_page_about);
}

void
sv_manager_privacy(struct sv_call *call)
{
	plain_page(call, sv_page_privacy);
}

/* ---- probes ---- */

void
sv_manager_healthz(struct sv_call *call)
{
	static const struct sv_http_header headers[] = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}, {NULL, NULL}};

	sv_reply_bytes(call, 200, headers, "ok\n", 3);
}

static int
load_ready(struct sv_call *call)
{
	uint64_t generation = 0;

	/* a failing catalog is an answer here, not a failed request */
	call->data.page = sv_catalog_generation(call->manager->catalog, &generation) == 0;
	return 0;
}

static void
answer_ready(struct sv_call *call)
{
	bool redis = sv_hot_up(call->manager->hot), catalog = call->data.page != 0, draining = call->manager->draining;
	struct sv_buffer body;
	struct sv_json json;

	sv_buffer_init(&body, 4096);
	sv_json_start(&json, &body);
	sv_json_begin_object(&json);
	sv_json_member_bool(&json, "catalog", catalog);
	sv_json_member_bool(&json, "redis", redis);
	sv_json_member_bool(&json, "draining", draining);
	sv_json_end_object(&json);
	sv_reply_json(call, redis && catalog && !draining ? 200 : 503, &body);
}

void
sv_manager_readyz(struct sv_call *call)
{
	sv_call_run(call, false, load_ready, answer_ready);
}

void
sv_manager_metrics(struct sv_call *call)
{
	static const struct sv_http_header headers[] = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}, {NULL, NULL}};
	struct sv_buffer body;

	sv_buffer_init(&body, (size_t)1 << 20);
	sv_metric_set(SV_METRIC_redis_up, 0, sv_hot_up(call->manager->hot) ? 1 : 0);
	sv_metrics_write("manager", &body);
	struct sv_http_chunk chunk = {body.data, body.length};
	sv_http_on_abort(call->request, NULL, NULL);
	sv_http_reply(call->request, 200, headers, &chunk, 1);
	sv_buffer_fini(&body);
	sv_call_done(call);
}
