/* SPDX-License-Identifier: Apache-2.0
 * Tokens: round trip, rotation, every single changed character, purposes, time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "errors.h"
#include "token.h"

static const struct sv_token_key keys[2] = {{"k2", {1, 2, 3}}, {"k1", {4, 5, 6}}};

static void
sign(size_t key, const char *payload, struct sv_buffer *out)
{
	sv_buffer_init(out, 0);
	assert_int_equal(sv_token_sign(&keys[key], "gate", 1000, sv_text_of(payload), out), 0);
}

static int
check(struct sv_text token, int64_t now, char payload[static 64])
{
	return sv_token_check(keys, 2, "gate", token, now, payload, 64);
}

static void
round_trip(void **state)
{
	struct sv_buffer out;
	char payload[64];

	for (size_t key = 0; key < 2; key++) {
		sign(key, "film|42", &out);
		struct sv_text token = sv_text_of(sv_buffer_cstr(&out));
		assert_true(sv_text_starts(token, key == 0 ? "v1.k2." : "v1.k1."));
		assert_int_equal(check(token, 1000, payload), 7);
		assert_string_equal(payload, "film|42");
		assert_int_equal(check(token, 1001, payload), SV_EEXPIRED);
		assert_int_equal(sv_token_check(keys, 2, "session", token, 1, payload, 64), SV_EACCES);
		assert_int_equal(sv_token_check(keys, key == 0 ? 0 : 1, "gate", token, 1, payload, 64), SV_EACCES);
		assert_int_equal(sv_token_check(keys, 2, "gate", token, 1, payload, 7), SV_ENOSPC);
		sv_buffer_fini(&out);
	}
	sign(0, "", &out);
	assert_int_equal(check(sv_text_of(sv_buffer_cstr(&out)), 1, payload), 0);
	sv_buffer_fini(&out);
}

static void
every_character_counts(void **state)
{
	struct sv_buffer out;
	char payload[64];

	sign(0, "film", &out);
	for (size_t i = 0; i < out.length; i++) {
		uint8_t was = out.data[i];
		out.data[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(check((struct sv_text){(char *)out.data, out.length}, 1, payload), SV_EACCES);
		out.data[i] = was;
		assert_int_equal(check((struct sv_text){(char *)out.data, i}, 1, payload), SV_EACCES);
	}
	sv_buffer_byte(&out, 'A');
	assert_int_equal(check((struct sv_text){(char *)out.data, out.length}, 1, payload), SV_EACCES);
	sv_buffer_fini(&out);
	assert_int_equal(check(SV_TEXT("v1.k2.."), 1, payload), SV_EACCES);
	assert_int_equal(check((struct sv_text){NULL, 0}, 1, payload), SV_EACCES);
}

/* HMAC-SHA-256 over "v1.k.eHwxMDAwfGhp" with a key of 32 bytes 0x0b, computed with `openssl dgst -mac HMAC`. */
static void
known_answer(void **state)
{
	struct sv_token_key key = {"k", {0}};
	struct sv_buffer out;

	memset(key.bytes, 0x0b, sizeof key.bytes);
	sv_buffer_init(&out, 0);
	assert_int_equal(sv_token_sign(&key, "x", 1000, SV_TEXT("hi"), &out), 0);
	assert_string_equal(sv_buffer_cstr(&out), "v1.k.eHwxMDAwfGhp.s0hTzCGw5FyemqMeOHd82HtHuB2p4tLa_Z9rM9RJbQg");
	sv_buffer_fini(&out);
}

static void
sizes(void **state)
{
	static char big[SV_TOKEN_PAYLOAD_MAX + 1], back[SV_TOKEN_PAYLOAD_MAX + 1];
	struct sv_buffer out;

	memset(big, 'x', sizeof big);
	sv_buffer_init(&out, 0);
	assert_int_equal(sv_token_sign(&keys[0], "gate", 1000, (struct sv_text){big, sizeof big}, &out), SV_ETOOBIG);
	assert_int_equal(sv_token_sign(&keys[0], "gate", 1000, (struct sv_text){big, sizeof big - 1}, &out), 0);
	assert_int_equal(sv_token_check(keys, 2, "gate", sv_text_of(sv_buffer_cstr(&out)), 1, back, sizeof back), SV_TOKEN_PAYLOAD_MAX);
	sv_buffer_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip), cmocka_unit_test(every_character_counts), cmocka_unit_test(known_answer), cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
