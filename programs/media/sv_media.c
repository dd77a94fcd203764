/* SPDX-License-Identifier: Apache-2.0
 * sv-media: one job on one film, in a process that can do nothing else.
 *   sv-media probe|poster SIZE [jpeg]
 * Descriptor 3 is the socket to the parent (media_rpc.h), 2 a pipe for last words.  The order is the point of this file: set the libraries
 * up, lock down, say HELLO, and only then touch a byte of the film.  Exit: 0 the result or an ERROR frame was sent, 2 wrong
 * call, 3 the parent is gone or talks nonsense, 4 the lock-down failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavutil/cpu.h>
#include <libavutil/log.h>

#include "errors.h"
#include "media_input.h"
#include "media_lockdown.h"
#include "media_poster.h"
#include "media_probe.h"
#include "media_rpc.h"

#define MIB ((uint64_t)1 << 20)
#define OUT_CEILING ((size_t)16 << 20)

static void
stay_silent(void *object, int level, const char *format, va_list args)
{
}

/* Whatever opens a file or asks the system on first use is used here, while that still works. */
static void
set_up_libraries(void)
{
	av_log_set_callback(stay_silent);
	tzset();
	(void)av_cpu_count();
	(void)av_get_cpu_flags();
	(void)avcodec_find_decoder(AV_CODEC_ID_H264);
	(void)avcodec_find_encoder_by_name("libwebp");
	(void)av_find_input_format("matroska");
}

static void
run_probe(struct sv_media_input *input, struct sv_buffer *out)
{
	struct sv_media_info info = {0};
	int rc = sv_media_probe(input, &info);

	if (rc == 0)
		sv_media_rpc_put_info(out, &info);
	else
		sv_media_rpc_put_error(out, rc, rc == SV_EUNSUPPORTED ? "not a film that can be read" : sv_error_text(rc));
	if (rc == 0)
		sv_media_rpc_put_done(out);
	sv_media_info_free(&info);
}

static void
run_poster(struct sv_media_input *input, bool jpeg, struct sv_buffer *out)
{
	int rc = sv_media_poster(input, jpeg, out);

	if (rc == 0) {
		sv_media_rpc_put_done(out);
		return;
	}
	sv_buffer_reset(out);
	sv_media_rpc_put_error(out, rc, rc == SV_EUNSUPPORTED ? "no picture in it that can be decoded" : sv_error_text(rc));
}

int
main(int argc, char **argv)
{
	bool probe = argc >= 3 && strcmp(argv[1], "probe") == 0, poster = argc >= 3 && strcmp(argv[1], "poster") == 0;
	struct sv_media_input input = {0};
	struct sv_media_hello hello = {0};
	struct sv_buffer out;

	if ((!probe && !poster) || sv_text_to_u64(sv_text_of(argv[2]), &input.size) != 0 || input.size > INT64_MAX) {
		(void)fprintf(stderr, "usage: sv-media probe|poster SIZE [jpeg] (started by streamvault, socket on descriptor %d)\n", SV_MEDIA_RPC_FD);
		return 2;
	}
	bool jpeg = argc >= 4 && strcmp(argv[3], "jpeg") == 0;
	const struct sv_media_lockdown_limits limits = {probe ? 512 * MIB : 1024 * MIB, probe ? 10 : 20};
	set_up_libraries();
	sv_buffer_init(&out, OUT_CEILING);
	int rc = sv_media_lockdown(&limits, &hello);
	if (rc != 0) {
		sv_media_rpc_put_error(&out, SV_EUNAVAIL, "the sandbox cannot be set up on this system");
		sv_media_input_send(&out);
		return 4;
	}
	sv_media_rpc_put_hello(&out, &hello);
	sv_media_input_send(&out);
	if (probe)
		run_probe(&input, &out);
	else
		run_poster(&input, jpeg, &out);
	sv_media_input_send(&out);
	/* no tidying by exit handlers: the system takes everything back, and handlers may want what is gone */
	_exit(0);
}
