/* SPDX-License-Identifier: Apache-2.0
 * Access-log datagrams: whatever comes, the numbers stay within what the metrics take. */
#include "access_line.h"
#include "errors.h"
#include "fuzz_target.h"
#include "sv_assert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_access_line line;
	int rc = sv_access_line_parse(data, size, &line);

	if (rc != 0) {
		sv_assert(rc == SV_EPROTO);
		return 0;
	}
	sv_assert(line.status == 0 || (line.status >= 100 && line.status <= 599));
	sv_assert(line.tier < SV_ACCESS_TIER_COUNT && line.cache <= SV_ACCESS_NO_CACHE && line.denied <= SV_ACCESS_ALLOWED);
	sv_assert(line.seconds >= 0 && line.bytes <= UINT64_C(1) << 60);
	sv_access_line_count(&line);
	return 0;
}
