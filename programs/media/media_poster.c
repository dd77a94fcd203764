/* SPDX-License-Identifier: Apache-2.0
 * Finding a frame worth showing: key frames at a few places of the film, the first that is neither dark, nor white, nor flat; when all are,
 * the liveliest. */
#include "media_poster.h"

#include <libavcodec/avcodec.h>

#include "errors.h"
#include "media_picture.h"

#define MIN_VARIANCE 250             /* below it a frame is a fade, a title card or a wall */
#define MIN_MEAN 28
#define MAX_MEAN 225
#define MAX_PACKETS 4000             /* read per place, looking for a key frame */
#define MAX_TRIES 8                  /* key frames per place that do not decode */
#define MAX_PIXELS ((int64_t)8192 * 8192)

static const int places_percent[] = {10, 20, 35, 50, 5};

struct search {
	AVFormatContext *format;
	AVStream *stream;
	AVCodecContext *decoder;
	AVPacket *packet;
	AVFrame *best;                   /* NULL until a frame was decoded */
	struct sv_media_light best_light;
};

static AVStream *
find_video(AVFormatContext *format)
{
	int index = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);

	if (index < 0 || (format->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
		return NULL;
	return format->streams[index];
}

static AVCodecContext *
open_decoder(const AVFormatContext *format, const AVStream *stream)
{
	const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
	AVCodecContext *decoder = codec == NULL ? NULL : avcodec_alloc_context3(codec);
	AVDictionary *options = NULL;

	if (decoder == NULL)
		return NULL;
	decoder->thread_count = 1;
	decoder->max_pixels = MAX_PIXELS;
	decoder->pkt_timebase = stream->time_base;
	av_dict_set(&options, "codec_whitelist", format->codec_whitelist, 0);
	if (avcodec_parameters_to_context(decoder, stream->codecpar) < 0 || avcodec_open2(decoder, codec, &options) < 0)
		avcodec_free_context(&decoder);
	av_dict_free(&options);
	return decoder;
}

/* Decode the key frame in search->packet alone.  The frame, or NULL. */
static AVFrame *
decode_alone(struct search *search)
{
	AVFrame *frame = av_frame_alloc();

	if (frame == NULL)
		return NULL;
	int rc = avcodec_send_packet(search->decoder, search->packet);
	if (rc >= 0)
		rc = avcodec_send_packet(search->decoder, NULL);
	if (rc >= 0)
		rc = avcodec_receive_frame(search->decoder, frame);
	avcodec_flush_buffers(search->decoder);
	if (rc < 0)
		av_frame_free(&frame);
	return frame;
}

/* The next key frame that decodes, from where the file stands. */
static AVFrame *
next_frame(struct search *search)
{
	AVFrame *frame = NULL;
	int tries = 0;

	for (int i = 0; i < MAX_PACKETS && tries < MAX_TRIES && frame == NULL; i++) {
		if (av_read_frame(search->format, search->packet) < 0)
			break;
		if (search->packet->stream_index == search->stream->index && (search->packet->flags & AV_PKT_FLAG_KEY) != 0) {
			tries++;
			frame = decode_alone(search);
		}
		av_packet_unref(search->packet);
	}
	return frame;
}

/* Keep the better of `frame` and the best so far.  True when it is good enough to stop. */
static bool
judge(struct search *search, AVFrame *frame)
{
	struct sv_media_light light;

	if (sv_media_picture_light(frame, &light) < 0) {
		av_frame_free(&frame);
		return false;
	}
	if (search->best != NULL && light.variance <= search->best_light.variance) {
		av_frame_free(&frame);
	} else {
		av_frame_free(&search->best);
		search->best = frame;
		search->best_light = light;
	}
	return light.variance >= MIN_VARIANCE && light.mean >= MIN_MEAN && light.mean <= MAX_MEAN;
}

static void
find_frame(struct search *search)
{
	int64_t start = search->format->start_time == AV_NOPTS_VALUE ? 0 : search->format->start_time;
	bool good = false;

	for (size_t i = 0; i < sizeof(places_percent) / sizeof(places_percent[0]) && search->format->duration > 0 && !good; i++) {
		int64_t at = start + av_rescale(search->format->duration, places_percent[i], 100);
		if (avformat_seek_file(search->format, -1, INT64_MIN, at, INT64_MAX, 0) < 0)
			continue;
		AVFrame *frame = next_frame(search);
		good = frame != NULL && judge(search, frame);
	}
	if (search->best != NULL)
		return;
	/* no length, or no place to seek to: the first picture there is */
	(void)avformat_seek_file(search->format, -1, INT64_MIN, start, INT64_MAX, 0);
	AVFrame *frame = next_frame(search);
	if (frame != NULL)
		(void)judge(search, frame);
}

static int
put_pictures(struct search *search, bool jpeg, struct sv_buffer *out)
{
	static const struct {
		enum sv_media_image_kind kind;
		uint32_t width;
	} wanted[] = {{SV_MEDIA_STILL, 640}, {SV_MEDIA_STILL, 320}, {SV_MEDIA_POSTER, 480}, {SV_MEDIA_POSTER, 320}, {SV_MEDIA_POSTER, 240},
	    {SV_MEDIA_POSTER, 160}};
	AVRational shape = av_guess_sample_aspect_ratio(search->format, search->stream, search->best);

	/* a shape that no camera has is damage */
	if (shape.num <= 0 || shape.den <= 0 || shape.num > shape.den * (int64_t)8 || shape.den > shape.num * (int64_t)8)
		shape = (AVRational){1, 1};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int rc = sv_media_picture_put(out, search->best, shape, wanted[i].kind, wanted[i].width, jpeg);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
sv_media_poster(struct sv_media_input *input, bool jpeg, struct sv_buffer *out)
{
	struct search search = {0};
	int rc = sv_media_input_open(input, &search.format);

	if (rc < 0)
		return sv_media_input_error(input, rc);
	search.stream = find_video(search.format);
	search.decoder = search.stream == NULL ? NULL : open_decoder(search.format, search.stream);
	search.packet = av_packet_alloc();
	if (search.decoder != NULL && search.packet != NULL) {
		for (unsigned i = 0; i < search.format->nb_streams; i++)
			search.format->streams[i]->discard = search.format->streams[i] == search.stream ? AVDISCARD_NONKEY : AVDISCARD_ALL;
		find_frame(&search);
	}
	if (search.best == NULL)
		rc = input->error != 0 ? input->error : SV_EUNSUPPORTED;
	else
		rc = put_pictures(&search, jpeg, out) < 0 ? SV_ENOMEM : sv_buffer_error(out);
	av_frame_free(&search.best);
	av_packet_free(&search.packet);
	avcodec_free_context(&search.decoder);
	sv_media_input_close(&search.format);
	return rc;
}
