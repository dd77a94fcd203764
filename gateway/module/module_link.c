/* SPDX-License-Identifier: Apache-2.0
 * Signed links.  md5 = base64url(MD5("expires|file|client|tier|play|v|secret")), as nginx's own secure_link computes it; here
 * two secrets are tried, in constant time, and expired is told from forged, so that a player can renew in silence. */
#include "streamvault_module.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ngx_md5.h>

#define SECRET_FILE_MAX 4096

/* Split what the file holds into its two lines.  Returns what is wrong, or NULL. */
static const char *
split_secrets(ngx_str_t *secrets, u_char *text, size_t length)
{
	for (ngx_uint_t line = 0; length > 0; line++) {
		u_char *end = ngx_strlchr(text, text + length, '\n');
		size_t taken = end == NULL ? length : (size_t)(end - text);

		if (line < 2) {
			secrets[line].data = text;
			secrets[line].len = taken;
		} else if (taken > 0) {
			return "has more than two lines";
		}
		if (end != NULL)
			taken++;
		text += taken;
		length -= taken;
	}
	return secrets[0].len == 0 ? "has no secret on its first line" : NULL;
}

/* Returns what is wrong, or NULL. */
static const char *
read_secrets(ngx_conf_t *cf, int fd, struct sv_main_conf *conf)
{
	struct stat status;
	u_char *text = ngx_pnalloc(cf->pool, SECRET_FILE_MAX);
	ssize_t length = -1;

	if (text == NULL || fstat(fd, &status) < 0)
		return "can not be read";
	if (!S_ISREG(status.st_mode))
		return "is not a regular file";
	if ((status.st_mode & 077) != 0)
		return "is open to others than its owner (make it 0600)";
	length = read(fd, text, SECRET_FILE_MAX);
	if (length < 0)
		return "can not be read";
	if (length == SECRET_FILE_MAX)
		return "is too long";
	return split_secrets(conf->secrets, text, (size_t)length);
}

char *
sv_module_link_secret_file(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	struct sv_main_conf *main_conf = conf;
	ngx_str_t path = ((ngx_str_t *)cf->args->elts)[1];
	const char *wrong = NULL;
	int fd = -1;

	if (main_conf->secrets[0].len != 0) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_link_secret_file is duplicate");
		return NGX_CONF_ERROR;
	}
	if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK)
		return NGX_CONF_ERROR;
	fd = open((const char *)path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno, "sv_link_secret_file: can not open \"%V\"", &path);
		return NGX_CONF_ERROR;
	}
	wrong = read_secrets(cf, fd, main_conf);
	(void)close(fd);
	if (wrong != NULL) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_link_secret_file: \"%V\" %s", &path, wrong);
		return NGX_CONF_ERROR;
	}
	return NGX_CONF_OK;
}

static void
add_field(ngx_md5_t *md5, struct sv_link_field field)
{
	ngx_md5_update(md5, field.data, field.length);
	ngx_md5_update(md5, "|", 1);
}

/* All bytes are compared whatever the first ones say. */
static bool
mac_agrees(const struct sv_request *request, const struct sv_module_client *client, const ngx_str_t *secret)
{
	u_char made[SV_LINK_MAC_LENGTH];
	unsigned difference = 0;
	ngx_md5_t md5;

	ngx_md5_init(&md5);
	add_field(&md5, request->link.expires);
	add_field(&md5, (struct sv_link_field){(const char *)request->file.data, request->file.len});
	add_field(&md5, (struct sv_link_field){(const char *)client->text, client->text_length});
	add_field(&md5, request->link.tier);
	add_field(&md5, request->link.play);
	add_field(&md5, request->link.v);
	ngx_md5_update(&md5, secret->data, secret->len);
	ngx_md5_final(made, &md5);
	for (size_t i = 0; i < SV_LINK_MAC_LENGTH; i++)
		difference |= (unsigned)(made[i] ^ request->link.mac[i]);
	return difference == 0;
}

/* The last component of the normalised address. */
static ngx_str_t
file_of(const ngx_str_t *uri)
{
	size_t start = uri->len;

	while (start > 0 && uri->data[start - 1] != '/')
		start--;
	return (ngx_str_t){uri->len - start, uri->data + start};
}

enum sv_link_state
sv_module_link_check(ngx_http_request_t *r, struct sv_request *request)
{
	const struct sv_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_streamvault_module);
	struct sv_module_client client;
	bool current = false, old = false;

	request->link_state = SV_LINK_INVALID;
	request->file = file_of(&r->uri);
	sv_module_client_of(r, &client);
	if (client.text_length == 0 || !sv_link_args_is_id((const char *)request->file.data, request->file.len)
	    || !sv_link_args_parse((const char *)r->args.data, r->args.len, &request->link))
		return request->link_state;
	current = mac_agrees(request, &client, &conf->secrets[0]);
	old = conf->secrets[1].len != 0 && mac_agrees(request, &client, &conf->secrets[1]);
	if (current || old)
		request->link_state = request->link.expires_unix_s < (uint64_t)ngx_time() ? SV_LINK_EXPIRED : SV_LINK_GOOD;
	return request->link_state;
}

/* The answer is made here, not by returning 403, so that no error_page can replace it. */
static ngx_int_t
refuse(ngx_http_request_t *r, enum sv_link_state state)
{
	static ngx_str_t type = ngx_string("text/plain");
	ngx_table_elt_t *header = ngx_list_push(&r->headers_out.headers);
	ngx_http_complex_value_t body;

	if (header == NULL)
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	ngx_memzero(header, sizeof(*header));
	ngx_memzero(&body, sizeof(body));
	header->hash = 1;
	ngx_str_set(&header->key, "Sv-Reason");
	if (state == SV_LINK_EXPIRED) {
		ngx_str_set(&header->value, "link-expired");
		ngx_str_set(&body.value, "link-expired\n");
	} else {
		ngx_str_set(&header->value, "link-invalid");
		ngx_str_set(&body.value, "link-invalid\n");
	}
	ngx_http_finalize_request(r, ngx_http_send_response(r, NGX_HTTP_FORBIDDEN, &type, &body));
	return NGX_DONE;
}

ngx_int_t
sv_module_link_access(ngx_http_request_t *r)
{
	const struct sv_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_streamvault_module);
	struct sv_request *request = NULL;
	enum sv_link_state state = SV_LINK_UNCHECKED;

	if (!conf->link)
		return NGX_DECLINED;
	request = sv_request_get(r);
	if (request == NULL)
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	state = sv_module_link_check(r, request);
	if (state != SV_LINK_GOOD)
		return refuse(r, state);
	request->gone_wanted = conf->gone;
	return NGX_DECLINED;
}
