/* SPDX-License-Identifier: Apache-2.0
 * Sources are opened at first use and kept in one list a stream, least recently used first, so that open descriptors stay bounded. */
#include "stream_file.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "errors.h"
#include "stream_private.h"
#include "sv_assert.h"

#define FILE_MAGIC 0x53740003u
/* 16 TiB in pieces of 128 KiB */
#define CRC_BYTES_MAX ((size_t)512 << 20)

static uint64_t
hash_key(const char *id, uint64_t version)
{
	uint64_t hash = 14695981039346656037u;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 1099511628211u;
	return (hash ^ version) * 1099511628211u;
}

static void
take_checksums(struct sv_stream_file *file, const uint32_t *crcs, size_t count)
{
	uint64_t pieces = file->size_bytes / SV_BLOCK_PIECE_BYTES + (file->size_bytes % SV_BLOCK_PIECE_BYTES != 0);

	if (crcs == NULL || count != pieces || count == 0)
		return;
	/* without room for the checksums the bytes go unchecked rather than not at all */
	file->piece_crcs = sv_try_malloc(count * sizeof crcs[0], CRC_BYTES_MAX);
	if (file->piece_crcs != NULL) {
		memcpy(file->piece_crcs, crcs, count * sizeof crcs[0]);
		file->crc_count = count;
	}
}

struct sv_stream_file *
sv_stream_file_new(struct sv_stream *stream, const struct sv_stream_file_options *options)
{
	SV_CHECK(stream, SV_STREAM_MAGIC);
	sv_assert(options->copy_count <= SV_STREAM_COPIES_MAX && strlen(options->id) < SV_STREAM_ID_SIZE);
	struct sv_stream_file *file = sv_xcalloc(1, sizeof *file + options->copy_count * sizeof file->copies[0]);

	file->magic = FILE_MAGIC;
	file->stream = stream;
	file->refs = 1;
	memcpy(file->id, options->id, strlen(options->id) + 1);
	file->version = options->version;
	file->size_bytes = options->size_bytes;
	file->key_hash = hash_key(file->id, file->version);
	if (options->like != NULL)
		take_checksums(file, options->like->piece_crcs, options->like->crc_count);
	else
		take_checksums(file, options->piece_crcs, options->crc_count);
	file->copy_count = options->copy_count;
	for (unsigned i = 0; i < options->copy_count; i++) {
		file->copies[i].options = options->copies[i];
		sv_list_init(&file->copies[i].node);
	}
	stream->files++;
	return file;
}

struct sv_stream_file *
sv_stream_file_ref(struct sv_stream_file *file)
{
	SV_CHECK(file, FILE_MAGIC);
	file->refs++;
	return file;
}

static void
close_source(struct sv_stream *stream, struct sv_stream_copy *copy)
{
	sv_assert(copy->fetches == 0);
	sv_list_remove(&copy->node);
	stream->source_count--;
	sv_source_close(copy->source);
	copy->source = NULL;
}

void
sv_stream_file_unref(struct sv_stream_file *file)
{
	if (file == NULL)
		return;
	SV_CHECK(file, FILE_MAGIC);
	if (--file->refs > 0)
		return;
	for (unsigned i = 0; i < file->copy_count; i++) {
		struct sv_stream_copy *copy = &file->copies[i];
		if (copy->source != NULL)
			close_source(file->stream, copy);
		if (copy->options.release != NULL)
			copy->options.release(copy->options.context);
	}
	file->stream->files--;
	file->magic = 0;
	free(file->piece_crcs);
	free(file);
}

uint64_t
sv_stream_file_size(const struct sv_stream_file *file)
{
	SV_CHECK(file, FILE_MAGIC);
	return file->size_bytes;
}

struct sv_source *
sv_stream_file_source(struct sv_stream_file *file, unsigned index, int *ret_rc)
{
	struct sv_stream *stream = file->stream;
	struct sv_stream_copy *copy = &file->copies[index];

	SV_CHECK(file, FILE_MAGIC);
	if (copy->source == NULL) {
		struct sv_source *source = NULL;
		int rc = copy->options.open(copy->options.context, stream->loop, file->size_bytes, &source);
		if (rc != 0) {
			*ret_rc = rc;
			return NULL;
		}
		copy->source = source;
		stream->source_count++;
	}
	sv_list_remove(&copy->node);
	sv_list_append(&stream->sources, &copy->node);
	copy->used_ms = sv_loop_now_ms(stream->loop);
	copy->fetches++;
	if (stream->source_count > stream->options.sources_max)
		SV_LIST_EACH(node, &stream->sources) {
			struct sv_stream_copy *old = SV_CONTAINER(node, struct sv_stream_copy, node);
			if (old->fetches == 0) {
				close_source(stream, old);
				break;
			}
		}
	return copy->source;
}

void
sv_stream_file_fetch_over(struct sv_stream_file *file, unsigned index)
{
	SV_CHECK(file, FILE_MAGIC);
	sv_assert(file->copies[index].fetches > 0);
	file->copies[index].fetches--;
	file->copies[index].used_ms = sv_loop_now_ms(file->stream->loop);
}

void
sv_stream_file_tick(struct sv_stream *stream, uint64_t now_ms)
{
	SV_LIST_EACH(node, &stream->sources) {
		struct sv_stream_copy *copy = SV_CONTAINER(node, struct sv_stream_copy, node);
		if (copy->fetches == 0 && now_ms - copy->used_ms >= stream->options.source_idle_ms)
			close_source(stream, copy);
	}
}
