/* SPDX-License-Identifier: Apache-2.0
 * Tags are compared where they stand; a comma inside quotes belongs to the tag. */
#include "http_conditional.h"

#include "http_date.h"

/* The next tag of a list, with W/ and quotes; false at the end or when the list is malformed from here on. */
static bool
next_tag(struct sv_text *left, struct sv_text *ret_tag)
{
	size_t at = 0, start = 0;

	while (at < left->length && (left->data[at] == ' ' || left->data[at] == '\t' || left->data[at] == ','))
		at++;
	start = at;
	if (left->length - at >= 2 && left->data[at] == 'W' && left->data[at + 1] == '/')
		at += 2;
	if (at >= left->length || left->data[at] != '"')
		return false;
	const char *close = memchr(left->data + at + 1, '"', left->length - at - 1);
	if (close == NULL)
		return false;
	at = (size_t)(close - left->data) + 1;
	*ret_tag = (struct sv_text){left->data + start, at - start};
	left->data += at;
	left->length -= at;
	return left->length == 0 || left->data[0] == ',' || left->data[0] == ' ' || left->data[0] == '\t';
}

static bool
is_weak(struct sv_text tag)
{
	return sv_text_starts(tag, "W/");
}

static struct sv_text
opaque(struct sv_text tag)
{
	return is_weak(tag) ? (struct sv_text){tag.data + 2, tag.length - 2} : tag;
}

static bool
same(struct sv_text a, struct sv_text b, bool weak)
{
	if (a.length == 0 || b.length == 0 || (!weak && (is_weak(a) || is_weak(b))))
		return false;
	return sv_text_equal(opaque(a), opaque(b));
}

bool
sv_http_conditional_list_has(struct sv_text list, struct sv_text etag, bool weak)
{
	struct sv_text tag = {NULL, 0};

	while (next_tag(&list, &tag))
		if (same(tag, etag, weak))
			return true;
	return false;
}

/* Over all fields of that name: `*` counts, because the thing exists. */
static bool
any_matches(const struct sv_http_head *head, const char *name, struct sv_text etag, bool weak)
{
	for (size_t i = 0; i < head->field_count; i++) {
		if (!sv_text_equal_nocase(head->fields[i].name, sv_text_of(name)))
			continue;
		if (sv_text_is(head->fields[i].value, "*") || sv_http_conditional_list_has(head->fields[i].value, etag, weak))
			return true;
	}
	return false;
}

static bool
take_date(const struct sv_http_head *head, const char *name, int64_t *ret_unix_s)
{
	return sv_http_head_count(head, name) == 1 && sv_http_date_parse(sv_http_head_field(head, name), ret_unix_s) == 0;
}

static bool
range_still_good(const struct sv_http_head *head, const struct sv_http_validators *validators)
{
	struct sv_text value = sv_http_head_field(head, "If-Range"), tag = {NULL, 0}, left = value;
	int64_t date = 0;

	if (sv_http_head_count(head, "If-Range") > 1)
		return false;
	if (next_tag(&left, &tag))
		return left.length == 0 && same(tag, validators->etag, false);
	return validators->modified_unix_s >= 0 && sv_http_date_parse(value, &date) == 0 && date == validators->modified_unix_s;
}

enum sv_http_verdict
sv_http_conditional_judge(const struct sv_http_head *head, const struct sv_http_validators *validators)
{
	bool get = sv_text_is(head->method, "GET"), safe = get || sv_text_is(head->method, "HEAD");
	int64_t date = 0;

	if (sv_http_head_count(head, "If-Match") > 0) {
		if (!any_matches(head, "If-Match", validators->etag, false))
			return SV_HTTP_PRECONDITION_FAILED;
	} else if (validators->modified_unix_s >= 0 && take_date(head, "If-Unmodified-Since", &date) && validators->modified_unix_s > date) {
		return SV_HTTP_PRECONDITION_FAILED;
	}
	if (sv_http_head_count(head, "If-None-Match") > 0) {
		if (any_matches(head, "If-None-Match", validators->etag, true))
			return safe ? SV_HTTP_NOT_MODIFIED : SV_HTTP_PRECONDITION_FAILED;
	} else if (safe && validators->modified_unix_s >= 0 && take_date(head, "If-Modified-Since", &date) && validators->modified_unix_s <= date) {
		return SV_HTTP_NOT_MODIFIED;
	}
	if (sv_http_head_count(head, "Range") > 0 && sv_http_head_count(head, "If-Range") > 0 && !range_still_good(head, validators))
		return SV_HTTP_PROCEED_WHOLE;
	return SV_HTTP_PROCEED;
}
