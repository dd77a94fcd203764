/* SPDX-License-Identifier: Apache-2.0
 * The media child's frames: what is sent comes back, and what is malformed is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "errors.h"
#include "media_rpc.h"

static struct sv_media_frame
parse(const struct sv_buffer *out)
{
	struct sv_media_frame frame = {0};

	assert_int_equal(out->error, 0);
	assert_int_equal(sv_media_rpc_parse(out->data, out->length, &frame), out->length);
	return frame;
}

static void
test_small_frames(void **state)
{
	const struct sv_media_hello hello = {SV_MEDIA_GUARD_SECCOMP | SV_MEDIA_GUARD_LIMITS, 4};
	struct sv_media_hello got_hello;
	struct sv_media_failure failure;
	struct sv_buffer out;
	uint64_t offset;
	uint32_t length;
	int result;
	const uint8_t *bytes;

	sv_buffer_init(&out, 0);
	sv_media_rpc_put_hello(&out, &hello);
	struct sv_media_frame frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_hello(&frame, &got_hello), 0);
	assert_memory_equal(&hello, &got_hello, sizeof(hello));
	assert_int_equal(sv_media_rpc_get_read(&frame, &offset, &length), SV_EPROTO);
	sv_buffer_reset(&out);
	sv_media_rpc_put_read(&out, 0x123456789abull, 32768);
	frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_read(&frame, &offset, &length), 0);
	assert_true(offset == 0x123456789abull && length == 32768);
	sv_buffer_reset(&out);
	sv_media_rpc_put_error(&out, SV_EUNSUPPORTED, "a\tb\xff");
	frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_error(&frame, &failure), 0);
	assert_int_equal(failure.code, SV_EUNSUPPORTED);
	assert_string_equal(failure.text, "a b\xef\xbf\xbd");
	sv_buffer_reset(&out);
	sv_media_rpc_put_data(&out, 5, "hello");
	frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_data(&frame, &result, &bytes), 0);
	assert_int_equal(result, 5);
	assert_memory_equal(bytes, "hello", 5);
	sv_buffer_reset(&out);
	sv_media_rpc_put_data(&out, SV_EIO, NULL);
	frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_data(&frame, &result, &bytes), 0);
	assert_int_equal(result, SV_EIO);
	sv_buffer_fini(&out);
}

static void
test_image(void **state)
{
	const struct sv_media_image image = {SV_MEDIA_POSTER, SV_MEDIA_JPEG, 320, 480, (const uint8_t *)"picture", 7};
	struct sv_media_image got;
	struct sv_buffer out;

	sv_buffer_init(&out, 0);
	sv_media_rpc_put_image(&out, &image);
	struct sv_media_frame frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_image(&frame, &got), 0);
	assert_true(got.kind == SV_MEDIA_POSTER && got.mime == SV_MEDIA_JPEG && got.width == 320 && got.height == 480 && got.length == 7);
	assert_memory_equal(got.bytes, "picture", 7);
	out.data[SV_MEDIA_RPC_HEAD] = SV_MEDIA_IMAGE_KIND_COUNT;
	assert_int_equal(sv_media_rpc_get_image(&frame, &got), SV_EPROTO);
	sv_buffer_fini(&out);
}

static void
fill(struct sv_media_info *info, uint32_t tracks, uint32_t chapters)
{
	*info = (struct sv_media_info){.container = "matroska,webm", .title = "Zwölf", .duration_ms = 5400000, .bit_rate = 4000000,
	    .truncated = true, .track_count = tracks, .chapter_count = chapters};
	info->tracks = calloc(tracks, sizeof(*info->tracks));
	info->chapters = calloc(chapters, sizeof(*info->chapters));
	for (uint32_t i = 0; i < tracks; i++) {
		info->tracks[i] = (struct sv_media_track){.index = i, .kind = i == 0 ? SV_MEDIA_VIDEO : SV_MEDIA_SUBTITLE, .is_forced = i == 2,
		    .codec = "subrip", .language = "pt-BR", .frame_rate_num = 24000, .frame_rate_den = 1001, .sample_rate_hz = 48000};
		memset(info->tracks[i].title, 'x', SV_MEDIA_MAX_TEXT);
	}
	for (uint32_t i = 0; i < chapters; i++)
		info->chapters[i] = (struct sv_media_chapter){.start_ms = i, .end_ms = i + 1, .title = "Énd"};
}

static void
test_info_at_its_limits(void **state)
{
	struct sv_media_info info, got;
	struct sv_buffer out;

	fill(&info, SV_MEDIA_MAX_TRACKS, SV_MEDIA_MAX_CHAPTERS);
	sv_buffer_init(&out, 0);
	sv_media_rpc_put_info(&out, &info);
	struct sv_media_frame frame = parse(&out);
	assert_int_equal(sv_media_rpc_get_info(&frame, &got), 0);
	assert_int_equal(got.track_count, SV_MEDIA_MAX_TRACKS);
	assert_int_equal(got.chapter_count, SV_MEDIA_MAX_CHAPTERS);
	assert_string_equal(got.title, "Zwölf");
	assert_true(got.truncated && !got.is_webm && got.duration_ms == 5400000 && got.bit_rate == 4000000);
	assert_memory_equal(got.tracks, info.tracks, SV_MEDIA_MAX_TRACKS * sizeof(*got.tracks));
	assert_memory_equal(got.chapters, info.chapters, SV_MEDIA_MAX_CHAPTERS * sizeof(*got.chapters));
	sv_media_info_free(&got);
	assert_null(got.tracks);
	sv_media_info_free(&info);
	sv_media_info_free(NULL);
	sv_buffer_fini(&out);
}

/* Every beginning of a good description is refused, and so is one byte too many. */
static void
test_cut_info(void **state)
{
	struct sv_media_info info, got;
	struct sv_buffer out;

	fill(&info, 2, 2);
	sv_buffer_init(&out, 0);
	sv_media_rpc_put_info(&out, &info);
	struct sv_media_frame frame = parse(&out);
	size_t whole = frame.length;
	for (frame.length = 0; frame.length < whole; frame.length++)
		assert_int_equal(sv_media_rpc_get_info(&frame, &got), SV_EPROTO);
	assert_int_equal(sv_media_rpc_get_info(&frame, &got), 0);
	sv_media_info_free(&got);
	sv_buffer_byte(&out, 0);
	frame = (struct sv_media_frame){SV_MEDIA_FRAME_INFO, out.data + SV_MEDIA_RPC_HEAD, whole + 1};
	assert_int_equal(sv_media_rpc_get_info(&frame, &got), SV_EPROTO);
	sv_media_info_free(&info);
	sv_buffer_fini(&out);
}

static void
test_heads(void **state)
{
	static const uint8_t huge[] = {0, 0, 0, 1, SV_MEDIA_FRAME_INFO, 1, 0, 0};
	static const uint8_t unknown[] = {0, 0, 0, 0, 99, 1, 0, 0};
	static const uint8_t version[] = {0, 0, 0, 0, SV_MEDIA_FRAME_DONE, 2, 0, 0};
	static const uint8_t spare[] = {0, 0, 0, 0, SV_MEDIA_FRAME_DONE, 1, 1, 0};
	static const uint8_t done[] = {0, 0, 0, 0, SV_MEDIA_FRAME_DONE, 1, 0, 0};
	static const uint8_t waiting[] = {12, 0, 0, 0, SV_MEDIA_FRAME_READ, 1, 0, 0, 1, 2};
	struct sv_media_frame frame;

	assert_int_equal(sv_media_rpc_parse(huge, 8, &frame), SV_EPROTO);
	assert_int_equal(sv_media_rpc_parse(unknown, 8, &frame), SV_EPROTO);
	assert_int_equal(sv_media_rpc_parse(version, 8, &frame), SV_EPROTO);
	assert_int_equal(sv_media_rpc_parse(spare, 8, &frame), SV_EPROTO);
	assert_int_equal(sv_media_rpc_parse(done, 7, &frame), 0);
	assert_int_equal(sv_media_rpc_parse(done, 8, &frame), 8);
	assert_int_equal(sv_media_rpc_parse(waiting, sizeof(waiting), &frame), 0);
}

static void
test_texts(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {{NULL, ""}, {"", ""}, {"  a  ", "a"}, {"a\r\nb", "a  b"}, {"\xff", "\xef\xbf\xbd"}, {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
	    {"Grüße", "Grüße"}, {"12345678901234567890", "123456789012345"}, {"12345678901234ü", "12345678901234"}, {"\xc2\x85x", "x"}};
	char out[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sv_media_rpc_clean_text(rows[i].from, out, sizeof(out));
		assert_string_equal(out, rows[i].to);
	}
}

static void
test_playable(void **state)
{
	static const struct {
		const char *container;
		bool webm;
		const char *video, *pixels;
		unsigned depth;
		const char *audio;
		enum sv_media_playable playable;
	} rows[] = {
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "h264", "yuv420p", 8, "aac", SV_MEDIA_PLAY_YES},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "h264", "yuv420p10le", 10, "aac", SV_MEDIA_PLAY_NO},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "h264", "yuv444p", 8, "aac", SV_MEDIA_PLAY_NO},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "hevc", "yuv420p10le", 10, "aac", SV_MEDIA_PLAY_SOME},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "h264", "yuv420p", 8, "ac3", SV_MEDIA_PLAY_SOME},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "h264", "yuv420p", 8, "dts", SV_MEDIA_PLAY_NO},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, "h264", "yuv420p", 8, NULL, SV_MEDIA_PLAY_YES},
		{"matroska,webm", false, "h264", "yuv420p", 8, "aac", SV_MEDIA_PLAY_CHROMIUM},
		{"matroska,webm", false, "h264", "yuv420p", 8, "dts", SV_MEDIA_PLAY_NO},
		{"matroska,webm", true, "vp9", "yuv420p", 8, "opus", SV_MEDIA_PLAY_YES},
		{"matroska,webm", true, "av1", "yuv420p", 8, "opus", SV_MEDIA_PLAY_SOME},
		{"avi", false, "h264", "yuv420p", 8, "mp3", SV_MEDIA_PLAY_NO},
		{"mpegts", false, "h264", "yuv420p", 8, "aac", SV_MEDIA_PLAY_NO},
		{"mp3", false, NULL, NULL, 0, "mp3", SV_MEDIA_PLAY_YES},
		{"ogg", false, NULL, NULL, 0, "opus", SV_MEDIA_PLAY_SOME},
		{"mov,mp4,m4a,3gp,3g2,mj2", false, NULL, NULL, 0, NULL, SV_MEDIA_PLAY_NO},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv_media_track tracks[2] = {0};
		struct sv_media_info info = {.is_webm = rows[i].webm, .tracks = tracks};
		(void)strcpy(info.container, rows[i].container);
		if (rows[i].video != NULL) {
			struct sv_media_track *track = &tracks[info.track_count++];
			track->kind = SV_MEDIA_VIDEO;
			track->bit_depth = rows[i].depth;
			(void)strcpy(track->codec, rows[i].video);
			(void)strcpy(track->pixel_format, rows[i].pixels);
		}
		if (rows[i].audio != NULL) {
			struct sv_media_track *track = &tracks[info.track_count++];
			track->kind = SV_MEDIA_AUDIO;
			(void)strcpy(track->codec, rows[i].audio);
		}
		if (sv_media_playable_of(&info) != rows[i].playable)
			fail_msg("row %zu: %s", i, sv_media_playable_name(sv_media_playable_of(&info)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_frames),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_info_at_its_limits),
		cmocka_unit_test(test_cut_info),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_playable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
