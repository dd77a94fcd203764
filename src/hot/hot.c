/* SPDX-License-Identifier: Apache-2.0
 * Hot state.  One Redis command or script a call, so that every step is atomic there; a call here is the memory of who asked. */
#include "hot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buffer.h"
#include "digest.h"
#include "errors.h"
#include "list.h"
#include "paths.h"
#include "random.h"
#include "redis_client.h"
#include "sv_assert.h"

#define MAGIC 0x486f7431u
#define SECRET_BYTES 32
#define NAME_MAX_BYTES 32
#define KEY_SIZE 128
#define PROGRESS_LIFE_S "30"
#define REDIS_TIMEOUT_MS 2000

/* The idle time ends with the whole life at the latest.  Redis' clock, so that all machines agree. */
static const char script_make[] =
    "redis.call('HSET', KEYS[1], 'made', redis.call('TIME')[1], unpack(ARGV, 2)) "
    "redis.call('EXPIRE', KEYS[1], ARGV[1]) "
    "return redis.call('HGETALL', KEYS[1])";
static const char script_get[] =
    "local made = redis.call('HGET', KEYS[1], 'made') "
    "if not made then return false end "
    "local left = tonumber(made) + tonumber(ARGV[2]) - tonumber(redis.call('TIME')[1]) "
    "if left <= 0 then redis.call('DEL', KEYS[1]) return false end "
    "redis.call('EXPIRE', KEYS[1], math.min(left, tonumber(ARGV[1]))) "
    "return redis.call('HGETALL', KEYS[1])";
static const char script_set[] =
    "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end "
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) return 1";
static const char script_count[] =
    "local amount, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) "
    "local n, left = tonumber(redis.call('GET', KEYS[1]) or '0'), redis.call('PTTL', KEYS[1]) "
    "if left < 0 then n = 0 end "
    "if n + amount > limit then return {0, n, left < 0 and window or left} end "
    "if left < 0 then redis.call('SET', KEYS[1], '0', 'PX', window) left = window end "
    "return {1, redis.call('INCRBY', KEYS[1], amount), left}";

struct sv_hot {
	uint32_t magic;
	struct sv_loop *loop;
	struct sv_redis *redis;
	struct sv_list calls;
};

struct sv_hot_call {
	struct sv_list node;               /* of hot->calls */
	struct sv_hot *hot;
	struct sv_redis_call *redis;       /* NULL once Redis answered, or never asked */
	struct sv_timer *later;            /* the answer was known without Redis */
	int known_rc;
	/* says what the answer means, and hands it over; value is NULL unless rc is 0 */
	void (*finish)(struct sv_hot_call *call, int rc, const struct sv_redis_value *value);
	union {
		sv_hot_fn *plain;
		sv_hot_session_fn *session;
		sv_hot_value_fn *value;
		sv_hot_count_fn *count;
		sv_hot_progress_fn *progress;
	} fn;
	void *context;
	char secret[SV_HOT_SECRET_LENGTH + 1];
};

int
sv_hot_open(struct sv_loop *loop, const struct sv_settings *settings, struct sv_hot **ret_hot)
{
	char path[SV_PATH_MAX];
	struct sv_hot *hot = sv_xcalloc(1, sizeof *hot);
	char *address = settings->redis_url[0] != '\0' ? sv_xstrdup(settings->redis_url)
	    : sv_xasprintf("unix:%s", sv_path(settings, SV_PATH_REDIS_SOCKET, path));
	int rc = sv_redis_open(loop, address, REDIS_TIMEOUT_MS, &hot->redis);

	sv_wipe(address, strlen(address));   /* it may hold a password */
	free(address);
	if (rc < 0) {
		free(hot);
		return rc;
	}
	hot->magic = MAGIC;
	hot->loop = loop;
	sv_list_init(&hot->calls);
	*ret_hot = hot;
	return 0;
}

static void
free_call(struct sv_hot_call *call)
{
	sv_list_remove(&call->node);
	sv_wipe(call->secret, sizeof call->secret);
	free(call);
}

void
sv_hot_cancel(struct sv_hot_call *call)
{
	if (call == NULL)
		return;
	sv_timer_cancel(call->later);
	if (call->redis != NULL)
		sv_redis_cancel(call->redis);
	free_call(call);
}

void
sv_hot_close(struct sv_hot *hot)
{
	if (hot == NULL)
		return;
	SV_CHECK(hot, MAGIC);
	while (!sv_list_empty(&hot->calls))
		sv_hot_cancel(SV_CONTAINER(hot->calls.next, struct sv_hot_call, node));
	sv_redis_close(hot->redis);
	hot->magic = 0;
	free(hot);
}

bool
sv_hot_up(const struct sv_hot *hot)
{
	SV_CHECK(hot, MAGIC);
	return sv_redis_up(hot->redis);
}

/* ---- the way of a call ---- */

static struct sv_hot_call *
new_call(struct sv_hot *hot, void (*finish)(struct sv_hot_call *, int, const struct sv_redis_value *), void *context)
{
	SV_CHECK(hot, MAGIC);
	struct sv_hot_call *call = sv_xcalloc(1, sizeof *call);
	call->hot = hot;
	call->finish = finish;
	call->context = context;
	sv_list_append(&hot->calls, &call->node);
	return call;
}

static void
on_reply(void *context, int rc, const struct sv_redis_value *value)
{
	struct sv_hot_call *call = context;

	call->redis = NULL;
	/* unlinked before the callback: it may close everything */
	sv_list_remove(&call->node);
	call->finish(call, rc, rc == 0 ? value : NULL);
	free_call(call);
}

static void
on_later(void *context)
{
	struct sv_hot_call *call = context;

	call->later = NULL;
	sv_list_remove(&call->node);
	call->finish(call, call->known_rc, NULL);
	free_call(call);
}

static struct sv_hot_call *
answer_later(struct sv_hot_call *call, int rc)
{
	call->known_rc = rc;
	call->later = sv_timer_start(call->hot->loop, 0, 0, on_later, call);
	return call;
}

static struct sv_hot_call *
ask(struct sv_hot_call *call, const char *const *arguments, const size_t *lengths, size_t count)
{
	call->redis = sv_redis_command(call->hot->redis, arguments, lengths, count, on_reply, call);
	return call;
}

static struct sv_hot_call *
ask_script(struct sv_hot_call *call, const char *script, const char *const *arguments, size_t count)
{
	call->redis = sv_redis_script(call->hot->redis, script, arguments, count, 1, on_reply, call);
	return call;
}

/* Letters of ours only: such names stand in keys. */
static bool
name_valid(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

	return length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0';
}

/* PREFIX, and what is secret or of any length as its digest. */
static void
make_key(char out[static KEY_SIZE], const char *prefix, const char *name, struct sv_text secret)
{
	uint8_t digest[SV_DIGEST_SHA256_LENGTH];
	char hex[2 * SV_DIGEST_SHA256_LENGTH + 1];

	sv_digest_sha256(secret.data, secret.length, digest);
	sv_hex_encode(digest, sizeof digest, hex);
	int n = snprintf(out, KEY_SIZE, "sv:%s:%s%s%s", prefix, name, name[0] == '\0' ? "" : ":", hex);
	sv_assert(n > 0 && n < KEY_SIZE);
}

static void
finish_plain(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	if (call->fn.plain != NULL)
		call->fn.plain(call->context, rc);
}

/* ---- sessions ---- */

/* The reply of HGETALL.  SV_EPROTO when it is nothing that we wrote. */
static int
decode_session(const struct sv_redis_value *value, struct sv_hot_session *session, struct sv_hot_field fields[static SV_HOT_MAX_FIELDS])
{
	bool made = false;

	if (value->kind == SV_REDIS_NIL)
		return SV_ENOENT;
	if (value->kind != SV_REDIS_ARRAY || value->length % 2 != 0)
		return SV_EPROTO;
	for (size_t i = 0; i < value->length; i += 2) {
		const struct sv_redis_value *name = &value->items[i], *content = &value->items[i + 1];
		uint64_t number = 0;
		if (name->kind != SV_REDIS_TEXT || content->kind != SV_REDIS_TEXT)
			return SV_EPROTO;
		if (strcmp(name->text, "made") == 0) {
			if (sv_text_to_u64((struct sv_text){content->text, content->length}, &number) < 0 || number > INT64_MAX)
				return SV_EPROTO;
			session->made_unix_s = (int64_t)number;
			made = true;
		} else if (session->field_count < SV_HOT_MAX_FIELDS) {
			fields[session->field_count++] = (struct sv_hot_field){name->text, content->text};
		}
	}
	session->fields = fields;
	return made ? 0 : SV_EPROTO;
}

static void
finish_session(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	struct sv_hot_field fields[SV_HOT_MAX_FIELDS];
	struct sv_hot_session session = {0};

	if (rc == 0)
		rc = decode_session(value, &session, fields);
	memcpy(session.secret, call->secret, sizeof session.secret);
	call->fn.session(call->context, rc, rc == 0 ? &session : NULL);
	sv_wipe(session.secret, sizeof session.secret);
}

static bool
field_valid(const char *name, const char *value)
{
	return name_valid(name) && strcmp(name, "made") != 0 && strlen(value) <= SV_HOT_MAX_FIELD;
}

struct sv_hot_call *
sv_hot_session_make(struct sv_hot *hot, const struct sv_hot_field *fields, size_t count, sv_hot_session_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_session, context);
	uint8_t secret[SECRET_BYTES];
	char key[KEY_SIZE], idle[24];
	const char *arguments[2 + 2 * SV_HOT_MAX_FIELDS] = {key, idle};

	call->fn.session = fn;
	for (size_t i = 0; i < count; i++)
		if (count > SV_HOT_MAX_FIELDS || !field_valid(fields[i].name, fields[i].value))
			return answer_later(call, SV_EINVAL);
	sv_random_bytes(secret, sizeof secret);
	(void)sv_base64url_encode(secret, sizeof secret, call->secret);
	sv_wipe(secret, sizeof secret);
	make_key(key, "session", "", sv_text_of(call->secret));
	(void)snprintf(idle, sizeof idle, "%d", SV_HOT_SESSION_IDLE_S);
	for (size_t i = 0; i < count; i++) {
		arguments[2 + 2 * i] = fields[i].name;
		arguments[3 + 2 * i] = fields[i].value;
	}
	return ask_script(call, script_make, arguments, 2 + 2 * count);
}

/* Could it be a session's secret? */
static bool
secret_valid(struct sv_text secret)
{
	uint8_t bytes[SECRET_BYTES];
	bool valid = secret.length == SV_HOT_SECRET_LENGTH && sv_base64url_decode(secret, bytes, sizeof bytes) == SECRET_BYTES;

	sv_wipe(bytes, sizeof bytes);
	return valid;
}

struct sv_hot_call *
sv_hot_session_get(struct sv_hot *hot, struct sv_text secret, sv_hot_session_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_session, context);
	char key[KEY_SIZE], idle[24], life[24];

	call->fn.session = fn;
	if (!secret_valid(secret))
		return answer_later(call, SV_ENOENT);
	memcpy(call->secret, secret.data, secret.length);
	make_key(key, "session", "", secret);
	(void)snprintf(idle, sizeof idle, "%d", SV_HOT_SESSION_IDLE_S);
	(void)snprintf(life, sizeof life, "%d", SV_HOT_SESSION_LIFE_S);
	return ask_script(call, script_get, (const char *[]){key, idle, life}, 3);
}

static void
finish_set(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	if (rc == 0)
		rc = value->kind != SV_REDIS_INTEGER ? SV_EPROTO : value->integer == 1 ? 0 : SV_ENOENT;
	finish_plain(call, rc, NULL);
}

struct sv_hot_call *
sv_hot_session_set(struct sv_hot *hot, struct sv_text secret, const char *name, const char *value, sv_hot_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_set, context);
	char key[KEY_SIZE];

	call->fn.plain = fn;
	if (!field_valid(name, value))
		return answer_later(call, SV_EINVAL);
	if (!secret_valid(secret))
		return answer_later(call, SV_ENOENT);
	make_key(key, "session", "", secret);
	return ask_script(call, script_set, (const char *[]){key, name, value}, 3);
}

struct sv_hot_call *
sv_hot_session_drop(struct sv_hot *hot, struct sv_text secret, sv_hot_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_plain, context);
	char key[KEY_SIZE];

	call->fn.plain = fn;
	if (!secret_valid(secret))
		return answer_later(call, 0);
	make_key(key, "session", "", secret);
	return ask(call, (const char *[]){"DEL", key}, NULL, 2);
}

/* ---- one-time tokens ---- */

static void
finish_put(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	if (rc == 0)   /* SET with NX answers OK, or nothing when the key was there */
		rc = value->kind == SV_REDIS_NIL ? SV_EEXIST : 0;
	finish_plain(call, rc, NULL);
}

struct sv_hot_call *
sv_hot_token_put(struct sv_hot *hot, const char *purpose, struct sv_text token, struct sv_text value, uint64_t life_s, sv_hot_fn *fn,
    void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_put, context);
	char key[KEY_SIZE], life[24];

	call->fn.plain = fn;
	if (!name_valid(purpose) || token.length == 0 || value.length > SV_HOT_MAX_FIELD || life_s == 0 || life_s > INT32_MAX)
		return answer_later(call, SV_EINVAL);
	make_key(key, "token", purpose, token);
	int n = snprintf(life, sizeof life, "%llu", (unsigned long long)life_s);
	return ask(call, (const char *[]){"SET", key, value.length == 0 ? "" : value.data, "EX", life, "NX"},
	    (const size_t[]){3, strlen(key), value.length, 2, (size_t)n, 2}, 6);
}

static void
finish_take(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	if (rc == 0)
		rc = value->kind == SV_REDIS_NIL ? SV_ENOENT : value->kind == SV_REDIS_TEXT ? 0 : SV_EPROTO;
	call->fn.value(call->context, rc, rc == 0 ? value->text : NULL, rc == 0 ? value->length : 0);
}

struct sv_hot_call *
sv_hot_token_take(struct sv_hot *hot, const char *purpose, struct sv_text token, sv_hot_value_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_take, context);
	char key[KEY_SIZE];

	call->fn.value = fn;
	if (!name_valid(purpose) || token.length == 0)
		return answer_later(call, SV_ENOENT);
	make_key(key, "token", purpose, token);
	return ask(call, (const char *[]){"GETDEL", key}, NULL, 2);
}

/* ---- counters ---- */

static void
finish_count(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	struct sv_hot_count count = {0};

	if (rc == 0 && (value->kind != SV_REDIS_ARRAY || value->length != 3 || value->items[0].kind != SV_REDIS_INTEGER ||
	    value->items[1].kind != SV_REDIS_INTEGER || value->items[2].kind != SV_REDIS_INTEGER))
		rc = SV_EPROTO;
	if (rc == 0)
		count = (struct sv_hot_count){value->items[0].integer == 1, (uint64_t)value->items[1].integer, (uint64_t)value->items[2].integer};
	call->fn.count(call->context, rc, rc == 0 ? &count : NULL);
}

struct sv_hot_call *
sv_hot_count(struct sv_hot *hot, const char *what, struct sv_text who, uint64_t amount, uint64_t limit, uint64_t window_s, sv_hot_count_fn *fn,
    void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_count, context);
	char key[KEY_SIZE], numbers[3][24];

	call->fn.count = fn;
	/* Lua's numbers are exact below 2^53 */
	if (!name_valid(what) || amount > INT32_MAX || limit > (uint64_t)1 << 52 || window_s == 0 || window_s > INT32_MAX)
		return answer_later(call, SV_EINVAL);
	make_key(key, "count", what, who);
	(void)snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long)amount);
	(void)snprintf(numbers[1], sizeof numbers[1], "%llu", (unsigned long long)limit);
	(void)snprintf(numbers[2], sizeof numbers[2], "%llu", (unsigned long long)window_s * 1000);
	return ask_script(call, script_count, (const char *[]){key, numbers[0], numbers[1], numbers[2]}, 4);
}

/* ---- progress ---- */

static const char *const work_keys[SV_HOT_WORK_COUNT] = {[SV_HOT_SAMPLES] = "sv:work:samples", [SV_HOT_LIBRARY] = "sv:work:library"};

struct sv_hot_call *
sv_hot_progress_put(struct sv_hot *hot, enum sv_hot_work work, const struct sv_hot_progress *progress, sv_hot_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_plain, context);
	char text[64];

	sv_assert(work < SV_HOT_WORK_COUNT);
	call->fn.plain = fn;
	if (!progress->active)
		return ask(call, (const char *[]){"DEL", work_keys[work]}, NULL, 2);
	(void)snprintf(text, sizeof text, "%u/%u/%u", progress->done, progress->total, progress->percent);
	return ask(call, (const char *[]){"SET", work_keys[work], text, "EX", PROGRESS_LIFE_S}, NULL, 5);
}

static struct sv_hot_progress
decode_progress(const struct sv_redis_value *value)
{
	struct sv_text rest = {value->text, value->length};
	uint64_t numbers[3];

	if (value->kind != SV_REDIS_TEXT)
		return (struct sv_hot_progress){0};
	for (size_t i = 0; i < 3; i++)
		if (sv_text_to_u64(sv_text_split(&rest, '/'), &numbers[i]) < 0 || numbers[i] > UINT32_MAX)
			return (struct sv_hot_progress){0};
	return (struct sv_hot_progress){true, (unsigned)numbers[0], (unsigned)numbers[1], numbers[2] > 100 ? 100 : (unsigned)numbers[2]};
}

static void
finish_progress(struct sv_hot_call *call, int rc, const struct sv_redis_value *value)
{
	struct sv_hot_progress progress[SV_HOT_WORK_COUNT] = {0};

	if (rc == 0 && (value->kind != SV_REDIS_ARRAY || value->length != SV_HOT_WORK_COUNT))
		rc = SV_EPROTO;
	for (size_t i = 0; rc == 0 && i < SV_HOT_WORK_COUNT; i++)
		progress[i] = decode_progress(&value->items[i]);
	call->fn.progress(call->context, rc, rc == 0 ? progress : NULL);
}

struct sv_hot_call *
sv_hot_progress_get(struct sv_hot *hot, sv_hot_progress_fn *fn, void *context)
{
	struct sv_hot_call *call = new_call(hot, finish_progress, context);

	call->fn.progress = fn;
	return ask(call, (const char *[]){"MGET", work_keys[SV_HOT_SAMPLES], work_keys[SV_HOT_LIBRARY]}, NULL, 1 + SV_HOT_WORK_COUNT);
}
