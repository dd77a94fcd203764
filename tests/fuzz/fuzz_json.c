/* SPDX-License-Identifier: Apache-2.0
 * JSON: reading never breaks, and whatever bytes are written as text can be read again. */
#include "errors.h"
#include "fuzz_target.h"
#include "json_text.h"
#include "sv_assert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_text text = {(const char *)data, size}, got = {NULL, 0};
	struct json_t *tree = NULL;
	struct sv_buffer out;
	struct sv_json json;
	uint64_t number = 0;
	double real = 0;

	if (sv_json_parse(text, 65536, &tree) == 0) {
		(void)sv_json_get_text(tree, "a", &got);
		(void)sv_json_get_u64(tree, "a", &number);
		(void)sv_json_get_real(tree, "a", &real);
		sv_json_free(tree);
	}
	sv_buffer_init(&out, 0);
	sv_json_start(&json, &out);
	sv_json_begin_object(&json);
	sv_json_member_text(&json, "t", text);
	sv_json_end_object(&json);
	/* jansson refuses the escape of NUL; everything else must pass */
	bool has_nul = size > 0 && memchr(data, 0, size) != NULL;
	int rc = sv_json_parse((struct sv_text){(const char *)out.data, out.length}, out.length, &tree);
	sv_assert(has_nul ? rc == SV_EINVAL : rc == 0);
	if (rc == 0) {
		rc = sv_json_get_text(tree, "t", &got);
		sv_assert(rc == (text.data == NULL ? SV_ENOENT : 0));
		sv_assert(rc != 0 || !sv_utf8_valid(text) || sv_text_equal(got, text));
		sv_json_free(tree);
	}
	sv_buffer_fini(&out);
	return 0;
}
