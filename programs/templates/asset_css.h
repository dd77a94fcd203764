/* SPDX-License-Identifier: Apache-2.0
 * Style sheets without comments and needless blanks. */
#ifndef SV_ASSET_CSS_H
#define SV_ASSET_CSS_H

#include <stdbool.h>

#include "buffer.h"

/* Append the smaller form of `text` (NUL-terminated) to `out`. */
void asset_css_shrink(const char *text, struct sv_buffer *out);

#endif
