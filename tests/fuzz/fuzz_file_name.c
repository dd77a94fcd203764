/* SPDX-License-Identifier: Apache-2.0
 * File names: any bytes give bounded, well-formed texts. */
#include <string.h>

#include "file_name.h"
#include "fuzz_target.h"
#include "sv_assert.h"

static void
check_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	sv_assert(length < size && sv_utf8_valid((struct sv_text){text, length}));
	for (size_t i = 0; i < length; i++)
		sv_assert((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_file_name name;

	sv_file_name_read((struct sv_text){(const char *)data, size}, 2026, &name);
	check_text(name.title, sizeof name.title);
	check_text(name.episode_title, sizeof name.episode_title);
	check_text(name.group, sizeof name.group);
	check_text(name.container, sizeof name.container);
	check_text(name.audio_codec, sizeof name.audio_codec);
	sv_assert(name.episode_count <= SV_FILE_NAME_EPISODES_MAX && name.language_count <= SV_FILE_NAME_LANGUAGES_MAX);
	sv_assert(name.kind < SV_FILE_NAME_KIND_COUNT && name.confidence >= 0 && name.confidence <= 100);
	sv_assert(name.kind != SV_FILE_NAME_MOVIE || name.title[0] != '\0');
	return 0;
}
