/* SPDX-License-Identifier: Apache-2.0
 * Range and Content-Range values (the first 8 bytes are the size of the file), and dates. */
#include <string.h>

#include "byte_range.h"
#include "errors.h"
#include "fuzz_target.h"
#include "http_date.h"
#include "sv_assert.h"

static void
check_date(struct sv_text text)
{
	char out[SV_HTTP_DATE_SIZE];
	int64_t at = 0, back = 0;

	if (sv_http_date_parse(text, &at) != 0 || at < 0)
		return;
	int rc = sv_http_date_parse(sv_text_of(sv_http_date_format(at, out)), &back);
	/* a leap second at the very end of 9999 is one past what can be written */
	sv_assert(rc == 0 && (back == at || back + 1 == at));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_byte_range range = {0, 0, false};
	uint64_t file_size = 0, start = 0, end = 0, total = 0;
	char out[SV_BYTE_RANGE_TEXT_SIZE];

	if (size < sizeof file_size)
		return 0;
	memcpy(&file_size, data, sizeof file_size);
	struct sv_text text = {(const char *)data + sizeof file_size, size - sizeof file_size};
	int rc = sv_byte_range_plan(text, file_size, &range);
	sv_assert(rc == 0 || (rc == SV_ERANGE && file_size > 0));
	if (rc == 0 && range.partial) {
		sv_assert(range.start < range.end && range.end <= file_size);
		rc = sv_byte_range_parse_content(sv_text_of(sv_byte_range_content(range.start, range.end, file_size, out)), &start, &end, &total);
		sv_assert(file_size == UINT64_MAX || (rc == 0 && start == range.start && end == range.end && total == file_size));
	} else if (rc == 0) {
		sv_assert(range.start == 0 && range.end == file_size);
	}
	if (sv_byte_range_parse_content(text, &start, &end, &total) == 0)
		sv_assert(start <= end && end <= total);
	check_date(text);
	return 0;
}
