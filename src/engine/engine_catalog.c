/* SPDX-License-Identifier: Apache-2.0
 * From the catalog's records, which live in an arena, to ours, which live as long as the engine wants. */
#include "engine_catalog.h"

#include <string.h>

#include "alloc.h"
#include "catalog_index.h"
#include "errors.h"

static int
generation(void *context, uint64_t *ret_generation)
{
	return sv_catalog_generation(context, ret_generation);
}

/* With checksums the time of a path says nothing more: a film that was merely touched is still the same.  Without them the time that the
 * index saw is all there is. */
static int64_t
time_of(struct sv_catalog *catalog, const struct sv_file *file, const struct sv_copy *copy, struct sv_arena *arena)
{
	struct sv_scan scan = {0};

	if (file->has_crc || copy->kind != SV_COPY_FILE || sv_catalog_scan(catalog, copy->location, arena, &scan) != 0)
		return -1;
	return strcmp(scan.file, file->id) == 0 ? scan.mtime_ns : -1;
}

/* Copies that may be asked: what is stale or bad holds other bytes, what was gone may be back. */
static void
take_copies(struct sv_catalog *catalog, struct sv_engine_record *record, const struct sv_file *file, struct sv_arena *arena)
{
	if (file->copy_count == 0)
		return;
	record->copies = sv_xcalloc(file->copy_count, sizeof record->copies[0]);
	for (size_t i = 0; i < file->copy_count; i++) {
		const struct sv_copy *copy = &file->copies[i];
		bool readable = copy->kind == SV_COPY_FILE || copy->kind == SV_COPY_HTTP;
		if (!readable || copy->state == SV_COPY_STALE || copy->state == SV_COPY_BAD)
			continue;
		record->copies[record->copy_count++] = (struct sv_engine_copy_record){.http = copy->kind == SV_COPY_HTTP,
		    .location = sv_xstrdup(copy->location), .mtime_ns = time_of(catalog, file, copy, arena)};
	}
}

static int
find(void *context, const char *id, uint64_t known_version, struct sv_engine_record **ret_record)
{
	struct sv_catalog *catalog = context;
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_file file = {0};
	int rc = sv_catalog_file(catalog, id, arena, &file);

	if (rc == 0) {
		struct sv_engine_record *record = sv_xcalloc(1, sizeof *record);
		record->version = file.version;
		record->size_bytes = file.size_bytes;
		record->modified_unix_s = file.mtime_unix_s;
		record->gone = file.state != SV_FILE_OK;
		record->name = sv_xstrdup(file.name);
		record->mime = sv_xstrdup(file.mime);
		take_copies(catalog, record, &file, arena);
		if (file.version != known_version)
			rc = sv_catalog_pieces(catalog, id, file.version, &record->piece_crcs, &record->crc_count);
		if (rc == 0)
			*ret_record = record;
		else
			sv_engine_record_free(record);
	}
	sv_arena_free(arena);
	/* it changed between the two calls: the viewer's next try finds the new one */
	return rc == SV_ECHANGED ? SV_EUNAVAIL : rc;
}

struct sv_engine_finder
sv_engine_catalog_finder(struct sv_catalog *catalog)
{
	return (struct sv_engine_finder){generation, find, catalog};
}
