/* SPDX-License-Identifier: Apache-2.0
 * Time.  Monotonic for intervals, Unix for what leaves the process.  Any thread. */
#ifndef SV_CLOCK_H
#define SV_CLOCK_H

#include <stdint.h>

uint64_t sv_clock_ms(void);         /* monotonic milliseconds */
uint64_t sv_clock_us(void);         /* monotonic microseconds */
int64_t sv_clock_unix_s(void);
int64_t sv_clock_unix_ms(void);

#endif
