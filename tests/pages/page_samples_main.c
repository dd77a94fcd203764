/* SPDX-License-Identifier: Apache-2.0
 * sv-page-samples: sample pages and assets on standard output.
 *     sv-page-samples list | assets | csp | asset NAME | page NAME [--theme dark|light] [--rtl] [--text TEXT] */
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "page_samples.h"
#include "web_assets.h"

static int
print_page(const char *name, const struct sample_options *options)
{
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_page_out out;

	sv_page_out_init(&out, arena);
	int error = sample_page_render(name, &out, options);
	if (error < 0)
		fprintf(stderr, "%s: %s\n", name, sv_error_text(error));
	for (size_t i = 0; error == 0 && i < out.chunk_count; i++)
		fwrite(out.chunks[i].iov_base, 1, out.chunks[i].iov_len, stdout);
	sv_arena_free(arena);
	return error < 0;
}

static void
print_assets(void)
{
	size_t count = 0;
	const struct sv_asset *rows = sv_asset_rows(&count);

	for (size_t i = 0; i < count; i++)
		printf("%s %s %zu %zu %s\n", rows[i].name, rows[i].hashed_name, rows[i].length, rows[i].gzip_length, rows[i].mime);
}

static int
print_asset(const char *name)
{
	const struct sv_asset *asset = sv_asset_find(name, strlen(name));

	if (asset == NULL)
		asset = sv_asset_named(name);
	return asset == NULL || fwrite(asset->bytes, 1, asset->length, stdout) != asset->length;
}

int
main(int argc, char **argv)
{
	struct sample_options options = {0};
	const char *verb = argc > 1 ? argv[1] : "";

	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--rtl") == 0)
			options.right_to_left = true;
		else if (i + 1 < argc && strcmp(argv[i], "--theme") == 0)
			options.theme = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "--text") == 0)
			options.text = argv[++i];
	}
	if (strcmp(verb, "list") == 0) {
		for (size_t i = 0; i < sample_pages_count; i++)
			puts(sample_pages[i].name);
		return 0;
	}
	if (strcmp(verb, "assets") == 0) {
		print_assets();
		return 0;
	}
	if (strcmp(verb, "csp") == 0)
		return puts(SV_PAGE_CSP) < 0;
	if (strcmp(verb, "asset") == 0 && argc > 2)
		return print_asset(argv[2]);
	if (strcmp(verb, "page") == 0 && argc > 2)
		return print_page(argv[2], &options);
	fputs("sv-page-samples list | assets | csp | asset NAME | page NAME [--theme T] [--rtl] [--text TEXT]\n", stderr);
	return 2;
}
