/* SPDX-License-Identifier: Apache-2.0
 * Growing buffer; capacity doubles up to the ceiling. */
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "sv_assert.h"

#define DEFAULT_CEILING ((size_t)64 << 20)

void
sv_buffer_init(struct sv_buffer *buffer, size_t ceiling)
{
	/* a quarter of all addresses at most: sums and doublings below cannot wrap */
	*buffer = (struct sv_buffer){.ceiling = ceiling == 0 ? DEFAULT_CEILING : ceiling > SIZE_MAX / 4 ? SIZE_MAX / 4 : ceiling};
}

void
sv_buffer_fini(struct sv_buffer *buffer)
{
	if (buffer == NULL)
		return;
	free(buffer->data);
	*buffer = (struct sv_buffer){.ceiling = buffer->ceiling};
}

void
sv_buffer_reset(struct sv_buffer *buffer)
{
	buffer->length = 0;
	buffer->error = 0;
}

uint8_t *
sv_buffer_reserve(struct sv_buffer *buffer, size_t length)
{
	if (buffer->error != 0)
		return NULL;
	if (length > buffer->ceiling || buffer->length > buffer->ceiling - length) {
		buffer->error = SV_ETOOBIG;
		return NULL;
	}
	/* one byte more than asked for: room for the terminator of sv_buffer_cstr */
	size_t need = buffer->length + length + 1;
	if (need > buffer->capacity) {
		size_t capacity = buffer->capacity == 0 ? 256 : buffer->capacity;
		while (capacity < need)
			capacity *= 2;
		if (capacity > buffer->ceiling + 1)
			capacity = buffer->ceiling + 1;
		uint8_t *grown = realloc(buffer->data, capacity);
		if (grown == NULL) {
			buffer->error = SV_ENOMEM;
			return NULL;
		}
		buffer->data = grown;
		buffer->capacity = capacity;
	}
	return buffer->data + buffer->length;
}

void
sv_buffer_commit(struct sv_buffer *buffer, size_t length)
{
	sv_assert(buffer->length + length < buffer->capacity || length == 0);
	buffer->length += length;
}

void
sv_buffer_append(struct sv_buffer *buffer, const void *data, size_t length)
{
	uint8_t *room = sv_buffer_reserve(buffer, length);

	if (room == NULL || length == 0)
		return;
	memcpy(room, data, length);
	buffer->length += length;
}

void
sv_buffer_text(struct sv_buffer *buffer, const char *text)
{
	sv_buffer_append(buffer, text, strlen(text));
}

void
sv_buffer_byte(struct sv_buffer *buffer, uint8_t byte)
{
	sv_buffer_append(buffer, &byte, 1);
}

void
sv_buffer_vprintf(struct sv_buffer *buffer, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	sv_assert(length >= 0);
	/* reserve keeps one byte more than asked for, where the NUL goes */
	char *room = (char *)sv_buffer_reserve(buffer, (size_t)length);
	if (room == NULL)
		return;
	(void)vsnprintf(room, (size_t)length + 1, format, args);
	buffer->length += (size_t)length;
}

void
sv_buffer_printf(struct sv_buffer *buffer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sv_buffer_vprintf(buffer, format, args);
	va_end(args);
}

void
sv_buffer_consume(struct sv_buffer *buffer, size_t length)
{
	sv_assert(length <= buffer->length);
	if (length == 0)
		return;
	memmove(buffer->data, buffer->data + length, buffer->length - length);
	buffer->length -= length;
}

int
sv_buffer_error(const struct sv_buffer *buffer)
{
	return buffer->error;
}

const char *
sv_buffer_cstr(struct sv_buffer *buffer)
{
	if (buffer->error != 0 || buffer->data == NULL)
		return "";
	buffer->data[buffer->length] = '\0';
	return (const char *)buffer->data;
}

char *
sv_buffer_take(struct sv_buffer *buffer)
{
	if (buffer->error == 0 && buffer->data == NULL)
		(void)sv_buffer_reserve(buffer, 0);
	if (buffer->error != 0)
		return NULL;
	char *text = (char *)buffer->data;
	text[buffer->length] = '\0';
	*buffer = (struct sv_buffer){.ceiling = buffer->ceiling};
	return text;
}
