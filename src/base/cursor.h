/* SPDX-License-Identifier: Apache-2.0
 * Reading foreign bytes: a cursor with a sticky error.  Read a whole record, then test `error` once; after an error
 * every read gives 0 or NULL and moves nothing.  Pure; the bytes are borrowed. */
#ifndef SV_CURSOR_H
#define SV_CURSOR_H

#include <stddef.h>
#include <stdint.h>

struct sv_cursor {
	const uint8_t *data;
	size_t length;
	size_t offset;
	int error;           /* 0 or SV_EPROTO (read past the end, or set by the caller) */
};

void sv_cursor_init(struct sv_cursor *cursor, const void *data, size_t length);
size_t sv_cursor_left(const struct sv_cursor *cursor);
uint8_t sv_cursor_u8(struct sv_cursor *cursor);
uint16_t sv_cursor_be16(struct sv_cursor *cursor);
uint32_t sv_cursor_be32(struct sv_cursor *cursor);
uint64_t sv_cursor_be64(struct sv_cursor *cursor);
uint16_t sv_cursor_le16(struct sv_cursor *cursor);
uint32_t sv_cursor_le32(struct sv_cursor *cursor);
uint64_t sv_cursor_le64(struct sv_cursor *cursor);
/* `length` bytes where they lie, or NULL. */
const uint8_t *sv_cursor_bytes(struct sv_cursor *cursor, size_t length);
void sv_cursor_skip(struct sv_cursor *cursor, size_t length);
/* The caller found the content wrong. */
void sv_cursor_fail(struct sv_cursor *cursor);

#endif
