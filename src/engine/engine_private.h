/* SPDX-License-Identifier: Apache-2.0
 * What the files of the engine share. */
#ifndef SV_ENGINE_PRIVATE_H
#define SV_ENGINE_PRIVATE_H

#include "engine_shard.h"
#include "list.h"
#include "route.h"

#define SV_ENGINE_SHARD_MAGIC 0x65670001u

struct sv_engine_shard {
	unsigned magic;
	struct sv_loop *loop;
	struct sv_http_server *server;
	struct sv_http_client *client;       /* for copies on HTTP servers */
	struct sv_stream *stream;
	struct sv_engine_films *films;
	unsigned guest_blocks;           /* largest read-ahead window of a guest */
	const atomic_bool *draining;
};

/* engine_bytes.c: answer with a film's bytes; `id` as it stands in the path. */
void sv_engine_bytes_serve(struct sv_engine_shard *shard, struct sv_http_request *request, struct sv_text id);

#endif
