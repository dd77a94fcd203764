/* SPDX-License-Identifier: Apache-2.0
 * Requests that must pass, requests that must not, and the same answer however the bytes arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "errors.h"
#include "http_head.h"

#define HOST "Host: a\r\n"

static int
parse(const char *text, struct sv_http_head *head)
{
	*head = (struct sv_http_head){0};
	return sv_http_head_parse(text, strlen(text), head);
}

static void
assert_text(struct sv_text text, const char *want)
{
	if (!sv_text_is(text, want))
		fail_msg("\"%.*s\" is not \"%s\"", SV_TEXT_ARG(text), want);
}

static void
a_plain_request(void **state)
{
	static const char text[] = "GET /stream/abc?v=1&x=%20 HTTP/1.1\r\nHost: example.org:8080\r\nRange:\t bytes=0-1 \t\r\nEmpty:\r\nX-Utf: \xc3\xa9\r\n\r\nBODY";
	struct sv_http_head head;

	assert_int_equal(parse(text, &head), (int)strlen(text) - 4);
	assert_text(head.method, "GET");
	assert_text(head.target, "/stream/abc?v=1&x=%20");
	assert_text(head.path, "/stream/abc");
	assert_text(head.query, "v=1&x=%20");
	assert_text(head.host, "example.org:8080");
	assert_int_equal(head.minor, 1);
	assert_int_equal(head.field_count, 4);
	assert_text(sv_http_head_field(&head, "range"), "bytes=0-1");
	assert_non_null(sv_http_head_field(&head, "EMPTY").data);
	assert_int_equal(sv_http_head_field(&head, "empty").length, 0);
	assert_null(sv_http_head_field(&head, "missing").data);
	assert_text(sv_http_head_field(&head, "X-Utf"), "\xc3\xa9");
	assert_true(head.keep_alive);
	assert_false(head.has_content_length);
	assert_false(head.chunked);
}

static void
lengths_and_codings(void **state)
{
	struct sv_http_head head;

	assert_true(parse("POST / HTTP/1.1\r\n" HOST "Content-Length: 0012\r\n\r\n", &head) > 0);
	assert_true(head.has_content_length);
	assert_int_equal(head.content_length, 12);
	assert_true(parse("POST / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775807\r\n\r\n", &head) > 0);
	assert_true(head.content_length == INT64_MAX);
	assert_true(parse("POST / HTTP/1.1\r\n" HOST "transfer-encoding: Chunked\r\n\r\n", &head) > 0);
	assert_true(head.chunked);
	assert_true(parse("PUT / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n", &head) > 0);
	assert_true(head.expect_continue);
}

static void
connections(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} rows[] = {
	    {"GET / HTTP/1.1\r\n" HOST "\r\n", true},
	    {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false},
	    {"GET / HTTP/1.1\r\n" HOST "Connection: te , Close\r\n\r\n", false},
	    {"GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", false},
	    {"GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", true},
	    {"GET / HTTP/1.0\r\n\r\n", false},
	    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
	};
	struct sv_http_head head;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(parse(rows[i].text, &head) > 0);
		assert_int_equal(head.keep_alive, rows[i].keep);
	}
	assert_true(parse("PROPFIND /dav/ HTTP/1.1\r\n" HOST "\r\n", &head) > 0);
	assert_text(head.method, "PROPFIND");
	assert_null(head.query.data);
	assert_true(parse("GET /? HTTP/1.0\r\n\r\n", &head) > 0);
	assert_non_null(head.query.data);
	assert_int_equal(head.query.length, 0);
	assert_null(head.host.data);
}

static void
refused(void **state)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = {
	    {400, "\r\nGET / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET / HTTP/1.1\n" "Host: a\n\n"},
	    {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
	    {400, "GET / HTTP/1.1\rHost: a\r\n\r\n"},
	    {400, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, " GET / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET / HTTP/1.1 \r\n" HOST "\r\n"},
	    {400, "GET /\r\n" HOST "\r\n"},
	    {400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "G(T / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET /#x HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET http://a/ HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET / http/1.1\r\n" HOST "\r\n"},
	    {400, "GET / HTTP/1.10\r\n" HOST "\r\n"},
	    {400, "GET / HTTP/11\r\n" HOST "\r\n"},
	    {505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
	    {505, "GET / HTTP/1.2\r\n" HOST "\r\n"},
	    {505, "GET / HTTP/0.9\r\n" HOST "\r\n"},
	    {501, "ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET / HTTP/1.1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
	    {400, "GET / HTTP/1.0\r\n" HOST HOST "\r\n"},
	    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "X-A : b\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n folded\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST ": empty\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1 1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775808\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
	    {400, "GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
	    {501, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n"},
	    {501, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"},
	    {501, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;a=b\r\n\r\n"},
	    {501, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n"},
	    {417, "GET / HTTP/1.1\r\n" HOST "Expect: magic\r\n\r\n"},
	};
	struct sv_http_head head;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = parse(rows[i].text, &head);
		if (rc != SV_EPROTO || head.status != rows[i].status)
			fail_msg("row %zu: %d, status %d: %s", i, rc, head.status, rows[i].text);
		/* it stays refused */
		assert_int_equal(sv_http_head_parse(rows[i].text, strlen(rows[i].text), &head), SV_EPROTO);
	}
	head = (struct sv_http_head){0};
	static const char with_nul[] = "GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n";
	assert_int_equal(sv_http_head_parse(with_nul, sizeof with_nul - 1, &head), SV_EPROTO);
}

/* A request whose first line is `target` + 14 bytes and with `fields` fields of `size` bytes; returns the parse's answer. */
static int
parse_sized(size_t target, size_t fields, size_t size, struct sv_http_head *head)
{
	char *text = malloc(target + fields * (size + 2) + 64), *at = text;

	at += sprintf(at, "GET ");
	memset(at, '/', 1);
	memset(at + 1, 'a', target - 1);
	at += target;
	at += sprintf(at, " HTTP/1.1\r\n");
	for (size_t i = 0; i < fields; i++) {
		at += sprintf(at, i == 0 ? "Host:" : "Abcd:");
		memset(at, 'b', size - 5);
		at += size - 5;
		at += sprintf(at, "\r\n");
	}
	at += sprintf(at, "\r\n");
	*head = (struct sv_http_head){0};
	int rc = sv_http_head_parse(text, (size_t)(at - text), head);
	free(text);
	return rc;
}

static void
limits(void **state)
{
	struct sv_http_head head;

	assert_true(parse_sized(SV_HTTP_LINE_MAX - 13, 1, 8, &head) > 0);
	assert_int_equal(parse_sized(SV_HTTP_LINE_MAX - 12, 1, 8, &head), SV_ETOOBIG);
	assert_int_equal(head.status, 414);
	assert_true(parse_sized(10, 1, SV_HTTP_LINE_MAX, &head) > 0);
	assert_int_equal(parse_sized(10, 1, SV_HTTP_LINE_MAX + 1, &head), SV_ETOOBIG);
	assert_int_equal(head.status, 431);
	assert_true(parse_sized(10, SV_HTTP_FIELDS_MAX, 20, &head) > 0);
	assert_int_equal(head.field_count, SV_HTTP_FIELDS_MAX);
	assert_int_equal(parse_sized(10, SV_HTTP_FIELDS_MAX + 1, 20, &head), SV_ETOOBIG);
	assert_int_equal(head.status, 431);
	/* 23 bytes of first line, 2 of end: exactly 32 KiB, then one more */
	assert_int_equal(parse_sized(8, 3, (SV_HTTP_HEAD_MAX - 25) / 3 - 2 - 1, &head), SV_ETOOBIG);
	assert_int_equal(parse_sized(8, 11, (SV_HTTP_HEAD_MAX - 25) / 11 - 2, &head), 25 - 2 + 2 + 11 * ((SV_HTTP_HEAD_MAX - 25) / 11));
	assert_int_equal(parse_sized(8, 11, (SV_HTTP_HEAD_MAX - 25) / 11 - 1, &head), SV_ETOOBIG);
	assert_int_equal(head.status, 431);
}

static void
byte_by_byte(void **state)
{
	static const char text[] = "GET /a?b HTTP/1.1\r\nHost: h\r\nCookie: a=1; sid=xyz\r\n\r\n";
	struct sv_http_head head = {0};

	for (size_t n = 0; n < sizeof text - 1; n++) {
		/* a copy of its own: the sanitizer sees a read past the end */
		char *copy = malloc(n == 0 ? 1 : n);
		memcpy(copy, text, n);
		assert_int_equal(sv_http_head_parse(copy, n, &head), SV_EAGAIN);
		free(copy);
	}
	assert_int_equal(sv_http_head_parse(text, sizeof text - 1, &head), (int)sizeof text - 1);
	assert_text(sv_http_head_cookie(&head, "sid"), "xyz");
}

static void
cookies_and_lists(void **state)
{
	struct sv_http_head head;

	assert_true(parse("GET / HTTP/1.0\r\nCookie: a=1;b=; sid=x=y\r\nCookie: c=3; a=2; d=4; d=4; xsid=1\r\n\r\n", &head) > 0);
	assert_text(sv_http_head_cookie(&head, "sid"), "x=y");
	assert_text(sv_http_head_cookie(&head, "c"), "3");
	assert_text(sv_http_head_cookie(&head, "d"), "4");
	assert_non_null(sv_http_head_cookie(&head, "b").data);
	assert_null(sv_http_head_cookie(&head, "a").data);
	assert_null(sv_http_head_cookie(&head, "none").data);
	assert_int_equal(sv_http_head_count(&head, "cookie"), 2);
	assert_true(sv_http_head_list_has(SV_TEXT("a, B ,,c"), "b"));
	assert_false(sv_http_head_list_has(SV_TEXT("abc"), "b"));
	assert_false(sv_http_head_list_has((struct sv_text){NULL, 0}, "b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_request), cmocka_unit_test(lengths_and_codings), cmocka_unit_test(connections), cmocka_unit_test(refused),
	    cmocka_unit_test(limits), cmocka_unit_test(byte_by_byte), cmocka_unit_test(cookies_and_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
