/* SPDX-License-Identifier: Apache-2.0
 * A media child that believes what a file says about itself: FILM, AUDIO, JUNK, CRASH, NOPICTURE; any version of it may follow. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "errors.h"
#include "media_rpc.h"

static void
send_out(struct sv_buffer *out)
{
	size_t sent = 0;

	while (sent < out->length) {
		ssize_t n = write(SV_MEDIA_RPC_FD, out->data + sent, out->length - sent);
		if (n <= 0)
			_exit(3);
		sent += (size_t)n;
	}
	sv_buffer_reset(out);
}

/* The first bytes of the file. */
static void
read_start(struct sv_buffer *out, uint64_t size, char text[static 16])
{
	uint8_t in[256];
	struct sv_media_frame frame;
	size_t have = 0;
	int n = 0, result = 0;
	const uint8_t *bytes = NULL;

	sv_media_rpc_put_read(out, 0, size < 15 ? (uint32_t)size : 15);
	send_out(out);
	while ((n = sv_media_rpc_parse(in, have, &frame)) == 0) {
		ssize_t got = read(SV_MEDIA_RPC_FD, in + have, sizeof in - have);
		if (got <= 0)
			_exit(3);
		have += (size_t)got;
	}
	if (n < 0 || sv_media_rpc_get_data(&frame, &result, &bytes) != 0 || result < 0 || result > 15)
		_exit(4);
	memcpy(text, bytes, (size_t)result);
	text[result] = '\0';
}

static void
put_film(struct sv_buffer *out, bool video)
{
	struct sv_media_track tracks[] = {
	    {.index = 0, .kind = video ? SV_MEDIA_VIDEO : SV_MEDIA_OTHER, .codec = "h264", .width = 640, .height = 360},
	    {.index = 1, .kind = SV_MEDIA_AUDIO, .codec = "aac", .language = "eng", .channels = 2},
	};
	const struct sv_media_info info = {.container = "mov,mp4,m4a,3gp,3g2,mj2", .duration_ms = 5000, .bit_rate = 800, .track_count = 2,
	    .tracks = tracks};

	sv_media_rpc_put_info(out, &info);
}

static void
put_pictures(struct sv_buffer *out)
{
	static const struct {
		enum sv_media_image_kind kind;
		uint32_t width, height;
	} pictures[] = {{SV_MEDIA_STILL, 640, 360}, {SV_MEDIA_STILL, 320, 180}, {SV_MEDIA_POSTER, 240, 360}, {SV_MEDIA_POSTER, 160, 240}};

	for (size_t i = 0; i < 4; i++) {
		const struct sv_media_image image = {pictures[i].kind, SV_MEDIA_WEBP, pictures[i].width, pictures[i].height,
		    (const uint8_t *)"picture", 7};
		sv_media_rpc_put_image(out, &image);
	}
}

int
main(int argc, char **argv)
{
	const struct sv_media_hello hello = {SV_MEDIA_GUARD_ALL, 1};
	const struct rlimit none = {0, 0};
	struct sv_buffer out;
	char text[16];

	if (argc < 3)
		return 2;
	(void)setrlimit(RLIMIT_CORE, &none);
	sv_buffer_init(&out, 0);
	sv_media_rpc_put_hello(&out, &hello);
	read_start(&out, strtoull(argv[2], NULL, 10), text);
	if (strncmp(text, "CRASH", 5) == 0)
		(void)raise(SIGKILL);
	if (strncmp(text, "FILM", 4) != 0 && strncmp(text, "AUDIO", 5) != 0 && strncmp(text, "NOPICTURE", 9) != 0)
		sv_media_rpc_put_error(&out, SV_EUNSUPPORTED, "not a film that can be read");
	else if (strcmp(argv[1], "probe") == 0)
		put_film(&out, text[0] != 'A');
	else if (text[0] == 'N')
		sv_media_rpc_put_error(&out, SV_EUNSUPPORTED, "no picture could be decoded");
	else
		put_pictures(&out);
	sv_media_rpc_put_done(&out);
	send_out(&out);
	return 0;
}
