/* SPDX-License-Identifier: Apache-2.0
 * What the gateway finds out before it can start: cores and descriptors, nginx's version, our module, certificates that can be read. */
#ifndef SV_GATEWAY_SITE_H
#define SV_GATEWAY_SITE_H

#include <stddef.h>

#include "gateway_config.h"
#include "paths.h"

/* Cores, descriptors, who we are. */
void sv_gateway_site_machine(struct sv_gateway_site *site);

/* Our module: SV_NGINX_MODULE, or beside the program, or in the installed library folder.  0, or SV_ECONFIG with a line. */
int sv_gateway_site_module(const struct sv_settings *settings, char path[static SV_PATH_MAX], char *why, size_t why_size);

/* SV_TLS_LISTEN, SV_TLS_CERT and SV_TLS_KEY come together, and both files can be read.  0, or SV_E* with a line. */
int sv_gateway_site_tls(const struct sv_settings *settings, char *why, size_t why_size);

#endif
