/* SPDX-License-Identifier: Apache-2.0
 * libcurl's multi interface on libuv.  libcurl forbids most calls on itself from inside its callbacks; so starting and resuming happen in the
 * loop's next turn, and a fetch cancelled from inside a callback is taken out when libcurl has returned. */
#include "http_client.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <uv.h>

#include "alloc.h"
#include "errors.h"
#include "list.h"
#include "sv_assert.h"

#define CLIENT_MAGIC 0x68747463u
#define FETCH_MAGIC 0x68747466u
#define READ_BYTES (64L << 10)

struct sv_http_client {
	unsigned magic;
	struct sv_loop *loop;
	CURLM *multi;
	bool http_too, closed;
	char *user_agent;
	unsigned in_curl, inside, handles;
	uv_timer_t curl_timer;           /* libcurl's own */
	uv_timer_t soon_timer;
	struct sv_list soon;             /* fetches to be added or resumed */
	struct sv_list dead;             /* cancelled while libcurl was on the stack */
	unsigned fetch_count;
};

struct socket_watch {
	uv_poll_t poll;
	struct sv_http_client *client;
	curl_socket_t fd;
};

struct sv_http_fetch {
	unsigned magic;
	struct sv_http_client *client;
	struct sv_list in_soon;
	CURL *easy;
	struct curl_slist *headers;
	bool added, paused, cancelled, head_only, head_given, follows;
	int rc;                          /* why we stopped it */
	uint64_t body_max, body_bytes, stall_ms, progress_ms;
	struct sv_timer *stall_timer;
	sv_http_fetch_head_fn *on_head;
	sv_http_fetch_body_fn *on_body;
	sv_http_fetch_done_fn *on_done;
	void *context;
};

/* ---- entering and leaving ---- */

static void
on_handle_closed(uv_handle_t *handle)
{
	struct sv_http_client *client = handle->data;

	if (--client->handles > 0)
		return;
	free(client->user_agent);
	client->magic = 0;
	free(client);
}

static void
enter(struct sv_http_client *client)
{
	client->inside++;
}

static void
leave(struct sv_http_client *client)
{
	if (--client->inside > 0 || !client->closed)
		return;
	sv_assert(client->fetch_count == 0);
	(void)curl_multi_cleanup(client->multi);
	uv_close((uv_handle_t *)&client->curl_timer, on_handle_closed);
	uv_close((uv_handle_t *)&client->soon_timer, on_handle_closed);
}

static void
fetch_free(struct sv_http_fetch *fetch)
{
	if (fetch->added)
		(void)curl_multi_remove_handle(fetch->client->multi, fetch->easy);
	sv_timer_cancel(fetch->stall_timer);
	sv_list_remove(&fetch->in_soon);
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->headers);
	fetch->client->fetch_count--;
	fetch->magic = 0;
	free(fetch);
}

static void
curl_left(struct sv_http_client *client)
{
	if (--client->in_curl > 0)
		return;
	while (!sv_list_empty(&client->dead))
		fetch_free(SV_CONTAINER(client->dead.next, struct sv_http_fetch, in_soon));
}

static void
on_soon(uv_timer_t *timer);

static void
soon(struct sv_http_fetch *fetch)
{
	sv_list_remove(&fetch->in_soon);
	sv_list_append(&fetch->client->soon, &fetch->in_soon);
	(void)uv_timer_start(&fetch->client->soon_timer, on_soon, 0, 0);
}

/* ---- results ---- */

static int
error_of(CURLcode code, CURL *easy)
{
	long redirects = 0;

	switch (code) {
	case CURLE_OK: return 0;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT: return SV_EUNAVAIL;
	case CURLE_OPERATION_TIMEDOUT: return SV_ETIMEOUT;
	case CURLE_PARTIAL_FILE: return SV_ESHORT;
	case CURLE_OUT_OF_MEMORY: return SV_ENOMEM;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		(void)curl_easy_getinfo(easy, CURLINFO_REDIRECT_COUNT, &redirects);
		return redirects > 0 ? SV_EPROTO : SV_EINVAL;
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM: return SV_EPROTO;
	default: return SV_EIO;
	}
}

/* False: stop the transfer (rc is set). */
static bool
give_head(struct sv_http_fetch *fetch)
{
	struct sv_http_fetch_head head = {.content_length = -1};
	curl_off_t length = -1;
	long status = 0;
	char *url = NULL;

	if (fetch->head_given)
		return true;
	fetch->head_given = true;
	(void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	(void)curl_easy_getinfo(fetch->easy, CURLINFO_EFFECTIVE_URL, &url);
	if (!fetch->head_only && length > 0 && (uint64_t)length > fetch->body_max) {
		fetch->rc = SV_ETOOBIG;
		return false;
	}
	head.status = (int)status;
	head.content_length = length;
	head.url = url == NULL ? "" : url;
	if (fetch->on_head != NULL)
		fetch->on_head(fetch->context, &head);
	return !fetch->cancelled;
}

static void
finish(struct sv_http_fetch *fetch, CURLcode code)
{
	int rc = fetch->rc;

	if (fetch->cancelled)
		return;
	if (rc == 0)
		rc = error_of(code, fetch->easy);
	if (rc == 0 && !give_head(fetch))
		rc = fetch->rc;
	/* on_head may have cancelled it */
	if (!fetch->cancelled)
		fetch->on_done(fetch->context, rc);
}

/* Its callbacks may cancel it: as long as in_curl is set that frees nothing. */
static void
finish_and_free(struct sv_http_fetch *fetch, CURLcode code)
{
	struct sv_http_client *client = fetch->client;

	client->in_curl++;
	finish(fetch, code);
	if (!fetch->cancelled) {
		fetch->cancelled = true;
		sv_list_remove(&fetch->in_soon);
		sv_list_append(&client->dead, &fetch->in_soon);
	}
	curl_left(client);
}

static void
collect_done(struct sv_http_client *client)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct sv_http_fetch *fetch = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
		SV_CHECK(fetch, FETCH_MAGIC);
		finish_and_free(fetch, code);
	}
}

/* ---- libcurl's callbacks ---- */

static size_t
on_header(char *data, size_t size, size_t count, void *context)
{
	struct sv_http_fetch *fetch = context;
	struct curl_header *location = NULL;
	size_t length = size * count;
	long status = 0;

	if (fetch->cancelled)
		return 0;
	fetch->progress_ms = sv_loop_now_ms(fetch->client->loop);
	if (length > 2 || (length > 0 && data[0] != '\r' && data[0] != '\n'))
		return length;
	(void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return length;
	if (fetch->follows && status >= 300 && status < 400 &&
	    curl_easy_header(fetch->easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK)
		return length;
	return give_head(fetch) ? length : 0;
}

static size_t
on_data(char *data, size_t size, size_t count, void *context)
{
	struct sv_http_fetch *fetch = context;
	size_t length = size * count;

	if (fetch->cancelled || !give_head(fetch))
		return 0;
	fetch->progress_ms = sv_loop_now_ms(fetch->client->loop);
	if (length > fetch->body_max - fetch->body_bytes) {
		fetch->rc = SV_ETOOBIG;
		return 0;
	}
	if (fetch->on_body != NULL && !fetch->on_body(fetch->context, (const uint8_t *)data, length)) {
		if (fetch->cancelled)
			return 0;
		fetch->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (fetch->cancelled)
		return 0;
	fetch->body_bytes += length;
	return length;
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct socket_watch *watch = poll->data;
	struct sv_http_client *client = watch->client;
	int running, flags = 0;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if ((events & UV_READABLE) != 0)
		flags |= CURL_CSELECT_IN;
	if ((events & UV_WRITABLE) != 0)
		flags |= CURL_CSELECT_OUT;
	enter(client);
	client->in_curl++;
	(void)curl_multi_socket_action(client->multi, watch->fd, flags, &running);
	curl_left(client);
	collect_done(client);
	leave(client);
}

static void
on_watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct sv_http_client *client = context;
	struct socket_watch *watch = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL) {
			(void)uv_poll_stop(&watch->poll);
			uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
			(void)curl_multi_assign(client->multi, fd, NULL);
		}
		return 0;
	}
	if (watch == NULL) {
		watch = sv_xcalloc(1, sizeof *watch);
		watch->client = client;
		watch->fd = fd;
		watch->poll.data = watch;
		sv_assert(uv_poll_init_socket(sv_loop_uv(client->loop), &watch->poll, fd) == 0);
		(void)curl_multi_assign(client->multi, fd, watch);
	}
	(void)uv_poll_start(&watch->poll, ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0), on_poll);
	return 0;
}

static void
on_curl_time(uv_timer_t *timer)
{
	struct sv_http_client *client = timer->data;
	int running;

	enter(client);
	client->in_curl++;
	(void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	curl_left(client);
	collect_done(client);
	leave(client);
}

static int
on_timeout(CURLM *multi, long timeout_ms, void *context)
{
	struct sv_http_client *client = context;

	(void)multi;
	if (timeout_ms < 0)
		(void)uv_timer_stop(&client->curl_timer);
	else
		(void)uv_timer_start(&client->curl_timer, on_curl_time, (uint64_t)timeout_ms, 0);
	return 0;
}

/* ---- stalls ---- */

static void
on_stall_time(void *context)
{
	struct sv_http_fetch *fetch = context;
	struct sv_http_client *client = fetch->client;
	uint64_t now = sv_loop_now_ms(client->loop), silent = now - fetch->progress_ms;

	fetch->stall_timer = NULL;
	if (fetch->paused)
		silent = 0;
	if (silent < fetch->stall_ms) {
		fetch->stall_timer = sv_timer_start(client->loop, fetch->stall_ms - silent, 0, on_stall_time, fetch);
		return;
	}
	enter(client);
	finish_and_free(fetch, CURLE_OPERATION_TIMEDOUT);
	leave(client);
}

/* Connected: from here on silence counts. */
static int
on_connected(void *context, char *peer, char *local, int peer_port, int local_port)
{
	struct sv_http_fetch *fetch = context;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	if (fetch->cancelled)
		return CURL_PREREQFUNC_ABORT;
	fetch->progress_ms = sv_loop_now_ms(fetch->client->loop);
	if (fetch->stall_timer == NULL)
		fetch->stall_timer = sv_timer_start(fetch->client->loop, fetch->stall_ms, 0, on_stall_time, fetch);
	return CURL_PREREQFUNC_OK;
}

/* ---- what waits for the next turn ---- */

static void
run_soon(struct sv_http_fetch *fetch)
{
	struct sv_http_client *client = fetch->client;
	CURLcode code;

	if (!fetch->added) {
		fetch->added = true;
		sv_assert(curl_multi_add_handle(client->multi, fetch->easy) == CURLM_OK);
		return;
	}
	if (!fetch->paused)
		return;
	fetch->paused = false;
	fetch->progress_ms = sv_loop_now_ms(client->loop);
	client->in_curl++;
	code = curl_easy_pause(fetch->easy, CURLPAUSE_CONT);
	bool gone = fetch->cancelled;
	curl_left(client);
	if (!gone && code != CURLE_OK)
		finish_and_free(fetch, code);
}

static void
on_soon(uv_timer_t *timer)
{
	struct sv_http_client *client = timer->data;
	struct sv_list now;

	sv_list_init(&now);
	while (!sv_list_empty(&client->soon)) {
		struct sv_list *node = client->soon.next;
		sv_list_remove(node);
		sv_list_append(&now, node);
	}
	enter(client);
	while (!sv_list_empty(&now)) {
		struct sv_list *node = now.next;
		sv_list_remove(node);
		run_soon(SV_CONTAINER(node, struct sv_http_fetch, in_soon));
	}
	leave(client);
}

/* ---- what others call ---- */

static void
init_curl(void)
{
	sv_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

struct sv_http_client *
sv_http_client_new(struct sv_loop *loop, const struct sv_http_client_options *options)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sv_http_client *client = sv_xcalloc(1, sizeof *client);

	(void)pthread_once(&once, init_curl);
	client->magic = CLIENT_MAGIC;
	client->loop = loop;
	client->http_too = options->http_too;
	client->user_agent = sv_xstrdup(options->user_agent != NULL ? options->user_agent : "StreamVault/" SV_VERSION);
	sv_list_init(&client->soon);
	sv_list_init(&client->dead);
	client->multi = curl_multi_init();
	sv_assert(client->multi != NULL);
	client->handles = 2;
	sv_assert(uv_timer_init(sv_loop_uv(loop), &client->curl_timer) == 0);
	sv_assert(uv_timer_init(sv_loop_uv(loop), &client->soon_timer) == 0);
	client->curl_timer.data = client->soon_timer.data = client;
	(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	(void)curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)(options->connections_per_host == 0 ? 8 : options->connections_per_host));
	(void)curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)(options->connections_max == 0 ? 64 : options->connections_max));
	(void)curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return client;
}

void
sv_http_client_free(struct sv_http_client *client)
{
	if (client == NULL)
		return;
	SV_CHECK(client, CLIENT_MAGIC);
	sv_assert(!client->closed);
	enter(client);
	client->closed = true;
	leave(client);
}

static void
set_method(struct sv_http_fetch *fetch, const struct sv_http_fetch_options *options)
{
	CURL *easy = fetch->easy;
	const char *method = options->method;

	if (options->body != NULL) {
		(void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body_length);
		(void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, options->body);
	}
	if (method != NULL && strcasecmp(method, "HEAD") == 0) {
		fetch->head_only = true;
		(void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (method != NULL && strcmp(method, options->body != NULL ? "POST" : "GET") != 0) {
		(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	}
}

static void
set_headers(struct sv_http_fetch *fetch, const struct sv_http_fetch_options *options)
{
	char range[48];

	/* no waiting for a 100 Continue */
	fetch->headers = curl_slist_append(NULL, "Expect:");
	for (const char *const *line = options->headers; line != NULL && *line != NULL; line++) {
		for (const char *c = *line; *c != '\0'; c++)
			sv_assert((unsigned char)*c >= 0x20 || *c == '\t');
		fetch->headers = curl_slist_append(fetch->headers, *line);
	}
	(void)curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
	if (options->range_end == 0)
		return;
	sv_assert(options->range_start < options->range_end);
	(void)snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, options->range_start, options->range_end - 1);
	(void)curl_easy_setopt(fetch->easy, CURLOPT_RANGE, range);
}

/* Only the client's protocols, no proxy from the environment, no redirect that gives up encryption. */
static void
set_limits(struct sv_http_fetch *fetch, const struct sv_http_fetch_options *options)
{
	CURL *easy = fetch->easy;
	const char *protocols = fetch->client->http_too ? "http,https" : "https";
	bool secure = strncasecmp(options->url, "https:", 6) == 0;

	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : protocols);
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, options->redirects_max > 0 ? 1L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)options->redirects_max);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(options->connect_timeout_ms == 0 ? 10000 : options->connect_timeout_ms));
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->total_timeout_ms);
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
	if (options->unix_path != NULL)
		(void)curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options->unix_path);
}

struct sv_http_fetch *
sv_http_fetch_start(struct sv_http_client *client, const struct sv_http_fetch_options *options)
{
	SV_CHECK(client, CLIENT_MAGIC);
	sv_assert(!client->closed && options->url != NULL && options->on_done != NULL);
	struct sv_http_fetch *fetch = sv_xcalloc(1, sizeof *fetch);
	CURL *easy = curl_easy_init();

	sv_assert(easy != NULL);
	client->fetch_count++;
	fetch->magic = FETCH_MAGIC;
	fetch->client = client;
	fetch->easy = easy;
	fetch->body_max = options->body_max_bytes == 0 ? (uint64_t)64 << 20 : options->body_max_bytes;
	fetch->stall_ms = options->stall_timeout_ms == 0 ? 30000 : options->stall_timeout_ms;
	fetch->follows = options->redirects_max > 0;
	fetch->on_head = options->on_head;
	fetch->on_body = options->on_body;
	fetch->on_done = options->on_done;
	fetch->context = options->context;
	sv_list_init(&fetch->in_soon);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
	(void)curl_easy_setopt(easy, CURLOPT_URL, options->url);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, client->user_agent);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
	set_limits(fetch, options);
	set_method(fetch, options);
	set_headers(fetch, options);
	soon(fetch);
	return fetch;
}

void
sv_http_fetch_resume(struct sv_http_fetch *fetch)
{
	SV_CHECK(fetch, FETCH_MAGIC);
	if (fetch->paused && !fetch->cancelled)
		soon(fetch);
}

void
sv_http_fetch_cancel(struct sv_http_fetch *fetch)
{
	if (fetch == NULL)
		return;
	SV_CHECK(fetch, FETCH_MAGIC);
	if (fetch->cancelled)
		return;
	fetch->cancelled = true;
	sv_timer_cancel(fetch->stall_timer);
	fetch->stall_timer = NULL;
	if (fetch->client->in_curl == 0) {
		fetch_free(fetch);
		return;
	}
	sv_list_remove(&fetch->in_soon);
	sv_list_append(&fetch->client->dead, &fetch->in_soon);
}

struct sv_text
sv_http_fetch_field(const struct sv_http_fetch *fetch, const char *name)
{
	struct curl_header *header = NULL;

	SV_CHECK(fetch, FETCH_MAGIC);
	if (curl_easy_header(fetch->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return (struct sv_text){NULL, 0};
	if (header->amount > 1)
		(void)curl_easy_header(fetch->easy, name, header->amount - 1, CURLH_HEADER, -1, &header);
	return sv_text_of(header->value);
}
