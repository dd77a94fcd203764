/* SPDX-License-Identifier: Apache-2.0
 * The library commands.  Program code: it prints.  Results go to standard output, so that they can be piped; the bar and errors to
 * standard error. */
#include "library_commands.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "catalog.h"
#include "errors.h"
#include "index_job.h"
#include "json_text.h"
#include "sv_assert.h"

#define EXIT_USAGE 2
#define BAR_WIDTH 24

/* ---- shared ---- */

/* Bytes of the character at `text`: 1 to 4, or 0 when it is none in UTF-8; its code point in *ret_point. */
static size_t
take_character(const unsigned char *text, uint32_t *ret_point)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t point = length == 1 ? text[0] : text[0] & (0xffu >> (length + 1));

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	*ret_point = point;
	return sv_utf8_valid((struct sv_text){(const char *)text, length}) ? length : 0;
}

/* Paths come from outside: control characters would play with the terminal, and those that turn the direction of writing with the
 * reader; bytes that are no UTF-8 would spoil the output for whoever parses it.  Each shows as a question mark. */
static void
print_clean(FILE *stream, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at != '\0') {
		uint32_t point = 0;
		size_t length = take_character(at, &point);
		bool control = point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c || (point >= 0x200e && point <= 0x200f) ||
		    (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
		if (length == 0 || control)
			(void)fputc('?', stream);
		else
			(void)fwrite(at, 1, length, stream);
		at += length == 0 ? 1 : length;
	}
}

static int
open_catalog(const struct sv_settings *settings, struct sv_catalog **ret_catalog)
{
	char why[400] = "";

	/* the first command may come before the first start */
	(void)mkdir(settings->state, 0700);
	int rc = sv_catalog_open(settings, ret_catalog, why, sizeof why);
	if (rc < 0)
		(void)fprintf(stderr, "streamvault: %s\n", why);
	return rc;
}

static void
print_size(FILE *stream, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 999.5 && unit < 4) {
		value /= 1000;
		unit++;
	}
	(void)fprintf(stream, unit == 0 || value >= 99.5 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* ---- add ---- */

struct adding {
	bool json, bar, all;
	bool bar_shown;
	size_t printed;
};

static void
clear_bar(struct adding *adding)
{
	if (adding->bar_shown)
		(void)fputs("\r\033[K", stderr);
	adding->bar_shown = false;
}

static void
print_json_file(struct adding *adding, const struct sv_index_report *report)
{
	struct sv_buffer out;
	struct sv_json json;

	sv_buffer_init(&out, 0);
	sv_json_start(&json, &out);
	sv_json_begin_object(&json);
	sv_json_member_cstr(&json, "path", report->path);
	sv_json_member_cstr(&json, "result", sv_index_result_name(report->result));
	if (report->result == SV_INDEX_SKIPPED) {
		sv_json_member_cstr(&json, "reason", sv_index_reason_name(report->reason));
		sv_json_member_cstr(&json, "why", report->why);
	}
	if (report->file[0] != '\0')
		sv_json_member_cstr(&json, "file", report->file);
	if (report->version != 0)
		sv_json_member_u64(&json, "version", report->version);
	sv_json_end_object(&json);
	(void)printf("%s%s", adding->printed++ == 0 ? "\n" : ",\n", sv_buffer_cstr(&out));
	sv_buffer_fini(&out);
}

static void
on_file(void *context, const struct sv_index_report *report)
{
	struct adding *adding = context;

	if (adding->json) {
		print_json_file(adding, report);
		return;
	}
	if (report->result == SV_INDEX_UNCHANGED && !adding->all)
		return;
	clear_bar(adding);
	(void)printf("%-10s ", sv_index_result_name(report->result));
	print_clean(stdout, report->path);
	if (report->result == SV_INDEX_SKIPPED) {
		(void)printf(": ");
		print_clean(stdout, report->why);
		if (report->remembered)
			(void)printf(" (as before; --retry looks again)");
	}
	(void)printf("\n");
	(void)fflush(stdout);
}

static void
on_progress(void *context, const struct sv_index_progress *progress)
{
	struct adding *adding = context;
	struct winsize size = {0};
	char bar[BAR_WIDTH + 1];

	if (!adding->bar)
		return;
	unsigned percent = progress->bytes_total == 0 ? 100 : (unsigned)(progress->bytes_done * 100 / progress->bytes_total);
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		bar[i] = i * 100 < percent * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	const char *base = strrchr(progress->path, '/') == NULL ? "" : strrchr(progress->path, '/') + 1;
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
	int left = columns - BAR_WIDTH - 30;
	(void)fprintf(stderr, "\r\033[K[%s] %3u %%  %zu/%zu  ", bar, percent, progress->files_done, progress->files_total);
	char *name = sv_xstrdup(base);
	if (left < 0 || strlen(name) > (size_t)left)   /* cut at a character */
		for (size_t at = left < 0 ? 0 : (size_t)left; ; at--)
			if (at == 0 || ((unsigned char)name[at] & 0xc0) != 0x80) {
				name[at] = '\0';
				break;
			}
	print_clean(stderr, name);
	free(name);
	(void)fflush(stderr);
	adding->bar_shown = true;
}

static void
print_summary(const struct adding *adding, const struct sv_index_summary *summary, int rc, const char *why)
{
	static const char *const separators[] = {"", ", "};
	unsigned parts = 0;

	if (adding->json) {
		struct sv_buffer out;
		struct sv_json json;
		sv_buffer_init(&out, 0);
		sv_json_start(&json, &out);
		sv_json_begin_object(&json);
		for (int i = 0; i < SV_INDEX_RESULT_COUNT; i++)
			sv_json_member_u64(&json, sv_index_result_name((enum sv_index_result)i), summary->results[i]);
		sv_json_member_u64(&json, "bytes_read", summary->bytes_read);
		sv_json_member_u64(&json, "took_ms", summary->took_ms);
		sv_json_member_bool(&json, "complete", rc == 0 && !summary->stopped);
		sv_json_member_cstr(&json, "error", rc == 0 ? NULL : why);
		sv_json_end_object(&json);
		(void)printf("\n], \"summary\": %s}\n", sv_buffer_cstr(&out));
		sv_buffer_fini(&out);
		return;
	}
	for (int i = 0; i < SV_INDEX_RESULT_COUNT; i++)
		if (summary->results[i] > 0)
			(void)printf("%s%zu %s", separators[parts++ > 0], summary->results[i], sv_index_result_name((enum sv_index_result)i));
	(void)printf("%s", parts == 0 ? "nothing found" : "");
	if (summary->bytes_read > 0) {
		(void)printf("; ");
		print_size(stdout, summary->bytes_read);
		(void)printf(" read");
	}
	(void)printf("; %.1f s%s\n", (double)summary->took_ms / 1000, summary->stopped ? "; stopped, the rest was not looked at" : "");
}

/* Options and paths; the exit status of a wrong line, or 0. */
static int
parse_add(int count, char *const *arguments, struct sv_index_options *options, struct adding *adding, const char **paths)
{
	bool options_end = false;

	for (int i = 0; i < count; i++) {
		const char *argument = arguments[i];
		if (options_end || argument[0] != '-') {
			if (argument[0] == '\0') {
				(void)fprintf(stderr, "streamvault: library add: a path is empty\n");
				return EXIT_USAGE;
			}
			paths[options->path_count++] = argument;
		} else if (strcmp(argument, "--") == 0) {
			options_end = true;
		} else if (strcmp(argument, "--retry") == 0) {
			options->retry = true;
		} else if (strcmp(argument, "--all") == 0) {
			adding->all = true;
		} else if (strcmp(argument, "--json") == 0) {
			adding->json = true;
		} else {
			(void)fprintf(stderr, "streamvault: library add: there is no option %s; it is: library add [--retry] [--all] [--json] PATH...\n", argument);
			return EXIT_USAGE;
		}
	}
	if (options->path_count > 0)
		return 0;
	(void)fprintf(stderr, "streamvault: library add: name at least one file or folder: library add [--retry] [--all] [--json] PATH...\n");
	return EXIT_USAGE;
}

/* Reasons that lie outside the file. */
static bool
had_trouble(const struct sv_index_summary *summary)
{
	return summary->reasons[SV_INDEX_REASON_UNREADABLE] > 0 || summary->reasons[SV_INDEX_REASON_MISSING] > 0 ||
	    summary->reasons[SV_INDEX_REASON_MOVING] > 0;
}

int
sv_library_add_command(const struct sv_settings *settings, int count, char *const *arguments, bool json)
{
	struct adding adding = {.json = json};
	const char **paths = sv_xcalloc((size_t)count + 1, sizeof *paths);
	struct sv_index_options options = {.paths = paths, .watch_signals = true, .tell_viewers = true, .work = SV_HOT_LIBRARY, .on_file = on_file,
	    .on_progress = on_progress, .context = &adding};
	struct sv_index_summary summary = {0};
	struct sv_catalog *catalog = NULL;
	char why[500] = "";
	int status = parse_add(count, arguments, &options, &adding, paths);

	if (status != 0)
		goto out;
	status = 1;
	/* a full disk is an error of the write, not the end of the process */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (open_catalog(settings, &catalog) < 0)
		goto out;
	adding.bar = !adding.json && isatty(STDERR_FILENO) == 1;
	if (adding.json)
		(void)printf("{\"files\": [");
	int rc = sv_index_run(settings, catalog, &options, &summary, why, sizeof why);
	clear_bar(&adding);
	print_summary(&adding, &summary, rc, why);
	if (rc < 0)
		(void)fprintf(stderr, "streamvault: %s\n", why);
	status = rc < 0 || summary.stopped || had_trouble(&summary);
out:
	sv_catalog_close(catalog);
	free(paths);
	return fflush(stdout) == 0 ? status : 1;
}

/* ---- list ---- */

struct listing {
	bool json;
	size_t count;
};

static const char *const copy_kinds[SV_COPY_KIND_COUNT] = {"file", "http", "telegram"};
static const char *const copy_states[SV_COPY_STATE_COUNT] = {"ok", "gone", "stale", "bad"};
static const char *const file_states[SV_FILE_STATE_COUNT] = {"ok", "gone", "bad"};

/* Where the file lies, or lay; NULL when it has only other copies. */
static const char *
path_of(const struct sv_file *file)
{
	for (size_t i = 0; i < file->copy_count; i++)
		if (file->copies[i].kind == SV_COPY_FILE)
			return file->copies[i].location;
	return NULL;
}

static void
write_copies(struct sv_json *json, const struct sv_file *file)
{
	sv_json_key(json, "copies");
	sv_json_begin_array(json);
	for (size_t i = 0; i < file->copy_count; i++) {
		const struct sv_copy *copy = &file->copies[i];
		sv_json_begin_object(json);
		sv_json_member_cstr(json, "kind", copy_kinds[copy->kind]);
		sv_json_member_cstr(json, "location", copy->location);
		sv_json_member_cstr(json, "state", copy_states[copy->state]);
		sv_json_member_u64(json, "priority", copy->priority);
		sv_json_member_i64(json, "verified", copy->verified_unix_s);
		sv_json_end_object(json);
	}
	sv_json_end_array(json);
}

static int
list_json(struct listing *listing, const struct sv_catalog_entry *entry)
{
	const struct sv_file *file = entry->file;
	struct sv_buffer out;
	struct sv_json json;
	char crc[9];

	sv_buffer_init(&out, 0);
	sv_json_start(&json, &out);
	sv_json_begin_object(&json);
	sv_json_member_cstr(&json, "file", file->id);
	sv_json_member_cstr(&json, "title", entry->title->name);
	sv_json_member_cstr(&json, "title_id", entry->title->id);
	sv_json_member_cstr(&json, "kind", entry->title->kind == SV_TITLE_FILM ? "film" : "series");
	if (entry->title->year != 0)
		sv_json_member_u64(&json, "year", entry->title->year);
	if (entry->episode != NULL) {
		sv_json_member_cstr(&json, "episode_id", entry->episode->id);
		sv_json_member_u64(&json, "season", entry->episode->season);
		sv_json_member_u64(&json, "episode", entry->episode->number);
		sv_json_member_u64(&json, "last_episode", entry->episode->last_number);
		sv_json_member_cstr(&json, "episode_title", entry->episode->name);
	}
	sv_json_member_cstr(&json, "path", path_of(file));
	sv_json_member_u64(&json, "size", file->size_bytes);
	(void)snprintf(crc, sizeof crc, "%08" PRIx32, file->crc32);
	sv_json_member_cstr(&json, "crc32", file->has_crc ? crc : NULL);
	sv_json_member_u64(&json, "version", file->version);
	sv_json_member_cstr(&json, "state", file_states[file->state]);
	sv_json_member_cstr(&json, "mime", file->mime);
	sv_json_member_u64(&json, "duration_ms", file->duration_ms);
	sv_json_member_u64(&json, "width", file->width);
	sv_json_member_u64(&json, "height", file->height);
	write_copies(&json, file);
	sv_json_end_object(&json);
	(void)printf("%s%s", listing->count++ == 0 ? "\n" : ",\n", sv_buffer_cstr(&out));
	int rc = sv_buffer_error(&out);
	sv_buffer_fini(&out);
	return rc;
}

static int
list_entry(void *context, const struct sv_catalog_entry *entry)
{
	struct listing *listing = context;
	const char *path = path_of(entry->file);

	if (listing->json)
		return list_json(listing, entry);
	listing->count++;
	(void)printf("%s  %-4s  ", entry->file->id, file_states[entry->file->state]);
	print_clean(stdout, entry->title->name);
	if (entry->title->year != 0)
		(void)printf(" (%u)", entry->title->year);
	if (entry->episode != NULL) {
		(void)printf(" S%02uE%02u", entry->episode->season, entry->episode->number);
		if (entry->episode->last_number != entry->episode->number)
			(void)printf("-%02u", entry->episode->last_number);
	}
	(void)printf("  ");
	print_size(stdout, entry->file->size_bytes);
	(void)printf("  ");
	print_clean(stdout, path == NULL ? "" : path);
	(void)printf("\n");
	return 0;
}

int
sv_library_list_command(const struct sv_settings *settings, int count, char *const *arguments, bool json)
{
	struct listing listing = {.json = json};
	struct sv_catalog *catalog = NULL;

	for (int i = 0; i < count; i++) {
		if (strcmp(arguments[i], "--json") != 0) {
			(void)fprintf(stderr, "streamvault: library list: there is no argument %s; it is: library list [--json]\n", arguments[i]);
			return EXIT_USAGE;
		}
		listing.json = true;
	}
	if (open_catalog(settings, &catalog) < 0)
		return 1;
	if (listing.json)
		(void)printf("[");
	int rc = sv_catalog_each_file(catalog, list_entry, &listing);
	if (listing.json)
		(void)printf("%s]\n", listing.count == 0 ? "" : "\n");
	else if (listing.count == 0 && rc == 0)
		(void)printf("The library is empty. Add films with: streamvault library add PATH...\n");
	if (rc < 0)
		(void)fprintf(stderr, "streamvault: the catalog in %s cannot be read: %s\n", settings->state, rc == SV_ECORRUPT
		    ? "the database is damaged; keep it and restore a backup" : sv_error_text(rc));
	sv_catalog_close(catalog);
	return fflush(stdout) == 0 && rc == 0 ? 0 : 1;
}
