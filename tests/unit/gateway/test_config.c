/* SPDX-License-Identifier: Apache-2.0
 * The rendered configuration.  That nginx takes it and does what it should is shown in tests/integration/test_gateway.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "gateway_config.h"
#include "gateway_page.h"
#include "gateway_template.h"

static char why[512];

static void
set(struct sv_settings *settings, const char *name, const char *value)
{
	assert_int_equal(sv_settings_set(settings, sv_text_of(name), sv_text_of(value), why, sizeof why), 0);
}

static void
begin(struct sv_settings *settings, struct sv_gateway_site *site)
{
	sv_settings_init(settings);
	set(settings, "SV_STATE", "/srv/state");
	set(settings, "SV_RUN_FOLDER", "/run/sv");
	set(settings, "SV_ENGINE_LOOPS", "2");
	*site = (struct sv_gateway_site){.listen = "127.0.0.1:8080", .module = "/lib/x.so", .nginx_version = SV_GATEWAY_NGINX(1, 22, 1), .workers = 2,
	    .files_max = 20000};
}

static int
render(const struct sv_settings *settings, const struct sv_gateway_site *site, struct sv_buffer *out)
{
	sv_buffer_init(out, 0);
	return sv_gateway_config_render(settings, site, out, why, sizeof why);
}

static void
has(struct sv_buffer *out, const char *text)
{
	if (strstr(sv_buffer_cstr(out), text) == NULL)
		fail_msg("not there: %s", text);
}

static void
lacks(struct sv_buffer *out, const char *text)
{
	if (strstr(sv_buffer_cstr(out), text) != NULL)
		fail_msg("is there: %s", text);
}

static void
plain(void **state)
{
	static const char *const there[] = {"listen 127.0.0.1:8080;", "worker_processes 2;", "worker_connections 8192;", "load_module \"/lib/x.so\";",
	    "server unix:/run/sv/engine-0.sock max_fails=0;", "server unix:/run/sv/engine-1.sock max_fails=0;", "hash $sv_file consistent;",
	    "slice 1048576;", "proxy_cache_key \"$sv_file/$sv_v$slice_range\";", "proxy_cache_valid 206 ", "proxy_cache_lock_timeout 0s;", "aio off;",
	    "sv_guard on;", "sv_limit zone=sv_rate guest=1500000;", "sv_link_secret_file \"/srv/state/nginx/conf/link-secret\";",
	    "proxy_cache_path \"/srv/state/cache\" ", "keys_zone=sv_slices:20m", "inactive=259200s", "proxy_pass_request_headers off;", "proxy_next_upstream off;",
	    "listen unix:/run/sv/purge.sock;", "location = /metrics { return 404; }", "error_page 497 =400 /.sv/497.html;", "error_page 502 /.sv/cut;"};
	static const char *const absent[] = {" ssl", "set_real_ip_from", "user root", "{{", "%if", "%end", "http2", "##", "proxy_cache_valid 200",
	    "engine-2.sock"};
	struct sv_settings settings;
	struct sv_gateway_site site;
	struct sv_buffer out;

	(void)state;
	begin(&settings, &site);
	assert_int_equal(render(&settings, &site, &out), 0);
	for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
		has(&out, there[i]);
	for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
		lacks(&out, absent[i]);
	sv_buffer_fini(&out);
	sv_settings_fini(&settings);
}

static void
tls(void **state)
{
	struct sv_settings settings;
	struct sv_gateway_site site;
	struct sv_buffer out;

	(void)state;
	begin(&settings, &site);
	set(&settings, "SV_TLS_CERT", "/etc/c.pem");
	set(&settings, "SV_TLS_KEY", "/etc/k.pem");
	(void)snprintf(site.tls_listen, sizeof site.tls_listen, "[::]:8443");
	site.tls_port = 8443;
	assert_int_equal(render(&settings, &site, &out), 0);
	has(&out, "listen [::]:8443 ssl http2;");
	has(&out, "ssl_certificate \"/etc/c.pem\";");
	has(&out, "ssl_protocols TLSv1.2 TLSv1.3;");
	has(&out, "return 308 https://$host:8443$request_uri;");
	has(&out, "Strict-Transport-Security");
	lacks(&out, "http2 on;");
	sv_buffer_fini(&out);

	site.nginx_version = SV_GATEWAY_NGINX(1, 26, 3);
	site.tls_port = 443;
	assert_int_equal(render(&settings, &site, &out), 0);
	has(&out, "listen [::]:8443 ssl;");
	has(&out, "http2 on;");
	has(&out, "return 308 https://$host$request_uri;");
	sv_buffer_fini(&out);

	set(&settings, "SV_PUBLIC_URL", "https://films.example");
	assert_int_equal(render(&settings, &site, &out), 0);
	has(&out, "return 308 https://films.example$request_uri;");
	sv_buffer_fini(&out);
	sv_settings_fini(&settings);
}

static void
trusted(void **state)
{
	struct sv_settings settings;
	struct sv_gateway_site site;
	struct sv_buffer out;

	(void)state;
	begin(&settings, &site);
	set(&settings, "SV_TRUSTED_PROXIES", "203.0.113.0/24, 2001:db8::/32");
	set(&settings, "SV_CLIENT_HEADER", "X-Viewer");
	assert_int_equal(render(&settings, &site, &out), 0);
	has(&out, "set_real_ip_from 203.0.113.0/24;");
	has(&out, "set_real_ip_from 2001:db8::/32;");
	has(&out, "real_ip_header X-Viewer;");
	has(&out, "sv_client_unknown  203.0.113.0/24 2001:db8::/32;");
	sv_buffer_fini(&out);
	sv_settings_fini(&settings);
}

/* What could end a word or begin a directive of its own is refused, with the setting's name. */
static void
refusals(void **state)
{
	static const struct {
		const char *name, *value, *named;
	} cases[] = {
	    {"SV_TRUSTED_PROXIES", "10.0.0.0/8;", "SV_TRUSTED_PROXIES"}, {"SV_CLIENT_HEADER", "X-A; evil", "SV_CLIENT_HEADER"},
	    {"SV_CACHE_DIR", "/a\"b", "SV_CACHE_DIR"}, {"SV_CACHE_DIR", "/a;b", "SV_CACHE_DIR"}, {"SV_CACHE_DIR", "/a$b", "SV_CACHE_DIR"},
	    {"SV_RUN_FOLDER", "/run/a b", "SV_RUN_FOLDER"}, {"SV_RUN_FOLDER", "/run/a,b", "SV_RUN_FOLDER"}, {"SV_STATE", "/srv/{x}", "SV_STATE"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sv_settings settings;
		struct sv_gateway_site site;
		struct sv_buffer out;

		begin(&settings, &site);
		if (strcmp(cases[i].name, "SV_STATE") == 0)
			set(&settings, "SV_CACHE_DIR", "/cache");
		set(&settings, cases[i].name, cases[i].value);
		assert_int_equal(render(&settings, &site, &out), SV_ECONFIG);
		if (strstr(why, cases[i].named) == NULL)
			fail_msg("%s is not named: %s", cases[i].named, why);
		sv_buffer_fini(&out);
		sv_settings_fini(&settings);
	}
}

static void
sizes(void **state)
{
	(void)state;
	assert_int_equal(sv_gateway_config_keys_mb((uint64_t)16 << 20, 1 << 20), 1);
	assert_int_equal(sv_gateway_config_keys_mb((uint64_t)150 << 30, 1 << 20), 20);
	assert_int_equal(sv_gateway_config_keys_mb((uint64_t)1 << 50, 1 << 18), 512);
}

static void
template_conditions(void **state)
{
	const struct sv_gateway_value values[] = {{"a", "1"}, {"b", ""}, {"c", NULL}, {NULL, NULL}};
	struct sv_buffer out;

	(void)state;
	sv_buffer_init(&out, 0);
	sv_gateway_template_fill("x{{a}}y{{b}}z\n%if a\nA\n%if b\nB\n%end\n%if !c\nC\n%end\n%end\n%if b\n%if a\nD\n%end\n%end\nend {{a}}{{a}}", values, &out);
	assert_string_equal(sv_buffer_cstr(&out), "x1yz\nA\nC\nend 11\n");
	sv_buffer_fini(&out);
}

static void
pages(void **state)
{
	(void)state;
	for (const struct sv_gateway_page *page = sv_gateway_pages; page->status != 0; page++) {
		struct sv_buffer out;
		char status[64] = "";

		sv_buffer_init(&out, 0);
		assert_int_equal(sv_gateway_page_write(page, &out), 0);
		lacks(&out, "nginx");
		has(&out, "<html");
		has(&out, "<h1>");
		(void)snprintf(status, sizeof status, "<p class=\"status\">%d</p>", page->shown_as);
		has(&out, status);
		sv_buffer_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(tls), cmocka_unit_test(trusted), cmocka_unit_test(refusals),
	    cmocka_unit_test(sizes), cmocka_unit_test(template_conditions), cmocka_unit_test(pages)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
