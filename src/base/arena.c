/* SPDX-License-Identifier: Apache-2.0
 * Chunks in a chain; large wishes get a chunk of their own. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define CHUNK_BYTES 4000
#define DEFAULT_CEILING ((size_t)16 << 20)

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) uint8_t bytes[];
};

struct sv_arena {
	struct chunk *chunks;
	size_t total, ceiling;
};

struct sv_arena *
sv_arena_new(size_t ceiling_bytes)
{
	struct sv_arena *arena = sv_xcalloc(1, sizeof *arena);

	/* a quarter of all addresses at most: sums below cannot wrap */
	arena->ceiling = ceiling_bytes == 0 ? DEFAULT_CEILING : ceiling_bytes > SIZE_MAX / 4 ? SIZE_MAX / 4 : ceiling_bytes;
	return arena;
}

void
sv_arena_free(struct sv_arena *arena)
{
	if (arena == NULL)
		return;
	for (struct chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

void *
sv_arena_alloc(struct sv_arena *arena, size_t size_bytes)
{
	struct chunk *chunk = arena->chunks;

	if (size_bytes > arena->ceiling)
		return NULL;
	size_bytes = (size_bytes + 15) & ~(size_t)15;
	if (chunk == NULL || chunk->size - chunk->used < size_bytes) {
		size_t size = size_bytes > CHUNK_BYTES / 4 ? size_bytes : CHUNK_BYTES;
		if (arena->total + size > arena->ceiling + CHUNK_BYTES)
			return NULL;
		struct chunk *fresh = malloc(sizeof *fresh + size);
		if (fresh == NULL)
			return NULL;
		fresh->used = 0;
		fresh->size = size;
		arena->total += size;
		if (chunk != NULL && size == size_bytes) {
			/* a chunk of its own goes behind the current one, which may have room left */
			fresh->next = chunk->next;
			chunk->next = fresh;
		} else {
			fresh->next = chunk;
			arena->chunks = fresh;
		}
		chunk = fresh;
	}
	void *memory = chunk->bytes + chunk->used;
	chunk->used += size_bytes;
	return memset(memory, 0, size_bytes);
}

char *
sv_arena_strndup(struct sv_arena *arena, const char *text, size_t length)
{
	char *copy = length == SIZE_MAX ? NULL : sv_arena_alloc(arena, length + 1);

	if (copy != NULL && length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *
sv_arena_printf(struct sv_arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *text = length < 0 ? NULL : sv_arena_alloc(arena, (size_t)length + 1);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}
