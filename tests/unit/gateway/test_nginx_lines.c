/* SPDX-License-Identifier: Apache-2.0
 * What is kept of nginx's own lines and of its status page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "errors.h"
#include "gateway_nginx.h"
#include "gateway_status.h"

static void
cleaned(void **state)
{
	char line[] = "1#1: *2 upstream timed out, request: \"GET /stream/a?expires=1&md5=x HTTP/1.1\", upstream: \"http://unix:/run/e.sock:/stream/a?v=1\", host: \"h\"";
	char noise[] = "2026/01/01 00:00:00 [crit] 5#5: unlink() \"/c/1/2\" failed (2: No such file or directory)";
	char full[] = "2026/01/01 00:00:00 [crit] 5#5: unlink() \"/c/1/2\" failed (13: Permission denied)";
	char end[] = "a?b";

	(void)state;
	assert_true(sv_gateway_nginx_clean(line));
	assert_null(strstr(line, "md5"));
	assert_string_equal(line, "1#1: *2 upstream timed out, request: \"GET /stream/a? HTTP/1.1\", upstream: \"http://unix:/run/e.sock:/stream/a?\", host: \"h\"");
	assert_false(sv_gateway_nginx_clean(noise));
	assert_true(sv_gateway_nginx_clean(full));
	assert_true(sv_gateway_nginx_clean(end));
	assert_string_equal(end, "a?");
}

static void
status_page(void **state)
{
	uint64_t connections = 0;

	(void)state;
	assert_int_equal(sv_gateway_status_parse(SV_TEXT("HTTP/1.1 200 OK\r\n\r\nActive connections: 291 \nserver accepts handled requests\n"), &connections), 0);
	assert_int_equal(connections, 291);
	assert_int_equal(sv_gateway_status_parse(SV_TEXT("HTTP/1.1 200 OK\r\n\r\nActive connections: "), &connections), SV_EPROTO);
	assert_int_equal(sv_gateway_status_parse(SV_TEXT("HTTP/1.1 404 Not Found\r\n\r\n"), &connections), SV_EPROTO);
	assert_int_equal(sv_gateway_status_parse((struct sv_text){NULL, 0}, &connections), SV_EPROTO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cleaned), cmocka_unit_test(status_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
