/* SPDX-License-Identifier: Apache-2.0
 * Settings files: what was read and written for a child must read back the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz_target.h"
#include "settings.h"
#include "sv_assert.h"

#define ROLES (SV_ROLE_MANAGER | SV_ROLE_GATEWAY | SV_ROLE_ENGINE | SV_ROLE_HIVE)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_settings settings, child;
	struct sv_buffer first, second;
	char why[300] = "";

	sv_settings_init(&settings);
	sv_settings_init(&child);
	sv_buffer_init(&first, 0);
	sv_buffer_init(&second, 0);
	int rc = sv_settings_parse(&settings, (struct sv_text){(const char *)data, size}, "fuzz", why, sizeof why);
	sv_assert((rc == 0) == (why[0] == '\0') && strchr(why, '\n') == NULL);
	sv_settings_write(&settings, ROLES, &first);
	rc = sv_settings_parse(&child, sv_text_of(sv_buffer_cstr(&first)), "pipe", why, sizeof why);
	/* more settings at their longest than a file may hold do not occur in 64 KiB of input */
	sv_assert(rc == 0);
	sv_settings_write(&child, ROLES, &second);
	sv_assert(strcmp(sv_buffer_cstr(&first), sv_buffer_cstr(&second)) == 0);
	sv_buffer_fini(&first);
	sv_buffer_fini(&second);
	sv_settings_fini(&settings);
	sv_settings_fini(&child);
	return 0;
}
