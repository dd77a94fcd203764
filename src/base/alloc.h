/* SPDX-License-Identifier: Apache-2.0
 * Memory.  sv_x*: small sizes that our own code chose; they never return NULL (the process ends when memory is out).
 * sv_try_*: sizes that come from a peer, a user or a file; they return NULL above the stated ceiling or when memory
 * is out, and the caller answers SV_ENOMEM.  All results are freed with free(). */
#ifndef SV_ALLOC_H
#define SV_ALLOC_H

#include <stddef.h>

void *sv_xmalloc(size_t size_bytes) __attribute__((malloc, returns_nonnull));
void *sv_xcalloc(size_t count, size_t size_bytes) __attribute__((malloc, returns_nonnull));
void *sv_xrealloc(void *memory, size_t size_bytes) __attribute__((returns_nonnull));
char *sv_xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *sv_xstrndup(const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *sv_xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

void *sv_try_malloc(size_t size_bytes, size_t ceiling_bytes);
void *sv_try_calloc(size_t count, size_t size_bytes, size_t ceiling_bytes);

/* Overwrite secrets so that the compiler cannot drop it. */
void sv_wipe(void *memory, size_t size_bytes);

#endif
