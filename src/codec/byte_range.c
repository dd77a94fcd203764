/* SPDX-License-Identifier: Apache-2.0
 * Positions may have any number of digits: they are compared as digits first and clamped to the size afterwards, so
 * nothing overflows. */
#include "byte_range.h"

#include <inttypes.h>
#include <stdio.h>

#include "errors.h"
#include "sv_assert.h"

/* Digits without leading zeros ("" for zero); false when there is another character or none at all. */
static bool
take_digits(struct sv_text text, struct sv_text *ret_digits)
{
	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	while (text.length > 0 && text.data[0] == '0') {
		text.data++;
		text.length--;
	}
	*ret_digits = text;
	return true;
}

static int
compare_digits(struct sv_text a, struct sv_text b)
{
	if (a.length != b.length)
		return a.length < b.length ? -1 : 1;
	return a.length == 0 ? 0 : memcmp(a.data, b.data, a.length);
}

/* UINT64_MAX when it does not fit. */
static uint64_t
saturated(struct sv_text digits)
{
	uint64_t value = 0;

	if (digits.length == 0)
		return 0;
	return sv_text_to_u64(digits, &value) == 0 ? value : UINT64_MAX;
}

static int
plan_one(struct sv_text spec, uint64_t size, struct sv_byte_range *range)
{
	struct sv_text last = spec, last_digits = {NULL, 0}, first_digits = {NULL, 0};
	struct sv_text first = sv_text_split(&last, '-');

	if (last.data == NULL)
		return 0;
	if (first.length == 0) {
		if (!take_digits(last, &last_digits))
			return 0;
		uint64_t wanted = saturated(last_digits);
		if (wanted == 0)
			return SV_ERANGE;
		*range = (struct sv_byte_range){wanted >= size ? 0 : size - wanted, size, true};
		return 0;
	}
	if (!take_digits(first, &first_digits))
		return 0;
	if (last.length > 0 && (!take_digits(last, &last_digits) || compare_digits(first_digits, last_digits) > 0))
		return 0;
	uint64_t start = saturated(first_digits), inclusive = last.length == 0 ? UINT64_MAX : saturated(last_digits);
	if (start >= size)
		return SV_ERANGE;
	*range = (struct sv_byte_range){start, inclusive >= size ? size : inclusive + 1, true};
	return 0;
}

int
sv_byte_range_plan(struct sv_text header, uint64_t size, struct sv_byte_range *ret_range)
{
	struct sv_byte_range range = {0, size, false};
	struct sv_text list = sv_text_trim(header), only = {NULL, 0};
	struct sv_text unit = sv_text_split(&list, '=');
	size_t specs = 0;
	int rc = 0;

	if (size > 0 && list.length > 0 && sv_text_equal_nocase(unit, SV_TEXT("bytes"))) {
		/* a blank may stand around a comma, not behind the equals sign */
		bool blank_first = list.data[0] == ' ' || list.data[0] == '\t';
		while (list.data != NULL) {
			struct sv_text spec = sv_text_trim(sv_text_split(&list, ','));
			if (spec.length > 0) {
				only = spec;
				specs++;
			}
		}
		if (specs == 1 && !blank_first)
			rc = plan_one(only, size, &range);
	}
	if (rc == 0)
		*ret_range = range;
	return rc;
}

char *
sv_byte_range_content(uint64_t start, uint64_t end, uint64_t size, char out[static SV_BYTE_RANGE_TEXT_SIZE])
{
	sv_assert(start < end && end <= size);
	(void)snprintf(out, SV_BYTE_RANGE_TEXT_SIZE, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, start, end - 1, size);
	return out;
}

char *
sv_byte_range_unsatisfied(uint64_t size, char out[static SV_BYTE_RANGE_TEXT_SIZE])
{
	(void)snprintf(out, SV_BYTE_RANGE_TEXT_SIZE, "bytes */%" PRIu64, size);
	return out;
}

char *
sv_byte_range_request(uint64_t start, uint64_t end, char out[static SV_BYTE_RANGE_TEXT_SIZE])
{
	sv_assert(start < end);
	(void)snprintf(out, SV_BYTE_RANGE_TEXT_SIZE, "bytes=%" PRIu64 "-%" PRIu64, start, end - 1);
	return out;
}

int
sv_byte_range_parse_content(struct sv_text value, uint64_t *ret_start, uint64_t *ret_end, uint64_t *ret_size)
{
	struct sv_text size_text = sv_text_trim(value);
	struct sv_text unit = sv_text_split(&size_text, ' ');
	struct sv_text last_text = sv_text_split(&size_text, '/');
	uint64_t start = 0, last = 0, size = UINT64_MAX;

	if (!sv_text_equal_nocase(unit, SV_TEXT("bytes")) || size_text.data == NULL)
		return SV_EINVAL;
	if (!sv_text_is(size_text, "*") && (sv_text_to_u64(size_text, &size) != 0 || size == UINT64_MAX))
		return SV_EINVAL;
	if (sv_text_is(last_text, "*")) {
		if (size == UINT64_MAX)
			return SV_EINVAL;
		*ret_start = *ret_end = 0;
		*ret_size = size;
		return 0;
	}
	struct sv_text start_text = sv_text_split(&last_text, '-');
	if (sv_text_to_u64(start_text, &start) != 0 || sv_text_to_u64(last_text, &last) != 0 || start > last || last >= size)
		return SV_EINVAL;
	*ret_start = start;
	*ret_end = last + 1;
	*ret_size = size;
	return 0;
}
