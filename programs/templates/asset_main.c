/* SPDX-License-Identifier: Apache-2.0
 * sv-assets: styles, modules and icons to C, run by the build.
 *     sv-assets OUT.c OUT.list FILE...
 * OUT.c fills the table of web_assets.h; OUT.list tells sv-templates the hashed names.  The same files give the same bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "alloc.h"
#include "asset_css.h"

#define FILE_MAX ((size_t)4 << 20)

struct asset_file {
	const char *name, *extension, *mime;
	struct sv_buffer bytes, gzip;
	uint32_t hash;
};

static const struct {
	const char *extension, *mime;
} mime_types[] = {
	{"css", "text/css; charset=utf-8"},
	{"js", "text/javascript; charset=utf-8"},
	{"svg", "image/svg+xml"},
	{"png", "image/png"},
	{"ico", "image/x-icon"},
	{"webmanifest", "application/manifest+json"},
};

static _Noreturn void
fail(const char *path, const char *problem)
{
	fprintf(stderr, "%s: %s\n", path, problem);
	exit(1);
}

/* FNV-1a of 64 bits, folded: tells versions of one file apart; nobody is kept out by it. */
static uint32_t
content_hash(const struct sv_buffer *bytes)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < bytes->length; i++)
		hash = (hash ^ bytes->data[i]) * 0x100000001b3u;
	return (uint32_t)(hash ^ (hash >> 32));
}

static void
read_file(const char *path, struct sv_buffer *out)
{
	FILE *file = fopen(path, "rb");
	size_t got = 0;

	if (file == NULL)
		fail(path, "cannot be opened");
	do {
		uint8_t *room = sv_buffer_reserve(out, 1 << 16);
		if (room == NULL)
			fail(path, "too large for an asset");
		got = fread(room, 1, 1 << 16, file);
		sv_buffer_commit(out, got);
	} while (got > 0);
	fclose(file);
}

static void
compress_asset(struct asset_file *asset)
{
	z_stream stream = {0};
	size_t room = asset->bytes.length + 256;

	/* 15 + 16: gzip with the largest window; zlib writes no time into the head */
	if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		fail(asset->name, "cannot be compressed");
	stream.next_in = asset->bytes.data;
	stream.avail_in = (uInt)asset->bytes.length;
	stream.next_out = sv_buffer_reserve(&asset->gzip, room);
	stream.avail_out = (uInt)room;
	int result = deflate(&stream, Z_FINISH);
	if (result == Z_STREAM_END)
		sv_buffer_commit(&asset->gzip, stream.total_out);
	deflateEnd(&stream);
	/* pictures do not shrink: sent as they are */
	if (result != Z_STREAM_END || asset->gzip.length + 64 > asset->bytes.length)
		sv_buffer_reset(&asset->gzip);
}

static void
load(const char *path, struct asset_file *asset)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
	struct sv_buffer raw;

	*asset = (struct asset_file){.name = name, .extension = dot == NULL ? "" : dot + 1};
	for (size_t i = 0; i < sizeof mime_types / sizeof *mime_types; i++)
		if (strcmp(asset->extension, mime_types[i].extension) == 0)
			asset->mime = mime_types[i].mime;
	if (asset->mime == NULL)
		fail(path, "no media type is known for this extension");
	sv_buffer_init(&raw, FILE_MAX);
	sv_buffer_init(&asset->bytes, FILE_MAX);
	sv_buffer_init(&asset->gzip, FILE_MAX);
	read_file(path, &raw);
	if (strcmp(asset->extension, "css") == 0)
		asset_css_shrink(sv_buffer_cstr(&raw), &asset->bytes);
	else
		sv_buffer_append(&asset->bytes, raw.data, raw.length);
	if (asset->bytes.length == 0 || sv_buffer_error(&asset->bytes) != 0)
		fail(path, "empty or too large");
	asset->hash = content_hash(&asset->bytes);
	compress_asset(asset);
	sv_buffer_fini(&raw);
}

static void
emit_bytes(FILE *out, const struct sv_buffer *bytes, const char *kind, int index)
{
	if (bytes->length == 0)
		return;
	fprintf(out, "static const uint8_t %s_%d[] = {", kind, index);
	for (size_t i = 0; i < bytes->length; i++)
		fprintf(out, "%s%u,", i % 32 == 0 ? "\n" : "", bytes->data[i]);
	fputs("\n};\n", out);
}

static void
emit_row(FILE *out, const struct asset_file *asset, int index)
{
	int stem = (int)(strlen(asset->name) - strlen(asset->extension) - 1);

	fprintf(out, "\t{\"%s\", \"%.*s.%08" PRIx32 ".%s\", \"%s\", \"\\\"%08" PRIx32 "\\\"\", bytes_%d, sizeof bytes_%d, ", asset->name, stem,
		asset->name, asset->hash, asset->extension, asset->mime, asset->hash, index, index);
	if (asset->gzip.length == 0)
		fputs("NULL, 0, NULL},\n", out);
	else
		fprintf(out, "gzip_%d, sizeof gzip_%d, \"\\\"%08" PRIx32 "-gz\\\"\"},\n", index, index, asset->hash);
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
	if (argc < 4)
		fail("sv-assets", "OUT.c OUT.list FILE... expected");
	int count = argc - 3;
	struct asset_file *assets = sv_xcalloc((size_t)count, sizeof *assets);
	FILE *source = fopen(argv[1], "wb"), *list = fopen(argv[2], "wb");

	if (source == NULL || list == NULL)
		fail(argv[1], "cannot be written");
	fputs("/* Made by sv-assets; not to be edited. */\n#include \"asset_table.h\"\n\n", source);
	for (int i = 0; i < count; i++) {
		load(argv[i + 3], &assets[i]);
		emit_bytes(source, &assets[i].bytes, "bytes", i);
		emit_bytes(source, &assets[i].gzip, "gzip", i);
	}
	fputs("const struct sv_asset sv_asset_table[] = {\n", source);
	for (int i = 0; i < count; i++) {
		int stem = (int)(strlen(assets[i].name) - strlen(assets[i].extension) - 1);
		emit_row(source, &assets[i], i);
		fprintf(list, "%s %.*s.%08" PRIx32 ".%s\n", assets[i].name, stem, assets[i].name, assets[i].hash, assets[i].extension);
	}
	fprintf(source, "};\nconst size_t sv_asset_table_count = %d;\n", count);
	if (fclose(source) != 0 || fclose(list) != 0)
		fail(argv[1], "cannot be written");
	return 0;
}
