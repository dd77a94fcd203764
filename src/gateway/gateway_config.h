/* SPDX-License-Identifier: Apache-2.0
 * nginx's configuration from our settings.  The templates are gateway/nginx.conf.t and gateway/film.conf.t; docs/gateway.md says why
 * each rule is there.  No file is read or written here; any thread. */
#ifndef SV_GATEWAY_CONFIG_H
#define SV_GATEWAY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "settings.h"

#define SV_GATEWAY_ADDRESS_SIZE 64
/* The version of nginx as a number, 1022001 for 1.22.1. */
#define SV_GATEWAY_NGINX(major, minor, patch) ((major) * 1000000U + (minor) * 1000U + (patch))

/* What the settings do not say. */
struct sv_gateway_site {
	char listen[SV_GATEWAY_ADDRESS_SIZE];     /* "127.0.0.1:8080", "[::]:80": the address really bound, in nginx's words */
	char tls_listen[SV_GATEWAY_ADDRESS_SIZE]; /* "": no TLS */
	unsigned tls_port;
	const char *module;                       /* full path of our nginx module */
	unsigned nginx_version;                   /* SV_GATEWAY_NGINX */
	unsigned workers;                         /* one per core */
	uint64_t files_max;                       /* hard limit of descriptors of a process */
	bool root;                                /* nginx is started as root and its workers stay root (containers, tests) */
};

/* The whole nginx.conf for the prefix SV_PATH_NGINX; needs the files `link-secret` in its folder conf and sv_gateway_pages in its folder pages.
 * 0, or SV_ECONFIG with one line in `why` that names the setting. */
int sv_gateway_config_render(const struct sv_settings *settings, const struct sv_gateway_site *site, struct sv_buffer *out, char *why,
    size_t why_size);

/* Megabytes of shared memory for the keys of the slice cache: about 8,000 keys fit into one. */
unsigned sv_gateway_config_keys_mb(uint64_t cache_size, uint64_t slice_size);

#endif
