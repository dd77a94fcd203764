/* SPDX-License-Identifier: Apache-2.0
 * The private prefix: what is in it, with which rights, and one line when it cannot be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "gateway_files.h"

static char why[512];

static int
make_folder(void **state)
{
	char *folder = strdup("/tmp/sv-files-XXXXXX");

	*state = folder;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
drop_folder(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
	free(*state);
	return strlen(command) > 20 && system(command) == 0 ? 0 : -1;
}

static void
begin(struct sv_settings *settings, const char *folder, const char *name)
{
	char path[256];

	sv_settings_init(settings);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(sv_settings_set(settings, sv_text_of("SV_STATE"), sv_text_of(path), why, sizeof why), 0);
}

static mode_t
mode_of(const char *folder, const char *name)
{
	char path[300];
	struct stat status;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 0777;
}

static void
prepared(void **state)
{
	struct sv_settings settings;
	char path[300], content[64] = "";

	begin(&settings, *state, "deep/er");
	assert_int_equal(sv_settings_set(&settings, sv_text_of("SV_LINK_SECRET"), sv_text_of("0123456789abcdef"), why, sizeof why), 0);
	assert_int_equal(sv_gateway_files_prepare(&settings, why, sizeof why), 0);
	assert_int_equal(sv_gateway_files_prepare(&settings, why, sizeof why), 0);
	assert_int_equal(mode_of(*state, "deep/er/nginx"), 0700);
	assert_int_equal(mode_of(*state, "deep/er/nginx/conf"), 0700);
	assert_int_equal(mode_of(*state, "deep/er/cache"), 0700);
	assert_int_equal(mode_of(*state, "deep/er/nginx/conf/link-secret"), 0600);
	assert_int_equal(mode_of(*state, "deep/er/nginx/pages/404.html"), 0600);
	(void)snprintf(path, sizeof path, "%s/deep/er/nginx/conf/link-secret", (char *)*state);
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, content, sizeof content - 1), 18);
	assert_string_equal(content, "0123456789abcdef\n\n");
	(void)close(fd);
	assert_int_equal(sv_gateway_files_write(&settings, "a", "x", 1, why, sizeof why), 0);
	assert_int_equal(sv_gateway_files_rename(&settings, "a", "b", why, sizeof why), 0);
	assert_int_equal(sv_gateway_files_rename(&settings, "a", "b", why, sizeof why), SV_ENOENT);
	sv_settings_fini(&settings);
}

static void
kept_secret(void **state)
{
	struct sv_settings settings;
	char path[300];

	begin(&settings, *state, "s");
	assert_int_equal(sv_gateway_files_prepare(&settings, why, sizeof why), SV_ENOENT);
	assert_non_null(strstr(why, "SV_LINK_SECRET"));
	(void)snprintf(path, sizeof path, "%s/s/secrets", (char *)*state);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/s/secrets/link", (char *)*state);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "new\nold\n", 8), 8);
	(void)close(fd);
	assert_int_equal(sv_gateway_files_prepare(&settings, why, sizeof why), 0);
	sv_settings_fini(&settings);
}

static void
in_the_way(void **state)
{
	struct sv_settings settings;
	char path[300];

	begin(&settings, *state, "f");
	(void)snprintf(path, sizeof path, "%s/f", (char *)*state);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	(void)close(fd);
	assert_int_not_equal(sv_gateway_files_prepare(&settings, why, sizeof why), 0);
	assert_non_null(strstr(why, "SV_STATE"));
	assert_non_null(strstr(why, path));
	assert_null(strchr(why, '\n'));
	sv_settings_fini(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(prepared, make_folder, drop_folder),
	    cmocka_unit_test_setup_teardown(kept_secret, make_folder, drop_folder), cmocka_unit_test_setup_teardown(in_the_way, make_folder, drop_folder)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
