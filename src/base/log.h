/* SPDX-License-Identifier: Apache-2.0
 * Log lines: one event a line, `time=... level=... role=... event=... key=value ...` on standard error.  Program code
 * logs; library code returns errors.  Events and their fields stand in schema/events.def.  Any thread (one write a line). */
#ifndef SV_LOG_H
#define SV_LOG_H

enum sv_log_level { SV_LOG_DEBUG = 0, SV_LOG_INFO, SV_LOG_WARN, SV_LOG_ERROR, SV_LOG_LEVEL_COUNT };

enum sv_event {
#define SV_EVENT(name, help) SV_EVENT_##name,
#include "events.def"
#undef SV_EVENT
	SV_EVENT_COUNT
};

/* What stands behind role=; a static string.  Lines below `level` are dropped. */
void sv_log_setup(const char *role, enum sv_log_level level);

/* sv_log(SV_LOG_WARN, SV_EVENT_redis_lost, "retry_ms=%d", 200).  Values with blanks or quotes go through sv_log_quote. */
void sv_log(enum sv_log_level level, enum sv_event event, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "text" in double quotes with control characters, quotes and backslashes escaped, into a ring of static buffers (thread-local,
 * 8 of them, 1 KiB each; longer text is cut). */
const char *sv_log_quote(const char *text);

const char *sv_event_name(enum sv_event event);
const char *sv_event_help(enum sv_event event);

#endif
