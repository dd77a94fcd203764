/* SPDX-License-Identifier: Apache-2.0
 * The private prefix of nginx, SV_PATH_NGINX: conf/ (configuration, link secrets), pages/ (error pages), tmp/ and logs/; and the folder of
 * the slice cache.  Folders are 0700, files 0600 and replaced whole, so that a reader never sees half of one.  Blocking. */
#ifndef SV_GATEWAY_FILES_H
#define SV_GATEWAY_FILES_H

#include <stddef.h>

#include "settings.h"

/* Make the folders, write pages and secrets.  0, or SV_E* with one line in `why` that names the setting and the folder. */
int sv_gateway_files_prepare(const struct sv_settings *settings, char *why, size_t why_size);

/* Write conf/NAME below the prefix. */
int sv_gateway_files_write(const struct sv_settings *settings, const char *name, const void *data, size_t length, char *why, size_t why_size);
/* conf/FROM takes the place of conf/TO. */
int sv_gateway_files_rename(const struct sv_settings *settings, const char *from, const char *to, char *why, size_t why_size);

#endif
