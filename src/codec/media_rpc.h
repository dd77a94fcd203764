/* SPDX-License-Identifier: Apache-2.0
 * What the media child and its parent say to each other over one stream socket, and the description of a film that comes
 * out of it.  Pure; any thread; docs/media-child.md has the picture.
 *
 * A frame is 8 bytes of head and a payload: u32 payload length, u8 type, u8 version (1), u16 zero; little-endian.
 *   child to parent                                          parent to child
 *     HELLO  first frame, after lock-down, before any input    DATA  answer to READ
 *     READ   wants bytes of the file; one at a time
 *     INFO, IMAGE  results
 *     ERROR or DONE  last frame
 * The child is not trusted: every decoder here takes any bytes and answers SV_EPROTO to what is malformed or over a limit. */
#ifndef SV_MEDIA_RPC_H
#define SV_MEDIA_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "text.h"

#define SV_MEDIA_RPC_FD 3                            /* the child's end of the socket */
#define SV_MEDIA_RPC_HEAD 8                          /* bytes of a frame's head */
#define SV_MEDIA_RPC_VERSION 1
#define SV_MEDIA_RPC_MAX_READ ((uint32_t)1 << 20)    /* bytes of one READ */
#define SV_MEDIA_RPC_MAX_INFO ((uint32_t)1 << 20)    /* bytes of one INFO payload */
#define SV_MEDIA_RPC_MAX_IMAGE ((uint32_t)2 << 20)   /* bytes of one picture */
#define SV_MEDIA_MAX_TRACKS 256
#define SV_MEDIA_MAX_CHAPTERS 1024
#define SV_MEDIA_MAX_IMAGES 16
#define SV_MEDIA_MAX_TEXT 255                        /* bytes of any text, without the NUL */

enum sv_media_frame_type {
	SV_MEDIA_FRAME_HELLO = 1,
	SV_MEDIA_FRAME_READ,
	SV_MEDIA_FRAME_INFO,
	SV_MEDIA_FRAME_IMAGE,
	SV_MEDIA_FRAME_ERROR,
	SV_MEDIA_FRAME_DONE,
	SV_MEDIA_FRAME_DATA,
	SV_MEDIA_FRAME_COUNT
};

/* ---- the description of a film ---- */

enum sv_media_track_kind {
	SV_MEDIA_VIDEO = 0,
	SV_MEDIA_AUDIO,
	SV_MEDIA_SUBTITLE,
	SV_MEDIA_ATTACHMENT,         /* fonts, and cover pictures stored as a video stream */
	SV_MEDIA_OTHER,
	SV_MEDIA_TRACK_KIND_COUNT
};

/* Can a browser play the file as it is?  A hint for the first offer; the browser has the last word. */
enum sv_media_playable {
	SV_MEDIA_PLAY_NO = 0,        /* needs a remux, a transcode or a player outside the browser */
	SV_MEDIA_PLAY_YES,           /* everywhere: MP4 with 8-bit H.264 and AAC, MP3 or FLAC; WebM with VP8/VP9; plain MP3, FLAC */
	SV_MEDIA_PLAY_SOME,          /* right container, but the codec depends on browser or hardware: HEVC, AV1, AC-3, Opus in MP4 */
	SV_MEDIA_PLAY_CHROMIUM,      /* Matroska with codecs of the two above: only Chromium plays it, never hand it to others */
	SV_MEDIA_PLAYABLE_COUNT
};

/* Texts are well-formed UTF-8 without control characters, "" when unknown; numbers are 0 when unknown. */
struct sv_media_track {
	uint32_t index;              /* the stream's number in the file, from 0 */
	enum sv_media_track_kind kind;
	bool is_default, is_forced;
	char codec[32];              /* "h264", "aac", "subrip" ... (libavcodec's names) */
	char codec_string[64];       /* for MediaSource.isTypeSupported: "avc1.64001f", "mp4a.40.2", "" when not derivable */
	char pixel_format[32];       /* "yuv420p10le" */
	char language[32];           /* as found: "ger", "pt-BR" */
	char title[SV_MEDIA_MAX_TEXT + 1];
	uint64_t bit_rate;           /* bits a second */
	uint32_t width, height;      /* pixels as coded */
	uint32_t bit_depth;          /* of one video component */
	uint32_t frame_rate_num, frame_rate_den;   /* frames a second as a fraction; 0/0 when unknown */
	uint32_t channels, sample_rate_hz;
};

struct sv_media_chapter {
	uint64_t start_ms, end_ms;   /* half-open; end_ms >= start_ms */
	char title[SV_MEDIA_MAX_TEXT + 1];
};

struct sv_media_info {
	char container[64];          /* libavformat's name: "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2" */
	char title[SV_MEDIA_MAX_TEXT + 1];
	uint64_t duration_ms;
	uint64_t bit_rate;           /* bits a second of the whole file */
	bool truncated;              /* there were more tracks or chapters than the limits, or the byte budget ended the look */
	bool is_webm;                /* Matroska that calls itself WebM */
	enum sv_media_playable playable;   /* made by the decoder, not sent */
	uint32_t track_count;
	struct sv_media_track *tracks;     /* malloc'ed; NULL when none */
	uint32_t chapter_count;
	struct sv_media_chapter *chapters; /* malloc'ed; NULL when none */
};

/* Free what the description owns and leave it empty.  Accepts NULL and half-built ones. */
void sv_media_info_free(struct sv_media_info *info);
/* The name of a kind: "video", ...; of a hint: "no", "yes", "some", "chromium".  Static. */
const char *sv_media_track_kind_name(enum sv_media_track_kind kind);
const char *sv_media_playable_name(enum sv_media_playable playable);
/* Decide the hint from container and tracks.  sv_media_rpc_get_info does it already. */
enum sv_media_playable sv_media_playable_of(const struct sv_media_info *info);

/* ---- frames ---- */

struct sv_media_frame {
	enum sv_media_frame_type type;
	const uint8_t *payload;      /* borrowed from the parsed bytes */
	size_t length;
};

/* Read one frame at the start of `data`.  Returns the bytes it takes, 0 when more bytes are needed, or SV_EPROTO: unknown type or
 * version, nonzero spare bytes, payload over its type's limit (seen from the head alone). */
int sv_media_rpc_parse(const uint8_t *data, size_t length, struct sv_media_frame *ret_frame);

/* What stood between the child and the system when it began to read.  The bits say what is in force. */
enum sv_media_guard {
	SV_MEDIA_GUARD_LANDLOCK = 1,
	SV_MEDIA_GUARD_SECCOMP = 2,
	SV_MEDIA_GUARD_MEMORY = 4,   /* RLIMIT_AS */
	SV_MEDIA_GUARD_LIMITS = 8,   /* the other rlimits, no_new_privs, not dumpable, no descriptors but the socket and stderr */
	SV_MEDIA_GUARD_ALL = 15
};

struct sv_media_hello {
	uint32_t guards;             /* bits of enum sv_media_guard */
	uint32_t landlock_abi;       /* 0: the kernel has none */
};

enum sv_media_image_kind { SV_MEDIA_STILL = 0, SV_MEDIA_POSTER, SV_MEDIA_IMAGE_KIND_COUNT };
enum sv_media_mime { SV_MEDIA_WEBP = 0, SV_MEDIA_JPEG, SV_MEDIA_MIME_COUNT };

struct sv_media_image {
	enum sv_media_image_kind kind;   /* still: the whole frame; poster: its 2:3 middle */
	enum sv_media_mime mime;
	uint32_t width, height;          /* pixels, 1 to 4096 */
	const uint8_t *bytes;            /* borrowed */
	size_t length;                   /* 1 to SV_MEDIA_RPC_MAX_IMAGE */
};

struct sv_media_failure {
	int code;                        /* negative SV_E* */
	char text[SV_MEDIA_MAX_TEXT + 1];
};

/* "image/webp", "image/jpeg"; ".webp", ".jpg" without the dot.  Static. */
const char *sv_media_mime_name(enum sv_media_mime mime);
const char *sv_media_mime_extension(enum sv_media_mime mime);

/* Append a whole frame to `out`; a failure shows in sv_buffer_error.  Texts of `info` and `failure` are cleaned on the way (below). */
void sv_media_rpc_put_hello(struct sv_buffer *out, const struct sv_media_hello *hello);
void sv_media_rpc_put_read(struct sv_buffer *out, uint64_t offset, uint32_t length);
void sv_media_rpc_put_info(struct sv_buffer *out, const struct sv_media_info *info);
void sv_media_rpc_put_image(struct sv_buffer *out, const struct sv_media_image *image);
void sv_media_rpc_put_error(struct sv_buffer *out, int code, const char *text);
void sv_media_rpc_put_done(struct sv_buffer *out);
/* result: count of `bytes` (0: end of file) or a negative SV_E*. */
void sv_media_rpc_put_data(struct sv_buffer *out, int result, const void *bytes);

/* Decode a frame's payload.  0 or SV_EPROTO (SV_ENOMEM for info); nothing is written on failure. */
int sv_media_rpc_get_hello(const struct sv_media_frame *frame, struct sv_media_hello *ret_hello);
int sv_media_rpc_get_read(const struct sv_media_frame *frame, uint64_t *ret_offset, uint32_t *ret_length);
int sv_media_rpc_get_info(const struct sv_media_frame *frame, struct sv_media_info *ret_info);
int sv_media_rpc_get_image(const struct sv_media_frame *frame, struct sv_media_image *ret_image);
int sv_media_rpc_get_error(const struct sv_media_frame *frame, struct sv_media_failure *ret_failure);
int sv_media_rpc_get_data(const struct sv_media_frame *frame, int *ret_result, const uint8_t **ret_bytes);

/* Copy `text` into out[cap] as well-formed UTF-8: broken bytes become U+FFFD, control characters blanks, blanks at both ends go, and the
 * end is cut at a whole character.  NULL gives "". */
void sv_media_rpc_clean_text(const char *text, char *out, size_t cap);

#endif
