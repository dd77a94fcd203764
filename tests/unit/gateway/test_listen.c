/* SPDX-License-Identifier: Apache-2.0
 * Listening sockets: addresses, free ports, and one line for what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "gateway_listen.h"

static char why[512];

static void
free_port(void **state)
{
	char address[64], taken[64];
	unsigned port = 0;
	int fd = -1, other = -1;

	(void)state;
	assert_int_equal(sv_gateway_listen_open("SV_LISTEN", "127.0.0.1:0", &fd, why, sizeof why), 0);
	assert_int_equal(sv_gateway_listen_adopt(fd, address, sizeof address, &port), 0);
	assert_true(port > 0);
	(void)snprintf(taken, sizeof taken, "127.0.0.1:%u", port);
	assert_string_equal(address, taken);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_int_equal(sv_gateway_listen_open("SV_LISTEN", taken, &other, why, sizeof why), SV_EBUSY);
	assert_non_null(strstr(why, "SV_LISTEN="));
	assert_non_null(strstr(why, "in use"));
	(void)close(fd);
}

static void
forms(void **state)
{
	static const char *const good[] = {"localhost:0", "*:0", "0.0.0.0:0", "[::1]:0", "[::]:0"};
	static const char *const bad[] = {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:80", "[::1]", "example.org:80", "127.0.0.1:80x",
	    "1.2.3.4.5:80", ":80"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		int fd = -1, rc = sv_gateway_listen_open("SV_LISTEN", good[i], &fd, why, sizeof why);

		/* a machine without IPv6 may refuse the bracketed ones, not their form */
		assert_true(rc == 0 || (good[i][0] == '[' && strstr(why, "cannot be opened") != NULL));
		if (rc == 0)
			(void)close(fd);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int fd = -1;

		assert_int_equal(sv_gateway_listen_open("SV_LISTEN", bad[i], &fd, why, sizeof why), SV_ECONFIG);
	}
}

static void
foreign_descriptors(void **state)
{
	char address[64];
	unsigned port = 0;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(sv_gateway_listen_adopt(ends[0], address, sizeof address, &port), SV_EINVAL);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(sv_gateway_listen_adopt(ends[0], address, sizeof address, &port), SV_EINVAL);
}

static void
unix_socket(void **state)
{
	char path[64], address[64];
	struct stat status;
	unsigned port = 0;
	int fd = -1, again = -1;

	(void)state;
	(void)snprintf(path, sizeof path, "/tmp/sv-listen-%d.sock", (int)getpid());
	assert_int_equal(sv_gateway_listen_unix(path, &fd, why, sizeof why), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(sv_gateway_listen_adopt(fd, address, sizeof address, &port), SV_EINVAL);
	assert_int_equal(sv_gateway_listen_unix(path, &again, why, sizeof why), 0);
	(void)close(fd);
	(void)close(again);
	(void)unlink(path);
	assert_int_equal(sv_gateway_listen_unix("/nowhere/at/all.sock", &fd, why, sizeof why), SV_ENOENT);
	assert_non_null(strstr(why, "SV_RUN_FOLDER"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(free_port), cmocka_unit_test(forms), cmocka_unit_test(foreign_descriptors), cmocka_unit_test(unix_socket)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
