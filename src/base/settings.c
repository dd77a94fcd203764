/* SPDX-License-Identifier: Apache-2.0
 * One table drives everything here; adding a setting is one row in schema/config.def. */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "errors.h"
#include "sv_assert.h"

#define FILE_MAX_BYTES 65536
#define SHOWN_SIZE 81

enum kind { KIND_TEXT, KIND_PATH, KIND_SECRET, KIND_SIZE, KIND_SECONDS, KIND_NUMBER, KIND_BOOL };

struct row {
	enum kind kind;
	uint64_t min, max;
	size_t offset;
	const char *name;
};

static const struct row rows[] = {
#define SV_SETTING(field, name, kind, preset, min, max, roles, help) \
	{KIND_##kind, min, max, offsetof(struct sv_settings, field), #name},
#include "config.def"
#undef SV_SETTING
};
static const struct sv_setting_row public_rows[] = {
#define SV_SETTING(field, name, kind, preset, min, max, roles, help) {#name, #kind, preset, help, roles},
#include "config.def"
#undef SV_SETTING
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static char **
text_of(const struct sv_settings *settings, const struct row *row)
{
	return (char **)(void *)((char *)(uintptr_t)settings + row->offset);
}

static uint64_t *
number_of(const struct sv_settings *settings, const struct row *row)
{
	return (uint64_t *)(void *)((char *)(uintptr_t)settings + row->offset);
}

static bool *
bool_of(const struct sv_settings *settings, const struct row *row)
{
	return (bool *)((char *)(uintptr_t)settings + row->offset);
}

static bool
is_text(const struct row *row)
{
	return row->kind == KIND_TEXT || row->kind == KIND_PATH || row->kind == KIND_SECRET;
}

static int
scaled(struct sv_text text, const char *letters, const uint64_t *factors, uint64_t *ret_value)
{
	uint64_t factor = 1, value = 0;

	if (text.length > 0) {
		const char *at = strchr(letters, text.data[text.length - 1] | 0x20);
		if (at != NULL && *at != '\0') {
			factor = factors[at - letters];
			text.length--;
		}
	}
	int rc = sv_text_to_u64(text, &value);
	if (rc != 0)
		return rc;
	return __builtin_mul_overflow(value, factor, ret_value) ? SV_ERANGE : 0;
}

int
sv_settings_size(struct sv_text text, uint64_t *ret_bytes)
{
	static const uint64_t factors[] = {1 << 10, 1 << 20, 1 << 30, (uint64_t)1 << 40};

	return scaled(text, "kmgt", factors, ret_bytes);
}

int
sv_settings_seconds(struct sv_text text, uint64_t *ret_seconds)
{
	static const uint64_t factors[] = {1, 60, 3600, 86400};

	return scaled(text, "smhd", factors, ret_seconds);
}

static int
set_text(struct sv_settings *settings, const struct row *row, struct sv_text value, char *why, size_t why_size)
{
	size_t max = row->max == 0 ? 4000 : (size_t)row->max;

	if (value.length > max || value.length < row->min) {
		(void)snprintf(why, why_size, "%s must have %zu to %zu characters", row->name, (size_t)row->min, max);
		return SV_ECONFIG;
	}
	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f) {
			(void)snprintf(why, why_size, "%s holds a control character", row->name);
			return SV_ECONFIG;
		}
	char **slot = text_of(settings, row);
	if (*slot != NULL && row->kind == KIND_SECRET)
		sv_wipe(*slot, strlen(*slot));
	free(*slot);
	*slot = sv_xstrndup(value.data == NULL ? "" : value.data, value.length);
	return 0;
}

/* The beginning of foreign text, fit to be shown to people. */
static const char *
shown(struct sv_text text, char out[static SHOWN_SIZE])
{
	size_t n = text.length < SHOWN_SIZE - 1 ? text.length : SHOWN_SIZE - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f ? '?' : text.data[i];
	out[n] = '\0';
	return out;
}

static int
set_number(struct sv_settings *settings, const struct row *row, struct sv_text value, char *why, size_t why_size)
{
	uint64_t number = 0;
	char text[SHOWN_SIZE];
	int rc = row->kind == KIND_SIZE ? sv_settings_size(value, &number) :
	    row->kind == KIND_SECONDS ? sv_settings_seconds(value, &number) : sv_text_to_u64(value, &number);
	const char *form = row->kind == KIND_SIZE ? "a size such as 64k, 1m or 150g" :
	    row->kind == KIND_SECONDS ? "a time such as 90, 15m, 6h or 30d" : "a whole number";

	if (rc == SV_EINVAL) {
		(void)snprintf(why, why_size, "%s=%s is not %s", row->name, shown(value, text), form);
		return SV_ECONFIG;
	}
	if (rc != 0 || number < row->min || number > row->max) {
		(void)snprintf(why, why_size, "%s=%s is out of range; it must lie between %" PRIu64 " and %" PRIu64, row->name,
		    shown(value, text), row->min, row->max);
		return SV_ECONFIG;
	}
	*number_of(settings, row) = number;
	return 0;
}

static int
set_row(struct sv_settings *settings, const struct row *row, struct sv_text value, char *why, size_t why_size)
{
	if (is_text(row))
		return set_text(settings, row, value, why, why_size);
	if (row->kind != KIND_BOOL)
		return set_number(settings, row, value, why, why_size);
	if (!sv_text_is(value, "on") && !sv_text_is(value, "off")) {
		(void)snprintf(why, why_size, "%s must be on or off", row->name);
		return SV_ECONFIG;
	}
	*bool_of(settings, row) = sv_text_is(value, "on");
	return 0;
}

void
sv_settings_init(struct sv_settings *settings)
{
	char why[256] = "";

	memset(settings, 0, sizeof *settings);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		/* defaults may be empty where a set value may not */
		struct row relaxed = rows[i];
		if (is_text(&relaxed))
			relaxed.min = 0;
		int rc = set_row(settings, &relaxed, sv_text_of(public_rows[i].preset), why, sizeof why);
		sv_assert(rc == 0);
	}
}

void
sv_settings_fini(struct sv_settings *settings)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (!is_text(&rows[i]))
			continue;
		char **slot = text_of(settings, &rows[i]);
		if (*slot != NULL)
			sv_wipe(*slot, strlen(*slot));
		free(*slot);
		*slot = NULL;
	}
}

int
sv_settings_set(struct sv_settings *settings, struct sv_text name, struct sv_text value, char *why, size_t why_size)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (sv_text_is(name, rows[i].name))
			return set_row(settings, &rows[i], value, why, why_size);
	char text[SHOWN_SIZE];
	(void)snprintf(why, why_size, "%s is not a setting; `streamvault config --help` lists them", shown(name, text));
	return SV_ENOENT;
}

/* One line of a settings file; an empty name means nothing to set. */
static int
split_line(struct sv_text line, struct sv_text *ret_name, struct sv_text *ret_value)
{
	*ret_name = (struct sv_text){NULL, 0};
	if (line.length > 0 && line.data[line.length - 1] == '\r')
		line.length--;
	line = sv_text_trim(line);
	if (line.length == 0 || line.data[0] == '#')
		return 0;
	if (sv_text_starts(line, "export "))
		line = sv_text_trim((struct sv_text){line.data + 7, line.length - 7});
	struct sv_text value = line;
	struct sv_text name = sv_text_trim(sv_text_split(&value, '='));
	if (value.data == NULL || name.length == 0)
		return SV_EINVAL;
	value = sv_text_trim(value);
	if (value.length > 0 && (value.data[0] == '"' || value.data[0] == '\'')) {
		if (value.length < 2 || value.data[value.length - 1] != value.data[0])
			return SV_EINVAL;
		value.data++;
		value.length -= 2;
	}
	*ret_name = name;
	*ret_value = value;
	return 0;
}

int
sv_settings_parse(struct sv_settings *settings, struct sv_text content, const char *origin, char *why, size_t why_size)
{
	char reason[512] = "";
	int number = 0;

	if (content.length > FILE_MAX_BYTES) {
		(void)snprintf(why, why_size, "%s is larger than %d bytes", origin, FILE_MAX_BYTES);
		return SV_ECONFIG;
	}
	while (content.length > 0) {
		struct sv_text name, value = {"", 0};
		number++;
		if (split_line(sv_text_split(&content, '\n'), &name, &value) != 0) {
			(void)snprintf(why, why_size, "%s:%d: expected NAME=VALUE", origin, number);
			return SV_ECONFIG;
		}
		if (name.length == 0 || !sv_text_starts(name, "SV_"))
			continue;
		if (sv_settings_set(settings, name, value, reason, sizeof reason) != 0) {
			(void)snprintf(why, why_size, "%s:%d: %s", origin, number, reason);
			return SV_ECONFIG;
		}
	}
	return 0;
}

static int
parse_file(struct sv_settings *settings, const char *file, char *why, size_t why_size)
{
	char *content = NULL;
	int rc = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		(void)snprintf(why, why_size, "%s cannot be read: %s", file, strerror(errno));
		return SV_ECONFIG;
	}
	content = sv_xmalloc(FILE_MAX_BYTES + 1);
	/* a pipe gives what is in it, piece by piece */
	ssize_t n = 0, more = 1;
	while (n <= FILE_MAX_BYTES && (more > 0 || (more < 0 && errno == EINTR))) {
		more = read(fd, content + n, (size_t)(FILE_MAX_BYTES + 1 - n));
		n += more > 0 ? more : 0;
	}
	if (more < 0) {
		(void)snprintf(why, why_size, "%s cannot be read: %s", file, strerror(errno));
		rc = SV_ECONFIG;
	} else {
		rc = sv_settings_parse(settings, (struct sv_text){content, (size_t)n}, file, why, why_size);
		sv_wipe(content, (size_t)n);
	}
	free(content);
	(void)close(fd);
	return rc;
}

int
sv_settings_load(struct sv_settings *settings, const char *file, char *const *environment, char *why, size_t why_size)
{
	int rc = file == NULL ? 0 : parse_file(settings, file, why, why_size);

	for (; rc == 0 && environment != NULL && *environment != NULL; environment++) {
		struct sv_text value = sv_text_of(*environment);
		struct sv_text name = sv_text_split(&value, '=');
		if (!sv_text_starts(name, "SV_"))
			continue;
		if (value.data == NULL)
			value.data = "";
		if (sv_settings_set(settings, name, value, why, why_size) != 0)
			rc = SV_ECONFIG;
	}
	return rc;
}

static void
show(const struct sv_settings *settings, size_t index, struct sv_buffer *out)
{
	const struct row *row = &rows[index];

	if (is_text(row))
		sv_buffer_text(out, *text_of(settings, row));
	else if (row->kind == KIND_BOOL)
		sv_buffer_text(out, *bool_of(settings, row) ? "on" : "off");
	else
		sv_buffer_printf(out, "%" PRIu64, *number_of(settings, row));
}

void
sv_settings_write(const struct sv_settings *settings, unsigned roles, struct sv_buffer *out)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if ((public_rows[i].roles & roles) == 0)
			continue;
		/* a default is left out: it may be shorter than what may be set */
		if (is_text(&rows[i]) && strcmp(*text_of(settings, &rows[i]), public_rows[i].preset) == 0)
			continue;
		sv_buffer_printf(out, "%s=\"", rows[i].name);
		show(settings, i, out);
		sv_buffer_text(out, "\"\n");
	}
}

void
sv_settings_show(const struct sv_settings *settings, int index, struct sv_buffer *out)
{
	sv_assert(index >= 0 && (size_t)index < ROW_COUNT);
	if (rows[index].kind == KIND_SECRET)
		sv_buffer_text(out, (*text_of(settings, &rows[index]))[0] == '\0' ? "(empty)" : "(set)");
	else
		show(settings, (size_t)index, out);
}

const struct sv_setting_row *
sv_settings_rows(int *ret_count)
{
	*ret_count = (int)ROW_COUNT;
	return public_rows;
}
