/* SPDX-License-Identifier: Apache-2.0
 * A growing byte buffer with a ceiling and a sticky error: append freely, test `sv_buffer_error` once at the end.
 * Not thread-safe; belongs to whoever initialised it. */
#ifndef SV_BUFFER_H
#define SV_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct sv_buffer {
	uint8_t *data;       /* NULL while empty */
	size_t length;       /* bytes in use */
	size_t capacity;     /* bytes allocated */
	size_t ceiling;      /* bytes; an append past it sets the error and changes nothing */
	int error;           /* 0, SV_ETOOBIG or SV_ENOMEM; sticky */
};

/* ceiling 0 means 64 MiB. */
void sv_buffer_init(struct sv_buffer *buffer, size_t ceiling);
void sv_buffer_fini(struct sv_buffer *buffer);
/* Forget the content and the error, keep the memory. */
void sv_buffer_reset(struct sv_buffer *buffer);

void sv_buffer_append(struct sv_buffer *buffer, const void *data, size_t length);
void sv_buffer_text(struct sv_buffer *buffer, const char *text);
void sv_buffer_byte(struct sv_buffer *buffer, uint8_t byte);
void sv_buffer_printf(struct sv_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sv_buffer_vprintf(struct sv_buffer *buffer, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for `length` more bytes: where to write, or NULL (error set).  Follow with sv_buffer_commit of what was written. */
uint8_t *sv_buffer_reserve(struct sv_buffer *buffer, size_t length);
void sv_buffer_commit(struct sv_buffer *buffer, size_t length);
/* Drop `length` bytes at the front. */
void sv_buffer_consume(struct sv_buffer *buffer, size_t length);

/* 0 or the sticky error. */
int sv_buffer_error(const struct sv_buffer *buffer);
/* The content as a C string that lives until the next call on this buffer ("" when empty or failed). */
const char *sv_buffer_cstr(struct sv_buffer *buffer);
/* Hand the content over as a malloc'ed C string, NULL when the error is set; the buffer is empty afterwards. */
char *sv_buffer_take(struct sv_buffer *buffer);

#endif
