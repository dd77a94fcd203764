/* SPDX-License-Identifier: Apache-2.0
 * The slice guard.  nginx's slice filter takes a later slice that ends short for a complete one and goes on with the next: the
 * client gets spliced bytes.  This filter stands in front of it, compares each slice's bytes with its Content-Range, and cuts
 * the connection instead.  What was delivered by then is right, and the client resumes by Range.
 * A slice is found short when nginx reports the upstream's failure, at the latest when the next slice or the end follows. */
#include "streamvault_module.h"

struct guard_conf {
	ngx_flag_t guard;
};

/* The slice that is passing; slices of one response are strictly serial, so one of these serves the main request. */
struct slice_guard {
	ngx_http_request_t *slice; /* main request or subrequest that brings it; compared, never followed */
	off_t first;               /* its place in the file */
	off_t expected;
	off_t seen;
	off_t total;               /* of the whole file; 0: no slice was seen yet */
	off_t client_end;          /* the client's range ends before this byte of the file; set by the first slice */
	bool armed;
	bool cut;
};

static ngx_http_output_header_filter_pt next_header_filter;
static ngx_http_output_body_filter_pt next_body_filter;

bool
sv_module_guard_has_cut(ngx_http_request_t *r)
{
	const struct slice_guard *guard = ngx_http_get_module_ctx(r->main, ngx_http_streamvault_guard_module);

	return guard != NULL && guard->cut;
}

static ngx_int_t
cut(ngx_http_request_t *r, struct slice_guard *guard, const char *why)
{
	if (!guard->cut)
		ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "streamvault: slice cut: %s, %O of %O bytes", why, guard->seen, guard->expected);
	guard->cut = true;
	/* Buffered pieces must not be flushed by a later finaliser, nor the connection be kept alive. */
	r->connection->error = 1;
	return NGX_ERROR;
}

/* A decimal number; moves *text past it.  Returns -1 when there is none or it is too large. */
static off_t
take_number(const u_char **text, const u_char *end)
{
	const u_char *start = *text;
	off_t value = 0;

	for (; *text < end && **text >= '0' && **text <= '9'; (*text)++) {
		if (value > (NGX_MAX_OFF_T_VALUE - 9) / 10)
			return -1;
		value = value * 10 + (**text - '0');
	}
	return *text == start ? -1 : value;
}

/* "bytes FIRST-LAST/TOTAL".  Other forms are left to the slice filter, which refuses them. */
static bool
parse_content_range(const ngx_str_t *value, off_t *ret_first, off_t *ret_length, off_t *ret_total)
{
	const u_char *text = value->data, *end = value->data + value->len;
	off_t first = -1, last = -1, total = -1;

	if (value->len < 6 || ngx_strncmp(text, "bytes ", 6) != 0)
		return false;
	text += 6;
	first = take_number(&text, end);
	if (first < 0 || text == end || *text++ != '-')
		return false;
	last = take_number(&text, end);
	if (last < first || text == end || *text++ != '/')
		return false;
	total = take_number(&text, end);
	if (total <= last || text != end)
		return false;
	*ret_first = first;
	*ret_length = last - first + 1;
	*ret_total = total;
	return true;
}

static struct slice_guard *
guard_of(ngx_http_request_t *r)
{
	struct slice_guard *guard = ngx_http_get_module_ctx(r->main, ngx_http_streamvault_guard_module);

	if (guard == NULL) {
		guard = ngx_pcalloc(r->main->pool, sizeof(*guard));
		if (guard != NULL)
			ngx_http_set_ctx(r->main, guard, ngx_http_streamvault_guard_module);
	}
	return guard;
}

/* Bytes are missing that the client waits for.  What a slice holds behind the client's range does not count. */
static bool
is_short(const struct slice_guard *guard)
{
	return guard->first + guard->seen < ngx_min(guard->first + guard->expected, guard->client_end);
}

/* A new slice begins.  Returns NGX_ERROR when the one before, or this one's header, shows a splice. */
static ngx_int_t
begin_slice(ngx_http_request_t *r, struct slice_guard *guard)
{
	off_t first = 0, length = 0, total = 0;

	if (guard->armed && is_short(guard))
		return cut(r, guard, "the former slice ended short");
	guard->armed = false;
	if (!parse_content_range(&r->headers_out.content_range->value, &first, &length, &total))
		return NGX_OK;
	guard->seen = 0;
	guard->first = first;
	guard->expected = length;
	if (guard->total != 0 && guard->total != total)
		return cut(r, guard, "the file's length changed");
	guard->total = total;
	if (r->headers_out.content_length_n != -1 && r->headers_out.content_length_n != length)
		return cut(r, guard, "Content-Length disagrees with Content-Range");
	/* Without a length nginx takes any end for the end, and would keep a short slice for good. */
	if (r->headers_out.content_length_n == -1 && r->upstream != NULL)
		r->upstream->cacheable = 0;
	guard->slice = r;
	guard->armed = true;
	return NGX_OK;
}

static ngx_int_t
guard_header_filter(ngx_http_request_t *r)
{
	const struct guard_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_streamvault_guard_module);
	struct slice_guard *guard = NULL;
	ngx_int_t rc = NGX_OK;

	if (!conf->guard)
		return next_header_filter(r);
	if (r == r->main && r->upstream != NULL)
		rc = sv_module_match_check(r);
	if (rc != NGX_OK)
		return rc;
	if (r->headers_out.status != NGX_HTTP_PARTIAL_CONTENT || r->headers_out.content_range == NULL) {
		/* An error page in place of the first slice, or an answer that is none: nothing to count. */
		guard = ngx_http_get_module_ctx(r->main, ngx_http_streamvault_guard_module);
		if (guard != NULL && r == r->main)
			guard->armed = false;
		return next_header_filter(r);
	}
	guard = guard_of(r);
	if (guard == NULL || begin_slice(r, guard) != NGX_OK)
		return NGX_ERROR;
	if (r == r->main)
		guard->client_end = guard->total;
	rc = next_header_filter(r);
	/* The slice filter has let the range filter cut the answer out of the slices. */
	if (rc == NGX_OK && r == r->main && r->subrequest_ranges && r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT)
		guard->client_end = r->headers_out.content_offset + r->headers_out.content_length_n;
	/* No body follows after HEAD, 304 and refusals; a refusal has also cleared our place in the context table. */
	if (rc != NGX_OK || r->header_only)
		guard->armed = false;
	return rc;
}

static bool
upstream_failed(const ngx_http_request_t *r)
{
	const ngx_http_upstream_t *upstream = r->upstream;

	return upstream != NULL && upstream->header_sent && upstream->buffering && upstream->pipe != NULL
	       && (upstream->pipe->upstream_error || (upstream->pipe->upstream_eof && upstream->pipe->length > 0));
}

static ngx_int_t
guard_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
	struct slice_guard *guard = ngx_http_get_module_ctx(r->main, ngx_http_streamvault_guard_module);
	bool last = false;

	if (guard == NULL || !guard->armed)
		return next_body_filter(r, in);
	if (guard->cut)
		return NGX_ERROR;
	for (ngx_chain_t *link = in; link != NULL; link = link->next) {
		if (guard->slice == r)
			guard->seen += ngx_buf_size(link->buf);
		last = last || link->buf->last_buf;
	}
	if (guard->seen > guard->expected)
		return cut(r, guard, "the slice is too long");
	if (is_short(guard)) {
		if (guard->slice == r && upstream_failed(r))
			return cut(r, guard, "the upstream failed");
		if (r == r->main && last)
			return cut(r, guard, "the last slice ended short");
	}
	return next_body_filter(r, in);
}

static ngx_int_t
guard_init(ngx_conf_t *cf)
{
	next_header_filter = ngx_http_top_header_filter;
	ngx_http_top_header_filter = guard_header_filter;
	next_body_filter = ngx_http_top_body_filter;
	ngx_http_top_body_filter = guard_body_filter;
	return NGX_OK;
}

static void *
guard_create_conf(ngx_conf_t *cf)
{
	struct guard_conf *conf = ngx_pcalloc(cf->pool, sizeof(*conf));

	if (conf != NULL)
		conf->guard = NGX_CONF_UNSET;
	return conf;
}

static char *
guard_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
	const struct guard_conf *outer = parent;
	struct guard_conf *conf = child;

	ngx_conf_merge_value(conf->guard, outer->guard, 0);
	return NGX_CONF_OK;
}

static ngx_command_t guard_commands[] = {
	{ngx_string("sv_guard"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
	 NGX_HTTP_LOC_CONF_OFFSET, offsetof(struct guard_conf, guard), NULL},
	ngx_null_command
};

static ngx_http_module_t guard_context = {
	.postconfiguration = guard_init,
	.create_loc_conf = guard_create_conf,
	.merge_loc_conf = guard_merge_conf,
};

ngx_module_t ngx_http_streamvault_guard_module = {
	NGX_MODULE_V1, &guard_context, guard_commands, NGX_HTTP_MODULE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NGX_MODULE_V1_PADDING
};
