/* SPDX-License-Identifier: Apache-2.0
 * Reading a Redis address. */
#include "redis_address.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "text.h"
#include "url.h"

static int
copy(struct sv_text text, char *out, size_t cap)
{
	if (text.length == 0 || text.length >= cap)
		return SV_EINVAL;
	memcpy(out, text.data, text.length);
	out[text.length] = '\0';
	return 0;
}

static int
parse_login(struct sv_text login, struct sv_redis_address *address)
{
	struct sv_text password = login;
	struct sv_text user = sv_text_split(&password, ':');

	if (password.data == NULL || password.length == 0 || sv_url_decode(password, 0, address->password, sizeof address->password) < 0 ||
	    sv_url_decode(user, 0, address->user, sizeof address->user) < 0)
		return SV_EINVAL;
	return 0;
}

static int
parse_host(struct sv_text host, struct sv_redis_address *address)
{
	struct sv_text name = host, port = {NULL, 0};
	uint64_t number = 6379;

	if (host.length > 0 && host.data[0] == '[') {
		const char *end = memchr(host.data, ']', host.length);
		if (end == NULL)
			return SV_EINVAL;
		name = (struct sv_text){host.data + 1, (size_t)(end - host.data) - 1};
		port = (struct sv_text){end + 1, (size_t)(host.data + host.length - end) - 1};
		if (port.length > 0 && port.data[0] != ':')
			return SV_EINVAL;
		if (port.length > 0)
			port = (struct sv_text){port.data + 1, port.length - 1};
		else
			port.data = NULL;
	} else {
		port = host;
		name = sv_text_split(&port, ':');
	}
	if (port.data != NULL && (sv_text_to_u64(port, &number) != 0 || number == 0 || number > 65535))
		return SV_EINVAL;
	(void)snprintf(address->port, sizeof address->port, "%u", (unsigned)number & 0xffff);
	return copy(name, address->host, sizeof address->host);
}

int
sv_redis_address_parse(const char *text, struct sv_redis_address *ret_address)
{
	struct sv_redis_address address = {0};
	struct sv_text rest = sv_text_of(text);
	uint64_t database = 0;
	int rc = 0;

	if (sv_text_starts(rest, "unix:")) {
		rc = copy((struct sv_text){text + 5, rest.length - 5}, address.unix_path, sizeof address.unix_path);
	} else if (sv_text_starts(rest, "redis://")) {
		struct sv_text path = {text + 8, rest.length - 8};
		struct sv_text host = sv_text_split(&path, '/');
		struct sv_text login = {NULL, 0};
		const char *at = memrchr(host.data, '@', host.length);
		if (at != NULL) {
			login = (struct sv_text){host.data, (size_t)(at - host.data)};
			host = (struct sv_text){at + 1, host.length - login.length - 1};
			rc = parse_login(login, &address);
		}
		if (rc == 0)
			rc = parse_host(host, &address);
		if (rc == 0 && path.length > 0 && (sv_text_to_u64(path, &database) != 0 || database > 65535))
			rc = SV_EINVAL;
		address.database = (unsigned)database;
	} else {
		rc = SV_EINVAL;
	}
	if (rc == 0)
		*ret_address = address;
	return rc;
}
