/* SPDX-License-Identifier: Apache-2.0
 * The table of commands, and the way from argv to a command: options, settings, privileges. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "app.h"
#include "engine.h"
#include "errors.h"
#include "gateway.h"
#include "json_text.h"
#include "library_commands.h"
#include "log.h"
#include "manager.h"
#include "paths.h"
#include "privileges.h"
#include "run_folder.h"

#define WORDS_MAX 1024
#define PIPE_MAX 65536

static int version_command(struct sv_app_call *call);
static int config_command(struct sv_app_call *call);
static int reference_command(struct sv_app_call *call);
static int engine_command(struct sv_app_call *call);
static int manager_command(struct sv_app_call *call);
static int gateway_command(struct sv_app_call *call);
static int library_add(struct sv_app_call *call);
static int library_list(struct sv_app_call *call);

static const struct sv_app_command commands[] = {
    {"up", "[--demo]", "The whole site on this machine; prints `ready URL` when it answers. SIGTERM ends it.", sv_up_command, false, false},
    {"status", "[--json]", "Each role with pid, state, restarts and memory.", sv_status_command, true, false},
    {"doctor", "[--json]", "Checks packages, ports, rights, disk and clock, and says what to do about each finding.", sv_doctor_command, false, false},
    {"config", "[--json]", "The settings in force; --help lists all with their meaning; -n only checks them.", config_command, false, false},
    {"library add", "PATH... [--retry] [--all] [--json]",
        "Add films and episodes from folders or files; says for each skipped file why (--retry looks at those again, --all names unchanged files too).", library_add, true, false},
    {"library list", "[--json]", "Every file of the library.", library_list, true, false},
    {"link", "FILE [--tier guest|member] [--client ADDRESS] [--for SECONDS] [--download] [--json]",
        "One signed address of a file (an id or the path it was added from).", sv_link_command, true, false},
    {"manager", "", "The role that serves pages and API (started by up).", manager_command, true, false},
    {"engine", "", "The role that serves bytes (started by up).", engine_command, true, false},
    {"gateway", "", "The role that runs nginx (started by up).", gateway_command, true, false},
    {"version", "", "Version of this program.", version_command, false, false},
    {"demo-films", "", "Make the sample films and add them (started by up --demo).", sv_demo_command, true, true},
    {"reference", "PAGE", "Print a page of docs/reference.", reference_command, false, true},
};
#define COMMAND_COUNT ((int)(sizeof commands / sizeof commands[0]))

const struct sv_app_command *
sv_app_commands(int *ret_count)
{
	*ret_count = COMMAND_COUNT;
	return commands;
}

int
sv_app_fail(int code, const char *format, ...)
{
	va_list args;

	(void)fputs("streamvault: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return code;
}

static void
print_help(void)
{
	(void)printf("usage: streamvault COMMAND [OPTION...]\n\n");
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (!commands[i].hidden)
			(void)printf("  %s %s\n      %s\n", commands[i].words, commands[i].arguments, commands[i].help);
	(void)printf("\nEvery setting is an option too: --listen 127.0.0.1:9000 is SV_LISTEN; `streamvault config --help` lists them.\n");
}

static void
print_command_help(const struct sv_app_command *command)
{
	int count = 0;
	const struct sv_setting_row *rows = sv_settings_rows(&count);

	(void)printf("usage: streamvault %s %s\n\n%s\n", command->words, command->arguments, command->help);
	if (command->run != config_command)
		return;
	for (int i = 0; i < count; i++)
		(void)printf("\n%s (%s%s%s)\n    %s\n", rows[i].name, rows[i].kind, rows[i].preset[0] == '\0' ? "" : ", default ", rows[i].preset, rows[i].help);
}

/* ---- small commands ---- */

static int
version_command(struct sv_app_call *call)
{
	(void)call;
	(void)printf("streamvault %s\n", SV_VERSION);
	return 0;
}

static int
config_command(struct sv_app_call *call)
{
	int count = 0;
	const struct sv_setting_row *rows = sv_settings_rows(&count);
	struct sv_buffer value, whole;
	struct sv_json json;

	sv_buffer_init(&value, 0);
	sv_buffer_init(&whole, 0);
	sv_json_start(&json, &whole);
	sv_json_begin_object(&json);
	for (int i = 0; i < count; i++) {
		sv_buffer_reset(&value);
		sv_settings_show(call->settings, i, &value);
		if (call->json)
			sv_json_member_cstr(&json, rows[i].name, sv_buffer_cstr(&value));
		else
			(void)printf("%s=%s\n", rows[i].name, sv_buffer_cstr(&value));
	}
	sv_json_end_object(&json);
	if (call->json)
		(void)printf("%s\n", sv_buffer_cstr(&whole));
	sv_buffer_fini(&value);
	sv_buffer_fini(&whole);
	return 0;
}

static int
reference_command(struct sv_app_call *call)
{
	struct sv_buffer page;
	int result = 0;

	sv_buffer_init(&page, 0);
	if (call->count != 1 || sv_reference_write(call->words[0], &page) != 0)
		result = sv_app_fail(2, "reference takes one of settings, errors, metrics, events, http, commands");
	else
		(void)fputs(sv_buffer_cstr(&page), stdout);
	sv_buffer_fini(&page);
	return result;
}

static int
engine_command(struct sv_app_call *call)
{
	return sv_engine_run(call->settings) == 0 ? 0 : 1;
}

static int
manager_command(struct sv_app_call *call)
{
	return sv_manager_run(call->settings) == 0 ? 0 : 1;
}

static int
gateway_command(struct sv_app_call *call)
{
	struct sv_gateway_options options = {.listen_fd = call->listen_fd, .tls_fd = call->tls_fd};
	char why[1024] = "";

	return sv_gateway_run(call->settings, &options, why, sizeof why) == 0 ? 0 : sv_app_fail(1, "gateway: %s", why);
}

static int
library_add(struct sv_app_call *call)
{
	char *arguments[WORDS_MAX + 4];
	char blocker[SV_PATH_MAX], whole[PATH_MAX];
	int n = 0;

	if (call->retry)
		arguments[n++] = (char *)(uintptr_t)"--retry";
	if (call->all)
		arguments[n++] = (char *)(uintptr_t)"--all";
	arguments[n++] = (char *)(uintptr_t)"--";
	for (int i = 0; i < call->count; i++) {
		const char *path = realpath(call->words[i], whole) == NULL ? call->words[i] : whole;
		if (access(call->words[i], F_OK) != 0 && errno == EACCES && sv_privileges_reach(geteuid(), getegid(), path, R_OK, blocker, sizeof blocker) != 0) {
			(void)fprintf(stderr, "streamvault: the account that owns %s cannot reach %s: %s refuses it; change its mode, or move the films\n",
			    call->settings->state, call->words[i], blocker);
			return 1;
		}
		arguments[n++] = call->words[i];
	}
	arguments[n] = NULL;
	return sv_library_add_command(call->settings, n, arguments, call->json);
}

static int
library_list(struct sv_app_call *call)
{
	return sv_library_list_command(call->settings, call->count, call->words, call->json);
}

/* ---- from argv to a command ---- */

/* "--listen" is SV_LISTEN. */
static int
set_by_option(struct sv_settings *settings, const char *option, size_t length, const char *value, char *why, size_t why_size)
{
	char name[80] = "SV_";

	if (length + 4 > sizeof name)
		return SV_ENOENT;
	for (size_t i = 0; i < length; i++)
		name[3 + i] = option[i] == '-' ? '_' : option[i] >= 'a' && option[i] <= 'z' ? (char)(option[i] - 32) : option[i];
	int count = 0;
	const struct sv_setting_row *rows = sv_settings_rows(&count);
	for (int i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0 && strcmp(rows[i].kind, "SECRET") == 0) {
			(void)snprintf(why, why_size, "%s is a secret, and a command line can be read by everybody; put it into the environment or .env", name);
			return SV_ECONFIG;
		}
	return sv_settings_set(settings, sv_text_of(name), sv_text_of(value), why, why_size);
}

static int
number_option(const char *name, const char *value, uint64_t max, uint64_t *ret_value)
{
	uint64_t number = 0;

	if (sv_text_to_u64(sv_text_of(value), &number) != 0 || number > max) {
		(void)fprintf(stderr, "streamvault: --%s takes a whole number up to %" PRIu64 ", not %s\n", name, max, value);
		return 2;
	}
	*ret_value = number;
	return 0;
}

/* Options with a value that are no settings.  Returns -1 when `name` is none of them. */
static int
call_option(struct sv_app_call *call, const char *name, size_t length, const char *value, int *ret_settings_fd)
{
	struct sv_text option = {name, length};
	uint64_t number = 0;
	int rc = 0;

	if (sv_text_is(option, "tier")) {
		call->tier = value;
	} else if (sv_text_is(option, "client")) {
		call->client = value;
	} else if (sv_text_is(option, "for")) {
		rc = number_option("for", value, 315360000, &call->for_s);
	} else if (sv_text_is(option, "settings-fd")) {
		rc = number_option("settings-fd", value, 1023, &number);
		*ret_settings_fd = (int)number;
	} else if (sv_text_is(option, "listen-fd")) {
		rc = number_option("listen-fd", value, 1023, &number);
		call->listen_fd = (int)number;
	} else if (sv_text_is(option, "tls-fd")) {
		rc = number_option("tls-fd", value, 1023, &number);
		call->tls_fd = (int)number;
	} else {
		return -1;
	}
	return rc;
}

static bool
flag_option(struct sv_app_call *call, const char *argument, bool *ret_only_check)
{
	if (strcmp(argument, "--json") == 0)
		call->json = true;
	else if (strcmp(argument, "--demo") == 0)
		call->demo = true;
	else if (strcmp(argument, "--download") == 0)
		call->download = true;
	else if (strcmp(argument, "--retry") == 0)
		call->retry = true;
	else if (strcmp(argument, "--all") == 0)
		call->all = true;
	else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
		call->help = true;
	else if (strcmp(argument, "-n") == 0)
		*ret_only_check = true;
	else
		return false;
	return true;
}

struct parsed {
	const struct sv_app_command *command;
	char *words[WORDS_MAX];
	int count;
	char *options[64];             /* "listen=127.0.0.1:9000": settings given as options, applied last */
	int option_count;
	int settings_fd;
	bool only_check;
};

static int
parse_option(struct sv_app_call *call, struct parsed *parsed, char **argv, int argc, int *at)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const char *value = equals == NULL ? NULL : equals + 1;

	if (strncmp(argv[*at], "--", 2) != 0 || length == 0)
		return sv_app_fail(2, "unknown option %s; `streamvault --help` lists commands and options", argv[*at]);
	if (value == NULL && *at + 1 < argc)
		value = argv[++*at];
	if (value == NULL)
		return sv_app_fail(2, "the option %s needs a value (or is not known; see `streamvault --help`)", argv[*at]);
	int rc = call_option(call, name, length, value, &parsed->settings_fd);
	if (rc >= 0)
		return rc;
	if (parsed->option_count == (int)(sizeof parsed->options / sizeof parsed->options[0]))
		return sv_app_fail(2, "too many options");
	parsed->options[parsed->option_count++] = sv_xasprintf("%.*s=%s", (int)length, name, value);
	return 0;
}

static const struct sv_app_command *
find_command(struct parsed *parsed)
{
	for (int i = 0; i < COMMAND_COUNT && parsed->count > 0; i++) {
		struct sv_text left = sv_text_of(commands[i].words);
		int words = 0;
		bool same = true;
		while (same && left.data != NULL) {
			struct sv_text word = sv_text_split(&left, ' ');
			same = words < parsed->count && sv_text_is(word, parsed->words[words]);
			words++;
		}
		if (!same)
			continue;
		parsed->count -= words;
		memmove(parsed->words, parsed->words + words, sizeof parsed->words[0] * (size_t)parsed->count);
		return &commands[i];
	}
	return NULL;
}

static int
parse_arguments(struct sv_app_call *call, struct parsed *parsed, int argc, char **argv)
{
	bool options = true;

	for (int i = 1; i < argc; i++) {
		int rc = 0;
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
			if (!flag_option(call, argv[i], &parsed->only_check))
				rc = parse_option(call, parsed, argv, argc, &i);
		} else if (parsed->count == WORDS_MAX) {
			rc = sv_app_fail(2, "too many words on the command line");
		} else {
			parsed->words[parsed->count++] = argv[i];
		}
		if (rc != 0)
			return rc;
	}
	parsed->command = find_command(parsed);
	return 0;
}

/* A role started by the supervisor reads everything from its pipe, secrets included, and nothing from its (empty) environment. */
static int
read_pipe(struct sv_settings *settings, int fd, char *why, size_t why_size)
{
	char *content = sv_xmalloc(PIPE_MAX);
	size_t length = 0;

	ssize_t n = 1;
	for (; n > 0 && length < PIPE_MAX; length += n > 0 ? (size_t)n : 0)
		n = read(fd, content + length, PIPE_MAX - length);
	(void)close(fd);
	/* half of them would be a role with other settings than its site */
	if (n != 0)
		(void)snprintf(why, why_size, "the settings cannot be read from descriptor %d, or are longer than %d bytes", fd, PIPE_MAX);
	int rc = n != 0 ? SV_ECONFIG : sv_settings_parse(settings, (struct sv_text){content, length}, "settings from the supervisor", why, why_size);
	sv_wipe(content, length);
	free(content);
	return rc;
}

static int
load_settings(struct sv_settings *settings, const struct parsed *parsed, char *const *environment, char *why, size_t why_size)
{
	int rc = parsed->settings_fd >= 0 ? read_pipe(settings, parsed->settings_fd, why, why_size) :
	    sv_settings_load(settings, ".env", environment, why, why_size);

	for (int i = 0; rc == 0 && i < parsed->option_count; i++) {
		const char *value = strchr(parsed->options[i], '=') + 1;
		rc = set_by_option(settings, parsed->options[i], (size_t)(value - 1 - parsed->options[i]), value, why, why_size);
		if (rc == SV_ENOENT)
			(void)snprintf(why, why_size, "unknown option --%.*s; `streamvault --help` and `streamvault config --help` list them",
			    (int)(value - 1 - parsed->options[i]), parsed->options[i]);
	}
	return rc;
}

static enum sv_log_level
log_level(const char *name)
{
	return strcmp(name, "debug") == 0 ? SV_LOG_DEBUG : strcmp(name, "warn") == 0 ? SV_LOG_WARN : strcmp(name, "error") == 0 ? SV_LOG_ERROR : SV_LOG_INFO;
}

/* Files made by root in the state folder would lock the roles out of it. */
static int
drop_to_owner(const struct sv_settings *settings, char *why, size_t why_size)
{
	struct stat st;
	uid_t uid = 0;
	gid_t gid = 0;

	if (geteuid() != 0)
		return 0;
	if (stat(settings->state, &st) == 0) {
		uid = st.st_uid;
		gid = st.st_gid;
	} else if (sv_privileges_user(settings->user, &uid, &gid) == 0) {
		if (mkdir(settings->state, 0700) == 0 && lchown(settings->state, uid, gid) != 0) {
			(void)snprintf(why, why_size, "cannot give %s to the account %s: %s", settings->state, settings->user, strerror(errno));
			return SV_EACCES;
		}
	}
	if (uid == 0)
		return 0;
	if (sv_privileges_drop(uid, gid) != 0) {
		(void)snprintf(why, why_size, "cannot become the owner of %s (uid %u)", settings->state, (unsigned)uid);
		return SV_EACCES;
	}
	return 0;
}

static bool
is_service(const struct sv_app_command *command)
{
	return command->run == sv_up_command || command->run == engine_command || command->run == manager_command || command->run == gateway_command ||
	    command->run == sv_demo_command;
}

static int
run_command(struct sv_app_call *call, const struct parsed *parsed, char *const *environment)
{
	char why[1024] = "";
	const struct sv_app_command *command = parsed->command;
	bool role = parsed->settings_fd >= 0;

	int rc = load_settings(call->settings, parsed, environment, why, sizeof why);
	if (rc != 0)
		return sv_app_fail(2, "%s", why);
	if (parsed->only_check)
		return 0;
	enum sv_log_level level = log_level(call->settings->log_level);
	/* a command answers people by what it prints; what it lived with on the way is for those who ask */
	sv_log_setup(command->words, is_service(command) || level == SV_LOG_DEBUG ? level : SV_LOG_ERROR);
	if (command->touches_state && !role) {
		sv_run_folder_find(call->settings);
		if (drop_to_owner(call->settings, why, sizeof why) != 0)
			return sv_app_fail(1, "%s", why);
		/* the record may be readable only now */
		sv_run_folder_find(call->settings);
	}
	if (role)
		sv_privileges_raise_files();
	return command->run(call);
}

int
sv_app_main(int argc, char **argv, char *const *environment)
{
	static struct parsed parsed = {.settings_fd = -1};
	char program[PATH_MAX] = "";
	struct sv_settings settings;
	struct sv_app_call call = {.settings = &settings, .program = program, .listen_fd = -1, .tls_fd = -1};

	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
	program[n < 0 ? 0 : n] = '\0';
	(void)umask(077);
	int result = parse_arguments(&call, &parsed, argc, argv);
	if (result != 0)
		goto out;
	if (parsed.command == NULL && (call.help || parsed.count == 0)) {
		print_help();
		result = call.help ? 0 : 2;
		goto out;
	}
	if (parsed.command == NULL) {
		result = sv_app_fail(2, "there is no command %s; `streamvault --help` lists them", parsed.words[0]);
		goto out;
	}
	if (call.help) {
		print_command_help(parsed.command);
		goto out;
	}
	call.words = parsed.words;
	call.count = parsed.count;
	sv_settings_init(&settings);
	result = run_command(&call, &parsed, environment);
	sv_settings_fini(&settings);
out:
	for (int i = 0; i < parsed.option_count; i++)
		free(parsed.options[i]);
	parsed.option_count = 0;
	return result;
}
