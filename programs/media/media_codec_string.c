/* SPDX-License-Identifier: Apache-2.0
 * Codec strings.  Where the configuration record is missing (transport streams) profile and level of the parsed stream stand in. */
#include "media_codec_string.h"

#include <stdio.h>
#include <string.h>

#include "cursor.h"

#define H264_CONSTRAINED 0x200       /* libavcodec's flags on an H.264 profile */
#define H264_INTRA 0x800

static void
avc_string(const struct sv_media_codec *codec, char *out)
{
	struct sv_cursor cursor;

	sv_cursor_init(&cursor, codec->config, codec->config_length);
	unsigned version = sv_cursor_u8(&cursor), profile = sv_cursor_u8(&cursor), flags = sv_cursor_u8(&cursor), level = sv_cursor_u8(&cursor);
	if (cursor.error != 0 || version != 1) {
		if (codec->profile < 0 || codec->level <= 0)
			return;
		profile = (unsigned)codec->profile & 0xff;
		flags = ((codec->profile & H264_CONSTRAINED) != 0 ? 0x40u : 0) | ((codec->profile & H264_INTRA) != 0 ? 0x10u : 0);
		level = (unsigned)codec->level & 0xff;
	}
	(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "avc1.%02x%02x%02x", profile, flags, level);
}

static uint32_t
reverse_bits(uint32_t value)
{
	uint32_t out = 0;

	for (int i = 0; i < 32; i++)
		out |= (value >> i & 1) << (31 - i);
	return out;
}

/* ISO/IEC 14496-15, annex E: profile space and number, compatibility flags backwards, tier and level, constraint bytes without
 * the zeros at the end. */
static void
hevc_string(const struct sv_media_codec *codec, char *out)
{
	struct sv_cursor cursor;

	sv_cursor_init(&cursor, codec->config, codec->config_length);
	unsigned version = sv_cursor_u8(&cursor), profile = sv_cursor_u8(&cursor);
	uint32_t compatible = sv_cursor_be32(&cursor);
	const uint8_t *constraints = sv_cursor_bytes(&cursor, 6);
	unsigned level = sv_cursor_u8(&cursor);
	if (constraints == NULL || version != 1) {
		if ((codec->profile == 1 || codec->profile == 2) && codec->level > 0)
			(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "hvc1.%d.%d.L%d.B0", codec->profile, codec->profile == 1 ? 6 : 4,
			    codec->level);
		return;
	}
	static const char *const spaces[] = {"", "A", "B", "C"};
	int used = snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "hvc1.%s%u.%X.%c%u", spaces[profile >> 6], profile & 31, reverse_bits(compatible),
	    (profile & 32) != 0 ? 'H' : 'L', level);
	size_t last = 6;
	while (last > 0 && constraints[last - 1] == 0)
		last--;
	for (size_t i = 0; i < last; i++)
		used += snprintf(out + used, SV_MEDIA_CODEC_STRING_MAX - (size_t)used, ".%X", constraints[i]);
}

static void
av1_string(const struct sv_media_codec *codec, char *out)
{
	struct sv_cursor cursor;

	sv_cursor_init(&cursor, codec->config, codec->config_length);
	unsigned marker = sv_cursor_u8(&cursor), first = sv_cursor_u8(&cursor), second = sv_cursor_u8(&cursor);
	unsigned depth = (second & 0x40) == 0 ? 8 : (second & 0x20) != 0 && first >> 5 == 2 ? 12 : 10;
	if (cursor.error == 0 && marker == 0x81) {
		(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "av01.%u.%02u%c.%02u", first >> 5, first & 31, (second & 0x80) != 0 ? 'H' : 'M', depth);
	} else if (codec->profile >= 0 && codec->profile < 8 && codec->level >= 0 && codec->level < 32) {
		(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "av01.%d.%02dM.%02u", codec->profile, codec->level,
		    codec->bit_depth > 8 && codec->bit_depth <= 12 ? codec->bit_depth : 8);
	}
}

/* The least level that carries the picture size and rate (VP9 levels, table of the bitstream's annex). */
static unsigned
vp9_level(const struct sv_media_codec *codec)
{
	static const struct {
		unsigned level;
		uint64_t rate, size;         /* luma samples a second, and in one picture */
	} levels[] = {
		{10, 829440, 36864}, {11, 2764800, 73728}, {20, 4608000, 122880}, {21, 9216000, 245760}, {30, 20736000, 552960},
		{31, 36864000, 983040}, {40, 83558400, 2228224}, {41, 160432128, 2228224}, {50, 311951360, 8912896},
		{51, 588251136, 8912896}, {52, 1176502272, 8912896}, {60, 1176502272, 35651584}, {61, 2353004544, 35651584},
	};
	uint64_t size = (uint64_t)codec->width * codec->height;
	uint64_t rate = size * (codec->frame_rate == 0 ? 30 : codec->frame_rate > 1000 ? 1000 : codec->frame_rate);

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (size <= levels[i].size && rate <= levels[i].rate)
			return levels[i].level;
	return 62;
}

static void
vp9_string(const struct sv_media_codec *codec, char *out)
{
	unsigned profile = codec->profile >= 0 && codec->profile < 4 ? (unsigned)codec->profile : 0;
	unsigned level = codec->level >= 10 && codec->level <= 62 ? (unsigned)codec->level : vp9_level(codec);

	(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "vp09.%02u.%02u.%02u", profile, level,
	    codec->bit_depth >= 8 && codec->bit_depth <= 12 ? codec->bit_depth : 8);
}

static void
aac_string(const struct sv_media_codec *codec, char *out)
{
	unsigned object = codec->profile >= 0 && codec->profile < 64 ? (unsigned)codec->profile + 1 : 2;

	if (codec->config_length >= 2) {
		object = codec->config[0] >> 3;
		if (object == 31)
			object = 32 + ((codec->config[0] & 7u) << 3 | codec->config[1] >> 5);
	}
	(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "mp4a.40.%u", object);
}

void
sv_media_codec_string(const struct sv_media_codec *codec, char out[static SV_MEDIA_CODEC_STRING_MAX])
{
	static const struct {
		const char *name;
		void (*write)(const struct sv_media_codec *codec, char *out);
		const char *fixed;
	} table[] = {
		{"h264", avc_string, NULL}, {"hevc", hevc_string, NULL}, {"av1", av1_string, NULL}, {"vp9", vp9_string, NULL},
		{"aac", aac_string, NULL}, {"vp8", NULL, "vp8"}, {"mp3", NULL, "mp4a.6B"}, {"ac3", NULL, "ac-3"}, {"eac3", NULL, "ec-3"},
		{"opus", NULL, "opus"}, {"flac", NULL, "flac"}, {"vorbis", NULL, "vorbis"},
	};

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(codec->name, table[i].name) != 0)
			continue;
		if (table[i].fixed != NULL)
			(void)snprintf(out, SV_MEDIA_CODEC_STRING_MAX, "%s", table[i].fixed);
		else
			table[i].write(codec, out);
	}
}
