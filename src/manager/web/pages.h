/* SPDX-License-Identifier: Apache-2.0
 * Every page: a view in, bytes of HTML out.  Pure; any thread.
 *
 *     struct sv_page_out out;
 *     sv_page_out_init(&out, request->arena);
 *     if (sv_page_home(&out, &view) < 0) ...       500
 *     send out.chunks with Content-Type SV_PAGE_MIME, Content-Length out.length, Content-Security-Policy SV_PAGE_CSP
 *
 * Each returns 0, SV_ENOMEM (arena full) or SV_EINVAL.  Add a page: docs/templates.md. */
#ifndef SV_PAGES_H
#define SV_PAGES_H

#include "page_out.h"
#include "page_views.h"

int sv_page_home(struct sv_page_out *out, const struct sv_home_view *view);           /* / */
int sv_page_grid(struct sv_page_out *out, const struct sv_grid_view *view);           /* /movies, /series, /new */
int sv_page_film(struct sv_page_out *out, const struct sv_film_view *view);           /* /m/{id}-{slug} */
int sv_page_series(struct sv_page_out *out, const struct sv_series_view *view);       /* /s/{id}-{slug}[/{n}] */
int sv_page_episode(struct sv_page_out *out, const struct sv_episode_view *view);     /* /e/{id} */
int sv_page_watch(struct sv_page_out *out, const struct sv_watch_view *view);         /* /w/{id} */
int sv_page_search(struct sv_page_out *out, const struct sv_search_view *view);       /* /search?q= */
int sv_page_download(struct sv_page_out *out, const struct sv_download_view *view);   /* /d/{id} */
int sv_page_help(struct sv_page_out *out, const struct sv_plain_view *view);          /* /help */
int sv_page_about(struct sv_page_out *out, const struct sv_plain_view *view);         /* /about */
int sv_page_privacy(struct sv_page_out *out, const struct sv_plain_view *view);       /* /privacy */
int sv_page_error(struct sv_page_out *out, const struct sv_error_view *view);
/* What nginx itself answers with when nothing of ours can: no request id, no search box, no viewer.  497: plain HTTP at a TLS address, shown as 400. */
int sv_page_gateway_error(struct sv_page_out *out, int status);

/* A placeholder colour for an id that has no picture: spread evenly, always the same for the same id. */
unsigned sv_page_colour(const char *id);

#endif
