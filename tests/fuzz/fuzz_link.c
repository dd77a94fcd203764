/* SPDX-License-Identifier: Apache-2.0
 * Link arguments and client addresses.  Whatever can be read is signed anew; the signature must then be the only one accepted. */
#include <string.h>

#include "fuzz_target.h"
#include "link.h"
#include "sv_assert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_link link = {.file = SV_TEXT("AbCdEfGh_-01"), .client = SV_TEXT("4:192.0.2.7")};
	struct sv_text query = {(const char *)data, size}, secret = SV_TEXT("sixteen-or-more-characters");
	char md5[SV_LINK_MD5_LENGTH + 1] = "", client[SV_LINK_CLIENT_SIZE] = "";

	if (sv_link_client_from_text(query, client) == 0) {
		sv_assert(sv_link_client_valid(sv_text_of(client)));
		link.client = sv_text_of(client);
	}
	(void)sv_link_client_valid(query);
	if (sv_link_parse_query(query, &link) != 0)
		return 0;
	int rc = sv_link_sign(&link, secret, md5);
	sv_assert(rc == 0);
	bool right = memcmp(md5, link.md5.data, SV_LINK_MD5_LENGTH) == 0;
	sv_assert((sv_link_check(&link, &secret, 1, 1) == 0) == right);
	return 0;
}
