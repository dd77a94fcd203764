/* SPDX-License-Identifier: Apache-2.0
 * Frames of the media child as its parent reads them: any bytes either decode to what the limits allow or are refused, and a description
 * that decoded can be sent again and decodes to the same counts and numbers. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "media_rpc.h"
#include "sv_assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t cap)
{
	size_t length = strnlen(text, cap);

	sv_assert(length < cap && sv_utf8_valid((struct sv_text){text, length}));
}

static void
check_info(const struct sv_media_frame *frame)
{
	struct sv_media_info info, again;
	struct sv_media_frame copy;
	struct sv_buffer out;

	if (sv_media_rpc_get_info(frame, &info) != 0)
		return;
	sv_assert(info.track_count <= SV_MEDIA_MAX_TRACKS && info.chapter_count <= SV_MEDIA_MAX_CHAPTERS);
	for (uint32_t i = 0; i < info.track_count; i++) {
		check_text(info.tracks[i].title, sizeof(info.tracks[i].title));
		check_text(info.tracks[i].codec, sizeof(info.tracks[i].codec));
		sv_assert(info.tracks[i].kind < SV_MEDIA_TRACK_KIND_COUNT);
	}
	for (uint32_t i = 0; i < info.chapter_count; i++)
		sv_assert(info.chapters[i].start_ms <= info.chapters[i].end_ms);
	sv_buffer_init(&out, 0);
	sv_media_rpc_put_info(&out, &info);
	sv_assert(sv_buffer_error(&out) == 0);
	sv_assert(sv_media_rpc_parse(out.data, out.length, &copy) == (int)out.length);
	sv_assert(sv_media_rpc_get_info(&copy, &again) == 0);
	sv_assert(again.track_count == info.track_count && again.chapter_count == info.chapter_count && again.duration_ms == info.duration_ms);
	sv_media_info_free(&again);
	sv_media_info_free(&info);
	sv_buffer_fini(&out);
}

static void
check_frame(const struct sv_media_frame *frame)
{
	struct sv_media_hello hello;
	struct sv_media_image image;
	struct sv_media_failure failure;
	uint64_t offset;
	uint32_t length;
	int result;
	const uint8_t *bytes;

	if (sv_media_rpc_get_hello(frame, &hello) == 0)
		sv_assert((hello.guards & ~(uint32_t)SV_MEDIA_GUARD_ALL) == 0);
	if (sv_media_rpc_get_read(frame, &offset, &length) == 0)
		sv_assert(length > 0 && length <= SV_MEDIA_RPC_MAX_READ && offset + length > offset);
	if (sv_media_rpc_get_image(frame, &image) == 0)
		sv_assert(image.length > 0 && image.bytes + image.length == frame->payload + frame->length);
	if (sv_media_rpc_get_error(frame, &failure) == 0)
		sv_assert(failure.code < 0);
	if (sv_media_rpc_get_data(frame, &result, &bytes) == 0)
		sv_assert(result <= (int)SV_MEDIA_RPC_MAX_READ);
	check_info(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t used = 0;

	while (used < size) {
		struct sv_media_frame frame;
		int n = sv_media_rpc_parse(data + used, size - used, &frame);
		if (n <= 0)
			break;
		sv_assert((size_t)n <= size - used);
		check_frame(&frame);
		used += (size_t)n;
	}
	/* the rest as text from a film */
	char text[256], clean[64];
	size_t length = size - used < sizeof(text) - 1 ? size - used : sizeof(text) - 1;
	if (length > 0)
		memcpy(text, data + used, length);
	text[length] = '\0';
	sv_media_rpc_clean_text(text, clean, sizeof(clean));
	check_text(clean, sizeof(clean));
	return 0;
}
