/* SPDX-License-Identifier: Apache-2.0
 * The child's end of the socket: the film as libavformat reads it, and frames out. */
#ifndef SV_MEDIA_INPUT_H
#define SV_MEDIA_INPUT_H

#include <stdint.h>

#include <libavformat/avformat.h>

#include "buffer.h"

/* What can be told from a library's failure and from what the parent answered. */
struct sv_media_input {
	uint64_t size, position;     /* bytes */
	int error;                   /* the first negative answer of the parent, 0 while there is none */
};

/* Write all of it to the parent; ends the process when the parent is gone. */
void sv_media_input_send(struct sv_buffer *frames);

/* Open the film behind the socket: one of the known containers, no address ever opened.  0 or a
 * negative AVERROR; on success close with sv_media_input_close. */
int sv_media_input_open(struct sv_media_input *input, AVFormatContext **ret_format);
void sv_media_input_close(AVFormatContext **format);

/* The SV_E* that fits an AVERROR and what the parent said. */
int sv_media_input_error(const struct sv_media_input *input, int averror);

#endif
