/* SPDX-License-Identifier: Apache-2.0
 * SV_TRUSTED_PROXIES. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "errors.h"
#include "gateway_cidr.h"

static void
single(void **state)
{
	static const char *const good[] = {"1.2.3.4", "203.0.113.0/24", "0.0.0.0/0", "10.0.0.0/8", "::1", "2001:db8::/32", "::/0", "1.2.3.4/32", "fe80::1/128"};
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4/", "1.2.3.4/33", "10.1.0.0/8", "2001:db8::1/32", "::1/129", "1.2.3.4/08x", "example.org",
	    "1.2.3.4;", "unix:", "1.2.3.4/24/1", "1.2.3.4 5.6.7.8", "fe80::1%eth0", "[::1]"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(sv_gateway_cidr_check(sv_text_of(good[i])), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(sv_gateway_cidr_check(sv_text_of(bad[i])), SV_EINVAL);
}

static void
list(void **state)
{
	struct sv_buffer out;
	char why[256] = "";

	(void)state;
	sv_buffer_init(&out, 0);
	assert_int_equal(sv_gateway_cidr_each(" 10.0.0.0/8 ,::1", "<", ">", &out, why, sizeof why), 0);
	assert_string_equal(sv_buffer_cstr(&out), "<10.0.0.0/8><::1>");
	sv_buffer_reset(&out);
	assert_int_equal(sv_gateway_cidr_each("", "<", ">", &out, why, sizeof why), 0);
	assert_string_equal(sv_buffer_cstr(&out), "");
	assert_int_equal(sv_gateway_cidr_each("10.0.0.0/8,,::1", "<", ">", &out, why, sizeof why), SV_ECONFIG);
	assert_int_equal(sv_gateway_cidr_each("10.0.0.0/8,cloudflare", "<", ">", &out, why, sizeof why), SV_ECONFIG);
	assert_non_null(strstr(why, "SV_TRUSTED_PROXIES"));
	assert_non_null(strstr(why, "'cloudflare'"));
	sv_buffer_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(single), cmocka_unit_test(list)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
