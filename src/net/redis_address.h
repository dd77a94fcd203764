/* SPDX-License-Identifier: Apache-2.0
 * Where a Redis is: "unix:PATH" or "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]". */
#ifndef SV_REDIS_ADDRESS_H
#define SV_REDIS_ADDRESS_H

#include <stdint.h>

struct sv_redis_address {
	char unix_path[108];             /* empty: TCP */
	char host[256];                  /* IPv6 without brackets */
	char port[6];
	char user[128], password[256];   /* decoded; empty: none */
	unsigned database;
};

/* 0 or SV_EINVAL.  Pure. */
int sv_redis_address_parse(const char *text, struct sv_redis_address *ret_address);

#endif
