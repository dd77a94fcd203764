/* SPDX-License-Identifier: Apache-2.0
 * Give up everything that reading a film does not need.  Called once, after the libraries are set up and before the first foreign byte. */
#ifndef SV_MEDIA_LOCKDOWN_H
#define SV_MEDIA_LOCKDOWN_H

#include <stdint.h>

#include "media_rpc.h"

struct sv_media_lockdown_limits {
	uint64_t memory_bytes;       /* RLIMIT_AS */
	uint64_t cpu_s;              /* RLIMIT_CPU */
};

/* Keep descriptors 2 and SV_MEDIA_RPC_FD, close the rest, set limits, Landlock with no rules, seccomp with a short list.
 * Returns 0 and what is in force, or a negative SV_E*: the caller must not read then.  A kernel without Landlock and a sanitizer build (which
 * cannot live under an address-space limit or the seccomp list) are not errors: the bits are missing in ret_hello. */
int sv_media_lockdown(const struct sv_media_lockdown_limits *limits, struct sv_media_hello *ret_hello);

#endif
