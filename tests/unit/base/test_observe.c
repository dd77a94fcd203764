/* SPDX-License-Identifier: Apache-2.0
 * What leaves the process for operators: metrics in the exposition format, and log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "buffer.h"
#include "log.h"
#include "metrics.h"
#include "text.h"

static void
scrape(struct sv_buffer *out)
{
	sv_buffer_init(out, 0);
	sv_metrics_write("test", out);
	assert_int_equal(sv_buffer_error(out), 0);
}

static void
everything_at_zero(void **state)
{
	struct sv_buffer out;
	int count = 0;
	const struct sv_metric_row *rows = sv_metric_rows(&count);

	scrape(&out);
	const char *text = sv_buffer_cstr(&out);
	for (int i = 0; i < count; i++) {
		char line[200];
		(void)snprintf(line, sizeof line, "# TYPE %s ", rows[i].name);
		assert_non_null(strstr(text, line));
		assert_true(sv_text_starts(sv_text_of(rows[i].name), "sv_"));
		size_t length = strlen(rows[i].name);
		assert_int_equal(strcmp(rows[i].kind, "COUNTER") == 0, length > 6 && strcmp(rows[i].name + length - 6, "_total") == 0);
		for (int other = 0; other < i; other++)
			assert_string_not_equal(rows[i].name, rows[other].name);
	}
	assert_non_null(strstr(text, "\nsv_http_requests_total{code=\"2xx\"} 0\n"));
	assert_non_null(strstr(text, "sv_http_request_duration_seconds_bucket{le=\"+Inf\"} 0\n"));
	assert_non_null(strstr(text, "sv_build_info{version=\"" SV_VERSION "\",role=\"test\"} 1\n"));
	assert_non_null(strstr(text, "process_open_fds "));
	assert_int_equal(text[strlen(text) - 1], '\n');
	sv_buffer_fini(&out);
}

static void
values(void **state)
{
	struct sv_buffer out;

	sv_metric_add(SV_METRIC_http_requests, 3, 2);
	sv_metric_add(SV_METRIC_http_connections, 0, 5);
	sv_metric_add(SV_METRIC_http_connections, 0, -2);
	sv_metric_set(SV_METRIC_loop_lag, 0, 0.25);
	sv_metric_observe(SV_METRIC_http_duration, 0.001);
	sv_metric_observe(SV_METRIC_http_duration, 0.3);
	sv_metric_observe(SV_METRIC_http_duration, 99);
	scrape(&out);
	const char *text = sv_buffer_cstr(&out);
	assert_non_null(strstr(text, "\nsv_http_requests_total{code=\"4xx\"} 2\n"));
	assert_non_null(strstr(text, "\nsv_http_connections 3\n"));
	assert_non_null(strstr(text, "\nsv_event_loop_lag_seconds 0.250000\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_bucket{le=\"0.001\"} 1\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_bucket{le=\"0.25\"} 1\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_bucket{le=\"0.5\"} 2\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_bucket{le=\"10\"} 2\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_count 3\n"));
	assert_non_null(strstr(text, "\nsv_http_request_duration_seconds_sum 99.301000\n"));
	sv_buffer_fini(&out);
}

static void *
add_many(void *argument)
{
	for (int i = 0; i < 10000; i++)
		sv_metric_add(SV_METRIC_gone, 0, 1);
	return argument;
}

static void
threads(void **state)
{
	pthread_t ids[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&ids[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(ids[i], NULL), 0);
	assert_int_equal(sv_metric_get(SV_METRIC_gone, 0), 40000);
}

/* One sv_log call with standard error in a file; what it wrote. */
static void
captured(enum sv_log_level level, const char *field, char *out, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	assert_non_null(file);
	assert_true(saved >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	sv_log(level, SV_EVENT_stopping, "signal=%s", field);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(file);
	size_t n = fread(out, 1, size - 1, file);
	out[n] = '\0';
	(void)fclose(file);
}

static void
log_lines(void **state)
{
	static char line[8192], big[6000];

	sv_log_setup("test", SV_LOG_INFO);
	captured(SV_LOG_WARN, "TERM", line, sizeof line);
	assert_true(sv_text_starts(sv_text_of(line), "time=2"));
	assert_non_null(strstr(line, "Z level=warn role=test event=stopping signal=TERM\n"));
	captured(SV_LOG_DEBUG, "TERM", line, sizeof line);
	assert_string_equal(line, "");
	memset(big, 'x', sizeof big - 1);
	captured(SV_LOG_ERROR, big, line, sizeof line);
	assert_in_range(strlen(line), 4000, 4096);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

static void
quoting(void **state)
{
	static char big[3000];
	const char *first = sv_log_quote("a \"b\" \\ \n\x1b");

	assert_string_equal(first, "\"a \\\"b\\\" \\\\ \\x0a\\x1b\"");
	assert_string_equal(sv_log_quote(NULL), "\"\"");
	assert_string_equal(sv_log_quote("\xc3\xa9"), "\"\xc3\xa9\"");
	/* the ring keeps eight */
	for (int i = 0; i < 5; i++)
		(void)sv_log_quote("x");
	assert_true(sv_text_starts(sv_text_of(first), "\"a "));
	memset(big, '\n', sizeof big - 1);
	const char *cut = sv_log_quote(big);
	assert_in_range(strlen(cut), 1000, 1023);
	assert_int_equal(cut[strlen(cut) - 1], '"');
	for (int i = 0; i < SV_EVENT_COUNT; i++)
		assert_true(sv_event_name((enum sv_event)i)[0] != '\0' && sv_event_help((enum sv_event)i)[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_at_zero), cmocka_unit_test(values), cmocka_unit_test(threads), cmocka_unit_test(log_lines), cmocka_unit_test(quoting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
