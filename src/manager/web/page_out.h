/* SPDX-License-Identifier: Apache-2.0
 * What a rendered page is: chunks of bytes in order, ready for writev.  Long literals of the templates are pointed
 * at where they lie in the program; short ones and everything dynamic is gathered in blocks of the request's arena,
 * so that a page of sixty cards is a few chunks and not thousands.  The first failure sticks in `error`. */
#ifndef SV_PAGE_OUT_H
#define SV_PAGE_OUT_H

#include <stddef.h>
#include <sys/uio.h>

#include "arena.h"

/* The policy that every page is sent with, and the other headers that never change: one line a header, CRLF ends. */
#define SV_PAGE_CSP \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; " \
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; " \
	"frame-ancestors 'none'; require-trusted-types-for 'script'"
#define SV_PAGE_MIME "text/html; charset=utf-8"

struct sv_page_out {
	struct sv_arena *arena;   /* borrowed; holds every byte that is not a literal */
	struct iovec *chunks;     /* read only for the receiver */
	size_t chunk_count;
	size_t length;            /* bytes in all chunks */
	int error;                /* 0, SV_ENOMEM (arena full), SV_EINVAL (a view broke its contract); sticky */
	/* private to page_out.c */
	size_t chunk_cap;
	char *block;              /* where the next short bytes go */
	size_t block_left;
};

/* The output lives in `arena`, which must outlive it; there is nothing to free. */
void sv_page_out_init(struct sv_page_out *out, struct sv_arena *arena);
/* One contiguous copy in the arena, NUL-terminated, length in out->length; NULL when out->error is set. */
char *sv_page_out_flatten(struct sv_page_out *out);

#endif
