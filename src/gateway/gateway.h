/* SPDX-License-Identifier: Apache-2.0
 * The gateway role: renders nginx's configuration, runs nginx as its child, counts its access log, removes slices from its cache.
 *
 * On the unix socket SV_PATH_GATEWAY_SOCKET it answers
 *   GET /healthz                              "ok" while nginx runs
 *   GET /metrics                              Prometheus text
 *   POST /purge/FILE/VERSION?size=BYTES       {"slices": N}: that many slices were removed
 * SIGHUP reads certificates again, SIGTERM and SIGINT let answers in progress end (SV_DRAIN_TIME) and leave nothing behind. */
#ifndef SV_GATEWAY_H
#define SV_GATEWAY_H

#include <stddef.h>

#include "settings.h"

struct sv_gateway_options {
	int listen_fd;                   /* listening sockets of SV_LISTEN and SV_TLS_LISTEN made by the caller */
	int tls_fd;                      /*   (sv_gateway_listen_open); -1: bound here */
};

/* Runs until told to stop.  0 after an orderly stop; otherwise SV_E* with one line in `why` for the operator: a setting that cannot be used, an
 * address in use, rights that are missing, or nginx ended by itself. */
int sv_gateway_run(const struct sv_settings *settings, const struct sv_gateway_options *options, char *why, size_t why_size);

#endif
