/* SPDX-License-Identifier: Apache-2.0
 * A path with a query: check, route, decode, encode again, arguments. */
#include <stdlib.h>

#include "errors.h"
#include "fuzz_target.h"
#include "route.h"
#include "sv_assert.h"
#include "url.h"

static const struct sv_route routes[] = {
    {"GET", "/"}, {"GET", "/m/{id:12}-{slug}"}, {"POST", "/m/{id:12}"}, {"GET", "/p/{a}-{b}.webp"}, {"GET", "/stream/{file}/hls/{rest...}"}, {"*", "/any/{x}"},
};

static void
check_path(struct sv_text path)
{
	struct sv_route_hit hit;
	bool good = sv_url_path_check(path) == 0;
	int found = sv_route_find(routes, sizeof routes / sizeof routes[0], sizeof routes[0], SV_TEXT("GET"), path, &hit);

	sv_assert(found == SV_ENOENT || found == SV_EMETHOD || (found >= 0 && found < 6));
	for (size_t i = 0; found >= 0 && i < SV_ROUTE_PARAMS_MAX; i++)
		sv_assert(hit.params[i].data == NULL || (hit.params[i].length > 0 && hit.params[i].data + hit.params[i].length <= path.data + path.length));
	if (!good)
		return;
	char *decoded = malloc(path.length + 1);
	int length = sv_url_decode(path, 0, decoded, path.length + 1);
	sv_assert(decoded != NULL && length > 0 && strstr(decoded, "/../") == NULL && strstr(decoded, "//") == NULL && strstr(decoded, "/./") == NULL);
	free(decoded);
}

static void
check_round_trip(struct sv_text text)
{
	struct sv_buffer out;

	for (int kind = 0; kind < SV_URL_KIND_COUNT; kind++) {
		sv_buffer_init(&out, 0);
		sv_url_encode((enum sv_url_kind)kind, text, &out);
		char *back = malloc(out.length + 1);
		int length = sv_url_decode((struct sv_text){(const char *)out.data, out.length}, 0, back, out.length + 1);
		bool has_nul = text.length > 0 && memchr(text.data, 0, text.length) != NULL;
		sv_assert(has_nul ? length == SV_EINVAL : (size_t)length == text.length && (length == 0 || memcmp(back, text.data, text.length) == 0));
		free(back);
		sv_buffer_fini(&out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_text query = {(const char *)data, size}, value = {NULL, 0};
	struct sv_text path = sv_text_split(&query, '?');
	struct sv_arena *arena = sv_arena_new(65536);
	static struct sv_url_form form;

	check_path(path);
	check_round_trip(path);
	(void)sv_url_query_get(query, "a", &value);
	form.count = 0;
	if (sv_url_form_parse(query, arena, &form) == 0)
		for (size_t i = 0; i < form.count; i++)
			sv_assert(sv_utf8_valid(form.pairs[i].name) && sv_utf8_valid(form.pairs[i].value));
	sv_arena_free(arena);
	return 0;
}
