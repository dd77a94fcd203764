/* SPDX-License-Identifier: Apache-2.0
 * `streamvault link FILE`: one absolute signed address on standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "app.h"
#include "arena.h"
#include "catalog.h"
#include "clock.h"
#include "errors.h"
#include "json_text.h"
#include "link.h"
#include "random.h"
#include "run_folder.h"

static int
print_link(const struct sv_app_call *call, const struct sv_file *file, const char *client, enum sv_link_tier tier)
{
	const struct sv_settings *settings = call->settings;
	char play[SV_ID_LENGTH + 1];
	struct sv_buffer query;

	sv_random_id(play);
	struct sv_link link = {
	    .file = sv_text_of(file->id), .play = sv_text_of(play), .client = sv_text_of(client), .tier = tier, .version = file->version,
	    .expires_unix_s = sv_clock_unix_s() + (int64_t)(call->for_s == 0 ? settings->link_ttl : call->for_s),
	};
	sv_buffer_init(&query, 4096);
	int rc = sv_link_write_query(&link, sv_text_of(settings->link_secret), &query);
	char *url = sv_xasprintf("%s/%s/%s?%s", settings->public_url, call->download ? "download" : "stream", file->id, sv_buffer_cstr(&query));
	if (rc == 0 && call->json) {
		struct sv_buffer out;
		struct sv_json json;
		sv_buffer_init(&out, 0);
		sv_json_start(&json, &out);
		sv_json_begin_object(&json);
		sv_json_member_cstr(&json, "url", url);
		sv_json_member_cstr(&json, "file", file->id);
		sv_json_member_u64(&json, "version", file->version);
		sv_json_member_i64(&json, "expires", link.expires_unix_s);
		sv_json_end_object(&json);
		(void)printf("%s\n", sv_buffer_cstr(&out));
		sv_buffer_fini(&out);
	} else if (rc == 0) {
		(void)printf("%s\n", url);
	}
	free(url);
	sv_buffer_fini(&query);
	return rc == 0 ? 0 : sv_app_fail(1, "cannot sign the link: %s", sv_error_text(rc));
}

int
sv_link_command(struct sv_app_call *call)
{
	struct sv_catalog *catalog = NULL;
	struct sv_arena *arena = NULL;
	struct sv_file file;
	char why[512] = "", client[SV_LINK_CLIENT_SIZE];
	int result = 1;

	if (call->count != 1)
		return sv_app_fail(2, "link takes one FILE: its id, or the path it was added from");
	enum sv_link_tier tier = sv_link_tier_from(sv_text_of(call->tier == NULL ? "guest" : call->tier));
	if (tier == SV_LINK_TIER_NONE)
		return sv_app_fail(2, "--tier is guest or member, not %s", call->tier);
	if (sv_link_client_from_text(sv_text_of(call->client == NULL ? "127.0.0.1" : call->client), client) != 0)
		return sv_app_fail(2, "--client %s is not an IPv4 or IPv6 address", call->client);
	if (call->settings->public_url[0] == '\0')
		return sv_app_fail(1, "no site runs on this state folder, so the address is not known; start it with `streamvault up`, or set SV_PUBLIC_URL");
	if (sv_run_folder_secret(call->settings, 0, 0, why, sizeof why) != 0)
		return sv_app_fail(1, "%s", why);
	if (sv_catalog_open(call->settings, &catalog, why, sizeof why) != 0)
		return sv_app_fail(1, "%s", why);
	arena = sv_arena_new(0);
	int rc = sv_catalog_file_find(catalog, call->words[0], arena, &file);
	if (rc == SV_ENOENT)
		(void)sv_app_fail(1, "there is no file %s in the library; `streamvault library list` shows them", call->words[0]);
	else if (rc != 0)
		(void)sv_app_fail(1, "cannot look the file up: %s", sv_error_text(rc));
	else
		result = print_link(call, &file, client, tier);
	sv_arena_free(arena);
	sv_catalog_close(catalog);
	return result;
}
