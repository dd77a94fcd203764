/* SPDX-License-Identifier: Apache-2.0
 * Kind `probe`: describe the film. */
#ifndef SV_MEDIA_PROBE_H
#define SV_MEDIA_PROBE_H

#include "media_input.h"
#include "media_rpc.h"

/* Fill `info` (free it with sv_media_info_free, on failure too).  0 or SV_E*. */
int sv_media_probe(struct sv_media_input *input, struct sv_media_info *info);

#endif
