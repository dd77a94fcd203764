/* SPDX-License-Identifier: Apache-2.0
 * Request heads: the answer must not depend on how the bytes arrive, and everything in it must lie inside them. */
#include <string.h>

#include "byte_range.h"
#include "errors.h"
#include "fuzz_target.h"
#include "http_conditional.h"
#include "http_head.h"
#include "sv_assert.h"

static void
check_inside(struct sv_text text, const char *data, size_t size)
{
	sv_assert(text.data == NULL || (text.data >= data && text.data + text.length <= data + size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	struct sv_http_head head = {0}, again = {0};
	struct sv_byte_range range = {0, 0, false};
	int late = SV_EAGAIN;

	int rc = sv_http_head_parse(data, size, &head);
	size_t step = size == 0 ? 1 : 1 + bytes[size - 1] % 7;
	for (size_t n = 0; late == SV_EAGAIN && n <= size; n = n + step > size && n < size ? size : n + step)
		late = sv_http_head_parse(data, n, &again);
	sv_assert(rc == late && head.status == again.status && head.field_count == again.field_count);
	sv_assert((rc == SV_EPROTO || rc == SV_ETOOBIG) == (head.status != 0));
	if (rc < 0)
		return 0;
	sv_assert((size_t)rc <= size && rc <= SV_HTTP_HEAD_MAX && memcmp(data + rc - 4, "\r\n\r\n", 4) == 0);
	check_inside(head.method, data, size);
	check_inside(head.path, data, size);
	check_inside(head.query, data, size);
	for (size_t i = 0; i < head.field_count; i++) {
		check_inside(head.fields[i].name, data, size);
		check_inside(head.fields[i].value, data, size);
	}
	sv_assert(!(head.chunked && head.has_content_length) && head.path.length > 0 && head.path.data[0] == '/');
	check_inside(sv_http_head_cookie(&head, "sid"), data, size);
	(void)sv_byte_range_plan(sv_http_head_field(&head, "Range"), 1000, &range);
	struct sv_http_validators validators = {SV_TEXT("\"x\""), 784111777};
	(void)sv_http_conditional_judge(&head, &validators);
	return 0;
}
