/* SPDX-License-Identifier: Apache-2.0
 * The one place where bounds of foreign records are checked. */
#include "cursor.h"

#include "errors.h"

void
sv_cursor_init(struct sv_cursor *cursor, const void *data, size_t length)
{
	/* never NULL, so that reading nothing from nothing is no error */
	*cursor = (struct sv_cursor){.data = data == NULL ? (const void *)"" : data, .length = data == NULL ? 0 : length};
}

size_t
sv_cursor_left(const struct sv_cursor *cursor)
{
	return cursor->error != 0 ? 0 : cursor->length - cursor->offset;
}

const uint8_t *
sv_cursor_bytes(struct sv_cursor *cursor, size_t length)
{
	if (cursor->error != 0 || length > cursor->length - cursor->offset) {
		cursor->error = SV_EPROTO;
		return NULL;
	}
	const uint8_t *here = cursor->data + cursor->offset;
	cursor->offset += length;
	return here;
}

static uint64_t
big_endian(struct sv_cursor *cursor, size_t width)
{
	const uint8_t *bytes = sv_cursor_bytes(cursor, width);
	uint64_t value = 0;

	for (size_t i = 0; bytes != NULL && i < width; i++)
		value = value << 8 | bytes[i];
	return value;
}

static uint64_t
little_endian(struct sv_cursor *cursor, size_t width)
{
	const uint8_t *bytes = sv_cursor_bytes(cursor, width);
	uint64_t value = 0;

	for (size_t i = width; bytes != NULL && i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

uint8_t sv_cursor_u8(struct sv_cursor *cursor) { return (uint8_t)big_endian(cursor, 1); }
uint16_t sv_cursor_be16(struct sv_cursor *cursor) { return (uint16_t)big_endian(cursor, 2); }
uint32_t sv_cursor_be32(struct sv_cursor *cursor) { return (uint32_t)big_endian(cursor, 4); }
uint64_t sv_cursor_be64(struct sv_cursor *cursor) { return big_endian(cursor, 8); }
uint16_t sv_cursor_le16(struct sv_cursor *cursor) { return (uint16_t)little_endian(cursor, 2); }
uint32_t sv_cursor_le32(struct sv_cursor *cursor) { return (uint32_t)little_endian(cursor, 4); }
uint64_t sv_cursor_le64(struct sv_cursor *cursor) { return little_endian(cursor, 8); }

void
sv_cursor_skip(struct sv_cursor *cursor, size_t length)
{
	(void)sv_cursor_bytes(cursor, length);
}

void
sv_cursor_fail(struct sv_cursor *cursor)
{
	cursor->error = SV_EPROTO;
}
