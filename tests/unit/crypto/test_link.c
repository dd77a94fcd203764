/* SPDX-License-Identifier: Apache-2.0
 * Links: a vector computed with `printf ... | openssl md5 -binary | basenc --base64url`, and everything that must break one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <cmocka.h>

#include "errors.h"
#include "link.h"

static const struct sv_link sample = {
    .file = {"AbCdEfGh_-01", 12}, .play = {"0123456789ab", 12}, .client = {"4:192.0.2.7", 11}, .tier = SV_LINK_TIER_GUEST,
    .expires_unix_s = 1800000000, .version = 3,
};
#define SECRET SV_TEXT("sixteen-or-more-characters")
#define SAMPLE_MD5 "RtmtcQqyDu3pXteMUniaLg"

static void
known_answer(void **state)
{
	char md5[SV_LINK_MD5_LENGTH + 1];
	struct sv_buffer out;

	assert_int_equal(sv_link_sign(&sample, SECRET, md5), 0);
	assert_string_equal(md5, SAMPLE_MD5);
	sv_buffer_init(&out, 0);
	assert_int_equal(sv_link_write_query(&sample, SECRET, &out), 0);
	assert_string_equal(sv_buffer_cstr(&out), "expires=1800000000&tier=guest&play=0123456789ab&v=3&md5=" SAMPLE_MD5);
	sv_buffer_fini(&out);
}

static int
check_changed(struct sv_link link)
{
	struct sv_text secrets[] = {SECRET};

	link.md5 = SV_TEXT(SAMPLE_MD5);
	return sv_link_check(&link, secrets, 1, 1799999999);
}

static void
every_field_counts(void **state)
{
	struct sv_link link = sample;

	assert_int_equal(check_changed(link), 0);
	link.tier = SV_LINK_TIER_MEMBER;
	assert_int_equal(check_changed(link), SV_EACCES);
	link = sample;
	link.file = SV_TEXT("AbCdEfGh_-02");
	assert_int_equal(check_changed(link), SV_EACCES);
	link = sample;
	link.play = SV_TEXT("0123456789aB");
	assert_int_equal(check_changed(link), SV_EACCES);
	link = sample;
	link.client = SV_TEXT("4:192.0.2.8");
	assert_int_equal(check_changed(link), SV_EACCES);
	link = sample;
	link.version = 4;
	assert_int_equal(check_changed(link), SV_EACCES);
	link = sample;
	link.expires_unix_s++;
	assert_int_equal(check_changed(link), SV_EACCES);
}

static void
secrets_and_time(void **state)
{
	struct sv_link link = sample;
	struct sv_text rotated[] = {SV_TEXT("the-new-secret-of-today"), SECRET}, empty[] = {SV_TEXT(""), {NULL, 0}};

	link.md5 = SV_TEXT(SAMPLE_MD5);
	assert_int_equal(sv_link_check(&link, rotated, 2, 1800000000), 0);
	assert_int_equal(sv_link_check(&link, rotated, 2, 1800000001), SV_EEXPIRED);
	assert_int_equal(sv_link_check(&link, rotated, 1, 1800000000), SV_EACCES);
	assert_int_equal(sv_link_check(&link, empty, 2, 1800000000), SV_EACCES);
	assert_int_equal(sv_link_check(&link, rotated, 0, 1800000000), SV_EACCES);
	link.md5.length--;
	assert_int_equal(sv_link_check(&link, rotated, 2, 1800000000), SV_EACCES);
}

static void
forms_of_fields(void **state)
{
	char md5[SV_LINK_MD5_LENGTH + 1];
	struct sv_link link = sample;

	assert_int_equal(sv_link_sign(&link, SV_TEXT(""), md5), SV_EINVAL);
	link.file = SV_TEXT("AbCdEfGh|-01");
	assert_int_equal(sv_link_sign(&link, SECRET, md5), SV_EINVAL);
	link = sample;
	link.client = SV_TEXT("192.0.2.7");
	assert_int_equal(sv_link_sign(&link, SECRET, md5), SV_EINVAL);
	link = sample;
	link.tier = SV_LINK_TIER_NONE;
	assert_int_equal(sv_link_sign(&link, SECRET, md5), SV_EINVAL);
	link = sample;
	link.expires_unix_s = 0;
	assert_int_equal(sv_link_sign(&link, SECRET, md5), SV_EINVAL);
	assert_string_equal(sv_link_tier_name(SV_LINK_TIER_MEMBER), "member");
	assert_int_equal(sv_link_tier_from(SV_TEXT("Member")), SV_LINK_TIER_NONE);
	assert_int_equal(sv_link_tier_from(SV_TEXT("none")), SV_LINK_TIER_NONE);
}

static void
clients(void **state)
{
	static const struct {
		const char *address, *key;       /* NULL: refused */
	} rows[] = {
	    {"1.2.3.4", "4:1.2.3.4"}, {"255.255.255.255", "4:255.255.255.255"}, {"::ffff:1.2.3.4", "4:1.2.3.4"}, {"::FFFF:102:304", "4:1.2.3.4"},
	    {"0:0:0:0:0:ffff:1.2.3.4", "4:1.2.3.4"}, {"2001:db8::1", "6:20010db800000000"}, {"2001:DB8:0:0:ffff::1", "6:20010db800000000"},
	    {"2001:db8:0:1::", "6:20010db800000001"}, {"::1", "6:0000000000000000"}, {"fe80::1", "6:fe80000000000000"}, {"::1.2.3.4", "6:0000000000000000"},
	    {"", NULL}, {"fe80::1%eth0", NULL}, {"fe80::1%1", NULL}, {"[::1]", NULL}, {"1.2.3.4:80", NULL}, {"1.2.3", NULL}, {"1.2.3.256", NULL},
	    {"01.2.3.4", NULL}, {" 1.2.3.4", NULL}, {"localhost", NULL}, {"0x1.2.3.4", NULL}, {":::", NULL}, {"1::2::3", NULL},
	    {"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", NULL},
	};
	char key[SV_LINK_CLIENT_SIZE];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = sv_link_client_from_text(sv_text_of(rows[i].address), key);
		if ((rc == 0) != (rows[i].key != NULL) || (rc == 0 && strcmp(key, rows[i].key) != 0))
			fail_msg("%s gave %d %s", rows[i].address, rc, key);
		if (rc == 0)
			assert_true(sv_link_client_valid(sv_text_of(key)));
		else
			assert_string_equal(key, "");
	}
	assert_false(sv_link_client_valid(SV_TEXT("4:01.2.3.4")));
	assert_false(sv_link_client_valid(SV_TEXT("4:::1")));
	assert_false(sv_link_client_valid(SV_TEXT("6:20010DB800000000")));
	assert_false(sv_link_client_valid(SV_TEXT("6:20010db80000000")));
	assert_false(sv_link_client_valid(SV_TEXT("")));
}

static void
socket_addresses(void **state)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(5)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	char key[SV_LINK_CLIENT_SIZE];

	assert_int_equal(inet_pton(AF_INET, "10.0.0.9", &v4.sin_addr), 1);
	assert_int_equal(sv_link_client_from_sockaddr((struct sockaddr *)&v4, key), 0);
	assert_string_equal(key, "4:10.0.0.9");
	assert_int_equal(inet_pton(AF_INET6, "::ffff:10.0.0.9", &v6.sin6_addr), 1);
	assert_int_equal(sv_link_client_from_sockaddr((struct sockaddr *)&v6, key), 0);
	assert_string_equal(key, "4:10.0.0.9");
	assert_int_equal(sv_link_client_from_sockaddr((struct sockaddr *)&local, key), SV_EINVAL);
	assert_string_equal(key, "");
}

static void
arguments(void **state)
{
	static const char *const bad[] = {
	    "", "expires=1800000000&tier=guest&play=0123456789ab&v=3",
	    "expires=1800000000&expires=1800000000&tier=guest&play=0123456789ab&v=3&md5=" SAMPLE_MD5,
	    "expires=01800000000&tier=guest&play=0123456789ab&v=3&md5=" SAMPLE_MD5,
	    "expires=0&tier=guest&play=0123456789ab&v=3&md5=" SAMPLE_MD5,
	    "expires=99999999999999999999&tier=guest&play=0123456789ab&v=3&md5=" SAMPLE_MD5,
	    "expires=1800000000&tier=GUEST&play=0123456789ab&v=3&md5=" SAMPLE_MD5,
	    "expires=1800000000&tier=guest&play=0123456789&v=3&md5=" SAMPLE_MD5,
	    "expires=1800000000&tier=guest&play=0123456789ab&v=-3&md5=" SAMPLE_MD5,
	    "expires=1800000000&tier=guest&play=0123456789ab&v=&md5=" SAMPLE_MD5,
	    "expires=1800000000&tier=guest&play=0123456789ab&v&md5=" SAMPLE_MD5,
	    "expires=1800000000&tier=guest&play=0123456789ab&v=3&md5=short",
	    "Expires=1800000000&tier=guest&play=0123456789ab&v=3&md5=" SAMPLE_MD5,
	};
	struct sv_link link = {.file = sample.file, .client = sample.client};
	struct sv_text secrets[] = {SECRET};

	assert_int_equal(sv_link_parse_query(SV_TEXT("md5=" SAMPLE_MD5 "&v=3&x=1&play=0123456789ab&tier=guest&expires=1800000000&"), &link), 0);
	assert_int_equal(sv_link_check(&link, secrets, 1, 1), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (sv_link_parse_query(sv_text_of(bad[i]), &link) != SV_EINVAL)
			fail_msg("accepted: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_answer), cmocka_unit_test(every_field_counts), cmocka_unit_test(secrets_and_time), cmocka_unit_test(forms_of_fields),
	    cmocka_unit_test(clients), cmocka_unit_test(socket_addresses), cmocka_unit_test(arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
