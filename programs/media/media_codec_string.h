/* SPDX-License-Identifier: Apache-2.0
 * The codec strings that browsers ask for (RFC 6381 and the codecs' own registrations), from a decoder's configuration record. */
#ifndef SV_MEDIA_CODEC_STRING_H
#define SV_MEDIA_CODEC_STRING_H

#include <stddef.h>
#include <stdint.h>

#define SV_MEDIA_CODEC_STRING_MAX 64

struct sv_media_codec {
	const char *name;            /* libavcodec's: "h264" */
	const uint8_t *config;       /* avcC, hvcC, av1C, AudioSpecificConfig; may be NULL */
	size_t config_length;
	int profile, level;          /* as libavcodec counts them; negative: unknown */
	uint32_t width, height, bit_depth;
	uint32_t frame_rate;         /* frames a second, rounded up; 0: unknown */
};

/* Write the string, "" when it cannot be told.  Pure; takes any bytes. */
void sv_media_codec_string(const struct sv_media_codec *codec, char out[static SV_MEDIA_CODEC_STRING_MAX]);

#endif
