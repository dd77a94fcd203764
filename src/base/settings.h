/* SPDX-License-Identifier: Apache-2.0
 * Settings: environment variables over an optional .env file over the defaults of schema/config.def.
 * A value that cannot be used gives one line that names the setting, the value and what would do. */
#ifndef SV_SETTINGS_H
#define SV_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "text.h"

enum sv_role_bit { SV_ROLE_MANAGER = 1, SV_ROLE_GATEWAY = 2, SV_ROLE_ENGINE = 4, SV_ROLE_HIVE = 8 };

#define SV_SETTING_C_TEXT char *
#define SV_SETTING_C_PATH char *
#define SV_SETTING_C_SECRET char *
#define SV_SETTING_C_SIZE uint64_t
#define SV_SETTING_C_SECONDS uint64_t
#define SV_SETTING_C_NUMBER uint64_t
#define SV_SETTING_C_BOOL bool

/* One member per row of config.def, by its `field`.  Text is never NULL; the settings own it. */
struct sv_settings {
#define SV_SETTING(field, name, kind, preset, min, max, roles, help) SV_SETTING_C_##kind field;
#include "config.def"
#undef SV_SETTING
};

struct sv_setting_row {
	const char *name, *kind, *preset, *help;
	unsigned roles;
};

void sv_settings_init(struct sv_settings *settings);      /* the defaults */
void sv_settings_fini(struct sv_settings *settings);      /* secrets are wiped */

/* Set one by name ("SV_LISTEN").  0, SV_ENOENT (no such name) or SV_ECONFIG; `why` (of `why_size` bytes) then holds the line. */
int sv_settings_set(struct sv_settings *settings, struct sv_text name, struct sv_text value, char *why, size_t why_size);

/* A settings file: NAME=VALUE a line, # comments, blank lines, optional `export `, value bare or in single or double quotes.  Names
 * that do not begin with SV_ are passed over, unknown SV_ names are errors.  `origin` names the file in the error ("FILE:LINE: ...").
 * At most 64 KiB.  Pure; fuzzed. */
int sv_settings_parse(struct sv_settings *settings, struct sv_text content, const char *origin, char *why, size_t why_size);

/* Defaults, then `file` when it exists (NULL: none), then the environment (SV_*; NULL: none).  0 or SV_ECONFIG. */
int sv_settings_load(struct sv_settings *settings, const char *file, char *const *environment, char *why, size_t why_size);

/* The settings that `roles` may see, in the form sv_settings_parse reads, secrets included: for the pipe to a child. */
void sv_settings_write(const struct sv_settings *settings, unsigned roles, struct sv_buffer *out);

/* The value of row `index` as text for people (secrets as "(set)" or "(empty)"). */
void sv_settings_show(const struct sv_settings *settings, int index, struct sv_buffer *out);
const struct sv_setting_row *sv_settings_rows(int *ret_count);

/* "1m", "150g", "1500000" in bytes; "90", "15m", "6h", "30d" in seconds.  0, SV_EINVAL or SV_ERANGE. */
int sv_settings_size(struct sv_text text, uint64_t *ret_bytes);
int sv_settings_seconds(struct sv_text text, uint64_t *ret_seconds);

#endif
