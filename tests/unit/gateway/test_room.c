/* SPDX-License-Identifier: Apache-2.0
 * When slices are stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "errors.h"
#include "gateway_room.h"

#define MIB (UINT64_C(1) << 20)

static void
two_marks(void **state)
{
	const uint64_t large = 100000 * MIB, small = 80 * MIB;

	(void)state;
	assert_true(sv_gateway_room_decide(true, 64 * MIB, large));
	assert_false(sv_gateway_room_decide(true, 64 * MIB - 1, large));
	assert_false(sv_gateway_room_decide(false, 128 * MIB - 1, large));
	assert_true(sv_gateway_room_decide(false, 128 * MIB, large));
	assert_true(sv_gateway_room_decide(true, 10 * MIB, small));
	assert_false(sv_gateway_room_decide(true, 9 * MIB, small));
	assert_true(sv_gateway_room_decide(false, 20 * MIB, small));
}

static void
measured(void **state)
{
	uint64_t free_bytes = 0, total_bytes = 0;

	(void)state;
	assert_int_equal(sv_gateway_room_measure("/tmp", &free_bytes, &total_bytes), 0);
	assert_true(total_bytes > 0 && free_bytes <= total_bytes);
	assert_int_equal(sv_gateway_room_measure("/nowhere/at/all", &free_bytes, &total_bytes), SV_ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(two_marks), cmocka_unit_test(measured)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
