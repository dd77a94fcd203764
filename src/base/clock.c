/* SPDX-License-Identifier: Apache-2.0
 * Clock reads. */
#include "clock.h"

#include <time.h>

static struct timespec
now(clockid_t id)
{
	struct timespec ts = {0};

	(void)clock_gettime(id, &ts);
	return ts;
}

uint64_t
sv_clock_us(void)
{
	struct timespec ts = now(CLOCK_MONOTONIC);

	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t
sv_clock_ms(void)
{
	return sv_clock_us() / 1000;
}

int64_t
sv_clock_unix_ms(void)
{
	struct timespec ts = now(CLOCK_REALTIME);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
sv_clock_unix_s(void)
{
	return sv_clock_unix_ms() / 1000;
}
