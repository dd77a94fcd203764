/* SPDX-License-Identifier: Apache-2.0
 * Browsing: home, lists, search, film, series, episode.  Each handler: parameters, load (pool), answer (page or JSON twin). */
#include <string.h>

#include "errors.h"
#include "json_text.h"
#include "manager_call.h"
#include "pages.h"
#include "url.h"

#define SEARCH_LIMIT 60
#define PAGES_MAX 100000

static void
begin(struct sv_json *json, struct sv_buffer *body)
{
	sv_buffer_init(body, (size_t)8 << 20);
	sv_json_start(json, body);
	sv_json_begin_object(json);
}

static void
finish(struct sv_call *call, struct sv_json *json, struct sv_buffer *body)
{
	sv_json_end_object(json);
	sv_reply_json(call, 200, body);
}

/* ?page=N; 0 when it is none. */
static unsigned
page_number(const struct sv_call *call)
{
	struct sv_text value;
	uint64_t number = 1;

	if (sv_url_query_get(sv_http_query(call->request), "page", &value) == 0)
		return 1;
	return sv_text_to_u64(value, &number) != 0 || number > PAGES_MAX ? 0 : (unsigned)number;
}

/* ---- home ---- */

static int
load_home(struct sv_call *call)
{
	struct sv_catalog *catalog = call->manager->catalog;
	struct sv_titles_query query = {.order = SV_TITLE_NEWEST, .limit = SV_HOME_RAIL_CARDS};
	int rc = sv_catalog_titles(catalog, &query, call->arena, &call->data.fresh);

	query.films = true;
	if (rc == 0)
		rc = sv_catalog_titles(catalog, &query, call->arena, &call->data.films);
	query.films = false;
	query.series = true;
	if (rc == 0)
		rc = sv_catalog_titles(catalog, &query, call->arena, &call->data.series);
	return rc;
}

static void
answer_home(struct sv_call *call)
{
	struct sv_page_out page;
	struct sv_home_view view = {0};

	if (call->json) {
		struct sv_json json;
		struct sv_buffer body;
		begin(&json, &body);
		sv_json_titles(&json, "new", &call->data.fresh);
		sv_json_titles(&json, "films", &call->data.films);
		sv_json_titles(&json, "series", &call->data.series);
		finish(call, &json, &body);
		return;
	}
	sv_view_shell(call, SV_SECTION_HOME, &view.shell);
	sv_view_import(call->manager, &view.import);
	view.films = sv_view_cards(call, &call->data.films, &view.films_count);
	view.series = sv_view_cards(call, &call->data.series, &view.series_count);
	view.fresh = sv_view_cards(call, &call->data.fresh, &view.fresh_count);
	view.films_more = call->data.films.total > call->data.films.count;
	view.series_more = call->data.series.total > call->data.series.count;
	view.fresh_more = call->data.fresh.total > call->data.fresh.count;
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_home(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_home(struct sv_call *call)
{
	sv_call_run(call, false, load_home, answer_home);
}

/* ---- lists ---- */

static int
load_list(struct sv_call *call, bool films, bool series, enum sv_title_order order)
{
	struct sv_titles_query query = {.films = films, .series = series, .order = order, .limit = SV_GRID_PAGE_CARDS,
	    .offset = (uint64_t)(call->data.page - 1) * SV_GRID_PAGE_CARDS};

	return sv_catalog_titles(call->manager->catalog, &query, call->arena, &call->data.list);
}

static int
load_movies(struct sv_call *call)
{
	return load_list(call, true, false, SV_TITLE_BY_NAME);
}

static int
load_series_list(struct sv_call *call)
{
	return load_list(call, false, true, SV_TITLE_BY_NAME);
}

static int
load_newest(struct sv_call *call)
{
	return load_list(call, false, false, SV_TITLE_NEWEST);
}

static void
answer_list(struct sv_call *call, enum sv_section section)
{
	const struct sv_titles *list = &call->data.list;
	unsigned pages = (unsigned)((list->total + SV_GRID_PAGE_CARDS - 1) / SV_GRID_PAGE_CARDS);
	struct sv_page_out page;
	struct sv_grid_view view = {.total = list->total, .page = call->data.page, .pages = pages == 0 ? 1 : pages};

	if (call->data.page > view.pages) {
		sv_reply_error(call, 404, 0);
		return;
	}
	if (call->json) {
		struct sv_json json;
		struct sv_buffer body;
		begin(&json, &body);
		sv_json_member_u64(&json, "total", list->total);
		sv_json_member_u64(&json, "page", view.page);
		sv_json_member_u64(&json, "pages", view.pages);
		sv_json_titles(&json, "titles", list);
		finish(call, &json, &body);
		return;
	}
	sv_view_shell(call, section, &view.shell);
	sv_view_import(call->manager, &view.import);
	view.cards = sv_view_cards(call, list, &view.cards_count);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_grid(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

static void
answer_movies(struct sv_call *call)
{
	answer_list(call, SV_SECTION_MOVIES);
}

static void
answer_series_list(struct sv_call *call)
{
	answer_list(call, SV_SECTION_SERIES);
}

static void
answer_newest(struct sv_call *call)
{
	answer_list(call, SV_SECTION_NEW);
}

static void
run_list(struct sv_call *call, sv_call_load_fn *load, sv_call_answer_fn *answer)
{
	call->data.page = page_number(call);
	if (call->data.page == 0)
		sv_reply_error(call, 400, 0);
	else
		sv_call_run(call, false, load, answer);
}

void
sv_manager_movies(struct sv_call *call)
{
	run_list(call, load_movies, answer_movies);
}

void
sv_manager_series_list(struct sv_call *call)
{
	run_list(call, load_series_list, answer_series_list);
}

void
sv_manager_newest(struct sv_call *call)
{
	run_list(call, load_newest, answer_newest);
}

/* ---- search ---- */

static int
load_search(struct sv_call *call)
{
	return sv_catalog_search(call->manager->catalog, sv_text_of(call->data.query), SEARCH_LIMIT, call->arena, &call->data.list);
}

static void
answer_search(struct sv_call *call)
{
	struct sv_page_out page;
	struct sv_search_view view = {.total = call->data.list.total};

	if (call->json) {
		struct sv_json json;
		struct sv_buffer body;
		begin(&json, &body);
		sv_json_member_cstr(&json, "query", call->data.query);
		sv_json_member_u64(&json, "total", call->data.list.total);
		sv_json_member_bool(&json, "nearest", call->data.list.nearest);
		sv_json_titles(&json, "titles", &call->data.list);
		finish(call, &json, &body);
		return;
	}
	sv_view_shell(call, SV_SECTION_NONE, &view.shell);
	view.cards = sv_view_cards(call, &call->data.list, &view.cards_count);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_search(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_search(struct sv_call *call)
{
	struct sv_text raw = {"", 0};
	char *query = NULL;

	(void)sv_url_query_get(sv_http_query(call->request), "q", &raw);
	query = raw.length > 600 ? NULL : sv_arena_alloc(call->arena, raw.length + 1);
	if (query == NULL || (raw.length > 0 && sv_url_decode(raw, SV_URL_PLUS | SV_URL_UTF8, query, raw.length + 1) < 0)) {
		sv_reply_error(call, 400, 0);
		return;
	}
	call->data.query = query;
	sv_call_run(call, false, query[0] == '\0' ? NULL : load_search, answer_search);
}

/* ---- film ---- */

static int
load_title(struct sv_call *call)
{
	int rc = sv_catalog_title(call->manager->catalog, call->id, call->arena, &call->data.title);

	if (rc != 0 || call->data.title.title.kind != SV_TITLE_SERIES)
		return rc;
	/* the season asked for, or the first */
	if (call->data.season == (unsigned)-1)
		call->data.season = call->data.title.season_count == 0 ? 1 : call->data.title.seasons[0].number;
	return sv_catalog_episodes(call->manager->catalog, call->id, call->data.season, call->arena, &call->data.episodes, &call->data.episode_count);
}

static bool
same_path(const struct sv_call *call, struct sv_url url)
{
	return sv_text_equal(sv_http_path(call->request), (struct sv_text){url.text, url.length});
}

static void
answer_film(struct sv_call *call)
{
	const struct sv_title_detail *detail = &call->data.title;
	struct sv_page_out page;
	struct sv_film_view view = {.id = detail->title.id, .title = detail->title.name, .year = detail->title.year,
	    .duration = detail->file_count == 0 ? 0 : (unsigned)(detail->files[0].duration_ms / 1000),
	    .poster = sv_view_image(detail->title.image, detail->title.id)};

	if (detail->title.kind != SV_TITLE_FILM) {
		sv_reply_error(call, 404, 0);
		return;
	}
	if (call->json) {
		struct sv_json json;
		struct sv_buffer body;
		begin(&json, &body);
		sv_json_key(&json, "title");
		sv_json_title(&json, &detail->title);
		sv_json_files(&json, detail->files, detail->file_count);
		finish(call, &json, &body);
		return;
	}
	struct sv_url right = sv_url_film(call->arena, detail->title.id, detail->title.name);
	if (!same_path(call, right)) {
		sv_reply_redirect(call, 301, (struct sv_text){right.text, right.length});
		return;
	}
	sv_view_shell(call, SV_SECTION_MOVIES, &view.shell);
	view.files = sv_view_files(call, detail->files, detail->file_count, &view.files_count);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_film(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_film(struct sv_call *call)
{
	sv_call_run(call, false, load_title, answer_film);
}

/* ---- series ---- */

static void
series_json(struct sv_call *call)
{
	const struct sv_title_detail *detail = &call->data.title;
	struct sv_json json;
	struct sv_buffer body;

	begin(&json, &body);
	sv_json_key(&json, "title");
	sv_json_title(&json, &detail->title);
	sv_json_key(&json, "seasons");
	sv_json_begin_array(&json);
	for (size_t i = 0; i < detail->season_count; i++) {
		sv_json_begin_object(&json);
		sv_json_member_u64(&json, "number", detail->seasons[i].number);
		sv_json_member_u64(&json, "episodes", detail->seasons[i].episode_count);
		sv_json_end_object(&json);
	}
	sv_json_end_array(&json);
	sv_json_member_u64(&json, "season", call->data.season);
	sv_json_key(&json, "episodes");
	sv_json_begin_array(&json);
	for (size_t i = 0; i < call->data.episode_count; i++)
		sv_json_episode(&json, &call->data.episodes[i]);
	sv_json_end_array(&json);
	finish(call, &json, &body);
}

static void
answer_series(struct sv_call *call)
{
	const struct sv_title_detail *detail = &call->data.title;
	struct sv_page_out page;
	struct sv_series_view view = {.id = detail->title.id, .title = detail->title.name, .year = detail->title.year, .last_year = detail->title.last_year,
	    .poster = sv_view_image(detail->title.image, detail->title.id), .season = call->data.season};

	if (detail->title.kind != SV_TITLE_SERIES || (call->data.episode_count == 0 && detail->season_count > 0)) {
		sv_reply_error(call, 404, 0);
		return;
	}
	if (call->json) {
		series_json(call);
		return;
	}
	bool first = detail->season_count == 0 || call->data.season == detail->seasons[0].number;
	struct sv_url plain = sv_url_series(call->arena, detail->title.id, detail->title.name);
	struct sv_url season = sv_url_season(call->arena, detail->title.id, detail->title.name, call->data.season);
	if (!same_path(call, season) && !(first && same_path(call, plain))) {
		struct sv_url right = first ? plain : season;
		sv_reply_redirect(call, 301, (struct sv_text){right.text, right.length});
		return;
	}
	struct sv_season_view *seasons = sv_arena_alloc(call->arena, (detail->season_count + 1) * sizeof *seasons);
	for (size_t i = 0; seasons != NULL && i < detail->season_count; i++)
		seasons[i] = (struct sv_season_view){detail->seasons[i].number, detail->seasons[i].episode_count};
	view.seasons = seasons;
	view.seasons_count = seasons == NULL ? 0 : detail->season_count;
	sv_view_shell(call, SV_SECTION_SERIES, &view.shell);
	view.episodes = sv_view_episodes(call, call->data.episodes, call->data.episode_count, &view.episodes_count);
	view.next_up = view.episodes_count == 0 ? NULL : &view.episodes[0];
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_series(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_series(struct sv_call *call)
{
	struct sv_text path = sv_http_path(call->request);
	struct sv_text last = {NULL, 0};
	uint64_t season = 0;

	/* the season is the last segment, when there are more than two (JSON: three) */
	unsigned slashes = 0;
	for (size_t i = 0; i < path.length; i++)
		if (path.data[i] == '/') {
			slashes++;
			last = (struct sv_text){path.data + i + 1, path.length - i - 1};
		}
	call->data.season = (unsigned)-1;
	if (slashes == (call->json ? 4u : 3u)) {
		if (sv_text_to_u64(last, &season) != 0 || season > 9999) {
			sv_reply_error(call, 404, 0);
			return;
		}
		call->data.season = (unsigned)season;
	}
	sv_call_run(call, false, load_title, answer_series);
}

/* ---- episode ---- */

static int
load_episode(struct sv_call *call)
{
	return sv_catalog_episode(call->manager->catalog, call->id, call->arena, &call->data.episode);
}

static void
answer_episode(struct sv_call *call)
{
	const struct sv_episode_detail *detail = &call->data.episode;
	struct sv_page_out page;
	struct sv_episode_view view = {.id = detail->episode.id, .title = detail->episode.name[0] == '\0' ? NULL : detail->episode.name,
	    .series_id = detail->title.id, .series_title = detail->title.name, .season = detail->episode.season, .number = detail->episode.number,
	    .duration = (unsigned)(detail->episode.duration_ms / 1000), .still = sv_view_image(detail->episode.image, detail->episode.id)};

	if (call->json) {
		struct sv_json json;
		struct sv_buffer body;
		begin(&json, &body);
		sv_json_key(&json, "title");
		sv_json_title(&json, &detail->title);
		sv_json_key(&json, "episode");
		sv_json_episode(&json, &detail->episode);
		sv_json_member_cstr(&json, "previous", detail->previous == NULL ? NULL : detail->previous->id);
		sv_json_member_cstr(&json, "next", detail->next == NULL ? NULL : detail->next->id);
		sv_json_files(&json, detail->files, detail->file_count);
		finish(call, &json, &body);
		return;
	}
	sv_view_shell(call, SV_SECTION_SERIES, &view.shell);
	view.files = sv_view_files(call, detail->files, detail->file_count, &view.files_count);
	view.previous = detail->previous == NULL ? NULL : sv_view_episodes(call, detail->previous, 1, NULL);
	view.next = detail->next == NULL ? NULL : sv_view_episodes(call, detail->next, 1, NULL);
	sv_page_out_init(&page, call->arena);
	int rc = sv_page_episode(&page, &view);
	sv_reply_page(call, 200, &page, rc);
}

void
sv_manager_episode(struct sv_call *call)
{
	sv_call_run(call, false, load_episode, answer_episode);
}
