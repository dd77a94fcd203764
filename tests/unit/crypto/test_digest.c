/* SPDX-License-Identifier: Apache-2.0
 * Published vectors: FIPS 180-4 examples, RFC 1321 A.5, and the cache path of nginx's documentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "digest.h"

static void
sha256(void **state)
{
	static const struct {
		const char *in, *hex;
	} rows[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	uint8_t out[SV_DIGEST_SHA256_LENGTH];
	char hex[65];

	for (size_t i = 0; i < 3; i++) {
		sv_digest_sha256(rows[i].in, strlen(rows[i].in), out);
		sv_hex_encode(out, sizeof out, hex);
		assert_string_equal(hex, rows[i].hex);
		struct sv_digest *digest = sv_digest_new();
		for (const char *at = rows[i].in; *at != '\0'; at++)
			sv_digest_add(digest, at, 1);
		sv_digest_finish(digest, out);
		sv_hex_encode(out, sizeof out, hex);
		assert_string_equal(hex, rows[i].hex);
		sv_digest_free(digest);
	}
	sv_digest_free(NULL);
}

static void
md5(void **state)
{
	uint8_t out[SV_DIGEST_MD5_LENGTH];
	char hex[33];

	sv_digest_md5("message digest", 14, out);
	sv_hex_encode(out, sizeof out, hex);
	assert_string_equal(hex, "f96b697d7cb7938d525a2f31aaf161d0");
}

static void
cache_paths(void **state)
{
	char path[SV_DIGEST_CACHE_PATH_SIZE];

	assert_string_equal(sv_digest_cache_path(SV_TEXT("message digest"), path), "0/1d/f96b697d7cb7938d525a2f31aaf161d0");
	assert_int_equal(strlen(path), SV_DIGEST_CACHE_PATH_SIZE - 1);
	(void)sv_digest_cache_path((struct sv_text){NULL, 0}, path);
	assert_string_equal(path, "e/27/d41d8cd98f00b204e9800998ecf8427e");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sha256), cmocka_unit_test(md5), cmocka_unit_test(cache_paths)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
