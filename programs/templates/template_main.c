/* SPDX-License-Identifier: Apache-2.0
 * sv-templates: HTML templates and messages to C, run by the build.
 *     sv-templates --source OUT.c --header OUT.h --messages en.msg [--assets LIST] [--include HEADER]... TEMPLATE...
 * LIST has a line "name hashed-name" for each asset.  docs/templates.md describes the language. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "template_emit.h"

struct options {
	const char *source, *header, *messages, *assets;
	char **headers;
	int header_count;
};

static _Noreturn void
usage(const char *problem, const char *what)
{
	fprintf(stderr, "sv-templates: %s%s\n", problem, what);
	exit(2);
}

static struct asset *
read_assets(const char *path)
{
	struct asset *list = NULL;
	size_t length = 0;
	char *save = NULL;

	for (char *line = strtok_r(template_read_file(path, &length), "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');
		if (blank == NULL)
			template_fail((struct place){path, 1}, "\"name hashed-name\" expected, not \"%s\"", line);
		*blank = '\0';
		struct asset *asset = sv_xcalloc(1, sizeof *asset);
		*asset = (struct asset){.next = list, .name = line, .hashed_name = blank + 1};
		list = asset;
	}
	return list;
}

/* Options in front; returns the index of the first template. */
static int
read_options(int argc, char **argv, struct options *options)
{
	int i = 1;

	options->headers = sv_xcalloc((size_t)argc, sizeof *options->headers);
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (i + 1 == argc)
			usage("a value is missing behind ", argv[i]);
		if (strcmp(argv[i], "--source") == 0)
			options->source = argv[i + 1];
		else if (strcmp(argv[i], "--header") == 0)
			options->header = argv[i + 1];
		else if (strcmp(argv[i], "--messages") == 0)
			options->messages = argv[i + 1];
		else if (strcmp(argv[i], "--assets") == 0)
			options->assets = argv[i + 1];
		else if (strcmp(argv[i], "--include") == 0)
			options->headers[options->header_count++] = argv[i + 1];
		else
			usage("there is no option ", argv[i]);
	}
	if (options->source == NULL || options->header == NULL || options->messages == NULL || i == argc)
		usage("--source, --header, --messages and templates are needed", "");
	return i;
}

static void
write_file(const char *path, const struct emit_input *input, void (*emit)(const struct emit_input *, FILE *))
{
	char *text = NULL;
	size_t length = 0;
	/* written only when whole: a mistake in a template leaves no half file */
	FILE *memory = open_memstream(&text, &length);

	if (memory == NULL)
		usage("no memory for ", path);
	emit(input, memory);
	if (fclose(memory) != 0)
		usage("no memory for ", path);
	FILE *file = fopen(path, "wb");
	if (file == NULL || fwrite(text, 1, length, file) != length || fclose(file) != 0)
		usage("cannot write ", path);
	free(text);
}

/* A program that runs for milliseconds gives no memory back; sanitizer builds look for other mistakes. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

int
main(int argc, char **argv)
{
	struct options options = {0};
	struct emit_input input = {0};
	int first = read_options(argc, argv, &options);

	for (int i = first; i < argc; i++)
		template_parse_file(argv[i], &input.templates);
	input.messages = template_messages_read(options.messages);
	if (options.assets != NULL)
		input.assets = read_assets(options.assets);
	input.headers = options.headers;
	input.header_count = options.header_count;
	write_file(options.source, &input, template_emit_source);
	write_file(options.header, &input, template_emit_header);
	return 0;
}
