/* SPDX-License-Identifier: Apache-2.0
 * Watching and downloading: pages around a file that need a session and a signed link. */
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "json_text.h"
#include "manager_call.h"
#include "media_names.h"
#include "pages.h"
#include "url.h"

/* The file with what it belongs to. */
static int
load_file(struct sv_call *call)
{
	struct sv_catalog *catalog = call->manager->catalog;
	int rc = sv_catalog_file(catalog, call->id, call->arena, &call->data.file);

	if (rc == 0 && call->data.file.state != SV_FILE_OK)
		rc = SV_ENOENT;
	if (rc == 0 && call->data.file.episode[0] != '\0')
		rc = sv_catalog_episode(catalog, call->data.file.episode, call->arena, &call->data.episode);
	else if (rc == 0)
		rc = sv_catalog_title(catalog, call->data.file.title, call->arena, &call->data.title);
	return rc;
}

static bool
is_episode(const struct sv_call *call)
{
	return call->data.file.episode[0] != '\0';
}

static const struct sv_title *
title_of(const struct sv_call *call)
{
	return is_episode(call) ? &call->data.episode.title : &call->data.title.title;
}

static bool
names_localhost(struct sv_text host)
{
	return sv_text_is(host, "localhost") || sv_text_starts(host, "localhost:");
}

static bool
host_plain(struct sv_text host)
{
	for (size_t i = 0; i < host.length; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]", host.data[i]) == NULL || host.data[i] == '\0')
			return false;
	return host.length > 0 && host.length < 256;
}

/* A site that nobody gave a name calls itself localhost: to a TV on the network that is the TV.  The host that the viewer asked for is right
 * then; only he sees this answer, which nothing stores. */
static struct sv_text
absolute(struct sv_call *call, struct sv_text link)
{
	const char *url = call->manager->settings->public_url;
	const char *scheme = call->https ? "https://" : "http://";
	struct sv_text host = sv_http_field(call->request, "Host");

	if (sv_text_starts(sv_text_of(url), scheme) && names_localhost(sv_text_of(url + strlen(scheme))) && !names_localhost(host) && host_plain(host))
		return sv_text_of(sv_arena_printf(call->arena, "%s%.*s%.*s", scheme, SV_TEXT_ARG(host), SV_TEXT_ARG(link)));
	return sv_text_of(sv_arena_printf(call->arena, "%s%.*s", url, SV_TEXT_ARG(link)));
}

/* A line of a playlist is a command to the player: a name brings no line of its own. */
static const char *
one_line(struct sv_call *call, const char *name)
{
	char *copy = sv_arena_strndup(call->arena, name, strlen(name));

	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
	return copy == NULL ? "" : copy;
}

/* Seconds of ?t=; 0 when there is none. */
static unsigned
start_time(const struct sv_call *call)
{
	struct sv_text value;
	uint64_t seconds = 0;

	if (sv_url_query_get(sv_http_query(call->request), "t", &value) == 0 || sv_text_to_u64(value, &seconds) != 0 || seconds > 360000)
		return 0;
	return (unsigned)seconds;
}

static void
watch_json(struct sv_call *call, struct sv_text link)
{
	struct sv_json json;
	struct sv_buffer body;

	sv_buffer_init(&body, (size_t)1 << 20);
	sv_json_start(&json, &body);
	sv_json_begin_object(&json);
	sv_json_member_text(&json, "stream", link);
	sv_json_member_text(&json, "stream_absolute", absolute(call, link));
	sv_json_member_u64(&json, "expires_in", call->manager->settings->link_ttl);
	sv_json_member_cstr(&json, "tier", "guest");
	sv_json_member_u64(&json, "rate", call->manager->settings->guest_rate);
	sv_json_key(&json, "title");
	sv_json_title(&json, title_of(call));
	if (is_episode(call)) {
		sv_json_key(&json, "episode");
		sv_json_episode(&json, &call->data.episode.episode);
	}
	sv_json_files(&json, &call->data.file, 1);
	sv_json_end_object(&json);
	sv_reply_json(call, 200, &body);
}

static void
fill_watch(struct sv_call *call, struct sv_text link, struct sv_watch_view *view)
{
	const struct sv_file *file = &call->data.file;
	const struct sv_title *title = title_of(call);

	*view = (struct sv_watch_view){.watch_id = file->id, .title = title->name, .title_id = title->id, .is_episode = is_episode(call),
	    .mime = file->mime[0] == '\0' ? NULL : file->mime, .container = sv_media_names_container(file->container, file->mime),
	    .browser_plays = sv_view_browser_plays(call, file), .still = sv_view_image(file->image, file->id), .start = start_time(call),
	    .duration = (unsigned)(file->duration_ms / 1000), .source = "this server", .download_id = file->id};
	sv_view_shell(call, is_episode(call) ? SV_SECTION_SERIES : SV_SECTION_MOVIES, &view->shell);
	if (is_episode(call)) {
		const struct sv_episode_detail *detail = &call->data.episode;
		view->episode_id = detail->episode.id;
		view->episode_title = detail->episode.name[0] == '\0' ? NULL : detail->episode.name;
		view->season = detail->episode.season;
		view->number = detail->episode.number;
		view->next = detail->next == NULL ? NULL : sv_view_episodes(call, detail->next, 1, NULL);
	}
	(void)sv_url_make(call->arena, link, &view->stream);
	(void)sv_url_make(call->arena, absolute(call, link), &view->stream_absolute);
	(void)sv_url_make(call->arena, sv_text_of(sv_arena_printf(call->arena, "/w/%s.m3u", file->id)), &view->playlist);
	(void)sv_url_make(call->arena, sv_text_of(sv_arena_printf(call->arena, "/api/w/%s", file->id)), &view->renew);
}

static void
answer_watch(struct sv_call *call)
{
	struct sv_text link = sv_manager_link(call, "stream", &call->data.file);
	struct sv_watch_view view;
	struct sv_page_out page;

	if (link.data == NULL) {
		/* the gateway does not know who asks (a proxy it was not told to trust): no link would work */
		sv_reply_error(call, 403, 0);
		return;
	}
	if (call->json) {
		watch_json(call, link);
		return;
	}
	fill_watch(call, link, &view);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_watch(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_watch(struct sv_call *call)
{
	sv_call_run(call, true, load_file, answer_watch);
}

static void
answer_playlist(struct sv_call *call)
{
	const struct sv_http_header headers[] = {{"Content-Type", "audio/x-mpegurl"}, {"Cache-Control", "no-store"},
	    {"X-Content-Type-Options", "nosniff"}, {"Content-Disposition", "attachment; filename=\"play.m3u\""},
	    {"Set-Cookie", call->set_cookie[0] == '\0' ? NULL : call->set_cookie}, {NULL, NULL}};
	struct sv_text link = sv_manager_link(call, "stream", &call->data.file);

	if (link.data == NULL) {
		sv_reply_error(call, 403, 0);
		return;
	}
	char *body = sv_arena_printf(call->arena, "#EXTM3U\n#EXTINF:%u,%s\n%.*s\n", (unsigned)(call->data.file.duration_ms / 1000), one_line(call, title_of(call)->name),
	    SV_TEXT_ARG(absolute(call, link)));
	if (body == NULL)
		sv_reply_error(call, 503, 5);
	else
		sv_reply_bytes(call, 200, headers, body, strlen(body));
}

void
sv_manager_playlist(struct sv_call *call)
{
	sv_call_run(call, true, load_file, answer_playlist);
}

static void
answer_download(struct sv_call *call)
{
	const struct sv_file *file = &call->data.file;
	char crc[9] = "";
	struct sv_page_out page;
	struct sv_download_view view = {.download_id = file->id, .title = title_of(call)->name, .title_id = title_of(call)->id,
	    .is_episode = is_episode(call), .file_name = file->name, .rate = call->manager->settings->guest_rate, .viewer_unknown = call->client[0] == '\0'};
	const struct sv_file_view *files = sv_view_files(call, file, 1, NULL);

	if (is_episode(call)) {
		view.title_id = call->data.episode.episode.id;
		view.title = sv_arena_printf(call->arena, "%s \xc2\xb7 S%u E%u", title_of(call)->name, call->data.episode.episode.season,
		    call->data.episode.episode.number);
	}
	if (files != NULL)
		view.file = files[0];
	(void)snprintf(crc, sizeof crc, "%08x", (unsigned)file->crc32);
	view.crc32 = file->has_crc ? crc : NULL;
	sv_view_shell(call, is_episode(call) ? SV_SECTION_SERIES : SV_SECTION_MOVIES, &view.shell);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_download(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_download(struct sv_call *call)
{
	sv_call_run(call, false, load_file, answer_download);
}

static void
answer_download_start(struct sv_call *call)
{
	struct sv_text link = sv_manager_link(call, "download", &call->data.file);

	if (link.data == NULL)
		sv_reply_error(call, 403, 0);
	else
		sv_reply_redirect(call, 303, link);
}

void
sv_manager_download_start(struct sv_call *call)
{
	if (!sv_session_same_origin(call))
		sv_reply_error(call, 403, 0);
	else
		sv_call_run(call, true, load_file, answer_download_start);
}

static void
answer_guest(struct sv_call *call)
{
	sv_reply_redirect(call, 303, SV_TEXT("/"));
}

void
sv_manager_guest(struct sv_call *call)
{
	if (!sv_session_same_origin(call))
		sv_reply_error(call, 403, 0);
	else
		sv_call_run(call, true, NULL, answer_guest);
}
