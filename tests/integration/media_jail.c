/* SPDX-License-Identifier: Apache-2.0
 * The media child's sandbox, tried from inside: linked with the same lock-down file, started like sv-media, and then does what a taken-over
 * child would.  The act is the second argument, a number: the test's parent passes the size of its file there.
 * What is refused with an error is told in an ERROR frame: "errno N"; what kills, kills. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "media_lockdown.h"

static void
tell(const char *text, int number)
{
	struct sv_buffer out;
	char line[96];

	(void)snprintf(line, sizeof(line), "%s %d", text, number);
	sv_buffer_init(&out, 0);
	sv_media_rpc_put_error(&out, SV_EUNSUPPORTED, line);
	(void)!write(SV_MEDIA_RPC_FD, out.data, out.length);
	_exit(0);
}

static void
burn(void)
{
	volatile unsigned long spins = 0;

	for (;;)
		spins++;
}

static void
act(unsigned long number)
{
	void *memory = NULL;

	switch (number) {
	case 1:
		tell("open: errno", open("/etc/passwd", O_RDONLY) < 0 ? errno : 0);
		break;
	case 2:
		tell("socket: errno", socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0);
		break;
	case 3:
		tell("fork: errno", fork() < 0 ? errno : 0);
		break;
	case 4:
		memory = malloc((size_t)600 << 20);
		tell("600 MB malloc:", memory != NULL);
		break;
	case 5:
		memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		tell("executable memory:", memory != MAP_FAILED);
		break;
	case 6:
		(void)execl("/bin/true", "true", (char *)NULL);
		tell("execve: errno", errno);
		break;
	case 7:
		tell("descriptor 0, 1, 4: open", write(0, "", 0) == 0 || write(1, "", 0) == 0 || write(4, "", 0) == 0);
		break;
	case 8:
		burn();
		break;
	case 9:
		tell("kill: errno", kill(getppid(), 0) < 0 ? errno : 0);
		break;
	case 10:
		tell("mkdir: errno", mkdir("/tmp/sv-media-jail", 0700) < 0 ? errno : 0);
		break;
	default:
		tell("no such act", (int)number);
	}
}

int
main(int argc, char **argv)
{
	const struct sv_media_lockdown_limits limits = {(uint64_t)512 << 20, 1};
	struct sv_media_hello hello;
	struct sv_buffer out;

	if (argc < 3 || sv_media_lockdown(&limits, &hello) != 0)
		return 4;
	sv_buffer_init(&out, 0);
	sv_media_rpc_put_hello(&out, &hello);
	if (write(SV_MEDIA_RPC_FD, out.data, out.length) != (ssize_t)out.length)
		return 3;
	act(strtoul(argv[2], NULL, 10));
	return 0;
}
