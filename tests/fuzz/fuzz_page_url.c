/* SPDX-License-Identifier: Apache-2.0
 * Text to a checked address, and a title to a slug: what comes out is plain ASCII with no way out of a quoted attribute. */
#include <string.h>

#include "errors.h"
#include "fuzz_target.h"
#include "page_url.h"
#include "sv_assert.h"

static void
check_characters(struct sv_url url)
{
	for (size_t i = 0; i < url.length; i++)
		sv_assert(url.text[i] > 0x20 && url.text[i] < 0x7f && strchr("\"<>\\^`{|}", url.text[i]) == NULL);
}

static void
check_address(struct sv_arena *arena, struct sv_text text)
{
	static const char *const begins[] = {"/", "?", "#", "http://", "https://", "mailto:"};
	struct sv_url url = {0}, again = {0};
	int result = sv_url_make(arena, text, &url);
	bool known = false;

	sv_assert(result == 0 || result == SV_EINVAL || result == SV_ENOMEM);
	if (result != 0)
		return;
	struct sv_text made = {url.text, url.length};
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		known |= sv_text_starts(made, begins[i]);
	sv_assert(known && !sv_text_starts(made, "//"));
	check_characters(url);
	/* checked once more it stays as it is, unless encoding made it too long */
	if (sv_url_make(arena, made, &again) == 0)
		sv_assert(sv_text_equal((struct sv_text){again.text, again.length}, made));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_arena *arena = sv_arena_new(0);
	char *title = sv_arena_strndup(arena, (const char *)data, size);

	check_address(arena, (struct sv_text){(const char *)data, size});
	if (title != NULL) {
		struct sv_url url = sv_url_season(arena, "AAAAaaaa0000", title, 3);
		sv_assert(url.length >= strlen("/s/AAAAaaaa0000/3") && url.length <= strlen("/s/AAAAaaaa0000-/3") + 60);
		check_characters(url);
		(void)sv_url_id_valid(title);
	}
	sv_arena_free(arena);
	return 0;
}
