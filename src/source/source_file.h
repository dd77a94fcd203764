/* SPDX-License-Identifier: Apache-2.0
 * Source driver for files of this machine. */
#ifndef SV_SOURCE_FILE_H
#define SV_SOURCE_FILE_H

#include "source.h"

struct sv_source_file_options {
	const char *path;                /* copied */
	uint64_t size_bytes;             /* as indexed */
	int64_t mtime_ns;                /* as indexed, Unix time; negative: unknown, not compared */
};

/* Nothing is opened before the first fetch.  A fetch fails with SV_ECHANGED when size or time are not the indexed ones (before, or after a read:
 * bytes read while the file changed are not delivered), with SV_ESHORT when the file ends early, SV_ENOENT or
 * SV_EACCES when it cannot be opened, SV_EIO otherwise.  A file that was replaced by one of equal size and time is opened anew. */
struct sv_source *sv_source_file_open(struct sv_loop *loop, const struct sv_source_file_options *options);

#endif
