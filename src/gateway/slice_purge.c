/* SPDX-License-Identifier: Apache-2.0
 * See slice_purge.h. */
#include "slice_purge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "errors.h"
#include "random.h"
#include "sv_assert.h"

void
sv_slice_purge_name(struct sv_text file, uint64_t version, uint64_t slice, uint64_t slice_size, char out[static SV_DIGEST_CACHE_PATH_SIZE])
{
	char key[128];
	uint64_t start = slice * slice_size;
	int n = snprintf(key, sizeof key, "%.*s/%" PRIu64 "bytes=%" PRIu64 "-%" PRIu64, SV_TEXT_ARG(file), version, start, start + slice_size - 1);

	sv_assert(n > 0 && n < (int)sizeof key);
	(void)sv_digest_cache_path((struct sv_text){key, (size_t)n}, out);
}

int
sv_slice_purge_run(const char *cache, struct sv_text file, uint64_t version, uint64_t size, uint64_t slice_size, uint64_t *ret_slices)
{
	uint64_t count = size / slice_size + (size % slice_size != 0), removed = 0;
	int error = 0;

	if (!sv_random_id_valid(file))
		return SV_EINVAL;
	if (count > SV_SLICE_PURGE_SLICES_MAX)
		return SV_ERANGE;
	int folder = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return sv_error_from_errno(errno);
	for (uint64_t i = 0; i < count; i++) {
		char name[SV_DIGEST_CACHE_PATH_SIZE];

		sv_slice_purge_name(file, version, i, slice_size, name);
		if (unlinkat(folder, name, 0) == 0)
			removed++;
		else if (errno != ENOENT && error == 0)
			error = sv_error_from_errno(errno);
	}
	(void)close(folder);
	if (error != 0)
		return error;
	*ret_slices = removed;
	return 0;
}
