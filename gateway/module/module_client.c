/* SPDX-License-Identifier: Apache-2.0
 * The client's name, made from the connection's address: "4:1.2.3.4", or "6:" and the 16 hex digits of the /64.
 * A mapped IPv6 address counts as IPv4; a peer on a unix socket, or one inside `sv_client_unknown`, has no name. */
#include "streamvault_module.h"

static void
name_ipv4(const u_char *bytes, struct sv_module_client *client)
{
	client->key[0] = 4;
	ngx_memcpy(client->key + 1, bytes, 4);
	client->text_length = (size_t)(ngx_snprintf(client->text, SV_CLIENT_TEXT_MAX, "4:%ud.%ud.%ud.%ud", bytes[0], bytes[1], bytes[2], bytes[3])
	                               - client->text);
}

static void
name_ipv6(const u_char *bytes, struct sv_module_client *client)
{
	client->key[0] = 6;
	ngx_memcpy(client->key + 1, bytes, 8);
	client->text[0] = '6';
	client->text[1] = ':';
	client->text_length = (size_t)(ngx_hex_dump(client->text + 2, client->key + 1, 8) - client->text);
}

void
sv_module_client_of(ngx_http_request_t *r, struct sv_module_client *ret_client)
{
	const struct sv_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_streamvault_module);
	struct sockaddr *address = r->connection->sockaddr;

	ngx_memzero(ret_client, sizeof(*ret_client));
	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return;
	if (conf->unknown != NULL && ngx_cidr_match(address, conf->unknown) == NGX_OK)
		return;
	if (address->sa_family == AF_INET) {
		name_ipv4((const u_char *)&((struct sockaddr_in *)(void *)address)->sin_addr, ret_client);
	} else {
		const struct in6_addr *in6 = &((struct sockaddr_in6 *)(void *)address)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(in6))
			name_ipv4(in6->s6_addr + 12, ret_client);
		else
			name_ipv6(in6->s6_addr, ret_client);
	}
}

char *
sv_module_client_unknown(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	struct sv_main_conf *main_conf = conf;
	ngx_str_t *words = cf->args->elts;

	if (main_conf->unknown == NULL)
		main_conf->unknown = ngx_array_create(cf->pool, 4, sizeof(ngx_cidr_t));
	if (main_conf->unknown == NULL)
		return NGX_CONF_ERROR;
	for (ngx_uint_t i = 1; i < cf->args->nelts; i++) {
		ngx_cidr_t *cidr = ngx_array_push(main_conf->unknown);
		ngx_int_t rc = NGX_ERROR;

		if (cidr == NULL)
			return NGX_CONF_ERROR;
		rc = ngx_ptocidr(&words[i], cidr);
		if (rc == NGX_ERROR) {
			ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_client_unknown: \"%V\" is not an address range", &words[i]);
			return NGX_CONF_ERROR;
		}
		if (rc == NGX_DONE)
			ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "sv_client_unknown: low address bits of \"%V\" are ignored", &words[i]);
	}
	return NGX_CONF_OK;
}
