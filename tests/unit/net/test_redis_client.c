/* SPDX-License-Identifier: Apache-2.0
 * The Redis client against a real Redis on a unix socket, killed and started again, and against a server that plays dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"
#include "metrics.h"
#include "process.h"
#include "redis_address.h"
#include "redis_client.h"

#define REDIS_PROGRAM "/usr/bin/redis-server"
#define PATIENCE_MS 30000

struct world {
	struct sv_loop *loop;
	struct sv_process *process;
	char folder[32], path[64], address[80];
	bool exited;
};

struct reply {
	int rc, count;
	enum sv_redis_kind kind;
	char text[4000];
	int64_t integer;
	size_t length;
	bool done;
	struct sv_redis *close_in_callback;
};

static void
on_exit_seen(void *context, int code, int number)
{
	(void)code;
	(void)number;
	((struct world *)context)->exited = true;
}

static void
start_redis(struct world *world, const char *password)
{
	char *arguments[] = {(char *)(uintptr_t)"redis-server", (char *)(uintptr_t)"--port", (char *)(uintptr_t)"0", (char *)(uintptr_t)"--unixsocket", world->path,
	    (char *)(uintptr_t)"--dir", world->folder, (char *)(uintptr_t)"--save", (char *)(uintptr_t)"", (char *)(uintptr_t)"--requirepass",
	    (char *)(uintptr_t)password, NULL};
	struct sv_process_options options = {.program = REDIS_PROGRAM, .arguments = arguments, .on_exit = on_exit_seen, .context = world,
	    .parent_death_signal = SIGKILL};

	world->exited = false;
	assert_int_equal(sv_process_start(world->loop, &options, &world->process), 0);
}

static void
kill_redis(struct world *world)
{
	sv_process_kill(world->process, SIGKILL);
	sv_loop_run_until(world->loop, &world->exited);
	sv_process_close(world->process);
	world->process = NULL;
}

static void
open_world(struct world *world)
{
	memset(world, 0, sizeof *world);
	world->loop = sv_loop_new();
	(void)strcpy(world->folder, "/tmp/sv-redis-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->path, sizeof world->path, "%s/r.sock", world->folder);
	(void)snprintf(world->address, sizeof world->address, "unix:%s", world->path);
}

static void
close_world(struct world *world)
{
	sv_process_close(world->process);
	sv_loop_free(world->loop);
	(void)unlink(world->path);
	assert_int_equal(rmdir(world->folder), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_redis_up, 0), 0);
}

static void
on_reply(void *context, int rc, const struct sv_redis_value *value)
{
	struct reply *reply = context;

	reply->rc = rc;
	reply->count++;
	reply->done = true;
	assert_true((rc == 0 || rc == SV_EPROTO) == (value != NULL));
	if (value != NULL) {
		reply->kind = value->kind;
		reply->integer = value->integer;
		reply->length = value->length;
		if (value->kind == SV_REDIS_TEXT || value->kind == SV_REDIS_ERROR)
			(void)snprintf(reply->text, sizeof reply->text, "%s", value->text);
		if (value->kind == SV_REDIS_ARRAY && value->length > 1 && value->items[1].kind == SV_REDIS_ARRAY)
			reply->integer = value->items[1].items[0].integer;
	}
	if (reply->close_in_callback != NULL)
		sv_redis_close(reply->close_in_callback);
}

static struct sv_redis_call *
command(struct sv_redis *redis, struct reply *reply, const char *a, const char *b, const char *c)
{
	const char *arguments[] = {a, b, c};

	memset(reply, 0, sizeof *reply);
	return sv_redis_command(redis, arguments, NULL, c != NULL ? 3 : b != NULL ? 2 : 1, on_reply, reply);
}

static void
ask(struct world *world, struct sv_redis *redis, struct reply *reply, const char *a, const char *b, const char *c)
{
	(void)command(redis, reply, a, b, c);
	assert_false(reply->done);
	sv_loop_run_until(world->loop, &reply->done);
	assert_int_equal(reply->count, 1);
}

static void
commands_and_their_replies(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply reply;
	const char *const binary[] = {"SET", "bin", "a\0b"};
	const size_t lengths[] = {3, 3, 3};

	open_world(&world);
	start_redis(&world, "");
	assert_int_equal(sv_redis_open(world.loop, world.address, PATIENCE_MS, &redis), 0);
	assert_false(sv_redis_up(redis));
	ask(&world, redis, &reply, "SET", "k", "value");      /* waited for the connection */
	assert_int_equal(reply.rc, 0);
	assert_int_equal(reply.kind, SV_REDIS_TEXT);
	assert_string_equal(reply.text, "OK");
	assert_true(sv_redis_up(redis));
	assert_int_equal(sv_metric_get(SV_METRIC_redis_up, 0), 1000000);
	ask(&world, redis, &reply, "GET", "k", NULL);
	assert_string_equal(reply.text, "value");
	ask(&world, redis, &reply, "GET", "none", NULL);
	assert_int_equal(reply.kind, SV_REDIS_NIL);
	ask(&world, redis, &reply, "INCR", "n", NULL);
	assert_int_equal(reply.kind, SV_REDIS_INTEGER);
	assert_int_equal(reply.integer, 1);
	ask(&world, redis, &reply, "INCR", "k", NULL);
	assert_int_equal(reply.rc, SV_EPROTO);
	assert_int_equal(reply.kind, SV_REDIS_ERROR);
	assert_memory_equal(reply.text, "ERR ", 4);
	(void)sv_redis_command(redis, binary, lengths, 3, NULL, NULL);
	ask(&world, redis, &reply, "GET", "bin", NULL);
	assert_int_equal(reply.length, 3);
	ask(&world, redis, &reply, "EVAL", "return {1,{42,'x'}}", "0");
	assert_int_equal(reply.kind, SV_REDIS_ARRAY);
	assert_int_equal(reply.integer, 42);
	sv_redis_close(redis);
	close_world(&world);
}

static void
many_in_flight_keep_their_order(void **state)
{
	static struct reply replies[2000];
	struct world world;
	struct sv_redis *redis = NULL;

	open_world(&world);
	start_redis(&world, "");
	assert_int_equal(sv_redis_open(world.loop, world.address, PATIENCE_MS, &redis), 0);
	for (int i = 0; i < 2000; i++)
		(void)command(redis, &replies[i], "INCR", "n", NULL);
	sv_loop_run_until(world.loop, &replies[1999].done);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(replies[i].integer, i + 1);
	sv_redis_close(redis);
	close_world(&world);
}

static void
scripts_survive_a_restart(void **state)
{
	static const char script[] = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply reply;
	const char *const arguments[] = {"counter", "5"};

	open_world(&world);
	start_redis(&world, "");
	assert_int_equal(sv_redis_open(world.loop, world.address, PATIENCE_MS, &redis), 0);
	for (int round = 1; round <= 6; round++) {
		if (round == 3)
			ask(&world, redis, &reply, "SCRIPT", "FLUSH", NULL);
		if (round == 5) {
			kill_redis(&world);
			start_redis(&world, "");
		}
		memset(&reply, 0, sizeof reply);
		(void)sv_redis_script(redis, script, arguments, 2, 1, on_reply, &reply);
		sv_loop_run_until(world.loop, &reply.done);
		if (round == 5 && reply.rc == SV_EUNAVAIL) {
			/* it met the dying connection; the next one waits for the new */
			memset(&reply, 0, sizeof reply);
			(void)sv_redis_script(redis, script, arguments, 2, 1, on_reply, &reply);
			sv_loop_run_until(world.loop, &reply.done);
		}
		assert_int_equal(reply.rc, 0);
		assert_int_equal(reply.integer, round < 5 ? round * 5 : (round - 4) * 5);
	}
	/* from the second time on it went by its hash */
	ask(&world, redis, &reply, "INFO", "commandstats", NULL);
	assert_non_null(strstr(reply.text, "cmdstat_evalsha:"));
	sv_redis_close(redis);
	close_world(&world);
}

static void
a_lost_redis_fails_calls_and_comes_back(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply reply, waiting;

	open_world(&world);
	start_redis(&world, "");
	assert_int_equal(sv_redis_open(world.loop, world.address, 1000, &redis), 0);
	do
		ask(&world, redis, &reply, "PING", NULL, NULL);
	while (reply.rc != 0);
	(void)command(redis, &reply, "BLPOP", "nothing", "0");
	(void)command(redis, &waiting, "PING", NULL, NULL);
	kill_redis(&world);
	sv_loop_run_until(world.loop, &reply.done);
	assert_int_equal(reply.rc, SV_EUNAVAIL);
	sv_loop_run_until(world.loop, &waiting.done);
	assert_int_equal(waiting.rc, SV_EUNAVAIL);
	assert_false(sv_redis_up(redis));
	assert_int_equal(sv_metric_get(SV_METRIC_redis_up, 0), 0);
	ask(&world, redis, &reply, "PING", NULL, NULL);      /* waits its time for nothing */
	assert_int_equal(reply.rc, SV_EUNAVAIL);
	start_redis(&world, "");
	do
		ask(&world, redis, &reply, "PING", NULL, NULL);
	while (reply.rc == SV_EUNAVAIL);
	assert_int_equal(reply.rc, 0);
	assert_string_equal(reply.text, "PONG");
	assert_true(sv_redis_up(redis));
	sv_redis_close(redis);
	close_world(&world);
}

static void
a_late_reply_is_dropped(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply reply, after;

	open_world(&world);
	start_redis(&world, "");
	assert_int_equal(sv_redis_open(world.loop, world.address, 400, &redis), 0);
	do
		ask(&world, redis, &reply, "PING", NULL, NULL);
	while (reply.rc != 0);
	ask(&world, redis, &reply, "BLPOP", "nothing", "0.6");
	assert_int_equal(reply.rc, SV_ETIMEOUT);
	(void)command(redis, &after, "ECHO", "right", NULL);
	sv_loop_run_until(world.loop, &after.done);
	assert_int_equal(after.rc, 0);
	assert_string_equal(after.text, "right");
	assert_int_equal(reply.count, 1);
	sv_redis_close(redis);
	close_world(&world);
}

static void
login_and_database_come_again_after_a_restart(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL, *wrong = NULL;
	struct reply reply;
	char url[100];

	open_world(&world);
	/* the address form of TCP carries login and database: reach the socket through a Redis on a port of its own */
	int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address = {.ss_family = AF_INET};
	socklen_t length = sizeof address;
	assert_int_equal(bind(probe, (struct sockaddr *)&address, 16), 0);
	assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &length), 0);
	unsigned port = (unsigned)((uint8_t *)&address)[2] << 8 | ((uint8_t *)&address)[3];
	(void)close(probe);
	char number[8];
	(void)snprintf(number, sizeof number, "%u", port);
	(void)snprintf(url, sizeof url, "redis://:p%%40ss@127.0.0.1:%u/3", port);
	char *arguments[] = {(char *)(uintptr_t)"redis-server", (char *)(uintptr_t)"--port", number, (char *)(uintptr_t)"--bind", (char *)(uintptr_t)"127.0.0.1",
	    (char *)(uintptr_t)"--dir", world.folder, (char *)(uintptr_t)"--save", (char *)(uintptr_t)"", (char *)(uintptr_t)"--requirepass",
	    (char *)(uintptr_t)"p@ss", NULL};
	struct sv_process_options options = {.program = REDIS_PROGRAM, .arguments = arguments, .on_exit = on_exit_seen, .context = &world,
	    .parent_death_signal = SIGKILL};
	assert_int_equal(sv_redis_open(world.loop, url, 3000, &redis), 0);
	for (int round = 0; round < 2; round++) {
		world.exited = false;
		assert_int_equal(sv_process_start(world.loop, &options, &world.process), 0);
		do
			ask(&world, redis, &reply, "CLIENT", "INFO", NULL);
		while (reply.rc == SV_EUNAVAIL);
		assert_int_equal(reply.rc, 0);
		assert_non_null(strstr(reply.text, " db=3 "));
		if (round == 0)
			kill_redis(&world);
	}
	(void)snprintf(url, sizeof url, "redis://:wrong@127.0.0.1:%u", port);
	assert_int_equal(sv_redis_open(world.loop, url, 200, &wrong), 0);
	ask(&world, wrong, &reply, "PING", NULL, NULL);
	assert_int_equal(reply.rc, SV_EUNAVAIL);
	sv_redis_close(wrong);
	sv_redis_close(redis);
	close_world(&world);
}

static void
cancelling_and_closing(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply cancelled, kept, last;

	open_world(&world);
	start_redis(&world, "");
	assert_int_equal(sv_redis_open(world.loop, world.address, PATIENCE_MS, &redis), 0);
	sv_redis_cancel(command(redis, &cancelled, "SET", "never", "sent"));
	(void)command(redis, &kept, "GET", "never", NULL);
	sv_loop_run_until(world.loop, &kept.done);
	assert_int_equal(kept.kind, SV_REDIS_NIL);
	sv_redis_cancel(command(redis, &cancelled, "SET", "now", "sent"));
	(void)command(redis, &kept, "GET", "now", NULL);
	sv_loop_run_until(world.loop, &kept.done);
	assert_string_equal(kept.text, "sent");
	assert_false(cancelled.done);
	(void)command(redis, &kept, "BLPOP", "nothing", "0");
	(void)command(redis, &last, "PING", NULL, NULL);
	sv_redis_close(redis);
	assert_int_equal(kept.rc, SV_ECANCELED);
	assert_int_equal(last.rc, SV_ECANCELED);

	/* closed from inside a callback, with others outstanding */
	assert_int_equal(sv_redis_open(world.loop, world.address, PATIENCE_MS, &redis), 0);
	(void)command(redis, &kept, "PING", NULL, NULL);
	kept.close_in_callback = redis;
	(void)command(redis, &last, "PING", NULL, NULL);
	sv_loop_run_until(world.loop, &last.done);
	assert_int_equal(kept.rc, 0);
	assert_int_equal(last.rc, SV_ECANCELED);
	sv_redis_close(NULL);
	sv_redis_cancel(NULL);
	close_world(&world);
}

/* Accepts and never answers: the first words of a link time out, over and over. */
static void
a_silent_server_is_not_up(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply reply;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	open_world(&world);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)strcpy(address.sun_path, world.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 10), 0);
	assert_int_equal(sv_redis_open(world.loop, world.address, 100, &redis), 0);
	for (int i = 0; i < 3; i++) {
		ask(&world, redis, &reply, "PING", NULL, NULL);
		assert_int_equal(reply.rc, SV_EUNAVAIL);
	}
	sv_redis_close(redis);
	(void)close(fd);
	close_world(&world);
}

/* Speaks something else. */
static void
a_foreign_protocol_is_a_lost_connection(void **state)
{
	struct world world;
	struct sv_redis *redis = NULL;
	struct reply reply;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	open_world(&world);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)strcpy(address.sun_path, world.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 10), 0);
	assert_int_equal(sv_redis_open(world.loop, world.address, 300, &redis), 0);
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(send(peer, "SSH-2.0-x\r\n", 11, 0), 11);
	ask(&world, redis, &reply, "PING", NULL, NULL);
	assert_int_equal(reply.rc, SV_EUNAVAIL);
	sv_redis_close(redis);
	(void)close(peer);
	(void)close(fd);
	close_world(&world);
}

static void
addresses(void **state)
{
	struct sv_redis_address parsed;
	static const char *const bad[] = {"", "unix:", "redis://", "redis://h:0", "redis://h:70000", "redis://h:x", "redis://h/x", "redis://@h", "redis://u@h", "redis://:@h",
	    "http://h", "redis://[::1", "redis://[::1]x", "redis://:%zz@h"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(sv_redis_address_parse(bad[i], &parsed), SV_EINVAL);
	assert_int_equal(sv_redis_address_parse("unix:/run/r.sock", &parsed), 0);
	assert_string_equal(parsed.unix_path, "/run/r.sock");
	assert_int_equal(sv_redis_address_parse("redis://localhost", &parsed), 0);
	assert_string_equal(parsed.host, "localhost");
	assert_string_equal(parsed.port, "6379");
	assert_int_equal(sv_redis_address_parse("redis://me:a%3Ab@[::1]:7000/12", &parsed), 0);
	assert_string_equal(parsed.host, "::1");
	assert_string_equal(parsed.port, "7000");
	assert_string_equal(parsed.user, "me");
	assert_string_equal(parsed.password, "a:b");
	assert_int_equal(parsed.database, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(commands_and_their_replies),
		cmocka_unit_test(many_in_flight_keep_their_order),
		cmocka_unit_test(scripts_survive_a_restart),
		cmocka_unit_test(a_lost_redis_fails_calls_and_comes_back),
		cmocka_unit_test(a_late_reply_is_dropped),
		cmocka_unit_test(login_and_database_come_again_after_a_restart),
		cmocka_unit_test(cancelling_and_closing),
		cmocka_unit_test(a_silent_server_is_not_up),
		cmocka_unit_test(a_foreign_protocol_is_a_lost_connection),
	};

	if (access(REDIS_PROGRAM, X_OK) != 0) {
		(void)fprintf(stderr, "%s is missing\n", REDIS_PROGRAM);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
