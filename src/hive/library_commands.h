/* SPDX-License-Identifier: Apache-2.0
 * The bodies of `streamvault library add PATH...` and `streamvault library list`.  Blocking; SIGINT and SIGTERM end `add` between two
 * steps with everything done so far kept. */
#ifndef SV_LIBRARY_COMMANDS_H
#define SV_LIBRARY_COMMANDS_H

#include <stdbool.h>

#include "settings.h"

/* `arguments`: what stands behind "library add" or "library list", without --json (count of them).  settings->run_folder must be the one in use
 * when a gateway runs.  Write to standard output (results) and standard error (bar, errors).
 * Return the exit status: 0; 1 when the work failed or a file could not be taken for a reason that is not its content; 2 for a wrong command line. */
int sv_library_add_command(const struct sv_settings *settings, int count, char *const *arguments, bool json);
int sv_library_list_command(const struct sv_settings *settings, int count, char *const *arguments, bool json);

#endif
