/* SPDX-License-Identifier: Apache-2.0
 * Which file is behind a public id, and is it still the one we know?  One struct sv_engine_films a loop.
 * Answers are kept for a second; after that the catalog is asked in the offload pool, first whether anything changed at all. */
#ifndef SV_ENGINE_FILMS_H
#define SV_ENGINE_FILMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"
#include "stream_file.h"
#include "text.h"

struct sv_engine_copy_record {
	bool http;                       /* location is a URL, else a path */
	char *location;
	int64_t mtime_ns;                /* of a path; negative: unknown */
};

/* A file as the catalog has it; malloc'ed, with everything in it. */
struct sv_engine_record {
	uint64_t version, size_bytes;
	int64_t modified_unix_s;
	bool gone;                       /* it is not to be had any more */
	char *name;                      /* UTF-8, for people who download it */
	char *mime;                      /* "video/mp4"; "" when unknown */
	struct sv_engine_copy_record *copies;   /* usable ones, best first */
	size_t copy_count;
	uint32_t *piece_crcs;            /* NULL: unknown, or known_version was this one */
	size_t crc_count;
};
void sv_engine_record_free(struct sv_engine_record *record);

/* Where records come from.  Both calls block and run on pool threads, several at once. */
struct sv_engine_finder {
	/* A number that grows with every change. */
	int (*generation)(void *context, uint64_t *ret_generation);
	/* 0, SV_ENOENT, or what the store says.  Checksums may be left out when the version is known_version. */
	int (*find)(void *context, const char *id, uint64_t known_version, struct sv_engine_record **ret_record);
	void *context;
};

struct sv_engine_film {
	unsigned refs;
	char id[SV_ID_LENGTH + 1];
	struct sv_engine_record *record;
	struct sv_stream_file *file;     /* NULL when there is nothing to read: empty, gone, or without copies */
	char etag[64];                   /* strong; the same for all copies */
	char *encoded_name;              /* percent-encoded */
};
struct sv_engine_film *sv_engine_film_ref(struct sv_engine_film *film);
void sv_engine_film_unref(struct sv_engine_film *film);

struct sv_engine_films;
struct sv_engine_find;
struct sv_http_client;

/* fresh_ms: how long an answer is good; 0: 1,000.  The finder's context outlives the loop's pool work; the client (for copies on HTTP servers)
 * outlives every film. */
struct sv_engine_films *sv_engine_films_new(struct sv_stream *stream, struct sv_loop *loop, struct sv_http_client *client,
    const struct sv_engine_finder *finder, uint64_t fresh_ms);
/* Finds under way are dropped in silence.  Accepts NULL. */
void sv_engine_films_free(struct sv_engine_films *films);

/* The film when it is known and fresh, else NULL: find it.  Borrowed until the loop's next turn. `id` is a public id. */
struct sv_engine_film *sv_engine_films_now(struct sv_engine_films *films, const char *id);
/* rc 0 and the film, borrowed for the call; or SV_ENOENT, or what the store says. Not from inside the call. */
typedef void sv_engine_find_fn(void *context, int rc, struct sv_engine_film *film);
struct sv_engine_find *sv_engine_films_find(struct sv_engine_films *films, const char *id, sv_engine_find_fn *fn, void *context);
/* Silence. */
void sv_engine_find_cancel(struct sv_engine_find *find);
/* Did the last look at the catalog succeed? */
bool sv_engine_films_ready(const struct sv_engine_films *films);

#endif
