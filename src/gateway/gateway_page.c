/* SPDX-License-Identifier: Apache-2.0
 * See gateway_page.h. */
#include "gateway_page.h"

#include "arena.h"
#include "pages.h"

const struct sv_gateway_page sv_gateway_pages[] = {
    {308, 308}, {400, 400}, {403, 403}, {404, 404}, {405, 405}, {408, 408}, {411, 411}, {412, 412}, {413, 413}, {414, 414}, {415, 415}, {416, 416},
    {421, 421}, {429, 429}, {494, 431}, {495, 400}, {496, 400}, {497, 400}, {500, 500}, {501, 501}, {502, 502}, {503, 503}, {504, 504}, {505, 505},
    {0, 0},
};

int
sv_gateway_page_write(const struct sv_gateway_page *page, struct sv_buffer *out)
{
	struct sv_arena *arena = sv_arena_new(0);
	struct sv_page_out html;
	int rc = 0;

	sv_page_out_init(&html, arena);
	rc = sv_page_gateway_error(&html, page->status == 497 ? 497 : page->shown_as);
	for (size_t i = 0; rc == 0 && i < html.chunk_count; i++)
		sv_buffer_append(out, html.chunks[i].iov_base, html.chunks[i].iov_len);
	sv_arena_free(arena);
	return rc != 0 ? rc : sv_buffer_error(out);
}
