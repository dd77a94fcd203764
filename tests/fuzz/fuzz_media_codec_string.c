/* SPDX-License-Identifier: Apache-2.0
 * Codec strings from configuration records of any content: always terminated, always plain characters.
 * Input: codec number, profile, level, bit depth, then the record. */
#include <ctype.h>
#include <string.h>

#include "media_codec_string.h"
#include "sv_assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"h264", "hevc", "av1", "vp9", "aac", "opus", "none"};
	char out[SV_MEDIA_CODEC_STRING_MAX];

	if (size < 4)
		return 0;
	const struct sv_media_codec codec = {.name = names[data[0] % 7], .config = data + 4, .config_length = size - 4, .profile = (int8_t)data[1],
	    .level = (int8_t)data[2], .width = (uint32_t)data[3] << 8, .height = (uint32_t)data[3] << 7, .bit_depth = data[3]};
	sv_media_codec_string(&codec, out);
	size_t length = strnlen(out, sizeof(out));
	sv_assert(length < sizeof(out) - 1);
	for (size_t i = 0; i < length; i++)
		sv_assert(isalnum((unsigned char)out[i]) || out[i] == '.' || out[i] == '-');
	return 0;
}
