/* SPDX-License-Identifier: Apache-2.0
 * `gone PLAY`: tells the engine that a viewer left in mid-answer, which ends that playback's read-ahead.  A hint: it never
 * blocks a worker, and is dropped when nobody listens or the queue is full. */
#include "streamvault_module.h"

#include <sys/socket.h>

/* One socket a worker, opened by the first viewer that leaves; not connected, so that it survives the engine's restarts. */
static int gone_fd = -1;

char *
sv_module_gone_socket(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	struct sv_main_conf *main_conf = conf;
	ngx_str_t path = ((ngx_str_t *)cf->args->elts)[1];

	if (main_conf->gone_length != 0) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_gone_socket is duplicate");
		return NGX_CONF_ERROR;
	}
	if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK)
		return NGX_CONF_ERROR;
	if (path.len >= sizeof(main_conf->gone.sun_path)) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_gone_socket: \"%V\" is longer than a socket path may be", &path);
		return NGX_CONF_ERROR;
	}
	main_conf->gone.sun_family = AF_UNIX;
	ngx_memcpy(main_conf->gone.sun_path, path.data, path.len);
	main_conf->gone_length = (socklen_t)sizeof(main_conf->gone);
	return NGX_CONF_OK;
}

void
sv_module_gone_send(struct sv_request *request)
{
	ngx_log_t *log = request->main->connection->log;
	const struct sv_main_conf *conf = ngx_http_get_module_main_conf(request->main, ngx_http_streamvault_module);
	char message[sizeof("gone ") - 1 + SV_LINK_ID_LENGTH] = "gone ";

	if (!request->gone_wanted || request->gone_sent || conf->gone_length == 0)
		return;
	request->gone_sent = true;
	if (gone_fd < 0)
		gone_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (gone_fd < 0) {
		ngx_log_error(NGX_LOG_ERR, log, ngx_errno, "streamvault: no socket for gone");
		return;
	}
	ngx_memcpy(message + sizeof("gone ") - 1, request->link.play.data, SV_LINK_ID_LENGTH);
	if (sendto(gone_fd, message, sizeof(message), MSG_NOSIGNAL, (const struct sockaddr *)&conf->gone, conf->gone_length) < 0)
		ngx_log_debug0(NGX_LOG_DEBUG_HTTP, log, ngx_errno, "streamvault: gone was not taken");
}
