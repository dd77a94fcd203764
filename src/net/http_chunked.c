/* SPDX-License-Identifier: Apache-2.0
 * One step a byte, except inside a chunk. */
#include "http_chunked.h"

#include "errors.h"

#define SIZE_LINE_MAX 256u
#define TRAILER_MAX 4096u

enum state { SIZE = 0, EXTENSION, SIZE_LF, CONTENT, CONTENT_CR, CONTENT_LF, TRAILER, TRAILER_LF, ENDED };

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static int
step_size(struct sv_http_chunked *chunked, uint8_t c)
{
	int digit = hex(c);

	if (++chunked->line_length > SIZE_LINE_MAX)
		return SV_EPROTO;
	if (chunked->state == SIZE && digit >= 0) {
		if (chunked->left >> 56 != 0)
			return SV_EPROTO;
		chunked->left = chunked->left << 4 | (uint64_t)digit;
		return 0;
	}
	if (chunked->state == SIZE && (chunked->line_length == 1 || (c != '\r' && c != ';')))
		return SV_EPROTO;
	if (c == '\r')
		chunked->state = SIZE_LF;
	else if ((c < 0x20 && c != '\t') || c == 0x7f)
		return SV_EPROTO;
	else
		chunked->state = EXTENSION;
	return 0;
}

static int
step_trailer(struct sv_http_chunked *chunked, uint8_t c)
{
	if (++chunked->trailer_length > TRAILER_MAX)
		return SV_EPROTO;
	if (c == '\r')
		chunked->state = TRAILER_LF;
	else if ((c < 0x20 && c != '\t') || c == 0x7f)
		return SV_EPROTO;
	else
		chunked->line_length++;
	return 0;
}

static int
step(struct sv_http_chunked *chunked, uint8_t c)
{
	switch ((enum state)chunked->state) {
	case SIZE:
	case EXTENSION:
		return step_size(chunked, c);
	case SIZE_LF:
		chunked->state = chunked->left == 0 ? TRAILER : CONTENT;
		chunked->line_length = 0;
		return c == '\n' ? 0 : SV_EPROTO;
	case CONTENT_CR:
		chunked->state = CONTENT_LF;
		return c == '\r' ? 0 : SV_EPROTO;
	case CONTENT_LF:
		chunked->state = SIZE;
		return c == '\n' ? 0 : SV_EPROTO;
	case TRAILER:
		return step_trailer(chunked, c);
	case TRAILER_LF:
		chunked->state = chunked->line_length == 0 ? ENDED : TRAILER;
		chunked->line_length = 0;
		return c == '\n' ? 0 : SV_EPROTO;
	default:
		return SV_EPROTO;
	}
}

int
sv_http_chunked_feed(struct sv_http_chunked *chunked, const uint8_t *data, size_t length, struct sv_buffer *out, size_t max_bytes, size_t *ret_used)
{
	size_t at = 0;

	while (at < length && chunked->state != ENDED) {
		if (chunked->state != CONTENT) {
			int rc = step(chunked, data[at++]);
			if (rc < 0)
				return rc;
			/* refuse by the announced size, before its bytes come */
			if (chunked->state == CONTENT && chunked->left > max_bytes - out->length)
				return SV_ETOOBIG;
			continue;
		}
		size_t take = length - at < chunked->left ? length - at : (size_t)chunked->left;
		sv_buffer_append(out, data + at, take);
		if (sv_buffer_error(out) != 0)
			return sv_buffer_error(out);
		at += take;
		chunked->left -= take;
		if (chunked->left == 0)
			chunked->state = CONTENT_CR;
	}
	*ret_used = at;
	return chunked->state == ENDED ? 1 : SV_EAGAIN;
}
