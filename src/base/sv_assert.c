/* SPDX-License-Identifier: Apache-2.0
 * The end of a process whose own promise broke. */
#include "sv_assert.h"

#include <stdio.h>
#include <stdlib.h>

void
sv_assert_fail(const char *file, int line, const char *function, const char *what)
{
	(void)fprintf(stderr, "level=fatal event=assertion file=%s line=%d function=%s what=\"%s\"\n", file, line, function, what);
	abort();
}
