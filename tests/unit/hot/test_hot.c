/* SPDX-License-Identifier: Apache-2.0
 * Hot state on a real Redis, which each test starts on a unix socket of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "hot.h"
#include "process.h"
#include "redis_client.h"

#define REDIS_PROGRAM "/usr/bin/redis-server"

struct world {
	char folder[40], path[64];
	struct sv_loop *loop;
	struct sv_settings settings;
	struct sv_process *process;
	struct sv_hot *hot;
	bool exited;
	/* what the last callback said */
	bool done;
	int rc;
	char secret[SV_HOT_SECRET_LENGTH + 1], text[1024];
	int64_t made;
	size_t fields;
	struct sv_hot_count count;
	struct sv_hot_progress progress[SV_HOT_WORK_COUNT];
	struct sv_hot *close_in_callback;
};

static void
on_exit_seen(void *context, int code, int number)
{
	(void)code;
	(void)number;
	((struct world *)context)->exited = true;
}

static void
start_redis(struct world *w)
{
	static char zero[] = "0", port[] = "--port", socket[] = "--unixsocket", dir[] = "--dir", save[] = "--save", nothing[] = "", name[] = "redis-server";
	char *arguments[] = {name, port, zero, socket, w->path, dir, w->folder, save, nothing, NULL};
	struct sv_process_options options = {.program = REDIS_PROGRAM, .arguments = arguments, .on_exit = on_exit_seen, .on_line = NULL, .context = w,
	    .parent_death_signal = SIGKILL};

	w->exited = false;
	assert_int_equal(sv_process_start(w->loop, &options, &w->process), 0);
}

static void
kill_redis(struct world *w)
{
	sv_process_kill(w->process, SIGKILL);
	sv_loop_run_until(w->loop, &w->exited);
	sv_process_close(w->process);
	w->process = NULL;
}

static int
set_up(void **state)
{
	struct world *w = sv_xcalloc(1, sizeof *w);
	char why[300];

	w->loop = sv_loop_new();
	strcpy(w->folder, "/tmp/sv-hot-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof w->path, "%s/redis.sock", w->folder);
	sv_settings_init(&w->settings);
	assert_int_equal(sv_settings_set(&w->settings, SV_TEXT("SV_RUN_FOLDER"), sv_text_of(w->folder), why, sizeof why), 0);
	start_redis(w);
	assert_int_equal(sv_hot_open(w->loop, &w->settings, &w->hot), 0);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	sv_hot_close(w->hot);
	if (w->process != NULL)
		kill_redis(w);
	sv_loop_free(w->loop);
	sv_settings_fini(&w->settings);
	(void)unlink(w->path);
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
	return 0;
}

static void
said(struct world *w, int rc)
{
	assert_false(w->done);
	w->rc = rc;
	w->done = true;
	if (w->close_in_callback != NULL)
		sv_hot_close(w->close_in_callback);
}

static void
on_plain(void *context, int rc)
{
	said(context, rc);
}

static void
on_session(void *context, int rc, const struct sv_hot_session *session)
{
	struct world *w = context;

	assert_true((rc == 0) == (session != NULL));
	w->text[0] = '\0';
	if (session != NULL) {
		strcpy(w->secret, session->secret);
		w->made = session->made_unix_s;
		w->fields = session->field_count;
		for (size_t i = 0; i < session->field_count; i++)
			sprintf(w->text + strlen(w->text), "%s=%s;", session->fields[i].name, session->fields[i].value);
	}
	said(w, rc);
}

static void
on_value(void *context, int rc, const char *value, size_t length)
{
	struct world *w = context;

	snprintf(w->text, sizeof w->text, "%.*s", (int)length, value == NULL ? "" : value);
	said(w, rc);
}

static void
on_count(void *context, int rc, const struct sv_hot_count *count)
{
	struct world *w = context;

	assert_true((rc == 0) == (count != NULL));
	if (count != NULL)
		w->count = *count;
	said(w, rc);
}

static void
on_progress(void *context, int rc, const struct sv_hot_progress *progress)
{
	struct world *w = context;

	if (progress != NULL)
		memcpy(w->progress, progress, sizeof w->progress);
	said(w, rc);
}

/* Start `call`, wait for its one callback, give its rc. */
#define DO(w, call) (begin(w), (void)(call), wait_for(w))

static void
begin(struct world *w)
{
	w->done = false;
	w->rc = 1;
}

static int
wait_for(struct world *w)
{
	assert_false(w->done);           /* never from inside the start */
	sv_loop_run_until(w->loop, &w->done);
	return w->rc;
}

static void
a_session_lives(void **state)
{
	struct world *w = *state;
	const struct sv_hot_field fields[] = {{"tier", "guest"}, {"theme", "dark \"x\"\n"}};

	assert_int_equal(DO(w, sv_hot_session_make(w->hot, fields, 2, on_session, w)), 0);
	assert_int_equal(strlen(w->secret), SV_HOT_SECRET_LENGTH);
	assert_true(w->made > 1000000000);
	struct sv_text secret = sv_text_of(sv_xstrdup(w->secret));
	int64_t made = w->made;
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, secret, on_session, w)), 0);
	assert_int_equal(w->made, made);
	assert_int_equal(w->fields, 2);
	assert_non_null(strstr(w->text, "tier=guest;"));
	assert_non_null(strstr(w->text, "theme=dark \"x\"\n;"));
	assert_int_equal(DO(w, sv_hot_session_set(w->hot, secret, "tier", "member", on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_session_set(w->hot, secret, "made", "1", on_plain, w)), SV_EINVAL);
	assert_int_equal(DO(w, sv_hot_session_set(w->hot, secret, "UPPER", "1", on_plain, w)), SV_EINVAL);
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, secret, on_session, w)), 0);
	assert_non_null(strstr(w->text, "tier=member;"));
	assert_int_equal(DO(w, sv_hot_session_drop(w->hot, secret, on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, secret, on_session, w)), SV_ENOENT);
	assert_int_equal(DO(w, sv_hot_session_set(w->hot, secret, "tier", "member", on_plain, w)), SV_ENOENT);
	assert_int_equal(DO(w, sv_hot_session_drop(w->hot, secret, on_plain, w)), 0);
	free((char *)(uintptr_t)secret.data);
}

static void
odd_secrets_are_nobody(void **state)
{
	struct world *w = *state;
	char text[SV_HOT_SECRET_LENGTH + 2];
	static const char *const odd[] = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA"};

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		assert_int_equal(DO(w, sv_hot_session_get(w->hot, sv_text_of(odd[i]), on_session, w)), SV_ENOENT);
	memset(text, 'A', sizeof text);
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, (struct sv_text){text, sizeof text}, on_session, w)), SV_ENOENT);
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, (struct sv_text){NULL, 0}, on_session, w)), SV_ENOENT);
	/* too many fields, too long a value */
	struct sv_hot_field fields[SV_HOT_MAX_FIELDS + 1];
	for (size_t i = 0; i <= SV_HOT_MAX_FIELDS; i++)
		fields[i] = (struct sv_hot_field){"name", "value"};
	assert_int_equal(DO(w, sv_hot_session_make(w->hot, fields, SV_HOT_MAX_FIELDS + 1, on_session, w)), SV_EINVAL);
	char large[SV_HOT_MAX_FIELD + 2];
	memset(large, 'x', sizeof large);
	large[sizeof large - 1] = '\0';
	fields[0].value = large;
	assert_int_equal(DO(w, sv_hot_session_make(w->hot, fields, 1, on_session, w)), SV_EINVAL);
	assert_int_equal(DO(w, sv_hot_session_make(w->hot, fields, 0, on_session, w)), 0);
	assert_int_equal(w->fields, 0);
}

/* What lies in Redis: no secret, and an end to everything. */
static void
on_keys(void *context, int rc, const struct sv_redis_value *value)
{
	struct world *w = context;

	w->text[0] = '\0';
	assert_int_equal(rc, 0);
	for (size_t i = 0; value->kind == SV_REDIS_ARRAY && i < value->length; i++)
		sprintf(w->text + strlen(w->text), "%s ", value->items[i].text);
	w->made = value->kind == SV_REDIS_INTEGER ? value->integer : 0;
	said(w, 0);
}

static void
redis_holds_no_secret_and_everything_ends(void **state)
{
	struct world *w = *state;
	struct sv_redis *redis = NULL;
	char address[100], keys[1024], secret[SV_HOT_SECRET_LENGTH + 1], *rest = NULL;
	unsigned count = 0;

	assert_int_equal(DO(w, sv_hot_session_make(w->hot, NULL, 0, on_session, w)), 0);
	strcpy(secret, w->secret);
	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "login", SV_TEXT("topsecret"), SV_TEXT("v"), 60, on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_count(w->hot, "links", SV_TEXT("4:192.0.2.1"), 1, 5, 60, on_count, w)), 0);
	assert_int_equal(DO(w, sv_hot_progress_put(w->hot, SV_HOT_SAMPLES, &(struct sv_hot_progress){true, 1, 2, 3}, on_plain, w)), 0);
	snprintf(address, sizeof address, "unix:%s", w->path);
	assert_int_equal(sv_redis_open(w->loop, address, 2000, &redis), 0);
	assert_int_equal(DO(w, sv_redis_command(redis, (const char *[]){"KEYS", "*"}, NULL, 2, on_keys, w)), 0);
	assert_null(strstr(w->text, secret));
	assert_null(strstr(w->text, "topsecret"));
	assert_null(strstr(w->text, "192.0.2.1"));
	strcpy(keys, w->text);
	for (char *key = strtok_r(keys, " ", &rest); key != NULL; key = strtok_r(NULL, " ", &rest)) {
		assert_int_equal(DO(w, sv_redis_command(redis, (const char *[]){"TTL", key}, NULL, 2, on_keys, w)), 0);
		assert_true(w->made > 0 && w->made <= SV_HOT_SESSION_IDLE_S);
		count++;
		/* the idle time begins anew; the whole life ends even a busy session */
		if (strncmp(key, "sv:session:", 11) == 0) {
			assert_int_equal(DO(w, sv_redis_command(redis, (const char *[]){"EXPIRE", key, "50"}, NULL, 3, on_keys, w)), 0);
			assert_int_equal(DO(w, sv_hot_session_get(w->hot, sv_text_of(secret), on_session, w)), 0);
			assert_int_equal(DO(w, sv_redis_command(redis, (const char *[]){"TTL", key}, NULL, 2, on_keys, w)), 0);
			assert_true(w->made > 1000);
			assert_int_equal(DO(w, sv_redis_command(redis, (const char *[]){"HSET", key, "made", "1000000000"}, NULL, 4, on_keys, w)), 0);
			assert_int_equal(DO(w, sv_hot_session_get(w->hot, sv_text_of(secret), on_session, w)), SV_ENOENT);
		}
	}
	assert_int_equal(count, 4);
	sv_redis_close(redis);
}

static void
a_token_is_taken_once(void **state)
{
	struct world *w = *state;
	struct sv_text token = SV_TEXT("tok en\x01");

	assert_int_equal(DO(w, sv_hot_token_take(w->hot, "login", token, on_value, w)), SV_ENOENT);
	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "login", token, SV_TEXT("va\nlue"), 60, on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "login", token, SV_TEXT("other"), 60, on_plain, w)), SV_EEXIST);
	assert_int_equal(DO(w, sv_hot_token_take(w->hot, "other", token, on_value, w)), SV_ENOENT);
	assert_int_equal(DO(w, sv_hot_token_take(w->hot, "login", token, on_value, w)), 0);
	assert_string_equal(w->text, "va\nlue");
	assert_int_equal(DO(w, sv_hot_token_take(w->hot, "login", token, on_value, w)), SV_ENOENT);
	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "login", token, (struct sv_text){NULL, 0}, 60, on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_token_take(w->hot, "login", token, on_value, w)), 0);
	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "Login", token, SV_TEXT("x"), 60, on_plain, w)), SV_EINVAL);
	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "login", token, SV_TEXT("x"), 0, on_plain, w)), SV_EINVAL);
}

struct crowd {
	unsigned got, answered;
	bool done;
};

static void
on_crowd(void *context, int rc, const char *value, size_t length)
{
	struct crowd *crowd = context;

	(void)value;
	(void)length;
	crowd->got += rc == 0;
	crowd->done = ++crowd->answered == 50;
}

static void
of_many_takers_one_gets_it(void **state)
{
	struct world *w = *state;
	struct crowd crowd = {0};

	assert_int_equal(DO(w, sv_hot_token_put(w->hot, "login", SV_TEXT("t"), SV_TEXT("v"), 60, on_plain, w)), 0);
	for (unsigned i = 0; i < 50; i++)
		(void)sv_hot_token_take(w->hot, "login", SV_TEXT("t"), on_crowd, &crowd);
	sv_loop_run_until(w->loop, &crowd.done);
	assert_int_equal(crowd.got, 1);
}

static void
counters_stop_at_their_limit(void **state)
{
	struct world *w = *state;
	struct sv_text who = SV_TEXT("6:20010db800000000");

	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(DO(w, sv_hot_count(w->hot, "links", who, 1, 3, 60, on_count, w)), 0);
		assert_true(w->count.granted);
		assert_int_equal(w->count.count, i);
		assert_true(w->count.retry_ms > 0 && w->count.retry_ms <= 60000);
	}
	assert_int_equal(DO(w, sv_hot_count(w->hot, "links", who, 1, 3, 60, on_count, w)), 0);
	assert_false(w->count.granted);
	assert_int_equal(w->count.count, 3);
	/* others have their own, and a refusal counted nothing */
	assert_int_equal(DO(w, sv_hot_count(w->hot, "links", SV_TEXT("4:192.0.2.1"), 2, 3, 60, on_count, w)), 0);
	assert_true(w->count.granted);
	assert_int_equal(DO(w, sv_hot_count(w->hot, "links", SV_TEXT("4:192.0.2.1"), 2, 3, 60, on_count, w)), 0);
	assert_false(w->count.granted);
	assert_int_equal(DO(w, sv_hot_count(w->hot, "links", SV_TEXT("4:192.0.2.1"), 1, 3, 60, on_count, w)), 0);
	assert_true(w->count.granted);
	assert_int_equal(DO(w, sv_hot_count(w->hot, "downloads", who, 1, 0, 60, on_count, w)), 0);
	assert_false(w->count.granted);
	assert_int_equal(DO(w, sv_hot_count(w->hot, "links", who, 1, 3, 0, on_count, w)), SV_EINVAL);
}

static void
progress_is_seen_and_ends(void **state)
{
	struct world *w = *state;

	assert_int_equal(DO(w, sv_hot_progress_get(w->hot, on_progress, w)), 0);
	assert_false(w->progress[SV_HOT_SAMPLES].active);
	assert_int_equal(DO(w, sv_hot_progress_put(w->hot, SV_HOT_LIBRARY, &(struct sv_hot_progress){true, 2, 4, 38}, on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_progress_get(w->hot, on_progress, w)), 0);
	assert_false(w->progress[SV_HOT_SAMPLES].active);
	assert_true(w->progress[SV_HOT_LIBRARY].active);
	assert_int_equal(w->progress[SV_HOT_LIBRARY].done, 2);
	assert_int_equal(w->progress[SV_HOT_LIBRARY].total, 4);
	assert_int_equal(w->progress[SV_HOT_LIBRARY].percent, 38);
	assert_int_equal(DO(w, sv_hot_progress_put(w->hot, SV_HOT_LIBRARY, &(struct sv_hot_progress){0}, on_plain, w)), 0);
	assert_int_equal(DO(w, sv_hot_progress_get(w->hot, on_progress, w)), 0);
	assert_false(w->progress[SV_HOT_LIBRARY].active);
}

static void
without_redis_everything_is_refused_and_later_works_again(void **state)
{
	struct world *w = *state;
	char secret[SV_HOT_SECRET_LENGTH + 1];
	int rc = 0;

	assert_int_equal(DO(w, sv_hot_session_make(w->hot, NULL, 0, on_session, w)), 0);
	strcpy(secret, w->secret);
	assert_true(sv_hot_up(w->hot));
	kill_redis(w);
	rc = DO(w, sv_hot_session_get(w->hot, sv_text_of(secret), on_session, w));
	assert_true(rc == SV_EUNAVAIL || rc == SV_ETIMEOUT);
	assert_false(sv_hot_up(w->hot));
	rc = DO(w, sv_hot_count(w->hot, "links", SV_TEXT("x"), 1, 3, 60, on_count, w));
	assert_true(rc == SV_EUNAVAIL || rc == SV_ETIMEOUT);
	/* the form of a secret needs no Redis */
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, SV_TEXT("x"), on_session, w)), SV_ENOENT);
	start_redis(w);
	do
		rc = DO(w, sv_hot_session_make(w->hot, NULL, 0, on_session, w));
	while (rc == SV_EUNAVAIL || rc == SV_ETIMEOUT);
	assert_int_equal(rc, 0);
	assert_int_equal(DO(w, sv_hot_session_get(w->hot, sv_text_of(w->secret), on_session, w)), 0);
}

static void
cancel_and_close_are_silent(void **state)
{
	struct world *w = *state;

	begin(w);
	w->done = true;                  /* any callback would now be seen as the second one */
	sv_hot_cancel(sv_hot_session_make(w->hot, NULL, 0, on_session, w));
	sv_hot_cancel(sv_hot_session_get(w->hot, SV_TEXT("x"), on_session, w));
	sv_hot_cancel(NULL);
	(void)sv_hot_session_make(w->hot, NULL, 0, on_session, w);
	(void)sv_hot_session_get(w->hot, SV_TEXT("x"), on_session, w);
	sv_hot_close(w->hot);
	assert_int_equal(sv_hot_open(w->loop, &w->settings, &w->hot), 0);
	/* closing from inside a callback */
	w->close_in_callback = w->hot;
	(void)sv_hot_progress_put(w->hot, SV_HOT_LIBRARY, &(struct sv_hot_progress){0}, NULL, NULL);
	assert_int_equal(DO(w, sv_hot_progress_get(w->hot, on_progress, w)), 0);
	w->hot = NULL;
}

static void
a_wrong_address_is_refused(void **state)
{
	struct world *w = *state;
	struct sv_hot *hot = NULL;
	char why[300];

	assert_int_equal(sv_settings_set(&w->settings, SV_TEXT("SV_REDIS_URL"), SV_TEXT("nonsense"), why, sizeof why), 0);
	assert_true(sv_hot_open(w->loop, &w->settings, &hot) < 0);
	assert_null(hot);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_session_lives), TEST(odd_secrets_are_nobody), TEST(redis_holds_no_secret_and_everything_ends), TEST(a_token_is_taken_once),
	    TEST(of_many_takers_one_gets_it), TEST(counters_stop_at_their_limit), TEST(progress_is_seen_and_ends),
	    TEST(without_redis_everything_is_refused_and_later_works_again), TEST(cancel_and_close_are_silent), TEST(a_wrong_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
