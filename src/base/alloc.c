/* SPDX-License-Identifier: Apache-2.0
 * The two kinds of allocation. */
#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sv_assert.h"

void *
sv_xmalloc(size_t size_bytes)
{
	void *memory = malloc(size_bytes == 0 ? 1 : size_bytes);

	sv_assert(memory != NULL);
	return memory;
}

void *
sv_xcalloc(size_t count, size_t size_bytes)
{
	void *memory = calloc(count == 0 ? 1 : count, size_bytes == 0 ? 1 : size_bytes);

	sv_assert(memory != NULL);
	return memory;
}

void *
sv_xrealloc(void *memory, size_t size_bytes)
{
	void *grown = realloc(memory, size_bytes == 0 ? 1 : size_bytes);

	sv_assert(grown != NULL);
	return grown;
}

char *
sv_xstrdup(const char *text)
{
	return sv_xstrndup(text, strlen(text));
}

char *
sv_xstrndup(const char *text, size_t length)
{
	char *copy = sv_xmalloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *
sv_xasprintf(const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	int length = vasprintf(&text, format, args);
	va_end(args);
	sv_assert(length >= 0);
	return text;
}

void *
sv_try_malloc(size_t size_bytes, size_t ceiling_bytes)
{
	if (size_bytes > ceiling_bytes)
		return NULL;
	return malloc(size_bytes == 0 ? 1 : size_bytes);
}

void *
sv_try_calloc(size_t count, size_t size_bytes, size_t ceiling_bytes)
{
	size_t total = 0;

	if (__builtin_mul_overflow(count, size_bytes, &total) || total > ceiling_bytes)
		return NULL;
	return calloc(1, total == 0 ? 1 : total);
}

void
sv_wipe(void *memory, size_t size_bytes)
{
	explicit_bzero(memory, size_bytes);
}
