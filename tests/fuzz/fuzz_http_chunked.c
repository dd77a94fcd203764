/* SPDX-License-Identifier: Apache-2.0
 * Chunked bodies: in one piece and byte by byte the answer is the same, and no more content comes out than allowed. */
#include <string.h>

#include "errors.h"
#include "fuzz_target.h"
#include "http_chunked.h"
#include "sv_assert.h"

#define CONTENT_MAX 4096u

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_http_chunked whole = {0}, split = {0};
	struct sv_buffer one, two;
	size_t used = 0, step = 0, at = 0;
	int rc, again = SV_EAGAIN;

	sv_buffer_init(&one, CONTENT_MAX);
	sv_buffer_init(&two, CONTENT_MAX);
	rc = sv_http_chunked_feed(&whole, data, size, &one, CONTENT_MAX, &used);
	while (at < size && again == SV_EAGAIN) {
		again = sv_http_chunked_feed(&split, data + at, 1, &two, CONTENT_MAX, &step);
		at++;
	}
	sv_assert(rc == again);
	sv_assert(one.length <= CONTENT_MAX && one.length == two.length && (one.length == 0 || memcmp(one.data, two.data, one.length) == 0));
	if (rc == 1)
		sv_assert(used == at);
	if (rc == SV_EAGAIN)
		sv_assert(used == size);
	sv_buffer_fini(&one);
	sv_buffer_fini(&two);
	return 0;
}
