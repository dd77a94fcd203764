/* SPDX-License-Identifier: Apache-2.0
 * Rendering the home page with 60 titles and the watch page: microseconds a page, arena made and freed each time.
 * Prints rows "name ours reference ratio"; the reference is the server-time budget of a page, database included. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "page_samples.h"

#define ROUNDS 2000
#define BUDGET_P50_US 3000.0
#define BUDGET_P99_US 15000.0

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double
render_us(const char *page, size_t *ret_length, size_t *ret_chunks)
{
	static const struct sample_options options;
	uint64_t begin = sv_clock_us();
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_page_out out;

	sv_page_out_init(&out, arena);
	if (sample_page_render(page, &out, &options) < 0)
		exit(1);
	*ret_length = out.length;
	*ret_chunks = out.chunk_count;
	sv_arena_free(arena);
	return (double)(sv_clock_us() - begin);
}

static void
row(const char *page, const char *name)
{
	static double times[ROUNDS];
	size_t length = 0, chunks = 0;

	for (int i = 0; i < ROUNDS; i++)
		times[i] = render_us(page, &length, &chunks);
	qsort(times, ROUNDS, sizeof *times, compare);
	printf("%s-p50-us %.1f %.1f %.4f\n", name, times[ROUNDS / 2], BUDGET_P50_US, times[ROUNDS / 2] / BUDGET_P50_US);
	printf("%s-p99-us %.1f %.1f %.4f\n", name, times[ROUNDS * 99 / 100], BUDGET_P99_US, times[ROUNDS * 99 / 100] / BUDGET_P99_US);
	fprintf(stderr, "%s: %zu bytes in %zu chunks\n", name, length, chunks);
}

int
main(void)
{
	row("home", "render-home-60");
	row("watch", "render-watch");
	return 0;
}
