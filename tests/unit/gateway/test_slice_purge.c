/* SPDX-License-Identifier: Apache-2.0
 * Removing slices by the names nginx gives them.  The digests were made with md5sum; that nginx agrees is shown in
 * tests/integration/test_gateway.py. */
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
#include "slice_purge.h"

static void
names(void **state)
{
	char name[SV_DIGEST_CACHE_PATH_SIZE];

	(void)state;
	/* md5("abcdefghijkl/3bytes=1048576-2097151") */
	sv_slice_purge_name(SV_TEXT("abcdefghijkl"), 3, 1, 1 << 20, name);
	assert_string_equal(name, "8/57/bf1e58c17c0f5543b1c903ca2fba4578");
}

static void
touch(const char *folder, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%.1s", folder, name);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/%.4s", folder, name);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void
run(void **state)
{
	char folder[] = "/tmp/sv-purge-XXXXXX", command[64], name[SV_DIGEST_CACHE_PATH_SIZE], path[256];
	uint64_t removed = 99;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (uint64_t i = 0; i < 4; i++)
		if (i != 2) {
			sv_slice_purge_name(SV_TEXT("abcdefghijkl"), 3, i, 1000, name);
			touch(folder, name);
		}
	sv_slice_purge_name(SV_TEXT("abcdefghijkl"), 4, 0, 1000, name);
	touch(folder, name);
	/* 3,001 bytes are four slices; one was never cached, another version stays */
	assert_int_equal(sv_slice_purge_run(folder, SV_TEXT("abcdefghijkl"), 3, 3001, 1000, &removed), 0);
	assert_int_equal(removed, 3);
	assert_int_equal(sv_slice_purge_run(folder, SV_TEXT("abcdefghijkl"), 3, 3001, 1000, &removed), 0);
	assert_int_equal(removed, 0);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(sv_slice_purge_run(folder, SV_TEXT("abcdefghijkl"), 3, 0, 1000, &removed), 0);
	assert_int_equal(removed, 0);
	assert_int_equal(sv_slice_purge_run(folder, SV_TEXT("../../../etc"), 3, 1, 1000, &removed), SV_EINVAL);
	assert_int_equal(sv_slice_purge_run(folder, SV_TEXT("abcdefghijkl"), 3, UINT64_MAX, 1000, &removed), SV_ERANGE);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(sv_slice_purge_run(folder, SV_TEXT("abcdefghijkl"), 3, 1, 1000, &removed), SV_ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(run)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
