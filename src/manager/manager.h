/* SPDX-License-Identifier: Apache-2.0
 * The manager role: pages, JSON API, guest sessions and links, over one private unix socket behind nginx. */
#ifndef SV_MANAGER_H
#define SV_MANAGER_H

#include "settings.h"

/* Serve until SIGTERM or SIGINT, then drain.  0, or SV_E* after one line on standard error that says why. */
int sv_manager_run(const struct sv_settings *settings);

#endif
