/* SPDX-License-Identifier: Apache-2.0
 * A line is built in one buffer and leaves by one write, so lines of several processes do not mix. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "sv_assert.h"

static const char *log_role = "streamvault";
static enum sv_log_level log_level = SV_LOG_INFO;

static const struct {
	const char *name, *help;
} events[] = {
#define SV_EVENT(name, help) {#name, help},
#include "events.def"
#undef SV_EVENT
};

void
sv_log_setup(const char *role, enum sv_log_level level)
{
	log_role = role;
	log_level = level;
}

void
sv_log(enum sv_log_level level, enum sv_event event, const char *format, ...)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char line[4096];
	struct tm tm = {0};
	va_list args;

	sv_assert(level < SV_LOG_LEVEL_COUNT && event < SV_EVENT_COUNT);
	if (level < log_level)
		return;
	int64_t now_ms = sv_clock_unix_ms();
	time_t now_s = (time_t)(now_ms / 1000);
	(void)gmtime_r(&now_s, &tm);
	size_t n = strftime(line, sizeof line, "time=%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(line + n, sizeof line - n, ".%03dZ level=%s role=%s event=%s ", (int)(now_ms % 1000), names[level], log_role,
	    events[event].name);
	va_start(args, format);
	int added = vsnprintf(line + n, sizeof line - n - 1, format, args);
	va_end(args);
	n += added < 0 ? 0 : (size_t)added;
	if (n > sizeof line - 2)
		n = sizeof line - 2;
	while (n > 0 && line[n - 1] == ' ')
		n--;
	line[n++] = '\n';
	/* nowhere to report a failing log to */
	ssize_t ignored = write(STDERR_FILENO, line, n);
	(void)ignored;
}

const char *
sv_log_quote(const char *text)
{
	static _Thread_local char ring[8][1024];
	static _Thread_local unsigned at;
	char *out = ring[at++ % 8];
	size_t n = 0;

	out[n++] = '"';
	for (; text != NULL && *text != '\0' && n < sizeof ring[0] - 8; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\') {
			out[n++] = '\\';
			out[n++] = (char)c;
		} else if (c < 0x20 || c == 0x7f) {
			n += (size_t)snprintf(out + n, 5, "\\x%02x", c);
		} else {
			out[n++] = (char)c;
		}
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

const char *
sv_event_name(enum sv_event event)
{
	sv_assert(event < SV_EVENT_COUNT);
	return events[event].name;
}

const char *
sv_event_help(enum sv_event event)
{
	sv_assert(event < SV_EVENT_COUNT);
	return events[event].help;
}
