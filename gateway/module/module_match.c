/* SPDX-License-Identifier: Apache-2.0
 * If-Match and If-Unmodified-Since, judged before nginx does.  nginx answers 412 by a redirect in the middle of its own filters, which
 * loses the slice that is being stored ("stalled cache updating") and drops the connection without a word.  Returned as a status
 * from here, as the range filter does with 416, it ends the upstream properly and leaves the connection as it is. */
#include "streamvault_module.h"

/* RFC 9110, 13.1.1: `*`, or a list of tags, compared strongly. */
static bool
is_listed(const ngx_str_t *list, const ngx_str_t *tag)
{
	const u_char *text = list->data, *end = list->data + list->len;

	if (list->len == 1 && *text == '*')
		return true;
	/* A weak tag equals nothing strongly. */
	if (tag->len == 0 || tag->data[0] != '"')
		return false;
	while (text < end) {
		size_t length = 0;

		while (text < end && (*text == ' ' || *text == '\t' || *text == ','))
			text++;
		if (text == end)
			break;
		if (*text == 'W' && text + 1 < end && text[1] == '/')
			length = 2;
		if (text + length == end || text[length] != '"')
			return false;
		length++;
		while (text + length < end && text[length] != '"')
			length++;
		if (text + length == end)
			return false;
		length++;
		if (length == tag->len && ngx_memcmp(text, tag->data, length) == 0)
			return true;
		text += length;
	}
	return false;
}

static bool
holds(const ngx_http_request_t *r)
{
	static const ngx_str_t none = ngx_null_string;
	const ngx_table_elt_t *since = r->headers_in.if_unmodified_since;
	time_t wanted = 0;

	if (r->headers_in.if_match != NULL)
		return is_listed(&r->headers_in.if_match->value, r->headers_out.etag == NULL ? &none : &r->headers_out.etag->value);
	if (since == NULL)
		return true;
	wanted = ngx_parse_http_time(since->value.data, since->value.len);
	/* RFC 9110, 13.1.4: passed over when it is no date. */
	if (wanted == NGX_ERROR)
		return true;
	return r->headers_out.last_modified_time != -1 && r->headers_out.last_modified_time <= wanted;
}

ngx_int_t
sv_module_match_check(ngx_http_request_t *r)
{
	if (r->headers_out.status != NGX_HTTP_OK && r->headers_out.status != NGX_HTTP_PARTIAL_CONTENT)
		return NGX_OK;
	if (!holds(r)) {
		ngx_http_clean_header(r);
		return NGX_HTTP_PRECONDITION_FAILED;
	}
	/* Judged: nginx need not do it again, and would by other rules. */
	r->headers_in.if_match = NULL;
	r->headers_in.if_unmodified_since = NULL;
	return NGX_OK;
}
