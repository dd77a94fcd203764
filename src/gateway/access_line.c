/* SPDX-License-Identifier: Apache-2.0
 * See access_line.h. */
#include "access_line.h"

#include <string.h>

#include "errors.h"
#include "json_text.h"
#include "metrics.h"
#include "text.h"

/* The longest that nginx writes with our format is well below. */
#define LINE_MAX_BYTES 4096
#define BYTES_MAX (UINT64_C(1) << 60)

static struct sv_text
member(const struct json_t *object, const char *name)
{
	struct sv_text text = {"", 0};

	(void)sv_json_get_text(object, name, &text);
	return text;
}

/* "12.345" of nginx: whole seconds, a point, three digits.  Not strtod, which depends on the locale and takes more than it should. */
static int
parse_seconds(struct sv_text text, double *ret_seconds)
{
	uint64_t whole = 0, part = 0;
	struct sv_text head = sv_text_split(&text, '.');

	if (sv_text_to_u64(head, &whole) != 0 || whole > 1000000000)
		return SV_EPROTO;
	if (text.length != 0 && (text.length != 3 || sv_text_to_u64(text, &part) != 0))
		return SV_EPROTO;
	*ret_seconds = (double)whole + (double)part / 1000;
	return 0;
}

static enum sv_access_cache
parse_cache(struct sv_text text)
{
	if (text.length == 0)
		return SV_ACCESS_NO_CACHE;
	return sv_text_is(text, "HIT") ? SV_ACCESS_HIT : sv_text_is(text, "MISS") ? SV_ACCESS_MISS :
	    sv_text_is(text, "EXPIRED") ? SV_ACCESS_EXPIRED : SV_ACCESS_OTHER;
}

static enum sv_access_denied
parse_denied(const struct json_t *object)
{
	struct sv_text reason = member(object, "reason");

	if (sv_text_is(reason, "link_invalid"))
		return SV_ACCESS_LINK_INVALID;
	if (sv_text_is(reason, "link_expired"))
		return SV_ACCESS_LINK_EXPIRED;
	if (sv_text_is(member(object, "conn"), "REJECTED"))
		return SV_ACCESS_CONNECTIONS;
	return sv_text_is(member(object, "req"), "REJECTED") ? SV_ACCESS_REQUESTS : SV_ACCESS_ALLOWED;
}

static int
read_object(const struct json_t *object, struct sv_access_line *line)
{
	struct sv_text tier = member(object, "tier");
	uint64_t status = 0, bytes = 0, length = 0;

	if (sv_text_to_u64(member(object, "status"), &status) != 0 || sv_text_to_u64(member(object, "bytes"), &bytes) != 0 ||
	    sv_text_to_u64(member(object, "length"), &length) != 0 || bytes > BYTES_MAX)
		return SV_EPROTO;
	if (parse_seconds(member(object, "time"), &line->seconds) != 0)
		return SV_EPROTO;
	line->status = status >= 100 && status <= 599 ? (unsigned)status : 0;
	line->bytes = bytes;
	line->tier = sv_text_is(tier, "guest") ? SV_ACCESS_GUEST : sv_text_is(tier, "member") ? SV_ACCESS_MEMBER : SV_ACCESS_NONE;
	line->cache = parse_cache(member(object, "cache"));
	line->denied = parse_denied(object);
	/* A slice range also stands in main lines of HEAD and of viewers who left; only subrequests have no length of their own. */
	line->slice = length == 0 && member(object, "slice").length != 0;
	return 0;
}

int
sv_access_line_parse(const uint8_t *data, size_t length, struct sv_access_line *ret_line)
{
	const uint8_t *start = length > LINE_MAX_BYTES || length == 0 ? NULL : memchr(data, '{', length);
	struct sv_access_line line = {0};

	/* "<190>Nov 22 14:00:00 sv: {...}": the head ends where the object begins. */
	if (start == NULL || data[0] != '<')
		return SV_EPROTO;
	struct json_t *object = NULL;
	int rc = sv_json_parse((struct sv_text){(const char *)start, length - (size_t)(start - data)}, LINE_MAX_BYTES, &object) == 0 ?
	    read_object(object, &line) : SV_EPROTO;

	sv_json_free(object);
	if (rc == 0)
		*ret_line = line;
	return rc;
}

void
sv_access_line_count(const struct sv_access_line *line)
{
	if (line->cache != SV_ACCESS_NO_CACHE)
		sv_metric_add(SV_METRIC_gateway_slices, line->cache, 1);
	if (line->slice)
		return;
	if (line->status != 0)
		sv_metric_add(SV_METRIC_gateway_requests, line->status / 100 - 1, 1);
	sv_metric_add(SV_METRIC_gateway_bytes, line->tier, (int64_t)line->bytes);
	sv_metric_observe(SV_METRIC_gateway_duration, line->seconds);
	if (line->denied != SV_ACCESS_ALLOWED)
		sv_metric_add(SV_METRIC_gateway_denied, line->denied, 1);
}
