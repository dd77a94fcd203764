/* SPDX-License-Identifier: Apache-2.0
 * Datagrams on unix sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "errors.h"
#include "loop.h"

struct inbox {
	struct sv_datagram *datagram;
	size_t lengths[8];
	uint8_t first[8];
	int count;
	bool done, close_in_callback;
};

static char folder[64], path[96];

static int
make_folder(void **state)
{
	(void)strcpy(folder, "/tmp/sv-dgram-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/d.sock", folder);
	return 0;
}

static int
drop_folder(void **state)
{
	(void)unlink(path);
	return rmdir(folder);
}

static void
take(void *context, const uint8_t *data, size_t length)
{
	struct inbox *inbox = context;

	inbox->lengths[inbox->count] = length;
	inbox->first[inbox->count++] = length > 0 ? data[0] : 0;
	if (length == 3)
		inbox->done = true;
	if (inbox->close_in_callback) {
		sv_datagram_close(inbox->datagram);
		inbox->done = true;
	}
}

static int
sender(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	(void)strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void
each_datagram_is_one_call(void **state)
{
	static uint8_t large[70000];
	struct sv_loop *loop = sv_loop_new();
	struct inbox inbox = {0};
	struct stat status;

	assert_int_equal(sv_datagram_open(loop, path, take, &inbox, &inbox.datagram), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	int fd = sender();
	memset(large, 'L', sizeof large);
	assert_int_equal(send(fd, "gone abc", 8, 0), 8);
	assert_int_equal(send(fd, large, 65536, 0), 65536);
	assert_int_equal(send(fd, large, 65537, 0), 65537);    /* over the limit: passed over */
	assert_int_equal(send(fd, "end", 3, 0), 3);
	sv_loop_run_until(loop, &inbox.done);
	assert_int_equal(inbox.count, 3);
	assert_int_equal(inbox.lengths[0], 8);
	assert_int_equal(inbox.first[0], 'g');
	assert_int_equal(inbox.lengths[1], 65536);
	assert_int_equal(inbox.lengths[2], 3);
	sv_datagram_close(inbox.datagram);
	assert_int_equal(access(path, F_OK), -1);
	(void)close(fd);
	sv_loop_free(loop);
}

static void
closing_means_silence(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	struct inbox inbox = {.close_in_callback = true};

	assert_int_equal(sv_datagram_open(loop, path, take, &inbox, &inbox.datagram), 0);
	int fd = sender();
	assert_int_equal(send(fd, "a", 1, 0), 1);
	assert_int_equal(send(fd, "b", 1, 0), 1);
	sv_loop_run_until(loop, &inbox.done);
	(void)close(fd);
	sv_loop_free(loop);
	assert_int_equal(inbox.count, 1);
}

static void
an_old_socket_is_replaced_and_nothing_else(void **state)
{
	struct sv_loop *loop = sv_loop_new();
	struct inbox old = {0}, new = {0};
	struct sv_datagram *none = NULL;
	char longest[200];

	assert_int_equal(sv_datagram_open(loop, path, take, &old, &old.datagram), 0);
	assert_int_equal(sv_datagram_open(loop, path, take, &new, &new.datagram), 0);
	sv_datagram_close(old.datagram);     /* must not take the new one's name away */
	int fd = sender();
	assert_int_equal(send(fd, "end", 3, 0), 3);
	sv_loop_run_until(loop, &new.done);
	sv_datagram_close(new.datagram);
	(void)close(fd);

	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(sv_datagram_open(loop, path, take, &new, &none), SV_EBUSY);
	assert_int_equal(access(path, F_OK), 0);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(sv_datagram_open(loop, longest, take, &new, &none), SV_EINVAL);
	assert_int_equal(sv_datagram_open(loop, "/nonexistent/d.sock", take, &new, &none), SV_ENOENT);
	sv_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_datagram_is_one_call, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(closing_means_silence, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(an_old_socket_is_replaced_and_nothing_else, make_folder, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
