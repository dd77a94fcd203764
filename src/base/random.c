/* SPDX-License-Identifier: Apache-2.0
 * getrandom(2), nothing else. */
#include "random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "sv_assert.h"

void
sv_random_bytes(void *out, size_t length)
{
	uint8_t *at = out;

	while (length > 0) {
		ssize_t n = getrandom(at, length, 0);
		if (n < 0 && errno == EINTR)
			continue;
		sv_assert(n > 0);
		at += n;
		length -= (size_t)n;
	}
}

void
sv_random_id(char out[static SV_ID_LENGTH + 1])
{
	uint8_t bytes[SV_ID_LENGTH * 3 / 4];

	sv_random_bytes(bytes, sizeof bytes);
	(void)sv_base64url_encode(bytes, sizeof bytes, out);
}

bool
sv_random_id_valid(struct sv_text text)
{
	uint8_t bytes[SV_ID_LENGTH * 3 / 4];

	return text.length == SV_ID_LENGTH && sv_base64url_decode(text, bytes, sizeof bytes) == (int)sizeof bytes;
}
