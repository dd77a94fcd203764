/* SPDX-License-Identifier: Apache-2.0
 * What makes two spellings one name: lower case, no accents (Latin, Greek), letters and digits only, words separated by one blank.
 * Pure; any thread. */
#ifndef SV_NAME_FOLD_H
#define SV_NAME_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SV_NAME_FOLD_MAX 512   /* bytes of a key with its NUL; longer names are cut at a character */

/* "Amélie & the Café's" becomes "amelie and the cafes".  At most cap - 1 bytes; returns the length. */
size_t sv_name_fold(struct sv_text name, char *out, size_t cap);
/* Where sorting begins in a folded name: behind "the", "a", "an". */
const char *sv_name_sort(const char *folded);

#endif
