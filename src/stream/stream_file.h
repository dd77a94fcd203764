/* SPDX-License-Identifier: Apache-2.0
 * A file as `stream` sees it: identity, size, checksums and its copies, best first.  Belongs to the loop of its stream. */
#ifndef SV_STREAM_FILE_H
#define SV_STREAM_FILE_H

#include "source.h"
#include "stream.h"

#define SV_STREAM_COPIES_MAX 32u
#define SV_STREAM_ID_SIZE 16

struct sv_stream_file;

/* How a copy is reached. */
struct sv_stream_copy_options {
	const char *name;                /* for logs; borrowed: lives as long as `context` */
	/* Make the source (cheap; nothing is read yet): 0 or SV_E*. */
	int (*open)(void *context, struct sv_loop *loop, uint64_t size_bytes, struct sv_source **ret_source);
	/* The file object is gone; may be NULL. */
	void (*release)(void *context);
	void *context;
};

struct sv_stream_file_options {
	const char *id;                  /* at most 15 characters; copied */
	uint64_t version, size_bytes;    /* the same id and version mean the same bytes */
	const uint32_t *piece_crcs;      /* CRC-32 of each 128 KiB piece, copied; NULL: unknown */
	size_t crc_count;                /* pieces of the file, else the checksums are not used */
	const struct sv_stream_file *like;   /* the same id and version: take its checksums; NULL: none */
	const struct sv_stream_copy_options *copies;   /* best first, copied */
	unsigned copy_count;             /* at most SV_STREAM_COPIES_MAX */
};

/* With one reference. */
struct sv_stream_file *sv_stream_file_new(struct sv_stream *stream, const struct sv_stream_file_options *options);
struct sv_stream_file *sv_stream_file_ref(struct sv_stream_file *file);
/* Accepts NULL. */
void sv_stream_file_unref(struct sv_stream_file *file);
uint64_t sv_stream_file_size(const struct sv_stream_file *file);

#endif
