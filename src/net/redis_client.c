/* SPDX-License-Identifier: Apache-2.0
 * Calls in order, their deadlines, scripts, and a new link whenever the old one is lost.
 *   waiting  calls that no link has seen yet; they outlive a lost link until their deadline
 *   sent     calls whose replies come next, in this order; a timed-out or cancelled one stays, without its callback, to take its reply
 *   by_time  calls by deadline; all have the same time, so appending keeps the order */
#include "redis_client.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buffer.h"
#include "errors.h"
#include "list.h"
#include "log.h"
#include "metrics.h"
#include "redis_link.h"
#include "sv_assert.h"

#define REDIS_MAGIC 0x72656469u
#define RETRY_FIRST_MS 50u
#define RETRY_MAX_MS 2000u
#define RETRY_TOLD_MS 400u
#define COMMAND_MAX ((size_t)64 << 20)

/* HELLO: login, database and a PING when a link is new; LOAD: SCRIPT LOAD, which tells a script's hash */
enum call_kind { COMMAND, SCRIPT, HELLO, LOAD };

struct script {
	struct script *next;
	const char *text;
	char sha[41];                    /* empty until Redis has told it */
	bool asked;                      /* on this link */
};

struct sv_redis_call {
	struct sv_list in_queue, in_time;
	struct sv_redis *redis;
	enum call_kind kind;
	bool is_sent, overdue;
	uint64_t deadline_ms;
	sv_redis_fn *fn;
	void *context;
	struct script *script;
	struct sv_buffer bytes;          /* the whole command, or of a script what follows the script */
	size_t count;                    /* parts in `bytes` */
};

struct sv_redis {
	unsigned magic;
	struct sv_loop *loop;
	struct sv_redis_address address;
	uint64_t timeout_ms;
	struct sv_redis_link *link;
	bool up, was_up, lost_told, closed;
	unsigned inside;                 /* callbacks on the stack; the memory waits for them */
	unsigned hello_left;
	uint64_t retry_ms, lost_ms;
	struct sv_timer *retry_timer;    /* the next attempt, or the end of this one's patience */
	struct sv_timer *call_timer;
	struct sv_list waiting, sent, by_time;
	struct script *scripts;
};

/* The metric has no label: it is 1 while any client of the process is connected. */
static _Atomic int up_count;

static void
set_up(struct sv_redis *redis, bool up)
{
	if (redis->up == up)
		return;
	redis->up = up;
	int count = atomic_fetch_add(&up_count, up ? 1 : -1) + (up ? 1 : -1);
	sv_metric_set(SV_METRIC_redis_up, 0, count > 0);
}

static void
enter(struct sv_redis *redis)
{
	redis->inside++;
}

static void
leave(struct sv_redis *redis)
{
	if (--redis->inside > 0 || !redis->closed)
		return;
	for (struct script *script = redis->scripts, *next; script != NULL; script = next) {
		next = script->next;
		free(script);
	}
	sv_wipe(&redis->address, sizeof redis->address);
	redis->magic = 0;
	free(redis);
}

/* ---- commands as bytes ---- */

static void
put_part(struct sv_buffer *out, const char *data, size_t length)
{
	sv_buffer_printf(out, "$%zu\r\n", length);
	sv_buffer_append(out, data, length);
	sv_buffer_append(out, "\r\n", 2);
}

static void
put_text(struct sv_buffer *out, const char *text)
{
	put_part(out, text, strlen(text));
}

/* ---- calls ---- */

static struct sv_redis_call *
call_new(struct sv_redis *redis, enum call_kind kind, sv_redis_fn *fn, void *context)
{
	struct sv_redis_call *call = sv_xcalloc(1, sizeof *call);

	call->redis = redis;
	call->kind = kind;
	call->fn = fn;
	call->context = context;
	sv_list_init(&call->in_queue);
	sv_list_init(&call->in_time);
	sv_buffer_init(&call->bytes, COMMAND_MAX);
	return call;
}

static void
call_free(struct sv_redis_call *call)
{
	sv_list_remove(&call->in_queue);
	sv_list_remove(&call->in_time);
	sv_buffer_fini(&call->bytes);
	free(call);
}

static void
finish(struct sv_redis_call *call, int rc, const struct sv_redis_value *value)
{
	sv_redis_fn *fn = call->fn;
	void *context = call->context;

	call_free(call);
	if (fn != NULL)
		fn(context, rc, value);
}

static struct sv_redis_call *
first(struct sv_list *queue)
{
	return SV_CONTAINER(queue->next, struct sv_redis_call, in_queue);
}

static void
fail_all(struct sv_list *queue, int rc)
{
	while (!sv_list_empty(queue))
		finish(first(queue), rc, NULL);
}

static void
on_call_time(void *context);

static void
set_deadline(struct sv_redis_call *call)
{
	struct sv_redis *redis = call->redis;

	call->deadline_ms = sv_loop_now_ms(redis->loop) + redis->timeout_ms;
	sv_list_remove(&call->in_time);
	sv_list_append(&redis->by_time, &call->in_time);
	if (redis->call_timer == NULL)
		redis->call_timer = sv_timer_start(redis->loop, redis->timeout_ms, 0, on_call_time, redis);
}

/* Hand it to the link.  The order of `sent` is the order of the replies. */
static void
transmit(struct sv_redis_call *call)
{
	struct sv_redis *redis = call->redis;
	struct sv_buffer head;

	sv_list_remove(&call->in_queue);
	sv_list_append(&redis->sent, &call->in_queue);
	call->is_sent = true;
	sv_buffer_init(&head, COMMAND_MAX);
	sv_buffer_printf(&head, "*%zu\r\n", call->count + (call->kind == SCRIPT ? 2 : 0));
	if (call->kind == SCRIPT && call->script->sha[0] != '\0') {
		put_text(&head, "EVALSHA");
		put_text(&head, call->script->sha);
	} else if (call->kind == SCRIPT) {
		put_text(&head, "EVAL");
		put_text(&head, call->script->text);
	}
	sv_redis_link_send(redis->link, &head, &call->bytes);
	sv_buffer_fini(&head);
	if (call->kind != SCRIPT)
		sv_buffer_fini(&call->bytes);
}

static void
send_own(struct sv_redis *redis, enum call_kind kind, struct script *script, const char *const *parts)
{
	struct sv_redis_call *call = call_new(redis, kind, NULL, NULL);

	call->script = script;
	for (; *parts != NULL; parts++, call->count++)
		put_text(&call->bytes, *parts);
	set_deadline(call);
	transmit(call);
}

static void
issue(struct sv_redis_call *call)
{
	struct sv_redis *redis = call->redis;

	if (!redis->up) {
		sv_list_append(&redis->waiting, &call->in_queue);
		return;
	}
	if (call->kind == SCRIPT && call->script->sha[0] == '\0' && !call->script->asked) {
		call->script->asked = true;
		send_own(redis, LOAD, call->script, (const char *const[]){"SCRIPT", "LOAD", call->script->text, NULL});
	}
	transmit(call);
}

/* ---- links ---- */

static void
on_retry(void *context);

static void
lose(struct sv_redis *redis, const char *why)
{
	set_up(redis, false);
	sv_redis_link_close(redis->link);
	redis->link = NULL;
	for (struct script *script = redis->scripts; script != NULL; script = script->next)
		script->asked = false;
	/* who starts beside Redis finds it a moment later: that is no loss */
	if (!redis->lost_told && (redis->was_up || redis->retry_ms >= RETRY_TOLD_MS)) {
		redis->lost_told = true;
		redis->lost_ms = sv_loop_now_ms(redis->loop);
		sv_log(SV_LOG_WARN, SV_EVENT_redis_lost, "why=%s retry_ms=%" PRIu64, sv_log_quote(why), redis->retry_ms);
	}
	sv_timer_cancel(redis->retry_timer);
	redis->retry_timer = sv_timer_start(redis->loop, redis->retry_ms, 0, on_retry, redis);
	redis->retry_ms = redis->retry_ms * 2 < RETRY_MAX_MS ? redis->retry_ms * 2 : RETRY_MAX_MS;
	fail_all(&redis->sent, SV_EUNAVAIL);
}

static void
came_up(struct sv_redis *redis)
{
	sv_timer_cancel(redis->retry_timer);
	redis->retry_timer = NULL;
	redis->retry_ms = RETRY_FIRST_MS;
	redis->was_up = true;
	set_up(redis, true);
	if (redis->lost_told)
		sv_log(SV_LOG_INFO, SV_EVENT_redis_back, "down_ms=%" PRIu64, sv_loop_now_ms(redis->loop) - redis->lost_ms);
	redis->lost_told = false;
	while (!sv_list_empty(&redis->waiting)) {
		struct sv_redis_call *call = first(&redis->waiting);
		sv_list_remove(&call->in_queue);
		issue(call);
	}
}

static void
on_open(void *context)
{
	struct sv_redis *redis = context;
	const struct sv_redis_address *address = &redis->address;
	char number[16];

	/* PING last: a Redis that still loads its data refuses it */
	redis->hello_left = 1;
	if (address->password[0] != '\0') {
		redis->hello_left++;
		if (address->user[0] != '\0')
			send_own(redis, HELLO, NULL, (const char *const[]){"AUTH", address->user, address->password, NULL});
		else
			send_own(redis, HELLO, NULL, (const char *const[]){"AUTH", address->password, NULL});
	}
	if (address->database != 0) {
		redis->hello_left++;
		(void)snprintf(number, sizeof number, "%u", address->database);
		send_own(redis, HELLO, NULL, (const char *const[]){"SELECT", number, NULL});
	}
	send_own(redis, HELLO, NULL, (const char *const[]){"PING", NULL});
}

static bool
is_error(const struct sv_redis_value *value, const char *prefix)
{
	return value->kind == SV_REDIS_ERROR && strncmp(value->text, prefix, strlen(prefix)) == 0;
}

static void
take_reply(struct sv_redis *redis, const struct sv_redis_value *value)
{
	if (sv_list_empty(&redis->sent)) {
		lose(redis, "a reply nobody asked for");
		return;
	}
	struct sv_redis_call *call = first(&redis->sent);
	if (call->kind == SCRIPT && call->fn != NULL && is_error(value, "NOSCRIPT")) {
		/* Redis has forgotten its scripts: EVAL brings this one back */
		call->script->sha[0] = '\0';
		call->script->asked = false;
		sv_list_remove(&call->in_queue);
		issue(call);
		return;
	}
	if (call->kind == LOAD && value->kind == SV_REDIS_TEXT && value->length == 40)
		(void)strcpy(call->script->sha, value->text);
	enum call_kind kind = call->kind;
	finish(call, value->kind == SV_REDIS_ERROR ? SV_EPROTO : 0, value);
	if (kind != HELLO || redis->closed)
		return;
	if (value->kind == SV_REDIS_ERROR)
		lose(redis, value->text);
	else if (--redis->hello_left == 0)
		came_up(redis);
}

static void
on_reply(void *context, const struct sv_redis_value *value)
{
	struct sv_redis *redis = context;

	enter(redis);
	take_reply(redis, value);
	leave(redis);
}

static void
on_lost(void *context, const char *why)
{
	struct sv_redis *redis = context;

	enter(redis);
	lose(redis, why);
	leave(redis);
}

static void
on_impatient(void *context)
{
	struct sv_redis *redis = context;

	redis->retry_timer = NULL;
	on_lost(redis, "no answer");
}

static void
on_retry(void *context)
{
	struct sv_redis *redis = context;
	const struct sv_redis_link_events events = {on_open, on_reply, on_lost, redis};

	redis->link = sv_redis_link_open(redis->loop, &redis->address, &events);
	redis->retry_timer = sv_timer_start(redis->loop, redis->timeout_ms, 0, on_impatient, redis);
}

/* ---- deadlines ---- */

/* A call's time is over.  True: the link is no good any more. */
static bool
expire(struct sv_redis_call *call)
{
	if (!call->is_sent) {
		finish(call, SV_EUNAVAIL, NULL);
		return false;
	}
	/* silent for twice the time, or in the first words of a link: it will not answer */
	if (call->overdue || call->kind == HELLO)
		return true;
	sv_redis_fn *fn = call->fn;
	call->overdue = true;
	call->fn = NULL;
	set_deadline(call);
	if (fn != NULL)
		fn(call->context, SV_ETIMEOUT, NULL);
	return false;
}

static void
on_call_time(void *context)
{
	struct sv_redis *redis = context;
	uint64_t now = sv_loop_now_ms(redis->loop);

	redis->call_timer = NULL;
	enter(redis);
	while (!redis->closed && !sv_list_empty(&redis->by_time)) {
		struct sv_redis_call *call = SV_CONTAINER(redis->by_time.next, struct sv_redis_call, in_time);
		if (call->deadline_ms > now) {
			sv_timer_cancel(redis->call_timer);
			redis->call_timer = sv_timer_start(redis->loop, call->deadline_ms - now, 0, on_call_time, redis);
			break;
		}
		if (expire(call))
			lose(redis, "no answer");
	}
	leave(redis);
}

/* ---- what others call ---- */

int
sv_redis_open(struct sv_loop *loop, const char *address, uint64_t timeout_ms, struct sv_redis **ret_redis)
{
	struct sv_redis_address parsed;
	int rc = sv_redis_address_parse(address, &parsed);

	if (rc < 0)
		return rc;
	struct sv_redis *redis = sv_xcalloc(1, sizeof *redis);
	redis->magic = REDIS_MAGIC;
	redis->loop = loop;
	redis->address = parsed;
	redis->timeout_ms = timeout_ms == 0 ? 2000 : timeout_ms;
	redis->retry_ms = RETRY_FIRST_MS;
	sv_list_init(&redis->waiting);
	sv_list_init(&redis->sent);
	sv_list_init(&redis->by_time);
	on_retry(redis);
	*ret_redis = redis;
	return 0;
}

void
sv_redis_close(struct sv_redis *redis)
{
	if (redis == NULL)
		return;
	SV_CHECK(redis, REDIS_MAGIC);
	if (redis->closed)
		return;
	redis->closed = true;
	enter(redis);
	set_up(redis, false);
	sv_timer_cancel(redis->retry_timer);
	sv_timer_cancel(redis->call_timer);
	sv_redis_link_close(redis->link);
	fail_all(&redis->sent, SV_ECANCELED);
	fail_all(&redis->waiting, SV_ECANCELED);
	leave(redis);
}

bool
sv_redis_up(const struct sv_redis *redis)
{
	SV_CHECK(redis, REDIS_MAGIC);
	return redis->up;
}

struct sv_redis_call *
sv_redis_command(struct sv_redis *redis, const char *const *arguments, const size_t *lengths, size_t count, sv_redis_fn *fn, void *context)
{
	SV_CHECK(redis, REDIS_MAGIC);
	sv_assert(!redis->closed && count > 0);
	struct sv_redis_call *call = call_new(redis, COMMAND, fn, context);

	for (size_t i = 0; i < count; i++)
		put_part(&call->bytes, arguments[i], lengths == NULL ? strlen(arguments[i]) : lengths[i]);
	call->count = count;
	sv_assert(sv_buffer_error(&call->bytes) == 0);
	set_deadline(call);
	issue(call);
	return call;
}

static struct script *
find_script(struct sv_redis *redis, const char *text)
{
	struct script *script = redis->scripts;

	while (script != NULL && script->text != text && strcmp(script->text, text) != 0)
		script = script->next;
	if (script != NULL)
		return script;
	script = sv_xcalloc(1, sizeof *script);
	*script = (struct script){.next = redis->scripts, .text = text};
	return redis->scripts = script;
}

struct sv_redis_call *
sv_redis_script(struct sv_redis *redis, const char *script, const char *const *arguments, size_t count, size_t keys, sv_redis_fn *fn, void *context)
{
	SV_CHECK(redis, REDIS_MAGIC);
	sv_assert(!redis->closed && keys <= count);
	struct sv_redis_call *call = call_new(redis, SCRIPT, fn, context);
	char number[24];

	(void)snprintf(number, sizeof number, "%zu", keys);
	put_text(&call->bytes, number);
	for (size_t i = 0; i < count; i++)
		put_text(&call->bytes, arguments[i]);
	call->count = count + 1;
	call->script = find_script(redis, script);
	sv_assert(sv_buffer_error(&call->bytes) == 0);
	set_deadline(call);
	issue(call);
	return call;
}

void
sv_redis_cancel(struct sv_redis_call *call)
{
	if (call == NULL)
		return;
	call->fn = NULL;
	if (!call->is_sent)
		call_free(call);
}
