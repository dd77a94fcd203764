/* SPDX-License-Identifier: Apache-2.0
 * What every fuzz target exports; the name is libFuzzer's. */
#ifndef SV_FUZZ_TARGET_H
#define SV_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
