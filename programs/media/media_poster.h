/* SPDX-License-Identifier: Apache-2.0
 * Kind `poster`: one good frame of the film as pictures of several sizes. */
#ifndef SV_MEDIA_POSTER_H
#define SV_MEDIA_POSTER_H

#include <stdbool.h>

#include "buffer.h"
#include "media_input.h"

/* Append IMAGE frames to `out`.  0, or SV_E* (SV_EUNSUPPORTED: no picture in it). */
int sv_media_poster(struct sv_media_input *input, bool jpeg, struct sv_buffer *out);

#endif
