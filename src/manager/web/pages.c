/* SPDX-License-Identifier: Apache-2.0
 * The doors to the templates: each page function renders one and hands over the error that stuck. */
#include "pages.h"

#include "page_templates.h"

int
sv_page_home(struct sv_page_out *out, const struct sv_home_view *view)
{
	sv_template_home(out, view);
	return out->error;
}

int
sv_page_grid(struct sv_page_out *out, const struct sv_grid_view *view)
{
	sv_template_grid(out, view);
	return out->error;
}

int
sv_page_film(struct sv_page_out *out, const struct sv_film_view *view)
{
	sv_template_film(out, view);
	return out->error;
}

int
sv_page_series(struct sv_page_out *out, const struct sv_series_view *view)
{
	sv_template_series(out, view);
	return out->error;
}

int
sv_page_episode(struct sv_page_out *out, const struct sv_episode_view *view)
{
	sv_template_episode(out, view);
	return out->error;
}

int
sv_page_watch(struct sv_page_out *out, const struct sv_watch_view *view)
{
	sv_template_watch(out, view);
	return out->error;
}

int
sv_page_search(struct sv_page_out *out, const struct sv_search_view *view)
{
	sv_template_search(out, view);
	return out->error;
}

int
sv_page_download(struct sv_page_out *out, const struct sv_download_view *view)
{
	sv_template_download(out, view);
	return out->error;
}

int
sv_page_help(struct sv_page_out *out, const struct sv_plain_view *view)
{
	sv_template_help(out, view);
	return out->error;
}

int
sv_page_about(struct sv_page_out *out, const struct sv_plain_view *view)
{
	sv_template_about(out, view);
	return out->error;
}

int
sv_page_privacy(struct sv_page_out *out, const struct sv_plain_view *view)
{
	sv_template_privacy(out, view);
	return out->error;
}

int
sv_page_error(struct sv_page_out *out, const struct sv_error_view *view)
{
	sv_template_error(out, view);
	return out->error;
}

int
sv_page_gateway_error(struct sv_page_out *out, int status)
{
	sv_template_gateway_error(out, status);
	return out->error;
}

unsigned
sv_page_colour(const char *id)
{
	unsigned hash = 2166136261u;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	/* the low bits of FNV are the weak ones */
	return (hash ^ hash >> 16) % SV_POSTER_COLOURS;
}
