/* SPDX-License-Identifier: Apache-2.0
 * A source driver with faults on request: it delays, holds, truncates, lies, dies, stalls and lets go late.  One struct
 * fault_copy is one copy of the film whose byte at `offset` is fault_byte(offset). */
#ifndef FAULT_SOURCE_H
#define FAULT_SOURCE_H

#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc.h"
#include "errors.h"
#include "list.h"
#include "source.h"

#define FAULT_NONE UINT64_MAX

struct fault_copy {
	/* what goes wrong, at which byte of the film */
	uint64_t die_at;                 /* on_done(die_rc) instead of this byte */
	int die_rc;
	uint64_t lie_at;                 /* this byte is wrong */
	uint64_t stall_at;               /* nothing comes from this byte on */
	int open_rc;                     /* opening fails */
	bool hold;                       /* every fetch waits for fault_go */
	bool hold_release;               /* releases wait for fault_let_go */
	size_t step;                     /* bytes of one delivery; 0: 32 KiB */
	bool backwards;                  /* the last delivery first */
	/* what was seen */
	unsigned opens, closes, starts, cancels, releases;
	uint64_t bytes;
	uint64_t last_start;
	struct sv_list held;             /* fetches that wait for fault_go */
	struct sv_list unreleased;
	bool ready;
};

struct fault_source {
	struct sv_source base;
	struct fault_copy *copy;
};

struct fault_fetch {
	struct sv_source_fetch base;
	struct fault_copy *copy;
	struct sv_loop *loop;
	struct sv_list node;
	uint64_t start;
	size_t length, done;
	uint8_t *into;
	struct sv_source_sink sink;
	bool cancelled, over, posted, inside;
};

static inline uint8_t
fault_byte(uint64_t offset)
{
	return (uint8_t)((offset * 2654435761u >> 11) ^ (offset >> 20) ^ (offset >> 9));
}

static inline void
fault_init(struct fault_copy *copy)
{
	if (copy->ready)
		return;
	copy->ready = true;
	sv_list_init(&copy->held);
	sv_list_init(&copy->unreleased);
}

static void fault_step(void *context);

static inline void
fault_post(struct fault_fetch *fetch)
{
	fetch->posted = true;
	sv_loop_post(fetch->loop, fault_step, fetch);
}

static inline void
fault_free(struct fault_fetch *fetch)
{
	fetch->copy->releases++;
	sv_list_remove(&fetch->node);
	/* what is written after this is a bug of the test driver's users if they gave the memory away */
	fetch->sink.on_release(fetch->sink.context);
	free(fetch);
}

static inline void
fault_release(struct fault_fetch *fetch)
{
	if (!fetch->copy->hold_release) {
		fault_free(fetch);
		return;
	}
	sv_list_remove(&fetch->node);
	sv_list_append(&fetch->copy->unreleased, &fetch->node);
}

static inline void
fault_finish(struct fault_fetch *fetch, int rc)
{
	fetch->over = true;
	fetch->sink.on_done(fetch->sink.context, rc);
	fault_release(fetch);
}

static void
fault_step(void *context)
{
	struct fault_fetch *fetch = context;
	struct fault_copy *copy = fetch->copy;
	size_t step = copy->step == 0 ? 32768 : copy->step;

	fetch->posted = false;
	if (fetch->cancelled) {
		fault_release(fetch);
		return;
	}
	if (step > fetch->length - fetch->done)
		step = fetch->length - fetch->done;
	size_t offset = copy->backwards ? fetch->length - fetch->done - step : fetch->done;
	uint64_t at = fetch->start + offset;
	if (copy->stall_at < at + step)
		return;
	if (copy->die_at < at + step) {
		fault_finish(fetch, copy->die_rc);
		return;
	}
	for (size_t i = 0; i < step; i++)
		fetch->into[offset + i] = (uint8_t)(fault_byte(at + i) ^ (at + i == copy->lie_at));
	fetch->done += step;
	copy->bytes += step;
	fetch->inside = true;
	fetch->sink.on_bytes(fetch->sink.context, offset, step);
	fetch->inside = false;
	if (fetch->cancelled)
		fault_release(fetch);
	else if (fetch->done == fetch->length)
		fault_finish(fetch, 0);
	else
		fault_post(fetch);
}

/* Let the held fetches run. */
static inline void
fault_go(struct fault_copy *copy)
{
	copy->hold = false;
	while (!sv_list_empty(&copy->held)) {
		struct fault_fetch *fetch = SV_CONTAINER(copy->held.next, struct fault_fetch, node);
		sv_list_remove(&fetch->node);
		fault_post(fetch);
	}
}

static inline void
fault_let_go(struct fault_copy *copy)
{
	copy->hold_release = false;
	while (!sv_list_empty(&copy->unreleased))
		fault_free(SV_CONTAINER(copy->unreleased.next, struct fault_fetch, node));
}

static struct sv_source_fetch *
fault_start(struct sv_source *source, uint64_t start, size_t length, uint8_t *into, const struct sv_source_sink *sink)
{
	struct fault_copy *copy = SV_CONTAINER(source, struct fault_source, base)->copy;
	struct fault_fetch *fetch = sv_xcalloc(1, sizeof *fetch);

	*fetch = (struct fault_fetch){.base = {source->driver}, .copy = copy, .loop = source->loop, .start = start, .length = length, .into = into, .sink = *sink};
	sv_list_init(&fetch->node);
	copy->starts++;
	copy->last_start = start;
	if (copy->hold)
		sv_list_append(&copy->held, &fetch->node);
	else
		fault_post(fetch);
	return &fetch->base;
}

static void
fault_cancel(struct sv_source_fetch *base)
{
	struct fault_fetch *fetch = SV_CONTAINER(base, struct fault_fetch, base);

	assert_false(fetch->cancelled || fetch->over);
	fetch->cancelled = true;
	fetch->copy->cancels++;
	/* the step lets go itself, now or when it comes; a stalled or held fetch does it here, at once */
	if (!fetch->posted && !fetch->inside)
		fault_release(fetch);
}

static void
fault_close(struct sv_source *source)
{
	struct fault_source *fault = SV_CONTAINER(source, struct fault_source, base);

	fault->copy->closes++;
	free(fault);
}

static const struct sv_source_driver fault_driver = {
    .kind = "file", .metric_label = SV_SOURCE_LABEL_FILE, .start = fault_start, .cancel = fault_cancel, .close = fault_close};

static inline int
fault_open(void *context, struct sv_loop *loop, uint64_t size_bytes, struct sv_source **ret_source)
{
	struct fault_copy *copy = context;

	fault_init(copy);
	if (copy->open_rc != 0)
		return copy->open_rc;
	copy->opens++;
	struct fault_source *fault = sv_xcalloc(1, sizeof *fault);
	fault->base = (struct sv_source){&fault_driver, loop, size_bytes};
	fault->copy = copy;
	*ret_source = &fault->base;
	return 0;
}

#define FAULT_COPY(...) ((struct fault_copy){.die_at = FAULT_NONE, .lie_at = FAULT_NONE, .stall_at = FAULT_NONE, __VA_ARGS__})

#endif
