/* SPDX-License-Identifier: Apache-2.0
 * One request on its way through the manager: load (catalog, on a pool thread), then the session (when the page needs one), then
 * answer (on the loop).  When the client leaves, all of it stops in silence.
 * A handler checks the parameters and calls sv_call_run; its steps are the functions named there. */
#ifndef SV_MANAGER_CALL_H
#define SV_MANAGER_CALL_H

#include <stdbool.h>

#include "arena.h"
#include "catalog.h"
#include "hot.h"
#include "http_server.h"
#include "link.h"
#include "page_views.h"
#include "route.h"
#include "settings.h"

struct sv_manager {
	const struct sv_settings *settings;
	struct sv_loop *loop;
	struct sv_http_server *server;
	struct sv_catalog *catalog;
	struct sv_hot *hot;
	struct sv_timer *progress_timer;
	struct sv_hot_call *progress_call;
	struct sv_hot_progress progress[SV_HOT_WORK_COUNT];   /* at most 2 s old */
	bool draining, drained;
};

struct sv_call;
/* Pool thread: fill call->data from the catalog.  0 or SV_E*. */
typedef int sv_call_load_fn(struct sv_call *call);
/* Loop: answer with call->data. */
typedef void sv_call_answer_fn(struct sv_call *call);

struct sv_call {
	struct sv_manager *manager;
	struct sv_http_request *request;
	struct sv_arena *arena;              /* the call's own: a pool thread may still use it when the request is gone */
	struct sv_route_hit hit;
	bool json;                           /* a twin below /api */
	bool https;
	const char *client;                  /* "4:1.2.3.4"; "" when not known: then no link is made */
	char id[SV_ID_SIZE];                 /* the route's id */
	char set_cookie[200];                /* "" or the Set-Cookie to send along */
	bool linked;                         /* the answer holds a signed link: nobody may store it */

	sv_call_load_fn *load;
	sv_call_answer_fn *answer;
	sv_call_answer_fn *session_next;     /* of sv_session_ensure */
	struct sv_hot_call *hot_call;
	struct sv_offload *offload;
	bool session;                        /* the answer needs one */
	bool finished;                       /* answered, or the client left */
	int rc;

	/* what load found; each handler uses its own part */
	struct {
		unsigned page;
		unsigned season;
		const char *query;
		struct sv_titles films, series, fresh, list;
		struct sv_title_detail title;
		struct sv_episode_detail episode;
		const struct sv_episode *episodes;
		size_t episode_count;
		struct sv_file file;
		struct sv_image image;
		uint8_t *image_bytes;
		size_t image_length;
		unsigned width;
	} data;
};

typedef void sv_manager_handler_fn(struct sv_call *call);

/* Load (may be NULL), then find or make the session when `session` is set, then answer. */
void sv_call_run(struct sv_call *call, bool session, sv_call_load_fn *load, sv_call_answer_fn *answer);
/* The call is answered; frees it. */
void sv_call_done(struct sv_call *call);
/* The sv_http_server_options handler; context is the manager. */
void sv_manager_request(void *context, struct sv_http_request *request);

/* manager_reply.c; each answers and frees the call */
struct sv_page_out;
void sv_reply_page(struct sv_call *call, int status, struct sv_page_out *page, int rc);
void sv_reply_json(struct sv_call *call, int status, struct sv_buffer *body);
void sv_reply_bytes(struct sv_call *call, int status, const struct sv_http_header *headers, const void *bytes, size_t length);
void sv_reply_redirect(struct sv_call *call, int status, struct sv_text location);
/* Page or JSON by call->json; logs when the error is ours. */
void sv_reply_error(struct sv_call *call, int status, unsigned retry_after_s);
/* The status that fits a failed load. */
void sv_reply_failure(struct sv_call *call, int rc);

/* manager_session.c: find the session of the cookie or make one (call->set_cookie), then next(call); 503 when Redis is away. */
void sv_session_ensure(struct sv_call *call, sv_call_answer_fn *next);
/* A state change is believed only from our own pages: Sec-Fetch-Site or Origin must say so. */
bool sv_session_same_origin(const struct sv_call *call);

/* manager_links.c: "/stream/ID?..." or "/download/ID?..." for this viewer, in the arena; data NULL when the client is not known. */
struct sv_text sv_manager_link(struct sv_call *call, const char *kind, const struct sv_file *file);

/* manager_views.c: records to views, in the call's arena. */
void sv_view_shell(const struct sv_call *call, enum sv_section section, struct sv_shell_view *ret_shell);
void sv_view_import(const struct sv_manager *manager, struct sv_import_view *ret_import);
/* ret_count: how many came back, 0 when the arena is full (NULL comes back); NULL: not wanted. */
const struct sv_card_view *sv_view_cards(struct sv_call *call, const struct sv_titles *titles, size_t *ret_count);
const struct sv_file_view *sv_view_files(struct sv_call *call, const struct sv_file *files, size_t count, size_t *ret_count);
const struct sv_episode_row_view *sv_view_episodes(struct sv_call *call, const struct sv_episode *episodes, size_t count, size_t *ret_count);
struct sv_image_view sv_view_image(const char *image, const char *owner);
bool sv_view_browser_plays(const struct sv_call *call, const struct sv_file *file);

/* manager_json.c: records to JSON. */
struct sv_json;
void sv_json_titles(struct sv_json *json, const char *name, const struct sv_titles *titles);
void sv_json_title(struct sv_json *json, const struct sv_title *title);
void sv_json_files(struct sv_json *json, const struct sv_file *files, size_t count);
void sv_json_episode(struct sv_json *json, const struct sv_episode *episode);

/* the handlers of schema/routes.def */
#define SV_ROUTE(service, method, pattern, handler, help) SV_ROUTE_DECLARE_##service(handler)
#define SV_ROUTE_DECLARE_manager(handler) sv_manager_handler_fn sv_manager_##handler;
#define SV_ROUTE_DECLARE_engine(handler)
#define SV_ROUTE_DECLARE_gateway(handler)
#include "routes.def"
#undef SV_ROUTE

#endif
