/* SPDX-License-Identifier: Apache-2.0
 * Listening, accepting, deadlines, draining.  Sockets are plain descriptors under uv_poll: the bytes go from the handler to
 * sendmsg without libuv's copies and queues. */
#include "http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "errors.h"
#include "http_connection.h"
#include "log.h"
#include "metrics.h"
#include "random.h"
#include "sv_assert.h"

#define BACKLOG 4096
#define ACCEPTS_A_TURN 64
#define ACCEPT_AGAIN_MS 100u
#define LINGER_MS 2000u
#define BUILD_MAX ((size_t)1 << 20)

static void
on_handle_closed(uv_handle_t *handle)
{
	struct sv_http_server *server = handle->data;

	if (--server->handles > 0)
		return;
	sv_buffer_fini(&server->build);
	server->magic = 0;
	free(server);
}

/* ---- deadlines ---- */

static void
arm(struct sv_http_server *server, uint64_t due_ms);

static void
on_deadline(uv_timer_t *timer)
{
	struct sv_http_server *server = timer->data;
	uint64_t now = sv_loop_now_ms(server->loop), next = UINT64_MAX;

	server->timer_due_ms = UINT64_MAX;
	for (int wait = 0; wait < SV_HTTP_WAIT_COUNT; wait++) {
		struct sv_list *list = &server->waiting[wait];
		while (!sv_list_empty(list) && !server->closed) {
			struct sv_http_connection *connection = SV_CONTAINER(list->next, struct sv_http_connection, in_waiting);
			if (connection->deadline_ms > now) {
				next = connection->deadline_ms < next ? connection->deadline_ms : next;
				break;
			}
			sv_list_remove(&connection->in_waiting);
			sv_http_connection_expire(connection);
		}
	}
	if (next != UINT64_MAX && !server->closed)
		arm(server, next);
}

static void
arm(struct sv_http_server *server, uint64_t due_ms)
{
	uint64_t now = sv_loop_now_ms(server->loop);

	if (due_ms >= server->timer_due_ms)
		return;
	server->timer_due_ms = due_ms;
	(void)uv_timer_start(&server->timer, on_deadline, due_ms > now ? due_ms - now : 0, 0);
}

void
sv_http_wait(struct sv_http_connection *connection, enum sv_http_wait wait)
{
	struct sv_http_server *server = connection->server;

	sv_list_remove(&connection->in_waiting);
	if (wait == SV_HTTP_WAIT_NONE || connection->state == SV_HTTP_CLOSED)
		return;
	connection->deadline_ms = sv_loop_now_ms(server->loop) + server->wait_ms[wait];
	sv_list_append(&server->waiting[wait], &connection->in_waiting);
	arm(server, connection->deadline_ms);
}

/* ---- soon: what must not run from inside the handler's call ---- */

static void
on_soon(uv_idle_t *idle)
{
	struct sv_http_server *server = idle->data;
	struct sv_list now;

	/* those that come while these run wait for the next turn, so that one connection cannot hold the loop */
	sv_list_init(&now);
	while (!sv_list_empty(&server->soon)) {
		struct sv_list *node = server->soon.next;
		sv_list_remove(node);
		sv_list_append(&now, node);
	}
	while (!sv_list_empty(&now)) {
		struct sv_http_connection *connection = SV_CONTAINER(now.next, struct sv_http_connection, in_soon);
		sv_list_remove(&connection->in_soon);
		sv_http_connection_run_soon(connection);
	}
	if (server->closed)
		return;
	if (sv_list_empty(&server->soon))
		(void)uv_idle_stop(&server->soon_idle);
	if (server->draining && server->connection_count == 0 && server->drain_done != NULL) {
		sv_loop_fn *done = server->drain_done;
		server->drain_done = NULL;
		sv_timer_cancel(server->drain_timer);
		server->drain_timer = NULL;
		done(server->drain_context);
	}
}

void
sv_http_soon(struct sv_http_connection *connection)
{
	struct sv_http_server *server = connection->server;

	if (connection->state == SV_HTTP_CLOSED)
		return;
	sv_list_remove(&connection->in_soon);
	sv_list_append(&server->soon, &connection->in_soon);
	(void)uv_idle_start(&server->soon_idle, on_soon);
}

const char *
sv_http_date(struct sv_http_server *server)
{
	int64_t now = sv_clock_unix_s();

	if (now != server->date_s) {
		server->date_s = now;
		(void)sv_http_date_format(now, server->date);
	}
	return server->date;
}

/* ---- accepting ---- */

static void
on_listen(uv_poll_t *poll, int status, int events);

static void
accept_pause(struct sv_http_server *server, bool pause)
{
	if (server->listen_fd < 0 || server->accept_paused == pause)
		return;
	server->accept_paused = pause;
	if (pause)
		(void)uv_poll_stop(&server->listen_poll);
	else
		(void)uv_poll_start(&server->listen_poll, UV_READABLE, on_listen);
}

static void
on_accept_again(uv_timer_t *timer)
{
	accept_pause(timer->data, false);
}

static void
on_listen(uv_poll_t *poll, int status, int events)
{
	struct sv_http_server *server = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN && server->listen_fd >= 0; i++) {
		if (server->connection_count >= server->options.connections_max) {
			accept_pause(server, true);
			return;
		}
		int fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0) {
			/* out of descriptors or memory: those who wait stay in the kernel's queue */
			accept_pause(server, true);
			(void)uv_timer_start(&server->accept_timer, on_accept_again, ACCEPT_AGAIN_MS, 0);
			return;
		}
		if (server->options.tcp_address != NULL)
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		server->connection_count++;
		sv_metric_add(SV_METRIC_http_connections, 0, 1);
		sv_http_connection_new(server, fd);
	}
}

void
sv_http_connection_gone(struct sv_http_server *server)
{
	sv_assert(server->connection_count > 0);
	server->connection_count--;
	sv_metric_add(SV_METRIC_http_connections, 0, -1);
	if (server->closed)
		return;
	accept_pause(server, false);
	if (server->draining && server->connection_count == 0)
		(void)uv_idle_start(&server->soon_idle, on_soon);
}

static int
parse_address(const char *text, struct sockaddr_storage *address)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	uint64_t port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof host || sv_text_to_u64(sv_text_of(colon + 1), &port) != 0 || port > 65535)
		return SV_EINVAL;
	size_t length = (size_t)(colon - text);
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	memcpy(host, text, length);
	host[length] = '\0';
	if (uv_ip4_addr(host, (int)port, (struct sockaddr_in *)(void *)address) == 0)
		return 0;
	return uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)(void *)address) == 0 ? 0 : SV_EINVAL;
}

static int
open_tcp(struct sv_http_server *server)
{
	struct sockaddr_storage address = {0};
	int rc = parse_address(server->options.tcp_address, &address);
	socklen_t length = address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (rc < 0)
		return rc;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return sv_error_from_errno(errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, (struct sockaddr *)&address, length) != 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
		rc = sv_error_from_errno(errno);
		(void)close(fd);
		return rc;
	}
	server->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port :
	    ((struct sockaddr_in *)(void *)&address)->sin_port);
	server->listen_fd = fd;
	return 0;
}

static int
open_listener(struct sv_http_server *server)
{
	int rc;

	if (server->options.unix_path != NULL) {
		rc = sv_unix_socket_open(&server->unix_socket, server->options.unix_path, SOCK_STREAM, 0600);
		server->listen_fd = server->unix_socket.fd;
	} else {
		rc = open_tcp(server);
	}
	if (rc == 0 && listen(server->listen_fd, BACKLOG) != 0)
		rc = sv_error_from_errno(errno);
	return rc;
}

static void
close_listener(struct sv_http_server *server)
{
	if (server->listen_fd < 0)
		return;
	if (server->handles > 0) {
		(void)uv_poll_stop(&server->listen_poll);
		uv_close((uv_handle_t *)&server->listen_poll, on_handle_closed);
		(void)uv_timer_stop(&server->accept_timer);
	}
	if (server->unix_socket.path != NULL)
		sv_unix_socket_close(&server->unix_socket);
	else
		(void)close(server->listen_fd);
	server->listen_fd = -1;
}

static void
start_handles(struct sv_http_server *server)
{
	struct uv_loop_s *uv = sv_loop_uv(server->loop);

	server->timer.data = server->accept_timer.data = server->listen_poll.data = server->soon_idle.data = server;
	sv_assert(uv_timer_init(uv, &server->timer) == 0);
	sv_assert(uv_timer_init(uv, &server->accept_timer) == 0);
	sv_assert(uv_idle_init(uv, &server->soon_idle) == 0);
	sv_assert(uv_poll_init(uv, &server->listen_poll, server->listen_fd) == 0);
	server->handles = 4;
	sv_assert(uv_poll_start(&server->listen_poll, UV_READABLE, on_listen) == 0);
}

int
sv_http_server_open(struct sv_loop *loop, const struct sv_http_server_options *options, struct sv_http_server **ret_server)
{
	struct sv_http_server *server = sv_xcalloc(1, sizeof *server);

	sv_assert((options->unix_path != NULL) != (options->tcp_address != NULL) && options->handler != NULL);
	server->magic = SV_HTTP_SERVER_MAGIC;
	server->loop = loop;
	server->options = *options;
	server->listen_fd = server->unix_socket.fd = -1;
	server->timer_due_ms = UINT64_MAX;
	if (server->options.high_water_bytes == 0)
		server->options.high_water_bytes = (size_t)256 << 10;
	if (server->options.connections_max == 0)
		server->options.connections_max = 10000;
	server->wait_ms[SV_HTTP_WAIT_HEADER] = options->header_timeout_ms == 0 ? 10000 : options->header_timeout_ms;
	server->wait_ms[SV_HTTP_WAIT_IDLE] = options->idle_timeout_ms == 0 ? 75000 : options->idle_timeout_ms;
	server->wait_ms[SV_HTTP_WAIT_WRITE] = options->write_timeout_ms == 0 ? 60000 : options->write_timeout_ms;
	server->wait_ms[SV_HTTP_WAIT_LINGER] = LINGER_MS;
	for (int wait = 0; wait < SV_HTTP_WAIT_COUNT; wait++)
		sv_list_init(&server->waiting[wait]);
	sv_list_init(&server->connections);
	sv_list_init(&server->soon);
	sv_buffer_init(&server->build, BUILD_MAX);
	sv_random_bytes(server->id_seed, sizeof server->id_seed);
	int rc = open_listener(server);
	if (rc < 0) {
		close_listener(server);
		free(server);
		return rc;
	}
	start_handles(server);
	sv_log(SV_LOG_DEBUG, SV_EVENT_http_listen, "address=%s port=%u", sv_log_quote(options->unix_path != NULL ? options->unix_path : options->tcp_address),
	    server->port);
	/* the texts were the caller's */
	if (options->tcp_address != NULL)
		server->options.tcp_address = "";
	*ret_server = server;
	return 0;
}

unsigned
sv_http_server_port(const struct sv_http_server *server)
{
	SV_CHECK(server, SV_HTTP_SERVER_MAGIC);
	return server->port;
}

unsigned
sv_http_server_connections(const struct sv_http_server *server)
{
	SV_CHECK(server, SV_HTTP_SERVER_MAGIC);
	return server->connection_count;
}

/* ---- the end ---- */

static void
cut_all(struct sv_http_server *server)
{
	while (!sv_list_empty(&server->connections))
		sv_http_connection_abort(SV_CONTAINER(server->connections.next, struct sv_http_connection, in_server), SV_ECANCELED);
}

static void
on_drain_limit(void *context)
{
	struct sv_http_server *server = context;

	server->drain_timer = NULL;
	cut_all(server);
}

void
sv_http_server_drain(struct sv_http_server *server, uint64_t limit_ms, sv_loop_fn *done, void *context)
{
	SV_CHECK(server, SV_HTTP_SERVER_MAGIC);
	sv_assert(!server->draining && !server->closed && done != NULL);
	server->draining = true;
	server->drain_done = done;
	server->drain_context = context;
	/* who is already in the kernel's queue gets an answer, not a reset */
	if (server->listen_fd >= 0)
		on_listen(&server->listen_poll, 0, UV_READABLE);
	server->drain_timer = sv_timer_start(server->loop, limit_ms, 0, on_drain_limit, server);
	close_listener(server);
	SV_LIST_EACH(node, &server->connections)
		sv_http_connection_drain(SV_CONTAINER(node, struct sv_http_connection, in_server));
	if (server->connection_count == 0)
		(void)uv_idle_start(&server->soon_idle, on_soon);
}

void
sv_http_server_close(struct sv_http_server *server)
{
	if (server == NULL)
		return;
	SV_CHECK(server, SV_HTTP_SERVER_MAGIC);
	if (server->closed)
		return;
	server->closed = true;
	sv_timer_cancel(server->drain_timer);
	server->drain_timer = NULL;
	close_listener(server);
	cut_all(server);
	uv_close((uv_handle_t *)&server->timer, on_handle_closed);
	uv_close((uv_handle_t *)&server->accept_timer, on_handle_closed);
	uv_close((uv_handle_t *)&server->soon_idle, on_handle_closed);
}
