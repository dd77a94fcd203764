/* SPDX-License-Identifier: Apache-2.0
 * The role `engine`: films by HTTP on the sockets of sv_path_engine_socket, one event loop each. */
#ifndef SV_ENGINE_H
#define SV_ENGINE_H

#include "settings.h"

/* Serve until SIGTERM or SIGINT, then finish what is being sent within SV_DRAIN_TIME.  Runs loops on threads of its own; call from the main
 * thread, once.  0, or SV_E* when it could not start (a log line says why). */
int sv_engine_run(const struct sv_settings *settings);

#endif
