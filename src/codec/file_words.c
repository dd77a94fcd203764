/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary is a plain table, looked through in order: phrases stand before the words they begin with. */
#include "file_words.h"

#include <stdio.h>

#define R SV_FILE_WORD_RESOLUTION
#define S SV_FILE_WORD_SOURCE
#define V SV_FILE_WORD_VIDEO
#define A SV_FILE_WORD_AUDIO
#define C SV_FILE_WORD_CHANNELS
#define H SV_FILE_WORD_HDR
#define L SV_FILE_WORD_LANGUAGE
#define D SV_FILE_WORD_DUAL
#define O SV_FILE_WORD_OTHER

static const struct sv_file_word words[] = {
    {"4320p", R, false, "4320p"}, {"8k", R, false, "4320p"}, {"2160p", R, false, "2160p"}, {"4k", R, false, "2160p"}, {"1440p", R, false, "1440p"},
    {"1080p", R, false, "1080p"}, {"1080i", R, false, "1080i"}, {"720p", R, false, "720p"}, {"576p", R, false, "576p"}, {"540p", R, false, "540p"},
    {"480p", R, false, "480p"}, {"480i", R, false, "480i"}, {"360p", R, false, "360p"}, {"240p", R, false, "240p"}, {"fhd", R, true, "1080p"},
    {"uhd", R, true, "2160p"},
    {"blu ray", S, false, "Blu-ray"}, {"bluray", S, false, "Blu-ray"}, {"bdrip", S, false, "Blu-ray"}, {"brrip", S, false, "Blu-ray"},
    {"bdremux", S, false, "Blu-ray"}, {"uhdrip", S, false, "Blu-ray"}, {"bd", S, true, "Blu-ray"},
    {"web dl", S, false, "Web"}, {"webdl", S, false, "Web"}, {"web rip", S, false, "Web"}, {"webrip", S, false, "Web"}, {"webhd", S, false, "Web"},
    {"web", S, true, "Web"},
    {"hdtvrip", S, false, "HDTV"}, {"hdtv", S, false, "HDTV"}, {"pdtv", S, false, "TV"}, {"tvrip", S, false, "TV"}, {"dsrip", S, false, "TV"},
    {"satrip", S, false, "TV"}, {"dvdrip", S, false, "DVD"}, {"dvdscr", S, false, "Screener"}, {"dvd5", S, false, "DVD"}, {"dvd9", S, false, "DVD"},
    {"dvd", S, true, "DVD"}, {"hdrip", S, false, "HDRip"}, {"hd rip", S, true, "HDRip"}, {"vhsrip", S, false, "VHS"}, {"hdcam", S, false, "Camera"},
    {"camrip", S, false, "Camera"}, {"cam", S, true, "Camera"}, {"hdts", S, false, "Telesync"}, {"telesync", S, false, "Telesync"},
    {"ts", S, true, "Telesync"}, {"predvd", S, false, "Screener"}, {"predvdrip", S, false, "Screener"}, {"screener", S, true, "Screener"},
    {"scr", S, true, "Screener"},
    {"x264", V, false, "H.264"}, {"h264", V, false, "H.264"}, {"h 264", V, false, "H.264"}, {"x 264", V, false, "H.264"}, {"avc", V, true, "H.264"},
    {"x265", V, false, "H.265"}, {"h265", V, false, "H.265"}, {"h 265", V, false, "H.265"}, {"x 265", V, false, "H.265"}, {"hevc", V, false, "H.265"},
    {"xvid", V, false, "Xvid"}, {"divx", V, false, "DivX"}, {"av1", V, false, "AV1"}, {"vp9", V, false, "VP9"}, {"mpeg2", V, false, "MPEG-2"},
    {"mpeg 2", V, false, "MPEG-2"}, {"vc1", V, false, "VC-1"}, {"vc 1", V, false, "VC-1"},
    {"dts hd ma", A, false, "DTS-HD MA"}, {"dts hd", A, false, "DTS-HD"}, {"dts x", A, false, "DTS:X"}, {"dts", A, false, "DTS"},
    {"truehd", A, false, "TrueHD"}, {"true hd", A, true, "TrueHD"}, {"atmos", A, false, "Atmos"}, {"e ac 3", A, false, "DD+"}, {"eac3", A, false, "DD+"},
    {"ddp", A, false, "DD+"}, {"dd+", A, false, "DD+"}, {"ddpa", A, false, "DD+ Atmos"}, {"ac3", A, false, "DD"}, {"ac 3", A, false, "DD"}, {"dd", A, true, "DD"},
    {"he aac", A, false, "AAC"}, {"aac", A, false, "AAC"}, {"flac", A, false, "FLAC"}, {"opus", A, true, "Opus"}, {"mp3", A, false, "MP3"},
    {"lpcm", A, false, "PCM"}, {"pcm", A, true, "PCM"},
    {"7 1", C, true, "7.1"}, {"5 1", C, true, "5.1"}, {"2 1", C, true, "2.1"}, {"2 0", C, true, "2.0"}, {"1 0", C, true, "1.0"}, {"6ch", C, false, "5.1"},
    {"8ch", C, false, "7.1"}, {"2ch", C, false, "2.0"},
    {"dolby vision", H, false, "Dolby Vision"}, {"dovi", H, false, "Dolby Vision"}, {"dv", H, true, "Dolby Vision"}, {"hdr10+", H, false, "HDR10+"},
    {"hdr10plus", H, false, "HDR10+"}, {"hdr10", H, false, "HDR10"}, {"hdr", H, false, "HDR10"},
    {"dual audio", D, false, NULL}, {"dualaudio", D, false, NULL}, {"dual", D, true, NULL},
    {"english", L, true, "en"}, {"eng", L, true, "en"}, {"hindi", L, true, "hi"}, {"hin", L, true, "hi"}, {"tamil", L, true, "ta"}, {"tam", L, true, "ta"},
    {"telugu", L, true, "te"}, {"tel", L, true, "te"}, {"malayalam", L, true, "ml"}, {"mal", L, true, "ml"}, {"kannada", L, true, "kn"}, {"kan", L, true, "kn"},
    {"bengali", L, true, "bn"}, {"ben", L, true, "bn"}, {"marathi", L, true, "mr"}, {"punjabi", L, true, "pa"}, {"urdu", L, true, "ur"},
    {"gujarati", L, true, "gu"}, {"truefrench", L, true, "fr"}, {"french", L, true, "fr"}, {"vff", L, true, "fr"}, {"vostfr", O, true, NULL},
    {"fra", L, true, "fr"}, {"fre", L, true, "fr"}, {"german", L, true, "de"}, {"deutsch", L, true, "de"}, {"ger", L, true, "de"}, {"deu", L, true, "de"},
    {"spanish", L, true, "es"}, {"castellano", L, true, "es"}, {"latino", L, true, "es"}, {"spa", L, true, "es"}, {"italian", L, true, "it"},
    {"ita", L, true, "it"}, {"portuguese", L, true, "pt"}, {"dublado", L, true, "pt"}, {"por", L, true, "pt"}, {"russian", L, true, "ru"},
    {"rus", L, true, "ru"}, {"ukrainian", L, true, "uk"}, {"ukr", L, true, "uk"}, {"polish", L, true, "pl"}, {"czech", L, true, "cs"},
    {"japanese", L, true, "ja"}, {"jpn", L, true, "ja"}, {"jap", L, true, "ja"}, {"korean", L, true, "ko"}, {"kor", L, true, "ko"},
    {"chinese", L, true, "zh"}, {"mandarin", L, true, "zh"}, {"chi", L, true, "zh"}, {"arabic", L, true, "ar"}, {"ara", L, true, "ar"},
    {"persian", L, true, "fa"}, {"farsi", L, true, "fa"}, {"turkish", L, true, "tr"}, {"tur", L, true, "tr"}, {"dutch", L, true, "nl"},
    {"swedish", L, true, "sv"}, {"danish", L, true, "da"}, {"norwegian", L, true, "no"}, {"finnish", L, true, "fi"}, {"greek", L, true, "el"},
    {"hebrew", L, true, "he"}, {"hungarian", L, true, "hu"}, {"romanian", L, true, "ro"}, {"thai", L, true, "th"}, {"vietnamese", L, true, "vi"},
    {"indonesian", L, true, "id"},
    {"multi audio", O, false, NULL}, {"multi subs", O, false, NULL}, {"multi sub", O, false, NULL}, {"multi", O, true, NULL}, {"10bit", O, false, NULL},
    {"10 bit", O, false, NULL}, {"8bit", O, false, NULL}, {"hi10p", O, false, NULL}, {"hi10", O, false, NULL}, {"remux", O, false, NULL},
    {"proper", O, true, NULL}, {"repack", O, false, NULL}, {"rerip", O, false, NULL}, {"internal", O, true, NULL}, {"limited", O, true, NULL},
    {"extended cut", O, false, NULL}, {"extended edition", O, false, NULL}, {"extended", O, true, NULL}, {"unrated", O, true, NULL}, {"uncut", O, true, NULL},
    {"remastered", O, true, NULL}, {"directors cut", O, false, NULL}, {"director's cut", O, false, NULL}, {"theatrical cut", O, false, NULL},
    {"theatrical", O, true, NULL}, {"special edition", O, false, NULL}, {"imax", O, true, NULL}, {"criterion", O, true, NULL}, {"complete", O, true, NULL},
    {"dubbed", O, true, NULL}, {"dub", O, true, NULL}, {"subbed", O, true, NULL}, {"subs", O, true, NULL}, {"sub", O, true, NULL}, {"esubs", O, false, NULL},
    {"esub", O, false, NULL}, {"msubs", O, false, NULL}, {"msub", O, false, NULL}, {"hc", O, true, NULL}, {"hq", O, true, NULL}, {"hd", O, true, NULL},
    {"sdr", O, true, NULL}, {"3d", O, true, NULL}, {"sbs", O, true, NULL}, {"hsbs", O, false, NULL}, {"amzn", O, false, NULL}, {"nf", O, true, NULL},
    {"dsnp", O, false, NULL}, {"hmax", O, false, NULL}, {"atvp", O, false, NULL}, {"hulu", O, true, NULL}, {"itunes", O, true, NULL}, {"cd1", O, true, NULL},
    {"cd2", O, true, NULL}, {"v2", O, true, NULL}, {"v3", O, true, NULL}, {"batch", O, true, NULL}, {"hybrid", O, true, NULL}, {"org", O, true, NULL},
};

static bool
is_separator(char c)
{
	return c != '\0' && strchr(". _-[](){}+,~|", c) != NULL;
}

/* "@name": letters, digits and underscores belong together. */
static size_t
tag_length(struct sv_text name, size_t at)
{
	size_t n = 1;

	while (at + n < name.length && (name.data[at + n] == '_' || !is_separator(name.data[at + n])))
		n++;
	return n;
}

void
sv_file_words_cut(struct sv_text name, struct sv_file_tokens *tokens)
{
	unsigned group = 0, depth = 0;
	char opener = '\0';

	tokens->count = 0;
	for (size_t at = 0; at < name.length && tokens->count < SV_FILE_WORDS_MAX;) {
		char c = name.data[at];
		if (c == '[' || c == '(' || c == '{') {
			if (depth++ == 0) {
				group++;
				opener = c;
			}
		} else if ((c == ']' || c == ')' || c == '}') && depth > 0) {
			depth--;
		}
		if (is_separator(c)) {
			at++;
			continue;
		}
		size_t length = 1;
		if (c == '@')
			length = tag_length(name, at);
		else
			while (at + length < name.length && !is_separator(name.data[at + length]))
				length++;
		/* a plus sign makes another word of two: DD+ and HDR10+ */
		if (at + length < name.length && name.data[at + length] == '+' &&
		    (sv_text_equal_nocase((struct sv_text){name.data + at, length}, SV_TEXT("dd")) ||
		    sv_text_equal_nocase((struct sv_text){name.data + at, length}, SV_TEXT("hdr10"))))
			length++;
		tokens->list[tokens->count++] = (struct sv_file_token){
		    .text = {name.data + at, length}, .bracket = depth > 0 ? group : 0, .opener = depth > 0 ? opener : '\0',
		    .mark = c == '@' ? SV_FILE_TAG : SV_FILE_PLAIN,
		};
		at += length;
	}
}

struct sv_text
sv_file_words_gap(const struct sv_file_tokens *tokens, size_t i)
{
	if (i == 0 || i >= tokens->count)
		return (struct sv_text){"", 0};
	const char *start = tokens->list[i - 1].text.data + tokens->list[i - 1].text.length;
	return (struct sv_text){start, (size_t)(tokens->list[i].text.data - start)};
}

bool
sv_file_words_dash(const struct sv_file_tokens *tokens, size_t i)
{
	struct sv_text gap = sv_file_words_gap(tokens, i);

	if (gap.length < 3 || memchr(gap.data, '-', gap.length) == NULL)
		return false;
	return gap.data[0] != '-' && gap.data[gap.length - 1] != '-';
}

/* How many tokens from `i` on make the phrase; 0 when they do not. */
static size_t
phrase_length(const struct sv_file_tokens *tokens, size_t i, const char *phrase)
{
	struct sv_text left = sv_text_of(phrase);
	size_t n = 0;

	while (left.data != NULL) {
		struct sv_text word = sv_text_split(&left, ' ');
		if (i + n >= tokens->count || tokens->list[i + n].mark != SV_FILE_PLAIN || !sv_text_equal_nocase(tokens->list[i + n].text, word))
			return 0;
		if (n > 0 && (sv_file_words_gap(tokens, i + n).length != 1 || tokens->list[i + n].bracket != tokens->list[i].bracket))
			return 0;
		n++;
	}
	return n;
}

/* "1920x1080": the height says the resolution. */
static const struct sv_file_word *
frame_size(struct sv_text text)
{
	struct sv_text height = text;
	struct sv_text width = sv_text_split(&height, 'x');
	uint64_t w = 0, h = 0;
	char name[8] = "";

	if (height.data == NULL || sv_text_to_u64(width, &w) != 0 || sv_text_to_u64(height, &h) != 0 || w < 320 || w > 9999 || h < 200 || h > 4999)
		return NULL;
	(void)snprintf(name, sizeof name, "%up", (unsigned)h % 10000);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].kind == R && strcmp(words[i].text, name) == 0)
			return &words[i];
	static const struct sv_file_word odd = {"", O, false, NULL};
	return &odd;
}

/* "AAC2" before ".0", "DDP5" before ".1": the word without its digit. */
static const struct sv_file_word *
audio_with_channels(const struct sv_file_tokens *tokens, size_t i)
{
	struct sv_text text = tokens->list[i].text;

	if (text.length < 3 || i + 1 >= tokens->count || tokens->list[i + 1].text.length != 1 || !sv_text_is(sv_file_words_gap(tokens, i + 1), "."))
		return NULL;
	char high = text.data[text.length - 1], low = tokens->list[i + 1].text.data[0];
	if (strchr("12567", high) == NULL || (low != '0' && low != '1'))
		return NULL;
	text.length--;
	for (size_t n = 0; n < sizeof words / sizeof words[0]; n++)
		if (words[n].kind == A && sv_text_equal_nocase(text, sv_text_of(words[n].text)))
			return &words[n];
	return NULL;
}

static const struct sv_file_word *
known_phrase(const struct sv_file_tokens *tokens, size_t i, size_t *ret_length)
{
	const struct sv_file_word *word = frame_size(tokens->list[i].text);

	*ret_length = 1;
	if (word != NULL)
		return word;
	word = audio_with_channels(tokens, i);
	if (word != NULL) {
		*ret_length = 2;
		return word;
	}
	for (size_t n = 0; n < sizeof words / sizeof words[0]; n++) {
		size_t length = phrase_length(tokens, i, words[n].text);
		if (length > 0) {
			*ret_length = length;
			return &words[n];
		}
	}
	return NULL;
}

/* Eight hexadecimal digits alone in square brackets: a checksum. */
static bool
is_checksum(const struct sv_file_token *token)
{
	if (token->text.length != 8 || token->opener != '[')
		return false;
	for (size_t i = 0; i < 8; i++)
		if (strchr("0123456789abcdefABCDEF", token->text.data[i]) == NULL)
			return false;
	return true;
}

void
sv_file_words_mark(struct sv_file_tokens *tokens)
{
	static const struct sv_file_word checksum = {"", O, false, NULL};

	for (size_t i = 0, length = 1; i < tokens->count; i += length) {
		length = 1;
		if (tokens->list[i].mark != SV_FILE_PLAIN)
			continue;
		const struct sv_file_word *word = is_checksum(&tokens->list[i]) ? &checksum : known_phrase(tokens, i, &length);
		if (word == NULL)
			continue;
		/* in a later bracket group nothing but technical words is expected */
		bool weak = word->weak && tokens->list[i].bracket == 0;
		tokens->list[i].word = word;
		for (size_t n = 0; n < length; n++)
			tokens->list[i + n].mark = weak ? SV_FILE_WEAK : SV_FILE_STRONG;
	}
}
