/* SPDX-License-Identifier: Apache-2.0
 * Frames of the media child.  Both directions live here so that one file is the protocol.  Payloads are written and read in one fixed
 * order; a text is one length byte and its bytes.  Nothing is allocated before its count was checked against the bytes that are there. */
#include "media_rpc.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cursor.h"
#include "errors.h"
#include "sv_assert.h"

/* the least bytes that one track and one chapter take on the wire */
#define TRACK_MIN 44
#define CHAPTER_MIN 17
#define MAX_SIDE 4096

static const struct {
	uint32_t min, max;
} payload_limit[SV_MEDIA_FRAME_COUNT] = {
	[SV_MEDIA_FRAME_HELLO] = {8, 8},
	[SV_MEDIA_FRAME_READ] = {12, 12},
	[SV_MEDIA_FRAME_INFO] = {1, SV_MEDIA_RPC_MAX_INFO},
	[SV_MEDIA_FRAME_IMAGE] = {11, SV_MEDIA_RPC_MAX_IMAGE + 10},
	[SV_MEDIA_FRAME_ERROR] = {5, 5 + SV_MEDIA_MAX_TEXT},
	[SV_MEDIA_FRAME_DONE] = {0, 0},
	[SV_MEDIA_FRAME_DATA] = {4, 4 + SV_MEDIA_RPC_MAX_READ},
};

/* ---- writing ---- */

static void
put_u8(struct sv_buffer *out, uint8_t value)
{
	sv_buffer_byte(out, value);
}

static void
put_le(struct sv_buffer *out, uint64_t value, size_t width)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	sv_buffer_append(out, bytes, width);
}

static void
put_head(struct sv_buffer *out, enum sv_media_frame_type type, size_t length)
{
	put_le(out, length, 4);
	put_u8(out, (uint8_t)type);
	put_u8(out, SV_MEDIA_RPC_VERSION);
	put_le(out, 0, 2);
}

/* `cap` is the size of the field that the reader has for it. */
static void
put_text(struct sv_buffer *out, const char *text, size_t cap)
{
	char clean[SV_MEDIA_MAX_TEXT + 1];

	sv_media_rpc_clean_text(text, clean, cap < sizeof(clean) ? cap : sizeof(clean));
	size_t length = strlen(clean);
	put_u8(out, (uint8_t)length);
	sv_buffer_append(out, clean, length);
}

void
sv_media_rpc_put_hello(struct sv_buffer *out, const struct sv_media_hello *hello)
{
	put_head(out, SV_MEDIA_FRAME_HELLO, 8);
	put_le(out, hello->guards, 4);
	put_le(out, hello->landlock_abi, 4);
}

void
sv_media_rpc_put_read(struct sv_buffer *out, uint64_t offset, uint32_t length)
{
	put_head(out, SV_MEDIA_FRAME_READ, 12);
	put_le(out, offset, 8);
	put_le(out, length, 4);
}

static void
put_track(struct sv_buffer *out, const struct sv_media_track *track)
{
	put_le(out, track->index, 4);
	put_u8(out, (uint8_t)track->kind);
	put_u8(out, (uint8_t)((track->is_default ? 1 : 0) | (track->is_forced ? 2 : 0)));
	put_text(out, track->codec, sizeof(track->codec));
	put_text(out, track->codec_string, sizeof(track->codec_string));
	put_text(out, track->pixel_format, sizeof(track->pixel_format));
	put_text(out, track->language, sizeof(track->language));
	put_text(out, track->title, sizeof(track->title));
	put_le(out, track->bit_rate, 8);
	put_le(out, track->width, 4);
	put_le(out, track->height, 4);
	put_u8(out, (uint8_t)track->bit_depth);
	put_le(out, track->frame_rate_num, 4);
	put_le(out, track->frame_rate_den, 4);
	put_le(out, track->channels, 4);
	put_le(out, track->sample_rate_hz, 4);
}

void
sv_media_rpc_put_info(struct sv_buffer *out, const struct sv_media_info *info)
{
	size_t start = out->length;

	sv_assert(info->track_count <= SV_MEDIA_MAX_TRACKS && info->chapter_count <= SV_MEDIA_MAX_CHAPTERS);
	put_head(out, SV_MEDIA_FRAME_INFO, 0);
	put_text(out, info->container, sizeof(info->container));
	put_text(out, info->title, sizeof(info->title));
	put_le(out, info->duration_ms, 8);
	put_le(out, info->bit_rate, 8);
	put_u8(out, (uint8_t)((info->truncated ? 1 : 0) | (info->is_webm ? 2 : 0)));
	put_le(out, info->track_count, 2);
	put_le(out, info->chapter_count, 2);
	for (uint32_t i = 0; i < info->track_count; i++)
		put_track(out, &info->tracks[i]);
	for (uint32_t i = 0; i < info->chapter_count; i++) {
		put_le(out, info->chapters[i].start_ms, 8);
		put_le(out, info->chapters[i].end_ms, 8);
		put_text(out, info->chapters[i].title, sizeof(info->chapters[i].title));
	}
	if (out->error == 0) {
		size_t length = out->length - start - SV_MEDIA_RPC_HEAD;
		for (size_t i = 0; i < 4; i++)
			out->data[start + i] = (uint8_t)(length >> (8 * i));
	}
}

void
sv_media_rpc_put_image(struct sv_buffer *out, const struct sv_media_image *image)
{
	sv_assert(image->length > 0 && image->length <= SV_MEDIA_RPC_MAX_IMAGE);
	put_head(out, SV_MEDIA_FRAME_IMAGE, 10 + image->length);
	put_u8(out, (uint8_t)image->kind);
	put_u8(out, (uint8_t)image->mime);
	put_le(out, image->width, 4);
	put_le(out, image->height, 4);
	sv_buffer_append(out, image->bytes, image->length);
}

void
sv_media_rpc_put_error(struct sv_buffer *out, int code, const char *text)
{
	char clean[SV_MEDIA_MAX_TEXT + 1];

	sv_media_rpc_clean_text(text, clean, sizeof(clean));
	put_head(out, SV_MEDIA_FRAME_ERROR, 5 + strlen(clean));
	put_le(out, (uint32_t)code, 4);
	put_text(out, clean, sizeof(clean));
}

void
sv_media_rpc_put_done(struct sv_buffer *out)
{
	put_head(out, SV_MEDIA_FRAME_DONE, 0);
}

void
sv_media_rpc_put_data(struct sv_buffer *out, int result, const void *bytes)
{
	size_t length = result > 0 ? (size_t)result : 0;

	put_head(out, SV_MEDIA_FRAME_DATA, 4 + length);
	put_le(out, (uint32_t)result, 4);
	sv_buffer_append(out, bytes, length);
}

/* ---- reading ---- */

int
sv_media_rpc_parse(const uint8_t *data, size_t length, struct sv_media_frame *ret_frame)
{
	struct sv_cursor cursor;

	if (length < SV_MEDIA_RPC_HEAD)
		return 0;
	sv_cursor_init(&cursor, data, length);
	uint32_t payload = sv_cursor_le32(&cursor);
	uint8_t type = sv_cursor_u8(&cursor);
	uint8_t version = sv_cursor_u8(&cursor);
	uint16_t spare = sv_cursor_le16(&cursor);
	if (type < SV_MEDIA_FRAME_HELLO || type >= SV_MEDIA_FRAME_COUNT || version != SV_MEDIA_RPC_VERSION || spare != 0)
		return SV_EPROTO;
	if (payload < payload_limit[type].min || payload > payload_limit[type].max)
		return SV_EPROTO;
	if (sv_cursor_left(&cursor) < payload)
		return 0;
	*ret_frame = (struct sv_media_frame){(enum sv_media_frame_type)type, data + SV_MEDIA_RPC_HEAD, payload};
	return (int)(SV_MEDIA_RPC_HEAD + payload);
}

/* Start reading a payload; a frame of another type fails at once. */
static struct sv_cursor
open_payload(const struct sv_media_frame *frame, enum sv_media_frame_type type)
{
	struct sv_cursor cursor;

	sv_cursor_init(&cursor, frame->payload, frame->length);
	if (frame->type != type)
		sv_cursor_fail(&cursor);
	return cursor;
}

/* Was everything read, and nothing left over? */
static int
close_payload(const struct sv_cursor *cursor)
{
	return cursor->error != 0 || cursor->offset != cursor->length ? SV_EPROTO : 0;
}

static bool
has_controls(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < 0x20 || bytes[i] == 0x7f || (bytes[i] == 0xc2 && i + 1 < length && bytes[i + 1] < 0xa0))
			return true;
	return false;
}

static void
get_text(struct sv_cursor *cursor, char *out, size_t cap)
{
	size_t length = sv_cursor_u8(cursor);
	const uint8_t *bytes = sv_cursor_bytes(cursor, length);

	out[0] = '\0';
	if (bytes == NULL || length == 0)
		return;
	if (length >= cap || !sv_utf8_valid((struct sv_text){(const char *)bytes, length}) || has_controls(bytes, length)) {
		sv_cursor_fail(cursor);
		return;
	}
	memcpy(out, bytes, length);
	out[length] = '\0';
}

/* A number below `end`, or the cursor fails. */
static unsigned
get_choice(struct sv_cursor *cursor, unsigned end)
{
	unsigned value = sv_cursor_u8(cursor);

	if (value < end)
		return value;
	sv_cursor_fail(cursor);
	return 0;
}

int
sv_media_rpc_get_hello(const struct sv_media_frame *frame, struct sv_media_hello *ret_hello)
{
	struct sv_cursor cursor = open_payload(frame, SV_MEDIA_FRAME_HELLO);
	struct sv_media_hello hello = {.guards = sv_cursor_le32(&cursor)};

	hello.landlock_abi = sv_cursor_le32(&cursor);
	if (close_payload(&cursor) != 0 || (hello.guards & ~(uint32_t)SV_MEDIA_GUARD_ALL) != 0)
		return SV_EPROTO;
	*ret_hello = hello;
	return 0;
}

int
sv_media_rpc_get_read(const struct sv_media_frame *frame, uint64_t *ret_offset, uint32_t *ret_length)
{
	struct sv_cursor cursor = open_payload(frame, SV_MEDIA_FRAME_READ);
	uint64_t offset = sv_cursor_le64(&cursor);
	uint32_t length = sv_cursor_le32(&cursor);

	if (close_payload(&cursor) != 0 || length == 0 || length > SV_MEDIA_RPC_MAX_READ || offset > UINT64_MAX - length)
		return SV_EPROTO;
	*ret_offset = offset;
	*ret_length = length;
	return 0;
}

static void
get_track(struct sv_cursor *cursor, struct sv_media_track *track)
{
	track->index = sv_cursor_le32(cursor);
	track->kind = (enum sv_media_track_kind)get_choice(cursor, SV_MEDIA_TRACK_KIND_COUNT);
	unsigned flags = get_choice(cursor, 4);
	track->is_default = (flags & 1) != 0;
	track->is_forced = (flags & 2) != 0;
	get_text(cursor, track->codec, sizeof(track->codec));
	get_text(cursor, track->codec_string, sizeof(track->codec_string));
	get_text(cursor, track->pixel_format, sizeof(track->pixel_format));
	get_text(cursor, track->language, sizeof(track->language));
	get_text(cursor, track->title, sizeof(track->title));
	track->bit_rate = sv_cursor_le64(cursor);
	track->width = sv_cursor_le32(cursor);
	track->height = sv_cursor_le32(cursor);
	track->bit_depth = sv_cursor_u8(cursor);
	track->frame_rate_num = sv_cursor_le32(cursor);
	track->frame_rate_den = sv_cursor_le32(cursor);
	track->channels = sv_cursor_le32(cursor);
	track->sample_rate_hz = sv_cursor_le32(cursor);
	/* a fraction is whole or absent, so that nobody divides by zero */
	if ((track->frame_rate_num == 0) != (track->frame_rate_den == 0))
		sv_cursor_fail(cursor);
}

static void
get_chapter(struct sv_cursor *cursor, struct sv_media_chapter *chapter)
{
	chapter->start_ms = sv_cursor_le64(cursor);
	chapter->end_ms = sv_cursor_le64(cursor);
	get_text(cursor, chapter->title, sizeof(chapter->title));
	if (chapter->end_ms < chapter->start_ms)
		sv_cursor_fail(cursor);
}

/* Counts, then the arrays; `info` may be half built on failure. */
static int
get_lists(struct sv_cursor *cursor, struct sv_media_info *info)
{
	uint32_t tracks = sv_cursor_le16(cursor);
	uint32_t chapters = sv_cursor_le16(cursor);

	if (cursor->error != 0 || tracks > SV_MEDIA_MAX_TRACKS || chapters > SV_MEDIA_MAX_CHAPTERS ||
	    (size_t)tracks * TRACK_MIN + (size_t)chapters * CHAPTER_MIN > sv_cursor_left(cursor))
		return SV_EPROTO;
	if (tracks > 0) {
		info->tracks = sv_try_calloc(tracks, sizeof(*info->tracks), SV_MEDIA_MAX_TRACKS * sizeof(*info->tracks));
		if (info->tracks == NULL)
			return SV_ENOMEM;
	}
	if (chapters > 0) {
		info->chapters = sv_try_calloc(chapters, sizeof(*info->chapters), SV_MEDIA_MAX_CHAPTERS * sizeof(*info->chapters));
		if (info->chapters == NULL)
			return SV_ENOMEM;
	}
	info->track_count = tracks;
	info->chapter_count = chapters;
	for (uint32_t i = 0; i < tracks; i++)
		get_track(cursor, &info->tracks[i]);
	for (uint32_t i = 0; i < chapters; i++)
		get_chapter(cursor, &info->chapters[i]);
	return close_payload(cursor);
}

int
sv_media_rpc_get_info(const struct sv_media_frame *frame, struct sv_media_info *ret_info)
{
	struct sv_cursor cursor = open_payload(frame, SV_MEDIA_FRAME_INFO);
	struct sv_media_info info = {0};

	get_text(&cursor, info.container, sizeof(info.container));
	get_text(&cursor, info.title, sizeof(info.title));
	info.duration_ms = sv_cursor_le64(&cursor);
	info.bit_rate = sv_cursor_le64(&cursor);
	unsigned flags = get_choice(&cursor, 4);
	info.truncated = (flags & 1) != 0;
	info.is_webm = (flags & 2) != 0;
	int rc = get_lists(&cursor, &info);
	if (rc != 0) {
		sv_media_info_free(&info);
		return rc;
	}
	info.playable = sv_media_playable_of(&info);
	*ret_info = info;
	return 0;
}

int
sv_media_rpc_get_image(const struct sv_media_frame *frame, struct sv_media_image *ret_image)
{
	struct sv_cursor cursor = open_payload(frame, SV_MEDIA_FRAME_IMAGE);
	struct sv_media_image image = {.kind = (enum sv_media_image_kind)get_choice(&cursor, SV_MEDIA_IMAGE_KIND_COUNT)};

	image.mime = (enum sv_media_mime)get_choice(&cursor, SV_MEDIA_MIME_COUNT);
	image.width = sv_cursor_le32(&cursor);
	image.height = sv_cursor_le32(&cursor);
	image.length = sv_cursor_left(&cursor);
	image.bytes = sv_cursor_bytes(&cursor, image.length);
	if (close_payload(&cursor) != 0 || image.length == 0 || image.length > SV_MEDIA_RPC_MAX_IMAGE ||
	    image.width == 0 || image.height == 0 || image.width > MAX_SIDE || image.height > MAX_SIDE)
		return SV_EPROTO;
	*ret_image = image;
	return 0;
}

int
sv_media_rpc_get_error(const struct sv_media_frame *frame, struct sv_media_failure *ret_failure)
{
	struct sv_cursor cursor = open_payload(frame, SV_MEDIA_FRAME_ERROR);
	struct sv_media_failure failure = {.code = (int)sv_cursor_le32(&cursor)};

	get_text(&cursor, failure.text, sizeof(failure.text));
	if (close_payload(&cursor) != 0 || failure.code >= 0 || strcmp(sv_error_name(failure.code), "SV_EUNKNOWN") == 0)
		return SV_EPROTO;
	*ret_failure = failure;
	return 0;
}

int
sv_media_rpc_get_data(const struct sv_media_frame *frame, int *ret_result, const uint8_t **ret_bytes)
{
	struct sv_cursor cursor = open_payload(frame, SV_MEDIA_FRAME_DATA);
	int result = (int)sv_cursor_le32(&cursor);
	const uint8_t *bytes = sv_cursor_bytes(&cursor, result > 0 ? (size_t)result : 0);

	if (close_payload(&cursor) != 0)
		return SV_EPROTO;
	*ret_result = result;
	*ret_bytes = bytes;
	return 0;
}

/* ---- texts ---- */

/* Length of the well-formed character at the start, 0 when there is none. */
static size_t
character_length(const char *text, size_t left)
{
	for (size_t n = 1; n <= 4 && n <= left; n++)
		if (sv_utf8_valid((struct sv_text){text, n}))
			return n;
	return 0;
}

void
sv_media_rpc_clean_text(const char *text, char *out, size_t cap)
{
	size_t used = 0, left = text == NULL ? 0 : strlen(text);

	while (left > 0) {
		size_t n = character_length(text, left);
		const char *from = n == 0 ? "\xef\xbf\xbd" : has_controls((const uint8_t *)text, n) ? " " : text;
		size_t size = n == 0 ? 3 : from == text ? n : 1;
		if (used + size >= cap)
			break;
		if (used > 0 || from[0] != ' ') {   /* blanks at the start go */
			memcpy(out + used, from, size);
			used += size;
		}
		text += n == 0 ? 1 : n;
		left -= n == 0 ? 1 : n;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

/* ---- the description ---- */

void
sv_media_info_free(struct sv_media_info *info)
{
	if (info == NULL)
		return;
	free(info->tracks);
	free(info->chapters);
	*info = (struct sv_media_info){0};
}

const char *
sv_media_track_kind_name(enum sv_media_track_kind kind)
{
	static const char *const names[SV_MEDIA_TRACK_KIND_COUNT] = {"video", "audio", "subtitle", "attachment", "other"};

	return (unsigned)kind < SV_MEDIA_TRACK_KIND_COUNT ? names[kind] : "other";
}

const char *
sv_media_playable_name(enum sv_media_playable playable)
{
	static const char *const names[SV_MEDIA_PLAYABLE_COUNT] = {"no", "yes", "some", "chromium"};

	return (unsigned)playable < SV_MEDIA_PLAYABLE_COUNT ? names[playable] : "no";
}

const char *
sv_media_mime_name(enum sv_media_mime mime)
{
	return mime == SV_MEDIA_WEBP ? "image/webp" : "image/jpeg";
}

const char *
sv_media_mime_extension(enum sv_media_mime mime)
{
	return mime == SV_MEDIA_WEBP ? "webp" : "jpg";
}

/* What browsers make of a codec, by the container it stands in. */
struct codec_rating {
	const char *codec;
	uint8_t in_mp4, in_webm, in_matroska, alone;   /* enum sv_media_playable */
};

static enum sv_media_playable
rate_track(const struct sv_media_track *track, const struct sv_media_info *info)
{
	enum { NO = SV_MEDIA_PLAY_NO, YES = SV_MEDIA_PLAY_YES, SOME = SV_MEDIA_PLAY_SOME };
	static const struct codec_rating table[] = {
		{"h264", YES, NO, YES, NO}, {"hevc", SOME, NO, SOME, NO}, {"av1", SOME, SOME, SOME, NO},
		{"vp9", SOME, YES, YES, NO}, {"vp8", NO, YES, YES, NO},
		{"aac", YES, NO, YES, YES}, {"mp3", YES, NO, YES, YES}, {"flac", YES, NO, YES, YES},
		{"opus", SOME, YES, YES, SOME}, {"vorbis", NO, YES, YES, SOME},
		{"ac3", SOME, NO, NO, NO}, {"eac3", SOME, NO, NO, NO},
	};
	bool mp4 = strncmp(info->container, "mov,mp4", 7) == 0, matroska = strncmp(info->container, "matroska", 8) == 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(track->codec, table[i].codec) != 0)
			continue;
		/* H.264 beyond 8 bits or 4:2:0 is decoded nowhere */
		if (strcmp(track->codec, "h264") == 0 && (track->bit_depth > 8 || strstr(track->pixel_format, "420") == NULL))
			return SV_MEDIA_PLAY_NO;
		return (enum sv_media_playable)(mp4 ? table[i].in_mp4 : info->is_webm ? table[i].in_webm :
		    matroska ? table[i].in_matroska : table[i].alone);
	}
	return SV_MEDIA_PLAY_NO;
}

/* The track that a plain <video> shows: the default one, else the first. */
static const struct sv_media_track *
chosen_track(const struct sv_media_info *info, enum sv_media_track_kind kind)
{
	const struct sv_media_track *found = NULL;

	for (uint32_t i = 0; i < info->track_count; i++) {
		const struct sv_media_track *track = &info->tracks[i];
		if (track->kind == kind && (found == NULL || (track->is_default && !found->is_default)))
			found = track;
	}
	return found;
}

enum sv_media_playable
sv_media_playable_of(const struct sv_media_info *info)
{
	static const char *const containers[] = {"mov,mp4", "matroska", "mp3", "flac", "ogg", "aac"};
	const struct sv_media_track *video = chosen_track(info, SV_MEDIA_VIDEO), *audio = chosen_track(info, SV_MEDIA_AUDIO);
	enum sv_media_playable worst = SV_MEDIA_PLAY_YES;
	bool known = false;

	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
		known = known || strncmp(info->container, containers[i], strlen(containers[i])) == 0;
	if (!known || (video == NULL && audio == NULL))
		return SV_MEDIA_PLAY_NO;
	const struct sv_media_track *shown[] = {video, audio};
	for (size_t i = 0; i < 2; i++) {
		enum sv_media_playable one = shown[i] == NULL ? SV_MEDIA_PLAY_YES : rate_track(shown[i], info);
		if (one == SV_MEDIA_PLAY_NO)
			return SV_MEDIA_PLAY_NO;
		if (one == SV_MEDIA_PLAY_SOME)
			worst = SV_MEDIA_PLAY_SOME;
	}
	return strncmp(info->container, "matroska", 8) == 0 && !info->is_webm ? SV_MEDIA_PLAY_CHROMIUM : worst;
}
