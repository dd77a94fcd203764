/* SPDX-License-Identifier: Apache-2.0
 * The router on patterns of the kinds that the product uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "errors.h"
#include "route.h"

struct row {
	struct sv_route route;
	int more;
};

static const struct row rows[] = {
    {{"GET", "/"}, 0},
    {{"GET", "/m/{id:12}-{slug}"}, 0},
    {{"GET", "/m/{id:12}"}, 0},
    {{"GET", "/assets/{name}"}, 0},
    {{"GET", "/posters/{id}-{width}.webp"}, 0},
    {{"GET", "/stream/{file}/hls/{rest...}"}, 0},
    {{"GET", "/d/{id}"}, 0},
    {{"POST", "/d/{id}"}, 0},
    {{"POST", "/d/{id}/start"}, 0},
    {{"*", "/any/{x}"}, 0},
    {{"GET", "/d/fixed"}, 0},
};

static int
find(const char *method, const char *path, struct sv_route_hit *hit)
{
	return sv_route_find(&rows[0].route, sizeof rows / sizeof rows[0], sizeof rows[0], sv_text_of(method), sv_text_of(path), hit);
}

static void
hits(void **state)
{
	static const struct {
		const char *method, *path;
		int index;
		const char *params[3];
	} wanted[] = {
	    {"GET", "/", 0, {NULL}}, {"HEAD", "/", 0, {NULL}},
	    {"GET", "/m/ab-d-fghijkl-the-film", 1, {"ab-d-fghijkl", "the-film"}}, {"GET", "/m/ab-d-fghijkl", 2, {"ab-d-fghijkl"}},
	    {"GET", "/m/-----------0--", 1, {"-----------0", "-"}},
	    {"GET", "/assets/app.0123.css", 3, {"app.0123.css"}}, {"GET", "/posters/x-320.webp", 4, {"x", "320"}},
	    {"GET", "/posters/x-3-20.webp.webp", 4, {"x", "3-20.webp"}},
	    {"GET", "/stream/F/hls/a/b/c.m4s", 5, {"F", "a/b/c.m4s"}}, {"GET", "/d/x", 6, {"x"}}, {"POST", "/d/x", 7, {"x"}}, {"GET", "/d/fixed", 6, {"fixed"}},
	    {"POST", "/d/x/start", 8, {"x"}}, {"DELETE", "/any/1", 9, {"1"}},
	};
	struct sv_route_hit hit;

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		int index = find(wanted[i].method, wanted[i].path, &hit);
		if (index != wanted[i].index)
			fail_msg("%s %s: %d", wanted[i].method, wanted[i].path, index);
		for (size_t p = 0; p < 3; p++) {
			if (wanted[i].params[p] == NULL)
				assert_null(hit.params[p].data);
			else
				assert_true(sv_text_is(hit.params[p], wanted[i].params[p]));
		}
	}
}

static void
misses(void **state)
{
	static const char *const paths[] = {"", "/x", "/m/", "/m/short", "/m/ab-d-fghijkl-", "/m/ab-d-fghijklm", "/m/ab-d-fghijkl-a/b", "/assets/", "/assets/a/b",
	    "/assets", "/posters/x-.webp", "/posters/-1.webp", "/posters/x-1.png", "/posters/.webp", "/stream/F/hls/", "/stream//hls/a", "/d/x/start/", "/d//start"};
	struct sv_route_hit hit;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (find("GET", paths[i], &hit) != SV_ENOENT)
			fail_msg("found: %s", paths[i]);
}

static void
wrong_methods(void **state)
{
	struct sv_route_hit hit;

	assert_int_equal(find("DELETE", "/d/x", &hit), SV_EMETHOD);
	assert_string_equal(hit.allow, "GET, HEAD, POST");
	assert_int_equal(find("GET", "/d/x/start", &hit), SV_EMETHOD);
	assert_string_equal(hit.allow, "POST");
	assert_int_equal(find("get", "/", &hit), SV_EMETHOD);
	assert_string_equal(hit.allow, "GET, HEAD");
	assert_int_equal(find("PUT", "/none", &hit), SV_ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(hits), cmocka_unit_test(misses), cmocka_unit_test(wrong_methods)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
