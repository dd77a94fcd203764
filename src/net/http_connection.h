/* SPDX-License-Identifier: Apache-2.0
 * What the files of the HTTP server share: server, connection, request.  Nobody else includes this. */
#ifndef SV_HTTP_CONNECTION_H
#define SV_HTTP_CONNECTION_H

#include <uv.h>

#include "buffer.h"
#include "http_chunked.h"
#include "http_date.h"
#include "http_head.h"
#include "http_server.h"
#include "list.h"
#include "unix_socket.h"

#define SV_HTTP_SERVER_MAGIC 0x68747073u
#define SV_HTTP_CONNECTION_MAGIC 0x68747063u
#define SV_HTTP_REQUEST_MAGIC 0x68747072u
#define SV_HTTP_SPILL_MAX 8192u      /* bytes of a next request that may wait while an answer runs */
#define SV_HTTP_READ_MAX 65536u

/* Every wait of one kind is equally long, so each list is in order of its deadlines and needs no heap. */
enum sv_http_wait { SV_HTTP_WAIT_HEADER = 0, SV_HTTP_WAIT_IDLE, SV_HTTP_WAIT_WRITE, SV_HTTP_WAIT_LINGER, SV_HTTP_WAIT_COUNT, SV_HTTP_WAIT_NONE };

enum sv_http_state {
	SV_HTTP_READING = 0,             /* between requests, or in a head */
	SV_HTTP_BODY,                    /* in a request's body */
	SV_HTTP_ANSWERING,               /* the handler owns the request */
	SV_HTTP_SENDING,                 /* the answer is complete, its last bytes wait for the kernel; no request */
	SV_HTTP_LINGERING,               /* our end is shut; reading until the client has seen it */
	SV_HTTP_CLOSED,
};

struct sv_http_server {
	unsigned magic;
	struct sv_loop *loop;
	struct sv_http_server_options options;
	struct sv_unix_socket unix_socket;
	int listen_fd;                   /* -1: no longer accepting */
	unsigned port;
	unsigned connection_count;
	bool accept_paused, draining, closed;
	unsigned handles;                /* of libuv, not yet closed; the memory waits for them */
	uv_poll_t listen_poll;
	uv_timer_t timer;                /* the earliest deadline */
	uv_timer_t accept_timer;         /* tries again after the process was out of descriptors */
	uv_idle_t soon_idle;             /* runs while `soon` is not empty */
	uint64_t timer_due_ms;           /* UINT64_MAX: not running */
	uint64_t wait_ms[SV_HTTP_WAIT_COUNT];
	struct sv_list waiting[SV_HTTP_WAIT_COUNT];
	struct sv_list connections;
	struct sv_list soon;
	sv_loop_fn *drain_done;
	void *drain_context;
	struct sv_timer *drain_timer;
	uint64_t id_seed[2];
	struct sv_buffer build;          /* heads are built here */
	int64_t date_s;
	char date[SV_HTTP_DATE_SIZE];
	uint8_t scratch[SV_HTTP_READ_MAX];   /* every read lands here first: idle connections own no buffer */
};

/* Bytes that the kernel did not take at once. */
struct sv_http_out {
	struct sv_http_out *next;
	const uint8_t *data;
	size_t length;
	sv_http_release_fn *release;
	void *release_context;
	uint8_t copy[];
};

struct sv_http_connection {
	unsigned magic;
	enum sv_http_state state;
	struct sv_http_server *server;
	int fd;
	bool polls_write, broken, close_after, linger, room_due;
	bool held;                       /* the queue is a head that waits for the first bytes of its body */
	uv_poll_t poll;
	struct sv_list in_server, in_waiting, in_soon;
	uint64_t deadline_ms;
	uint8_t *input;                  /* bytes that no request has used yet */
	size_t input_length, input_capacity, discarded;
	struct sv_http_request *request;
	struct sv_http_out *out, **out_last;
	size_t queued, burst;
	uint64_t head_us;                /* when the head of the request was whole */
};

struct sv_http_request {
	unsigned magic;
	struct sv_http_connection *connection;
	bool started, aborted, head_only;
	uint64_t left;                   /* bytes of the answer's body that the handler still owes */
	sv_http_abort_fn *on_abort;
	void *abort_context;
	sv_loop_fn *on_room;
	void *room_context;
	bool wants_room;
	uint8_t *bytes;                  /* of the head; its texts point here */
	struct sv_buffer body;
	struct sv_http_chunked chunked;
	struct sv_arena *arena;
	char id[13];
	struct sv_http_head head;
};

/* http_server.c */
void sv_http_wait(struct sv_http_connection *connection, enum sv_http_wait wait);
void sv_http_soon(struct sv_http_connection *connection);
void sv_http_connection_gone(struct sv_http_server *server);
const char *sv_http_date(struct sv_http_server *server);

/* http_connection.c */
void sv_http_connection_new(struct sv_http_server *server, int fd);
/* Tell libuv which events are wanted. */
void sv_http_connection_poll(struct sv_http_connection *connection);
/* A deadline passed. */
void sv_http_connection_expire(struct sv_http_connection *connection);
void sv_http_connection_run_soon(struct sv_http_connection *connection);
/* Close it now; on_abort runs when an answer was owed. */
void sv_http_connection_abort(struct sv_http_connection *connection, int why);
/* For a drain: close it when nothing of a request has come. */
void sv_http_connection_drain(struct sv_http_connection *connection);
/* The handler is done with the request: free it, go on when the queue is empty. */
void sv_http_connection_answered(struct sv_http_connection *connection);
/* Close without a word to anybody. */
void sv_http_connection_close(struct sv_http_connection *connection);

/* http_send.c */
/* Hand bytes to the kernel, copy what it does not take.  The queue must be empty. */
void sv_http_send_copy(struct sv_http_connection *connection, struct iovec *parts, size_t count);
/* Queue without copying, and send what can be sent; or queue a copy that leaves with what comes next. */
void sv_http_send_queue(struct sv_http_connection *connection, const void *data, size_t length, sv_http_release_fn *release, void *context);
void sv_http_send_hold(struct sv_http_connection *connection, const void *data, size_t length);
/* The kernel has room again (or may have).  A connection that fails becomes `broken`, and is aborted soon. */
void sv_http_send_flush(struct sv_http_connection *connection);
void sv_http_send_drop(struct sv_http_connection *connection);

/* http_response.c */
/* Answer a request that no handler may see, then close. */
void sv_http_response_refuse(struct sv_http_connection *connection, int status);

#endif
