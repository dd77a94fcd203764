/* SPDX-License-Identifier: Apache-2.0
 * From a decoded frame to pictures for pages. */
#ifndef SV_MEDIA_PICTURE_H
#define SV_MEDIA_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "buffer.h"
#include "media_rpc.h"

/* How much there is to see: mean and variance of a small grey copy, both on 0..255. */
struct sv_media_light {
	uint32_t mean, variance;
};

/* 0 or a negative AVERROR. */
int sv_media_picture_light(const AVFrame *frame, struct sv_media_light *ret_light);

/* Scale and encode one picture `width` pixels wide, and append its IMAGE frame to `out`.  A still keeps the display shape, a poster is the
 * 2:3 middle.  WebP, or JPEG when `jpeg` or when libavcodec has no WebP encoder.  0, a negative AVERROR; sv_buffer_error tells of `out`. */
int sv_media_picture_put(struct sv_buffer *out, const AVFrame *frame, AVRational pixel_shape, enum sv_media_image_kind kind,
    uint32_t width, bool jpeg);

#endif
