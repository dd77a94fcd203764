/* SPDX-License-Identifier: Apache-2.0
 * Look-ups in the error table. */
#include "errors.h"

#include <errno.h>
#include <stddef.h>

static const struct sv_error_row rows[] = {
#define SV_ERROR(name, value, text, http_status, retry) {value, #name, text, http_status, retry},
#include "errors.def"
#undef SV_ERROR
};

static const struct sv_error_row *
find(int code)
{
	static const struct sv_error_row ok = {0, "SV_OK", "done", 200, false};
	static const struct sv_error_row unknown = {1, "SV_EUNKNOWN", "an error without a name", 500, false};

	if (code == 0)
		return &ok;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == code)
			return &rows[i];
	return &unknown;
}

const char *
sv_error_name(int code)
{
	return find(code)->name;
}

const char *
sv_error_text(int code)
{
	return find(code)->text;
}

int
sv_error_http_status(int code)
{
	return find(code)->http_status;
}

bool
sv_error_retry(int code)
{
	return find(code)->retry;
}

int
sv_error_from_errno(int error)
{
	switch (error) {
	case 0: return 0;
	case ENOENT: case ENOTDIR: return SV_ENOENT;
	case EEXIST: return SV_EEXIST;
	case EACCES: case EPERM: case EROFS: return SV_EACCES;
	case ENOSPC: case EDQUOT: case EFBIG: return SV_ENOSPC;
	case ENOMEM: case EMFILE: case ENFILE: return SV_ENOMEM;
	case ETIMEDOUT: return SV_ETIMEOUT;
	case ECANCELED: return SV_ECANCELED;
	case EPIPE: case ECONNRESET: return SV_ECLOSED;
	case ECONNREFUSED: case EHOSTUNREACH: case ENETUNREACH: return SV_EUNAVAIL;
	case EBUSY: case EADDRINUSE: return SV_EBUSY;
	case EINVAL: return SV_EINVAL;
	default: return SV_EIO;
	}
}

const struct sv_error_row *
sv_error_rows(int *ret_count)
{
	*ret_count = (int)(sizeof rows / sizeof rows[0]);
	return rows;
}
