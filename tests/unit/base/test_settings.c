/* SPDX-License-Identifier: Apache-2.0
 * Settings: every row of the table, the file format, precedence, and one clear line for each mistake; and the paths made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "errors.h"
#include "paths.h"
#include "settings.h"

#define EVERYBODY (SV_ROLE_MANAGER | SV_ROLE_GATEWAY | SV_ROLE_ENGINE | SV_ROLE_HIVE)

static void
parse(const char *content, int want, const char *want_why)
{
	struct sv_settings settings;
	char why[300] = "";

	sv_settings_init(&settings);
	int rc = sv_settings_parse(&settings, sv_text_of(content), "file", why, sizeof why);
	if (rc != want || (want_why != NULL && strstr(why, want_why) == NULL))
		fail_msg("%s: %d, %s", content, rc, why);
	sv_settings_fini(&settings);
}

static void
defaults(void **state)
{
	struct sv_settings settings;

	sv_settings_init(&settings);
	assert_string_equal(settings.listen, "127.0.0.1:8080");
	assert_true(settings.slice_size == 1048576);
	assert_true(settings.cache_size == (uint64_t)150 << 30);
	assert_true(settings.cache_inactive == 72 * 3600);
	assert_true(settings.link_ttl == 6 * 3600);
	assert_true(settings.guest_rate == 1500000);
	assert_string_equal(settings.link_secret, "");
	sv_settings_fini(&settings);
	sv_settings_fini(&settings);
}

static void
file_format(void **state)
{
	struct sv_settings settings;
	char why[300] = "";
	static const char content[] = "# comment\n\n  export SV_STATE = \"/var/lib/a b\"\r\nSV_LINK_SECRET='x\"y # z'\nOTHER=anything\nSV_SLICE_SIZE=2m\n"
	    "SV_CLIENT_HEADER=X-Real-IP\nSV_LINK_TTL=15m\nSV_SLICE_SIZE=512K";

	sv_settings_init(&settings);
	assert_int_equal(sv_settings_parse(&settings, sv_text_of(content), "file", why, sizeof why), 0);
	assert_string_equal(settings.state, "/var/lib/a b");
	assert_string_equal(settings.link_secret, "x\"y # z");
	assert_true(settings.slice_size == 524288);
	assert_true(settings.link_ttl == 900);
	sv_settings_fini(&settings);
}

static void
mistakes(void **state)
{
	parse("SV_LISTEN", SV_ECONFIG, "file:1: expected NAME=VALUE");
	parse("\n\nSV_NOTHING=1", SV_ECONFIG, "file:3: SV_NOTHING is not a setting");
	parse("SV_SLICE_SIZE=1", SV_ECONFIG, "file:1: SV_SLICE_SIZE=1 is out of range; it must lie between 262144 and 16777216");
	parse("SV_SLICE_SIZE=17m", SV_ECONFIG, "out of range");
	parse("SV_SLICE_SIZE=99999999999999999999", SV_ECONFIG, "out of range");
	parse("SV_SLICE_SIZE=99999999999999t", SV_ECONFIG, "out of range");
	parse("SV_SLICE_SIZE=big", SV_ECONFIG, "is not a size such as");
	parse("SV_SLICE_SIZE=", SV_ECONFIG, "is not a size such as");
	parse("SV_LINK_TTL=6x", SV_ECONFIG, "is not a time such as");
	parse("SV_ENGINE_LOOPS=1k", SV_ECONFIG, "is not a whole number");
	parse("SV_CLIENT_HEADER=", SV_ECONFIG, "SV_CLIENT_HEADER must have 1 to 64 characters");
	parse("SV_STATE=a\tb", SV_ECONFIG, "control character");
	/* what is shown is fit for a terminal; secrets are never shown */
	parse("SV_SLICE_SIZE=\x1b[31m", SV_ECONFIG, "SV_SLICE_SIZE=?[31m is");
	parse("SV_\x1b[1m=1", SV_ECONFIG, "SV_?[1m is not");
	parse("SV_LISTEN=unclosed \"quote", 0, NULL);
	char *big = calloc(1, 70000);
	memset(big, '#', 69999);
	parse(big, SV_ECONFIG, "larger than 65536");
	free(big);
	struct sv_settings settings;
	char why[300] = "", secret[300];
	sv_settings_init(&settings);
	memset(secret, 'q', sizeof secret);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_LINK_SECRET"), (struct sv_text){secret, sizeof secret}, why, sizeof why), SV_ECONFIG);
	assert_null(strstr(why, "qqq"));
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_NONE"), SV_TEXT("1"), why, sizeof why), SV_ENOENT);
	sv_settings_fini(&settings);
}

static void
precedence(void **state)
{
	char path[] = "/tmp/sv-settings-XXXXXX", why[300] = "";
	char *environment[] = {(char[]){"SV_LISTEN=0.0.0.0:1"}, (char[]){"HOME=/x"}, NULL}, *wrong[] = {(char[]){"SV_LISTENN=1"}, NULL};
	struct sv_settings settings;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	static const char content[] = "SV_LISTEN=[::]:2\nSV_PUBLIC_URL=http://a\n";
	assert_int_equal(write(fd, content, sizeof content - 1), (ssize_t)sizeof content - 1);
	assert_int_equal(close(fd), 0);
	sv_settings_init(&settings);
	assert_int_equal(sv_settings_load(&settings, path, environment, why, sizeof why), 0);
	assert_string_equal(settings.listen, "0.0.0.0:1");
	assert_string_equal(settings.public_url, "http://a");
	assert_int_equal(sv_settings_load(&settings, NULL, wrong, why, sizeof why), SV_ECONFIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sv_settings_load(&settings, path, NULL, why, sizeof why), 0);
	assert_int_equal(sv_settings_load(&settings, "/", NULL, why, sizeof why), SV_ECONFIG);
	assert_non_null(strstr(why, "cannot be read"));
	sv_settings_fini(&settings);
}

static void
for_children(void **state)
{
	struct sv_settings settings, child;
	struct sv_buffer out;
	char why[300] = "";

	sv_settings_init(&settings);
	sv_settings_init(&child);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_LINK_SECRET"), SV_TEXT("a\"b'c # d\\"), why, sizeof why), 0);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_STATE"), SV_TEXT(" /with blanks "), why, sizeof why), 0);
	sv_buffer_init(&out, 0);
	sv_settings_write(&settings, SV_ROLE_ENGINE, &out);
	assert_null(strstr(sv_buffer_cstr(&out), "LINK_SECRET"));
	sv_buffer_reset(&out);
	sv_settings_write(&settings, EVERYBODY, &out);
	assert_int_equal(sv_settings_parse(&child, sv_text_of(sv_buffer_cstr(&out)), "pipe", why, sizeof why), 0);
	assert_string_equal(child.link_secret, settings.link_secret);
	assert_string_equal(child.state, " /with blanks ");
	assert_true(child.cache_size == settings.cache_size);
	sv_buffer_fini(&out);
	sv_settings_fini(&settings);
	sv_settings_fini(&child);
}

static void
table_is_sound(void **state)
{
	struct sv_settings settings;
	struct sv_buffer out;
	int count = 0;
	const struct sv_setting_row *rows = sv_settings_rows(&count);

	sv_settings_init(&settings);
	sv_buffer_init(&out, 0);
	for (int i = 0; i < count; i++) {
		assert_true(sv_text_starts(sv_text_of(rows[i].name), "SV_") && rows[i].help[0] != '\0');
		for (int other = 0; other < i; other++)
			assert_string_not_equal(rows[i].name, rows[other].name);
		sv_buffer_reset(&out);
		sv_settings_show(&settings, i, &out);
		if (strcmp(rows[i].kind, "SECRET") == 0)
			assert_string_equal(sv_buffer_cstr(&out), "(empty)");
	}
	sv_buffer_fini(&out);
	sv_settings_fini(&settings);
}

static void
paths(void **state)
{
	struct sv_settings settings;
	char out[SV_PATH_MAX], why[300] = "";

	sv_settings_init(&settings);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_RUN_FOLDER"), SV_TEXT("/run/x"), why, sizeof why), 0);
	assert_string_equal(sv_path(&settings, SV_PATH_DATABASE, out), "/var/lib/streamvault/streamvault.db");
	assert_string_equal(sv_path(&settings, SV_PATH_CACHE, out), "/var/lib/streamvault/cache");
	assert_string_equal(sv_path(&settings, SV_PATH_GONE_SOCKET, out), "/run/x/gone.sock");
	assert_string_equal(sv_path_engine_socket(&settings, 3, out), "/run/x/engine-3.sock");
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_STORE"), SV_TEXT("sqlite:/data/a.db"), why, sizeof why), 0);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_CACHE_DIR"), SV_TEXT("/cache"), why, sizeof why), 0);
	assert_int_equal(sv_settings_set(&settings, SV_TEXT("SV_ENGINE_LOOPS"), SV_TEXT("7"), why, sizeof why), 0);
	assert_string_equal(sv_path(&settings, SV_PATH_DATABASE, out), "/data/a.db");
	assert_string_equal(sv_path(&settings, SV_PATH_CACHE, out), "/cache");
	assert_int_equal(sv_path_engine_loops(&settings), 7);
	settings.engine_loops = 0;
	assert_in_range(sv_path_engine_loops(&settings), 1, 64);
	for (int i = 0; i < SV_PATH_COUNT; i++)
		assert_int_equal(sv_path(&settings, (enum sv_path)i, out)[0], '/');
	sv_settings_fini(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults), cmocka_unit_test(file_format), cmocka_unit_test(mistakes), cmocka_unit_test(precedence),
	    cmocka_unit_test(for_children), cmocka_unit_test(table_is_sound), cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
