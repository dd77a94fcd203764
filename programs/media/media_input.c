/* SPDX-License-Identifier: Apache-2.0
 * Input by request and answer.  The process holds no file: a read is a READ frame and a blocking wait for DATA. */
#include "media_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/opt.h>

#include "errors.h"
#include "media_rpc.h"

#define UNIT 32768                   /* bytes of one read: larger units fetch more than they use */
#define EXIT_PARENT_GONE 3
#define PROBE_BYTES "8388608"
#define ANALYZE_US "10000000"
/* A container guessed on less than this is noise that looks like sound. */
#define LEAST_SCORE (AVPROBE_SCORE_MAX / 4 + 1)

static const char demuxers[] = "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts,mpeg,flv,asf,ogg,mp3,flac,aac,wav";
static const char decoders[] =
    "h264,hevc,libdav1d,av1,vp8,vp9,mpeg4,mpeg2video,mpeg1video,h263,flv,theora,vc1,wmv1,wmv2,wmv3,msmpeg4,msmpeg4v1,msmpeg4v2,"
    "mjpeg,prores,aac,aac_latm,mp3,mp3float,mp2,mp2float,ac3,ac3_fixed,eac3,dca,truehd,mlp,flac,alac,opus,libopus,vorbis,libvorbis,"
    "wmav1,wmav2,wmapro,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_u8,pcm_f32le,pcm_bluray,pcm_dvd";

static void
write_all(const uint8_t *data, size_t length)
{
	while (length > 0) {
		ssize_t n = write(SV_MEDIA_RPC_FD, data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(EXIT_PARENT_GONE);
		data += n;
		length -= (size_t)n;
	}
}

static void
read_all(uint8_t *data, size_t length)
{
	while (length > 0) {
		ssize_t n = read(SV_MEDIA_RPC_FD, data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(EXIT_PARENT_GONE);
		data += n;
		length -= (size_t)n;
	}
}

void
sv_media_input_send(struct sv_buffer *frames)
{
	if (sv_buffer_error(frames) != 0)
		_exit(EXIT_PARENT_GONE);
	write_all(frames->data, frames->length);
	sv_buffer_reset(frames);
}

/* Ask for `length` bytes at `offset` into `data`.  A count, 0 at the end of the file, or a negative SV_E*. */
static int
ask(uint64_t offset, uint8_t *data, uint32_t length)
{
	uint8_t head[SV_MEDIA_RPC_HEAD + 4];
	struct sv_media_frame frame;
	struct sv_buffer out;

	sv_buffer_init(&out, 64);
	sv_media_rpc_put_read(&out, offset, length);
	sv_media_input_send(&out);
	sv_buffer_fini(&out);
	read_all(head, sizeof(head));
	/* the parse sees the head only; 0 means that it is sound and that the payload is still to come */
	int n = sv_media_rpc_parse(head, SV_MEDIA_RPC_HEAD, &frame);
	uint32_t payload = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
	int result = (int)((uint32_t)head[8] | (uint32_t)head[9] << 8 | (uint32_t)head[10] << 16 | (uint32_t)head[11] << 24);
	uint32_t expected = result > 0 ? (uint32_t)result : 0;
	if (n < 0 || head[4] != SV_MEDIA_FRAME_DATA || expected > length || payload != 4 + expected)
		_exit(EXIT_PARENT_GONE);
	read_all(data, expected);
	return result;
}

static int
read_packet(void *opaque, uint8_t *data, int length)
{
	struct sv_media_input *input = opaque;

	if (input->error != 0)
		return AVERROR(EIO);
	if (length <= 0 || input->position >= input->size)
		return AVERROR_EOF;
	uint64_t left = input->size - input->position;
	uint32_t want = (uint32_t)length < SV_MEDIA_RPC_MAX_READ ? (uint32_t)length : SV_MEDIA_RPC_MAX_READ;
	int n = ask(input->position, data, want < left ? want : (uint32_t)left);
	if (n < 0) {
		input->error = n;
		return AVERROR(EIO);
	}
	if (n == 0)
		return AVERROR_EOF;
	input->position += (uint64_t)n;
	return n;
}

static int64_t
seek(void *opaque, int64_t offset, int whence)
{
	struct sv_media_input *input = opaque;
	int64_t base = 0;

	switch (whence & ~AVSEEK_FORCE) {
	case AVSEEK_SIZE:
		return (int64_t)input->size;
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = (int64_t)input->position;
		break;
	case SEEK_END:
		base = (int64_t)input->size;
		break;
	default:
		return AVERROR(EINVAL);
	}
	if (offset > INT64_MAX - base || offset + base < 0)
		return AVERROR(EINVAL);
	input->position = (uint64_t)(base + offset);
	return base + offset;
}

/* Playlists and references inside a file never lead anywhere. */
static int
refuse_open(AVFormatContext *format, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	return AVERROR(EACCES);
}

static int
open_format(AVFormatContext **format)
{
	AVDictionary *options = NULL;

	av_dict_set(&options, "format_whitelist", demuxers, 0);
	av_dict_set(&options, "codec_whitelist", decoders, 0);
	av_dict_set(&options, "protocol_whitelist", "", 0);
	av_dict_set(&options, "max_streams", "1024", 0);
	av_dict_set(&options, "probesize", PROBE_BYTES, 0);
	av_dict_set(&options, "analyzeduration", ANALYZE_US, 0);
	int rc = avformat_open_input(format, "", NULL, &options);
	av_dict_free(&options);
	return rc;
}

int
sv_media_input_open(struct sv_media_input *input, AVFormatContext **ret_format)
{
	AVFormatContext *format = avformat_alloc_context();
	uint8_t *unit = av_malloc(UNIT);
	AVIOContext *pb = unit == NULL ? NULL : avio_alloc_context(unit, UNIT, 0, input, read_packet, NULL, seek);

	if (format == NULL || pb == NULL) {
		if (pb == NULL)
			av_free(unit);
		avio_context_free(&pb);
		avformat_free_context(format);
		return AVERROR(ENOMEM);
	}
	format->pb = pb;
	format->flags |= AVFMT_FLAG_CUSTOM_IO;
	format->io_open = refuse_open;
	int rc = open_format(&format);
	if (rc < 0) {          /* the context is gone, the reader is not */
		av_freep(&pb->buffer);
		avio_context_free(&pb);
		return rc;
	}
	if (format->probe_score < LEAST_SCORE)
		rc = AVERROR_INVALIDDATA;
	if (rc >= 0)
		rc = avformat_find_stream_info(format, NULL);
	if (rc < 0) {
		sv_media_input_close(&format);
		return rc;
	}
	*ret_format = format;
	return 0;
}

void
sv_media_input_close(AVFormatContext **format)
{
	AVIOContext *pb = *format == NULL ? NULL : (*format)->pb;

	avformat_close_input(format);
	if (pb != NULL)
		av_freep(&pb->buffer);
	avio_context_free(&pb);
}

int
sv_media_input_error(const struct sv_media_input *input, int averror)
{
	if (averror == AVERROR(ENOMEM))
		return SV_ENOMEM;
	return input->error != 0 ? input->error : SV_EUNSUPPORTED;
}
