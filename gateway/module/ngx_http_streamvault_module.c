/* SPDX-License-Identifier: Apache-2.0
 * The module's frame: directives, variables, and where its parts hook into nginx.  The parts are in module_*.c. */
#include "streamvault_module.h"

static ngx_http_output_header_filter_pt next_header_filter;
static ngx_http_output_body_filter_pt next_body_filter;

/* A main upstream that broke off is not a viewer who left. */
static bool
upstream_broke_off(const ngx_http_request_t *r)
{
	const ngx_http_upstream_t *upstream = r->upstream;

	return upstream != NULL && upstream->buffering && upstream->pipe != NULL
	       && (upstream->pipe->upstream_error || (upstream->pipe->upstream_eof && upstream->pipe->length > 0));
}

/* The client has its last byte, although nginx may still be filling the cache with the rest of a slice. */
static bool
has_whole_answer(const ngx_http_request_t *r)
{
	off_t length = r->headers_out.content_length_n;

	return r->request_complete || (r->header_sent && length >= 0 && r->connection->sent - (off_t)r->header_size >= length);
}

static void
report_leaving(struct sv_request *request, const ngx_http_request_t *r)
{
	if (!has_whole_answer(request->main) && !upstream_broke_off(r) && !sv_module_guard_has_cut(request->main))
		sv_module_gone_send(request);
}

static void
request_done(void *data)
{
	struct sv_request *request = data;

	sv_module_limit_release(request);
	sv_module_slice_release(request);
	report_leaving(request, request->main);
}

struct sv_request *
sv_request_find(ngx_http_request_t *r)
{
	struct sv_request *request = ngx_http_get_module_ctx(r->main, ngx_http_streamvault_module);

	if (request != NULL)
		return request;
	for (ngx_pool_cleanup_t *cleanup = r->main->pool->cleanup; cleanup != NULL; cleanup = cleanup->next) {
		if (cleanup->handler == request_done) {
			ngx_http_set_ctx(r->main, cleanup->data, ngx_http_streamvault_module);
			return cleanup->data;
		}
	}
	return NULL;
}

struct sv_request *
sv_request_get(ngx_http_request_t *r)
{
	struct sv_request *request = sv_request_find(r);
	ngx_pool_cleanup_t *cleanup = NULL;

	if (request != NULL)
		return request;
	cleanup = ngx_pool_cleanup_add(r->main->pool, sizeof(*request));
	if (cleanup == NULL)
		return NULL;
	request = cleanup->data;
	ngx_memzero(request, sizeof(*request));
	request->main = r->main;
	cleanup->handler = request_done;
	ngx_http_set_ctx(r->main, request, ngx_http_streamvault_module);
	return request;
}

/* With sv_hide_server the upstream's Server goes, and the empty entry keeps nginx from writing its own. */
static ngx_int_t
header_filter(ngx_http_request_t *r)
{
	static ngx_table_elt_t nothing;
	const struct sv_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_streamvault_module);
	struct sv_request *request = r != r->main && r->parent == r->main ? sv_request_find(r) : NULL;

	if (request != NULL && sv_module_slice_begin(request, r) != NGX_OK)
		return NGX_ERROR;
	if (conf->hide_server) {
		if (r->headers_out.server != NULL)
			r->headers_out.server->hash = 0;
		else
			r->headers_out.server = &nothing;
	}
	return next_header_filter(r);
}

static ngx_int_t
body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
	struct sv_request *request = NULL;
	ngx_int_t rc = NGX_OK;

	if (sv_module_limit_install(r) != NGX_OK)
		return NGX_ERROR;
	rc = next_body_filter(r, in);
	request = sv_request_find(r);
	if (request == NULL)
		return rc;
	sv_module_slice_press_back(r);
	/* The slice in progress still fills the cache; the engine need not wait for its end to learn that nobody watches. */
	if (r->connection->error)
		report_leaving(request, r);
	return rc;
}

static void
set_value(ngx_http_variable_value_t *value, const void *data, size_t length)
{
	value->valid = 1;
	value->no_cacheable = 1;
	value->not_found = 0;
	value->len = (unsigned)length & 0xfffffff;
	value->data = (u_char *)(uintptr_t)data;
}

static ngx_int_t
get_client(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	struct sv_module_client client;
	u_char *text = NULL;

	sv_module_client_of(r, &client);
	text = ngx_pnalloc(r->pool, SV_CLIENT_TEXT_MAX);
	if (text == NULL)
		return NGX_ERROR;
	ngx_memcpy(text, client.text, client.text_length);
	set_value(value, text, client.text_length);
	return NGX_OK;
}

/* The request with its link's state known; variables may be asked before the access phase (limit_conn, limit_req). */
static struct sv_request *
checked_request(ngx_http_request_t *r)
{
	const struct sv_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_streamvault_module);
	struct sv_request *request = sv_request_find(r);

	if (r == r->main && conf->link && (request == NULL || request->link_state == SV_LINK_UNCHECKED)) {
		request = sv_request_get(r);
		if (request != NULL)
			(void)sv_module_link_check(r, request);
	}
	return request;
}

/* `data` is the offset of a sv_link_field in sv_link_args. */
static ngx_int_t
get_link_field(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	const struct sv_request *request = checked_request(r);
	const struct sv_link_field *field = NULL;

	set_value(value, "", 0);
	if (request == NULL || request->link_state != SV_LINK_GOOD)
		return NGX_OK;
	field = (const struct sv_link_field *)(const void *)((const char *)&request->link + data);
	set_value(value, field->data, field->length);
	return NGX_OK;
}

static ngx_int_t
get_file(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	const struct sv_request *request = checked_request(r);

	set_value(value, "", 0);
	if (request != NULL && request->link_state == SV_LINK_GOOD)
		set_value(value, request->file.data, request->file.len);
	return NGX_OK;
}

static ngx_int_t
get_reason(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	const struct sv_request *request = checked_request(r);

	set_value(value, "", 0);
	if (request != NULL && request->link_state == SV_LINK_INVALID)
		set_value(value, "link_invalid", sizeof("link_invalid") - 1);
	else if (request != NULL && request->link_state == SV_LINK_EXPIRED)
		set_value(value, "link_expired", sizeof("link_expired") - 1);
	return NGX_OK;
}

static ngx_http_variable_t variables[] = {
	{ngx_string("sv_client"), NULL, get_client, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
	{ngx_string("sv_tier"), NULL, get_link_field, offsetof(struct sv_link_args, tier), NGX_HTTP_VAR_NOCACHEABLE, 0},
	{ngx_string("sv_play"), NULL, get_link_field, offsetof(struct sv_link_args, play), NGX_HTTP_VAR_NOCACHEABLE, 0},
	{ngx_string("sv_v"), NULL, get_link_field, offsetof(struct sv_link_args, v), NGX_HTTP_VAR_NOCACHEABLE, 0},
	{ngx_string("sv_file"), NULL, get_file, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
	{ngx_string("sv_reason"), NULL, get_reason, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
};

static ngx_int_t
add_variables(ngx_conf_t *cf)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		ngx_http_variable_t *variable = ngx_http_add_variable(cf, &variables[i].name, variables[i].flags);

		if (variable == NULL)
			return NGX_ERROR;
		variable->get_handler = variables[i].get_handler;
		variable->data = variables[i].data;
	}
	return NGX_OK;
}

static ngx_int_t
hook_in(ngx_conf_t *cf)
{
	ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
	ngx_http_handler_pt *handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);

	if (handler == NULL)
		return NGX_ERROR;
	*handler = sv_module_link_access;
	next_header_filter = ngx_http_top_header_filter;
	ngx_http_top_header_filter = header_filter;
	next_body_filter = ngx_http_top_body_filter;
	ngx_http_top_body_filter = body_filter;
	return NGX_OK;
}

static void *
create_main_conf(ngx_conf_t *cf)
{
	return ngx_pcalloc(cf->pool, sizeof(struct sv_main_conf));
}

static void *
create_location_conf(ngx_conf_t *cf)
{
	struct sv_location_conf *conf = ngx_pcalloc(cf->pool, sizeof(*conf));

	if (conf == NULL)
		return NULL;
	conf->link = NGX_CONF_UNSET;
	conf->gone = NGX_CONF_UNSET;
	conf->hide_server = NGX_CONF_UNSET;
	conf->limit = NGX_CONF_UNSET_PTR;
	return conf;
}

static char *
merge_location_conf(ngx_conf_t *cf, void *parent, void *child)
{
	const struct sv_location_conf *outer = parent;
	struct sv_location_conf *conf = child;
	const struct sv_main_conf *main_conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_streamvault_module);

	ngx_conf_merge_value(conf->link, outer->link, 0);
	ngx_conf_merge_value(conf->gone, outer->gone, 0);
	ngx_conf_merge_value(conf->hide_server, outer->hide_server, 0);
	ngx_conf_merge_ptr_value(conf->limit, outer->limit, NULL);
	if (conf->link && main_conf->secrets[0].len == 0) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_link needs sv_link_secret_file");
		return NGX_CONF_ERROR;
	}
	return NGX_CONF_OK;
}

#define ANYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

static ngx_command_t commands[] = {
	{ngx_string("sv_link_secret_file"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, sv_module_link_secret_file, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
	{ngx_string("sv_limit_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, sv_module_limit_zone, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
	{ngx_string("sv_gone_socket"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, sv_module_gone_socket, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
	{ngx_string("sv_client_unknown"), NGX_HTTP_MAIN_CONF | NGX_CONF_1MORE, sv_module_client_unknown, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
	{ngx_string("sv_link"), ANYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
	 offsetof(struct sv_location_conf, link), NULL},
	{ngx_string("sv_gone"), ANYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
	 offsetof(struct sv_location_conf, gone), NULL},
	{ngx_string("sv_hide_server"), ANYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
	 offsetof(struct sv_location_conf, hide_server), NULL},
	{ngx_string("sv_limit"), ANYWHERE | NGX_CONF_TAKE12, sv_module_limit_directive, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
	ngx_null_command
};

static ngx_http_module_t context = {
	.preconfiguration = add_variables,
	.postconfiguration = hook_in,
	.create_main_conf = create_main_conf,
	.create_loc_conf = create_location_conf,
	.merge_loc_conf = merge_location_conf,
};

ngx_module_t ngx_http_streamvault_module = {
	NGX_MODULE_V1, &context, commands, NGX_HTTP_MODULE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NGX_MODULE_V1_PADDING
};
