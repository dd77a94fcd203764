/* SPDX-License-Identifier: Apache-2.0
 * Matching never goes back: each capture's end is settled by the text that follows it in the pattern. */
#include "route.h"

#include <stdbool.h>
#include <stdlib.h>

#include "errors.h"
#include "sv_assert.h"

/* The length of the capture at the front of `path`, or 0 when it cannot be.
 *   rest      the pattern behind the closing brace */
static size_t
capture_length(const char *name, size_t name_length, const char *rest, struct sv_text path)
{
	const char *slash = path.length == 0 ? NULL : memchr(path.data, '/', path.length);
	size_t segment = slash == NULL ? path.length : (size_t)(slash - path.data);
	const char *colon = memchr(name, ':', name_length);
	size_t literal = strcspn(rest, "{/");

	if (name_length > 3 && memcmp(name + name_length - 3, "...", 3) == 0)
		return path.length;
	if (colon != NULL) {
		size_t exact = (size_t)strtoul(colon + 1, NULL, 10);
		return exact <= segment ? exact : 0;
	}
	if (literal == 0)
		return segment;
	if (rest[literal] != '{')
		return segment > literal ? segment - literal : 0;
	/* one character at least, then the first place where the literal stands */
	for (size_t at = 1; at + literal <= segment; at++)
		if (memcmp(path.data + at, rest, literal) == 0)
			return at;
	return 0;
}

static bool
fits(const char *pattern, struct sv_text path, struct sv_text params[static SV_ROUTE_PARAMS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < SV_ROUTE_PARAMS_MAX; i++)
		params[i] = (struct sv_text){NULL, 0};
	while (*pattern != '\0') {
		size_t taken = 1;
		if (*pattern == '{') {
			const char *close = strchr(pattern, '}');
			sv_assert(close != NULL && count < SV_ROUTE_PARAMS_MAX);
			taken = capture_length(pattern + 1, (size_t)(close - pattern) - 1, close + 1, path);
			if (taken == 0)
				return false;
			params[count++] = (struct sv_text){path.data, taken};
			pattern = close + 1;
		} else {
			if (path.length == 0 || path.data[0] != *pattern)
				return false;
			pattern++;
		}
		path.data += taken;
		path.length -= taken;
	}
	return path.length == 0;
}

/* Add a name to a comma-separated list once; a name without room is left out. */
static void
add_allow(char allow[static SV_ROUTE_ALLOW_SIZE], const char *method)
{
	size_t used = strlen(allow), length = strlen(method);
	struct sv_text left = {allow, used};

	while (left.data != NULL) {
		struct sv_text have = sv_text_trim(sv_text_split(&left, ','));
		if (sv_text_is(have, method))
			return;
	}
	if (used + length + 3 > SV_ROUTE_ALLOW_SIZE)
		return;
	if (used > 0) {
		memcpy(allow + used, ", ", 2);
		used += 2;
	}
	memcpy(allow + used, method, length + 1);
}

int
sv_route_find(const struct sv_route *rows, size_t count, size_t stride, struct sv_text method, struct sv_text path, struct sv_route_hit *hit)
{
	bool head = sv_text_is(method, "HEAD");

	hit->allow[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct sv_route *row = (const struct sv_route *)(const void *)((const char *)rows + i * stride);
		if (!fits(row->pattern, path, hit->params))
			continue;
		bool get = strcmp(row->method, "GET") == 0;
		if (sv_text_is(method, row->method) || (head && get) || strcmp(row->method, "*") == 0)
			return (int)i;
		add_allow(hit->allow, row->method);
		if (get)
			add_allow(hit->allow, "HEAD");
	}
	return hit->allow[0] == '\0' ? SV_ENOENT : SV_EMETHOD;
}
