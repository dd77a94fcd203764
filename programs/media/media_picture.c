/* SPDX-License-Identifier: Apache-2.0
 * Scaling by libswscale, encoding by libavcodec, one thread.  The quality is chosen so that a 480x720 poster is about 30 KB. */
#include "media_picture.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#define GREY_WIDTH 96
#define GREY_HEIGHT 54
#define WEBP_QUALITY "72"
#define JPEG_QUANTISER 4
#define MAX_SHAPE 4                  /* a still is at most this many times as high as wide */

int
sv_media_picture_light(const AVFrame *frame, struct sv_media_light *ret_light)
{
	uint8_t grey[GREY_WIDTH * GREY_HEIGHT];
	uint8_t *planes[4] = {grey, NULL, NULL, NULL};
	const int strides[4] = {GREY_WIDTH, 0, 0, 0};
	struct SwsContext *scaler = sws_getContext(frame->width, frame->height, (enum AVPixelFormat)frame->format, GREY_WIDTH, GREY_HEIGHT,
	    AV_PIX_FMT_GRAY8, SWS_AREA, NULL, NULL, NULL);

	if (scaler == NULL)
		return AVERROR(ENOMEM);
	int rc = sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, strides);
	sws_freeContext(scaler);
	if (rc < 0)
		return rc;
	uint64_t sum = 0, squares = 0, count = sizeof(grey);
	for (size_t i = 0; i < sizeof(grey); i++) {
		sum += grey[i];
		squares += (uint64_t)grey[i] * grey[i];
	}
	ret_light->mean = (uint32_t)(sum / count);
	ret_light->variance = (uint32_t)((squares - sum * sum / count) / count);
	return 0;
}

/* The frame, or its 2:3 middle.  Coded pixels need not be square: the middle is cut by display size. */
static AVFrame *
cut(const AVFrame *frame, AVRational pixel_shape, enum sv_media_image_kind kind)
{
	AVFrame *view = av_frame_clone(frame);

	if (view == NULL)
		return NULL;
	view->crop_left = view->crop_right = view->crop_top = view->crop_bottom = 0;
	if (kind == SV_MEDIA_POSTER) {
		int64_t wide = av_rescale((int64_t)view->height * 2, pixel_shape.den, (int64_t)pixel_shape.num * 3);
		int64_t high = av_rescale((int64_t)view->width * 3, pixel_shape.num, (int64_t)pixel_shape.den * 2);
		if (wide < view->width && wide >= 2)
			view->crop_left = view->crop_right = (size_t)((view->width - wide) / 2);
		else if (high < view->height && high >= 2)
			view->crop_top = view->crop_bottom = (size_t)((view->height - high) / 2);
	}
	if (av_frame_apply_cropping(view, 0) < 0)
		av_frame_free(&view);
	return view;
}

static int
height_for(const AVFrame *view, AVRational pixel_shape, enum sv_media_image_kind kind, int width)
{
	if (kind == SV_MEDIA_POSTER)
		return width * 3 / 2;
	int64_t shown = av_rescale(view->width, pixel_shape.num, pixel_shape.den);
	int64_t height = shown <= 0 ? width : av_rescale(width, view->height, shown) / 2 * 2;
	return height < 2 ? 2 : height > (int64_t)width * MAX_SHAPE ? width * MAX_SHAPE : (int)height;
}

static AVFrame *
new_picture(int width, int height, bool jpeg)
{
	AVFrame *picture = av_frame_alloc();

	if (picture == NULL)
		return NULL;
	picture->width = width;
	picture->height = height;
	picture->format = jpeg ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
	picture->color_range = jpeg ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
	picture->colorspace = AVCOL_SPC_SMPTE170M;
	if (av_frame_get_buffer(picture, 0) < 0)
		av_frame_free(&picture);
	return picture;
}

/* Films that do not say which matrix they use follow their size; pictures for pages are always BT.601. */
static int
matrix_of(const AVFrame *frame)
{
	switch (frame->colorspace) {
	case AVCOL_SPC_BT709:
		return SWS_CS_ITU709;
	case AVCOL_SPC_BT2020_NCL:
	case AVCOL_SPC_BT2020_CL:
		return SWS_CS_BT2020;
	case AVCOL_SPC_UNSPECIFIED:
		return frame->height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
	default:
		return SWS_CS_ITU601;
	}
}

static int
scale(const AVFrame *view, AVFrame *picture)
{
	struct SwsContext *scaler = sws_getContext(view->width, view->height, (enum AVPixelFormat)view->format, picture->width, picture->height,
	    (enum AVPixelFormat)picture->format, SWS_BICUBIC, NULL, NULL, NULL);

	if (scaler == NULL)
		return AVERROR(ENOMEM);
	/* a refusal leaves the colours a shade off, which is better than no picture */
	(void)sws_setColorspaceDetails(scaler, sws_getCoefficients(matrix_of(view)), view->color_range == AVCOL_RANGE_JPEG,
	    sws_getCoefficients(SWS_CS_ITU601), picture->color_range == AVCOL_RANGE_JPEG, 0, 1 << 16, 1 << 16);
	int rc = sws_scale(scaler, (const uint8_t *const *)view->data, view->linesize, 0, view->height, picture->data, picture->linesize);
	sws_freeContext(scaler);
	return rc < 0 ? rc : 0;
}

static AVCodecContext *
open_encoder(const AVFrame *picture, bool jpeg)
{
	const AVCodec *codec = jpeg ? avcodec_find_encoder(AV_CODEC_ID_MJPEG) : avcodec_find_encoder_by_name("libwebp");
	AVCodecContext *encoder = codec == NULL ? NULL : avcodec_alloc_context3(codec);

	if (encoder == NULL)
		return NULL;
	encoder->width = picture->width;
	encoder->height = picture->height;
	encoder->pix_fmt = (enum AVPixelFormat)picture->format;
	encoder->color_range = picture->color_range;
	encoder->time_base = (AVRational){1, 25};
	encoder->thread_count = 1;
	if (jpeg) {
		encoder->flags |= AV_CODEC_FLAG_QSCALE;
		encoder->global_quality = JPEG_QUANTISER * FF_QP2LAMBDA;
	} else {
		(void)av_opt_set(encoder->priv_data, "quality", WEBP_QUALITY, 0);
	}
	if (avcodec_open2(encoder, codec, NULL) < 0)
		avcodec_free_context(&encoder);
	return encoder;
}

static int
encode(AVFrame *picture, bool jpeg, AVPacket *packet)
{
	AVCodecContext *encoder = open_encoder(picture, jpeg);

	if (encoder == NULL)
		return AVERROR_ENCODER_NOT_FOUND;
	picture->pts = 0;
	picture->quality = encoder->global_quality;
	int rc = avcodec_send_frame(encoder, picture);
	if (rc >= 0)
		rc = avcodec_send_frame(encoder, NULL);
	if (rc >= 0)
		rc = avcodec_receive_packet(encoder, packet);
	avcodec_free_context(&encoder);
	return rc;
}

int
sv_media_picture_put(struct sv_buffer *out, const AVFrame *frame, AVRational pixel_shape, enum sv_media_image_kind kind,
    uint32_t width, bool jpeg)
{
	bool use_jpeg = jpeg || avcodec_find_encoder_by_name("libwebp") == NULL;
	AVFrame *view = cut(frame, pixel_shape, kind), *picture = NULL;
	AVPacket *packet = av_packet_alloc();
	int rc = AVERROR(ENOMEM);

	if (view == NULL || packet == NULL)
		goto out;
	picture = new_picture((int)width, height_for(view, pixel_shape, kind, (int)width), use_jpeg);
	if (picture == NULL)
		goto out;
	rc = scale(view, picture);
	if (rc >= 0)
		rc = encode(picture, use_jpeg, packet);
	if (rc < 0)
		goto out;
	if (packet->size <= 0 || packet->size > (int)SV_MEDIA_RPC_MAX_IMAGE) {
		rc = AVERROR(ENOSPC);
		goto out;
	}
	const struct sv_media_image image = {kind, use_jpeg ? SV_MEDIA_JPEG : SV_MEDIA_WEBP, width, (uint32_t)picture->height, packet->data,
	    (size_t)packet->size};
	sv_media_rpc_put_image(out, &image);
	rc = 0;
out:
	av_packet_free(&packet);
	av_frame_free(&picture);
	av_frame_free(&view);
	return rc;
}
