/* SPDX-License-Identifier: Apache-2.0
 * Small tables; what is not in them is shown as it is. */
#include "media_names.h"

#include <stddef.h>
#include <string.h>

struct pair {
	const char *from, *to;
};

static const struct pair codecs[] = {
    {"h264", "H.264"}, {"hevc", "H.265"}, {"av1", "AV1"}, {"vp9", "VP9"}, {"vp8", "VP8"}, {"mpeg4", "MPEG-4"}, {"mpeg2video", "MPEG-2"},
    {"aac", "AAC"}, {"ac3", "Dolby Digital"}, {"eac3", "Dolby Digital Plus"}, {"truehd", "Dolby TrueHD"}, {"dts", "DTS"}, {"flac", "FLAC"},
    {"opus", "Opus"}, {"vorbis", "Vorbis"}, {"mp3", "MP3"}, {"subrip", "SRT"}, {"ass", "ASS"}, {"webvtt", "WebVTT"}, {"mov_text", "Text"},
    {"hdmv_pgs_subtitle", "PGS"}, {"dvd_subtitle", "VobSub"}, {"pcm_s16le", "PCM"}, {"pcm_s24le", "PCM"},
};

static const struct pair languages[] = {
    {"eng", "English"}, {"en", "English"}, {"ger", "German"}, {"deu", "German"}, {"de", "German"}, {"fre", "French"}, {"fra", "French"}, {"fr", "French"},
    {"spa", "Spanish"}, {"es", "Spanish"}, {"ita", "Italian"}, {"it", "Italian"}, {"por", "Portuguese"}, {"pt", "Portuguese"}, {"hin", "Hindi"},
    {"hi", "Hindi"}, {"tam", "Tamil"}, {"ta", "Tamil"}, {"tel", "Telugu"}, {"te", "Telugu"}, {"mal", "Malayalam"}, {"kan", "Kannada"}, {"ben", "Bengali"},
    {"jpn", "Japanese"}, {"ja", "Japanese"}, {"kor", "Korean"}, {"ko", "Korean"}, {"chi", "Chinese"}, {"zho", "Chinese"}, {"zh", "Chinese"},
    {"rus", "Russian"}, {"ru", "Russian"}, {"ukr", "Ukrainian"}, {"uk", "Ukrainian"}, {"pol", "Polish"}, {"pl", "Polish"}, {"dut", "Dutch"}, {"nld", "Dutch"},
    {"nl", "Dutch"}, {"swe", "Swedish"}, {"sv", "Swedish"}, {"nor", "Norwegian"}, {"no", "Norwegian"}, {"dan", "Danish"}, {"da", "Danish"},
    {"fin", "Finnish"}, {"fi", "Finnish"}, {"ara", "Arabic"}, {"ar", "Arabic"}, {"heb", "Hebrew"}, {"he", "Hebrew"}, {"tur", "Turkish"}, {"tr", "Turkish"},
    {"per", "Persian"}, {"fas", "Persian"}, {"fa", "Persian"}, {"cze", "Czech"}, {"ces", "Czech"}, {"hun", "Hungarian"}, {"gre", "Greek"}, {"ell", "Greek"},
    {"rum", "Romanian"}, {"ron", "Romanian"}, {"tha", "Thai"}, {"vie", "Vietnamese"}, {"ind", "Indonesian"},
};

static const char *
find(const struct pair *pairs, size_t count, const char *from, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(pairs[i].from) == length && memcmp(pairs[i].from, from, length) == 0)
			return pairs[i].to;
	return NULL;
}

const char *
sv_media_names_codec(const char *codec)
{
	const char *name = find(codecs, sizeof codecs / sizeof codecs[0], codec, strlen(codec));

	return name != NULL ? name : codec[0] == '\0' ? NULL : codec;
}

const char *
sv_media_names_container(const char *container, const char *mime)
{
	if (strcmp(mime, "video/webm") == 0)
		return "WebM";
	if (strstr(container, "matroska") != NULL)
		return "Matroska";
	if (strstr(container, "mp4") != NULL)
		return strcmp(mime, "video/quicktime") == 0 ? "QuickTime" : "MP4";
	if (strcmp(container, "avi") == 0)
		return "AVI";
	if (strcmp(container, "mpegts") == 0)
		return "MPEG-TS";
	return container[0] == '\0' ? NULL : container;
}

const char *
sv_media_names_language(const char *code)
{
	if (code[0] == '\0' || strcmp(code, "und") == 0)
		return NULL;
	const char *name = find(languages, sizeof languages / sizeof languages[0], code, strcspn(code, "-_"));
	return name != NULL ? name : code;
}
