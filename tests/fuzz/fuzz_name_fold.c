/* SPDX-License-Identifier: Apache-2.0
 * Folding names and search words: any bytes give words of letters and digits that a search index may be asked with, and folding twice
 * changes nothing. */
#include <string.h>

#include "fuzz_target.h"
#include "name_fold.h"
#include "sv_assert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char folded[SV_NAME_FOLD_MAX], again[SV_NAME_FOLD_MAX];
	size_t length = sv_name_fold((struct sv_text){(const char *)data, size}, folded, sizeof folded);

	sv_assert(length < sizeof folded && strlen(folded) == length);
	sv_assert(sv_utf8_valid((struct sv_text){folded, length}));
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)folded[i];
		sv_assert((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80 || c == ' ');
		sv_assert(c != ' ' || (i > 0 && i + 1 < length && folded[i - 1] != ' '));
	}
	sv_assert(sv_name_fold((struct sv_text){folded, length}, again, sizeof again) == length && strcmp(folded, again) == 0);
	return 0;
}
