/* SPDX-License-Identifier: Apache-2.0
 * CRC-32 (zlib's, as in ZIP), and the CRC of a file from those of its pieces.  Pure; any thread. */
#ifndef SV_CRC_H
#define SV_CRC_H

#include <stddef.h>
#include <stdint.h>

#define SV_CRC_PIECE_BYTES 131072            /* the piece that a block is made of */

uint32_t sv_crc_of(const void *data, size_t length);
/* Go on from `crc` (0 at the start). */
uint32_t sv_crc_update(uint32_t crc, const void *data, size_t length);

/* Pieces of equal length, in order; only the last may be shorter. */
struct sv_crc_join {
	uint64_t piece_bytes;
	uint64_t length;                     /* bytes joined so far */
	uint32_t crc;                        /* of these bytes */
	uint32_t step;                       /* what moves a CRC by one piece */
};
void sv_crc_join_init(struct sv_crc_join *join, uint64_t piece_bytes);
void sv_crc_join_add(struct sv_crc_join *join, uint32_t crc, uint64_t length);

#endif
