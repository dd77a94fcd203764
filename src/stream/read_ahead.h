/* SPDX-License-Identifier: Apache-2.0
 * Read-ahead of a playback.  nginx asks slice by slice and a slice ends long before the film does, so the window belongs to
 * the playback (named by the gateway's Sv-Play), not to the request: it opens when bytes were consumed in a row, doubles with each block
 * consumed, and is dropped on a seek, when the viewer leaves and when nothing is asked for a while.
 * A request without a name gets a playback of its own, which ends with it. */
#ifndef SV_READ_AHEAD_H
#define SV_READ_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "stream_file.h"
#include "text.h"

#define SV_READ_AHEAD_BLOCKS_MAX 8u

struct sv_playback;

struct sv_read_ahead_options {
	struct sv_text play;             /* empty: anonymous */
	uint64_t start;                  /* where the request begins */
	uint64_t limit;                  /* nothing at or past this byte is read ahead */
	unsigned blocks_max;             /* largest window; 0: no read-ahead */
};

/* A request begins; close it when it is over. */
struct sv_playback *sv_read_ahead_open(struct sv_stream *stream, struct sv_stream_file *file, const struct sv_read_ahead_options *options);
/* `owner` is what the open returned; everything before `at` was consumed. */
void sv_read_ahead_advance(struct sv_playback *playback, const void *owner, uint64_t at);
/* Which request speaks for the playback: the latest that was opened. */
void sv_read_ahead_own(struct sv_playback *playback, const void *owner);
/* left: the viewer went before the request was complete, so the window goes as well. */
void sv_read_ahead_close(struct sv_playback *playback, const void *owner, bool left);

/* The gateway says that the viewer of this playback has left: reads under way for it end now. */
void sv_read_ahead_gone(struct sv_stream *stream, struct sv_text play);

#endif
