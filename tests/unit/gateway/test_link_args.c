/* SPDX-License-Identifier: Apache-2.0
 * The module's strict reader of link arguments: what it takes, all that it refuses, and that mutated input never fools it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link_args.h"

#define GOOD "expires=1795360813&tier=guest&play=play-0000001&v=12&md5=enJaSRZkUhB6IbcL0LsJ5g"

/* From memory of exactly that length, so that a sanitizer sees one byte too far. */
static bool
parse(const char *query, struct sv_link_args *args)
{
	size_t length = strlen(query);
	char *copy = malloc(length == 0 ? 1 : length);
	bool good = false;

	assert_non_null(copy);
	memcpy(copy, query, length);
	good = sv_link_args_parse(copy, length, args);
	free(copy);
	return good;
}

static void
reads_every_field(void **state)
{
	static const uint8_t mac[SV_LINK_MAC_LENGTH] = {0x7a, 0x72, 0x5a, 0x49, 0x16, 0x64, 0x52, 0x10, 0x7a, 0x21, 0xb7, 0x0b, 0xd0, 0xbb, 0x09, 0xe6};
	struct sv_link_args args;

	assert_true(sv_link_args_parse(GOOD, strlen(GOOD), &args));
	assert_int_equal(args.expires_unix_s, 1795360813);
	assert_false(args.member);
	assert_memory_equal(args.mac, mac, sizeof(mac));
	assert_int_equal(args.play.length, 12);
	assert_memory_equal(args.play.data, "play-0000001", 12);
	assert_int_equal(args.v.length, 2);
	assert_memory_equal(args.v.data, "12", 2);
}

static void
takes_any_order(void **state)
{
	struct sv_link_args args;

	assert_true(parse("md5=enJaSRZkUhB6IbcL0LsJ5g&v=0&play=____________&tier=member&expires=0", &args));
	assert_true(args.member);
	assert_int_equal(args.expires_unix_s, 0);
	assert_true(parse("v=999999999999999999&expires=999999999999999999&md5=AAAAAAAAAAAAAAAAAAAAAA&tier=guest&play=------------", &args));
	assert_true(args.expires_unix_s == UINT64_C(999999999999999999));
}

static void
refuses_everything_else(void **state)
{
	static const char *const bad[] = {
		"", "&", "=", "x", GOOD "&", "&" GOOD, GOOD "&x=1", GOOD "&x", GOOD "&v=12", GOOD "&V=12", GOOD "&%76=12", GOOD "#",
		"expires=1&tier=guest&play=play-0000001&v=1",
		"Expires=1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=01&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1000000000000000000&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=-1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guests&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=GUEST&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-00000011&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play|0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-0000001&v=1 &md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-0000001&v=0x1&md5=AAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAAA",
		"expires=1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAAAB",
		"expires=1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAAAAAAAAAAAA==",
		"expires=1&tier=guest&play=play-0000001&v=1&md5=AAAAAAAAAA+AAAAAAAAAAA",
	};
	struct sv_link_args args = {.expires_unix_s = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &args))
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(args.expires_unix_s, 77);
}

/* Every truncation and every changed byte: refused, or one of the few that keep the form. */
static void
survives_damage(void **state)
{
	char query[] = GOOD;
	struct sv_link_args args;

	for (size_t length = 0; length < strlen(GOOD); length++)
		assert_false(sv_link_args_parse(query, length, &args));
	for (size_t i = 0; i < strlen(GOOD); i++) {
		for (int byte = 0; byte < 256; byte++) {
			query[i] = (char)byte;
			if (sv_link_args_parse(query, strlen(GOOD), &args)) {
				assert_true(args.play.length == 12 && args.md5.length == 22 && args.expires.length == 10 && args.v.length == 2);
				assert_true(args.tier.length == 5);
			}
		}
		query[i] = GOOD[i];
	}
}

static void
knows_ids(void **state)
{
	assert_true(sv_link_args_is_id("AbCdEfGhIj_-", 12));
	assert_false(sv_link_args_is_id("AbCdEfGhIj_-", 11));
	assert_false(sv_link_args_is_id("AbCdEfGhIj_.", 12));
	assert_false(sv_link_args_is_id("AbCdEfGhIj_/x", 13));
	assert_false(sv_link_args_is_id("\0bCdEfGhIj_-", 12));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_field), cmocka_unit_test(takes_any_order), cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(survives_damage), cmocka_unit_test(knows_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
