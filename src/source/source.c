/* SPDX-License-Identifier: Apache-2.0
 * The common entry to all drivers: what callers promise is checked here, once. */
#include "source.h"

#include "sv_assert.h"

struct sv_source_fetch *
sv_source_fetch_start(struct sv_source *source, uint64_t start, size_t length, uint8_t *into, const struct sv_source_sink *sink)
{
	sv_assert(source != NULL && into != NULL);
	sv_assert(sink->on_bytes != NULL && sink->on_done != NULL && sink->on_release != NULL);
	sv_assert(length > 0 && length <= SV_SOURCE_FETCH_MAX);
	sv_assert(start < source->size_bytes && length <= source->size_bytes - start);
	struct sv_source_fetch *fetch = source->driver->start(source, start, length, into, sink);
	sv_assert(fetch != NULL && fetch->driver == source->driver);
	return fetch;
}

void
sv_source_fetch_cancel(struct sv_source_fetch *fetch)
{
	sv_assert(fetch != NULL);
	fetch->driver->cancel(fetch);
}

void
sv_source_close(struct sv_source *source)
{
	if (source != NULL)
		source->driver->close(source);
}
