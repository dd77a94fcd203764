/* SPDX-License-Identifier: Apache-2.0
 * The pages of docs/reference from the tables; a check compares the committed pages with what this prints. */
#include <string.h>

#include "app.h"
#include "errors.h"
#include "log.h"
#include "metrics.h"

static void
head(struct sv_buffer *out, const char *title, const char *source)
{
	sv_buffer_printf(out, "# %s\n\nGenerated from `%s` by `make reference`; edit there.\n\n", title, source);
}

/* A bar would end the cell, in code too. */
static void
cell(struct sv_buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			sv_buffer_byte(out, '\\');
		sv_buffer_byte(out, (uint8_t)*text);
	}
}

static void
settings_page(struct sv_buffer *out)
{
	int count = 0;
	const struct sv_setting_row *rows = sv_settings_rows(&count);

	head(out, "Settings", "schema/config.def");
	sv_buffer_text(out, "Environment variables, or lines `NAME=VALUE` in `.env` of the working folder; a command-line option (`--listen`) wins over both; secrets have none.\n\n"
	    "| setting | option | kind | default | meaning |\n| --- | --- | --- | --- | --- |\n");
	for (int i = 0; i < count; i++) {
		bool secret = strcmp(rows[i].kind, "SECRET") == 0;
		sv_buffer_printf(out, "| `%s` | %s", rows[i].name, secret ? "" : "`--");
		for (const char *c = rows[i].name + 3; !secret && *c != '\0'; c++)
			sv_buffer_byte(out, (uint8_t)(*c == '_' ? '-' : *c | 0x20));
		sv_buffer_printf(out, "%s | %s | %s%s%s | %s |\n", secret ? "" : "`", rows[i].kind, rows[i].preset[0] == '\0' ? "" : "`",
		    rows[i].preset, rows[i].preset[0] == '\0' ? "" : "`", rows[i].help);
	}
}

static void
errors_page(struct sv_buffer *out)
{
	int count = 0;
	const struct sv_error_row *rows = sv_error_rows(&count);

	head(out, "Errors", "schema/errors.def");
	sv_buffer_text(out, "| code | value | text | HTTP status | a retry can help |\n| --- | --- | --- | --- | --- |\n");
	for (int i = 0; i < count; i++)
		sv_buffer_printf(out, "| `%s` | %d | %s | %d | %s |\n", rows[i].name, rows[i].code, rows[i].text, rows[i].http_status,
		    rows[i].retry ? "yes" : "no");
}

static void
metrics_page(struct sv_buffer *out)
{
	int count = 0;
	const struct sv_metric_row *rows = sv_metric_rows(&count);

	head(out, "Metrics", "schema/metrics.def");
	sv_buffer_text(out, "| metric | type | label | meaning |\n| --- | --- | --- | --- |\n");
	for (int i = 0; i < count; i++)
		sv_buffer_printf(out, "| `%s` | %s | %s%s%s | %s |\n", rows[i].name, rows[i].kind, rows[i].label, rows[i].label[0] == '\0' ? "" : ": ",
		    rows[i].values, rows[i].help);
}

static void
events_page(struct sv_buffer *out)
{
	head(out, "Events in the log", "schema/events.def");
	sv_buffer_text(out, "A line is `time=... level=... role=... event=NAME key=value ...`.\n\n| event | meaning; fields |\n| --- | --- |\n");
	for (int i = 0; i < SV_EVENT_COUNT; i++)
		sv_buffer_printf(out, "| `%s` | %s |\n", sv_event_name((enum sv_event)i), sv_event_help((enum sv_event)i));
}

static void
http_page(struct sv_buffer *out)
{
	static const struct {
		const char *service, *method, *pattern, *help;
	} rows[] = {
#define SV_ROUTE(service, method, pattern, handler, help) {#service, #method, pattern, help},
#include "routes.def"
#undef SV_ROUTE
	    {NULL, NULL, NULL, NULL},
	};

	head(out, "HTTP addresses", "schema/routes.def");
	sv_buffer_text(out, "HEAD goes where GET goes.\n\n| service | method | address | answer |\n| --- | --- | --- | --- |\n");
	for (int i = 0; rows[i].service != NULL; i++)
		sv_buffer_printf(out, "| %s | %s | `%s` | %s |\n", rows[i].service, rows[i].method, rows[i].pattern, rows[i].help);
}

static void
commands_page(struct sv_buffer *out)
{
	int count = 0;
	const struct sv_app_command *commands = sv_app_commands(&count);

	head(out, "Commands", "src/app/app_main.c");
	sv_buffer_text(out, "Every setting is an option too (`--listen 127.0.0.1:9000` is `SV_LISTEN`).  Exit codes: 0 done, 1 failed, 2 wrong usage.\n\n"
	    "| command | what it does |\n| --- | --- |\n");
	for (int i = 0; i < count; i++)
		if (!commands[i].hidden) {
			sv_buffer_printf(out, "| `streamvault %s%s", commands[i].words, commands[i].arguments[0] == '\0' ? "" : " ");
			cell(out, commands[i].arguments);
			sv_buffer_printf(out, "` | %s |\n", commands[i].help);
		}
}

int
sv_reference_write(const char *name, struct sv_buffer *out)
{
	static const struct {
		const char *name;
		void (*write)(struct sv_buffer *out);
	} pages[] = {
	    {"settings", settings_page}, {"errors", errors_page}, {"metrics", metrics_page}, {"events", events_page}, {"http", http_page},
	    {"commands", commands_page},
	};

	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strcmp(name, pages[i].name) == 0) {
			pages[i].write(out);
			return 0;
		}
	return SV_ENOENT;
}
