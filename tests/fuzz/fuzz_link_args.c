/* SPDX-License-Identifier: Apache-2.0
 * The nginx module's reader of link arguments.  What it takes must be rebuildable from its fields, in some order: then it has
 * read every byte and nothing twice. */
#include <string.h>

#include "fuzz_target.h"
#include "link_args.h"
#include "sv_assert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_link_args args;
	const char *query = (const char *)data;

	if (!sv_link_args_parse(query, size, &args))
		return 0;
	const struct sv_link_field fields[] = {args.expires, args.tier, args.play, args.v, args.md5};
	size_t length = strlen("expires=&tier=&play=&v=&md5=");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		sv_assert(fields[i].data > query && fields[i].length <= size - (size_t)(fields[i].data - query));
		sv_assert(memchr(fields[i].data, '&', fields[i].length) == NULL);
		length += fields[i].length;
	}
	sv_assert(length == size);
	sv_assert(sv_link_args_is_id(args.play.data, args.play.length));
	return 0;
}
