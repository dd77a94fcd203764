/* SPDX-License-Identifier: Apache-2.0
 * A byte source: one copy of one file, read by range.  Drivers: source_file.h, source_http.h (and Telegram later).
 * Belongs to the loop it was opened on. */
#ifndef SV_SOURCE_H
#define SV_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "loop.h"

#define SV_SOURCE_FETCH_MAX ((size_t)1 << 20)

/* The closed set of the source metrics (schema/metrics.def, label values of source_bytes and source_errors). */
enum sv_source_label { SV_SOURCE_LABEL_FILE = 0, SV_SOURCE_LABEL_HTTP, SV_SOURCE_LABEL_COUNT };

struct sv_source;
struct sv_source_driver;

/* One fetch under way.  Drivers embed this first and set it before they return it. */
struct sv_source_fetch {
	const struct sv_source_driver *driver;
};

/* Callbacks of one fetch, all on the loop's thread, none from inside sv_source_fetch_start.
 *   on_bytes    [offset, offset+length) of the fetch is now in `into`; ranges come in any order, never twice
 *   on_done     0 when every byte was delivered, else SV_E*; nothing after it but on_release
 *   on_release  the driver no longer touches `into`; always runs exactly once, also after a cancel */
struct sv_source_sink {
	void (*on_bytes)(void *context, size_t offset, size_t length);
	void (*on_done)(void *context, int rc);
	void (*on_release)(void *context);
	void *context;
};

/* What a driver implements. */
struct sv_source_driver {
	const char *kind;                     /* "file", "http": also the metrics label */
	unsigned metric_label;                /* enum sv_source_label */
	struct sv_source_fetch *(*start)(struct sv_source *source, uint64_t start, size_t length, uint8_t *into, const struct sv_source_sink *sink);
	void (*cancel)(struct sv_source_fetch *fetch);
	void (*close)(struct sv_source *source);   /* all fetches were cancelled or done before */
};

/* Drivers embed this first. */
struct sv_source {
	const struct sv_source_driver *driver;
	struct sv_loop *loop;
	uint64_t size_bytes;                  /* as indexed; a source that disagrees fails its fetches with SV_ECHANGED */
};

/* Fetch [start, start+length), length 1 to 1 MiB, inside the file.  `into` holds `length` bytes and stays alive until on_release. */
struct sv_source_fetch *sv_source_fetch_start(struct sv_source *source, uint64_t start, size_t length, uint8_t *into, const struct sv_source_sink *sink);
/* Silence: only on_release runs after this (perhaps from inside it).  Not after on_done. */
void sv_source_fetch_cancel(struct sv_source_fetch *fetch);
/* Accepts NULL.  No fetch may be under way (cancelled ones whose on_release is still owed are fine). */
void sv_source_close(struct sv_source *source);

#endif
