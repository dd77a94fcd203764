/* SPDX-License-Identifier: Apache-2.0
 * Links are signed here and checked by nginx's module. */
#include "clock.h"
#include "manager_call.h"
#include "metrics.h"
#include "random.h"

struct sv_text
sv_manager_link(struct sv_call *call, const char *kind, const struct sv_file *file)
{
	const struct sv_settings *settings = call->manager->settings;
	struct sv_text none = {NULL, 0};
	char play[SV_ID_SIZE];
	struct sv_buffer query;

	if (call->client[0] == '\0')
		return none;
	sv_random_id(play);
	struct sv_link link = {
	    .file = sv_text_of(file->id), .play = sv_text_of(play), .client = sv_text_of(call->client), .tier = SV_LINK_TIER_GUEST,
	    .expires_unix_s = sv_clock_unix_s() + (int64_t)settings->link_ttl, .version = file->version,
	};
	sv_buffer_init(&query, 1024);
	int rc = sv_link_write_query(&link, sv_text_of(settings->link_secret), &query);
	char *address = rc != 0 ? NULL : sv_arena_printf(call->arena, "/%s/%s?%s", kind, file->id, sv_buffer_cstr(&query));
	sv_buffer_fini(&query);
	if (address == NULL)
		return none;
	call->linked = true;
	sv_metric_add(SV_METRIC_links_made, 0, 1);
	return sv_text_of(address);
}
