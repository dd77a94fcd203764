/* SPDX-License-Identifier: Apache-2.0
 * Unpredictable bytes from the kernel.  Any thread. */
#ifndef SV_RANDOM_H
#define SV_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define SV_ID_LENGTH 12              /* characters of a public id */

void sv_random_bytes(void *out, size_t length);
/* A public id: 12 random characters of [A-Za-z0-9_-], NUL added (72 bits: cannot be enumerated). */
void sv_random_id(char out[static SV_ID_LENGTH + 1]);
/* Has the text the form of a public id? */
bool sv_random_id_valid(struct sv_text text);

#endif
