/* SPDX-License-Identifier: Apache-2.0
 * Memory that is freed all at once; each HTTP request owns one.  Not thread-safe. */
#ifndef SV_ARENA_H
#define SV_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct sv_arena;

/* ceiling_bytes: no more than this in all; 0 means 16 MiB. */
struct sv_arena *sv_arena_new(size_t ceiling_bytes);
void sv_arena_free(struct sv_arena *arena);
/* Memory aligned for any object, zeroed; NULL past the ceiling. */
void *sv_arena_alloc(struct sv_arena *arena, size_t size_bytes);
/* Copies; NULL past the ceiling. */
char *sv_arena_strndup(struct sv_arena *arena, const char *text, size_t length);
char *sv_arena_printf(struct sv_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
