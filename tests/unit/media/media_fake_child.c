/* SPDX-License-Identifier: Apache-2.0
 * A media child that misbehaves.  It is started like sv-media; the file size says what to do: FAKE_BASE + the number of the act. */
#include "media_fake_child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "errors.h"
#include "media_rpc.h"

static struct sv_buffer out;

static void
send_out(void)
{
	size_t sent = 0;

	while (sent < out.length) {
		ssize_t n = write(SV_MEDIA_RPC_FD, out.data + sent, out.length - sent);
		if (n <= 0)
			_exit(3);
		sent += (size_t)n;
	}
	sv_buffer_reset(&out);
}

/* Wait for an answer; its result. */
static int
await_data(void)
{
	static uint8_t in[SV_MEDIA_RPC_MAX_READ + 64];
	struct sv_media_frame frame;
	size_t have = 0;
	int n, result = 0;
	const uint8_t *bytes;

	while ((n = sv_media_rpc_parse(in, have, &frame)) == 0) {
		ssize_t got = read(SV_MEDIA_RPC_FD, in + have, sizeof(in) - have);
		if (got <= 0)
			_exit(3);
		have += (size_t)got;
	}
	if (n < 0 || sv_media_rpc_get_data(&frame, &result, &bytes) != 0)
		_exit(4);
	return result;
}

static int
read_some(uint64_t offset, uint32_t length)
{
	sv_media_rpc_put_read(&out, offset, length);
	send_out();
	return await_data();
}

static void
put_info(void)
{
	struct sv_media_track track = {.kind = SV_MEDIA_VIDEO, .codec = "h264", .pixel_format = "yuv420p", .bit_depth = 8};
	const struct sv_media_info info = {.container = "mov,mp4,m4a,3gp,3g2,mj2", .duration_ms = 1000, .track_count = 1, .tracks = &track};

	sv_media_rpc_put_info(&out, &info);
}

static void
put_pictures(unsigned count, size_t size)
{
	uint8_t *bytes = calloc(1, size);

	if (bytes == NULL)
		_exit(5);
	for (unsigned i = 0; i < count; i++) {
		const struct sv_media_image image = {SV_MEDIA_POSTER, SV_MEDIA_JPEG, 320, 480, bytes, size};
		sv_media_rpc_put_image(&out, &image);
		send_out();
	}
	free(bytes);
}

static void
hang(void)
{
	for (;;)
		(void)pause();
}

static void
flood(uint64_t offset, bool take_answers)
{
	for (;;) {
		if (take_answers) {
			(void)read_some(offset, 1);
		} else {
			sv_media_rpc_put_read(&out, offset, 65536);
			send_out();
		}
	}
}

/* Acts that say something wrong. */
static void
lie(enum fake_act act, uint64_t size)
{
	static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, SV_MEDIA_FRAME_INFO, 1, 0, 0};
	static const uint8_t bad_info[] = {3, 0, 0, 0, SV_MEDIA_FRAME_INFO, 1, 0, 0, 9, 'a', 'b'};

	switch (act) {
	case FAKE_HALF_FRAME:
		sv_buffer_append(&out, huge, 4);
		break;
	case FAKE_HUGE_FRAME:
		sv_buffer_append(&out, huge, sizeof(huge));
		break;
	case FAKE_BAD_INFO:
		sv_buffer_append(&out, bad_info, sizeof(bad_info));
		break;
	case FAKE_READ_PAST_END:
		sv_media_rpc_put_read(&out, size, 1);
		break;
	case FAKE_READ_OVER_END:
		sv_media_rpc_put_read(&out, size - 10, 11);
		break;
	case FAKE_READ_FAR:
		sv_media_rpc_put_read(&out, UINT64_MAX - 5, 100);
		break;
	case FAKE_READ_NOTHING:
		sv_media_rpc_put_read(&out, 0, 0);
		break;
	case FAKE_READ_TOO_MUCH:
		sv_media_rpc_put_read(&out, 0, SV_MEDIA_RPC_MAX_READ + 1);
		break;
	case FAKE_TWO_READS:
		sv_media_rpc_put_read(&out, 0, 16);
		sv_media_rpc_put_read(&out, 0, 16);
		break;
	case FAKE_OUR_FRAME:
		sv_media_rpc_put_data(&out, 0, NULL);
		break;
	case FAKE_TWO_HELLOS: {
		const struct sv_media_hello hello = {SV_MEDIA_GUARD_ALL, 7};
		sv_media_rpc_put_hello(&out, &hello);
		break;
	}
	case FAKE_DONE_ONLY:
		sv_media_rpc_put_done(&out);
		break;
	default:
		break;
	}
	send_out();
}

/* Acts that end in some way. */
static void
die(enum fake_act act)
{
	switch (act) {
	case FAKE_CRASH:
		(void)fprintf(stderr, "first line\nlast words\n");
		(void)signal(SIGSEGV, SIG_DFL);   /* a sanitizer would turn it into an exit */
		(void)raise(SIGSEGV);
		break;
	case FAKE_CPU:
		(void)raise(SIGXCPU);
		break;
	case FAKE_EXIT_7:
		_exit(7);
	case FAKE_HANG_UP:
		(void)close(SV_MEDIA_RPC_FD);
		hang();
		break;
	case FAKE_SILENCE:
		hang();
		break;
	default:
		break;
	}
}

static void
act_well(enum fake_act act)
{
	switch (act) {
	case FAKE_GOOD:
		if (read_some(0, 16) == 16)
			put_info();
		sv_media_rpc_put_done(&out);
		break;
	case FAKE_READ_FAILS:
		sv_media_rpc_put_error(&out, read_some(0, 16) < 0 ? SV_EUNSUPPORTED : SV_ENOMEM, "could not read");
		break;
	case FAKE_POSTER:
		put_pictures(6, 100000);
		sv_media_rpc_put_done(&out);
		break;
	case FAKE_MANY_PICTURES:
		put_pictures(SV_MEDIA_MAX_IMAGES + 1, 10);
		break;
	case FAKE_UNSUPPORTED:
		sv_media_rpc_put_error(&out, SV_EUNSUPPORTED, "no film");
		break;
	case FAKE_ODD_ERROR:
		sv_media_rpc_put_error(&out, SV_EACCES, "odd");
		break;
	case FAKE_BUDGET:
		while (read_some(0, 65536) > 0)
			continue;
		put_info();
		sv_media_rpc_put_done(&out);
		break;
	default:
		break;
	}
	send_out();
}

int
main(int argc, char **argv)
{
	const struct sv_media_hello hello = {SV_MEDIA_GUARD_ALL & ~SV_MEDIA_GUARD_LANDLOCK, 0};
	uint64_t size = argc < 3 ? 0 : strtoull(argv[2], NULL, 10);
	enum fake_act act = (enum fake_act)(size - FAKE_BASE);

	const struct rlimit none = {0, 0};
	(void)setrlimit(RLIMIT_CORE, &none);
	sv_buffer_init(&out, 0);
	if (getenv("PATH") != NULL || getenv("HOME") != NULL)
		return 9;                /* the environment was to be empty */
	if (act != FAKE_NO_HELLO)
		sv_media_rpc_put_hello(&out, &hello);
	else
		put_info();
	send_out();
	lie(act, size);
	die(act);
	if (act == FAKE_FLOOD || act == FAKE_TINY_READS)
		flood(0, act == FAKE_TINY_READS);
	act_well(act);
	return 0;
}
