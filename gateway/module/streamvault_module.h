/* SPDX-License-Identifier: Apache-2.0
 * What the parts of ngx_http_streamvault_module share: configuration, and the state of one client request.
 * State belongs to the main request; slice subrequests reach it through r->main.  nginx workers have one thread.
 * docs/gateway-module.md says what each directive and variable is for. */
#ifndef SV_STREAMVAULT_MODULE_H
#define SV_STREAMVAULT_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "link_args.h"

#define SV_CLIENT_TEXT_MAX 20 /* "4:255.255.255.255", "6:" and 16 hex digits */
#define SV_CLIENT_KEY_SIZE 9

/* Who is at the other end, for links and limits: an IPv4 address or an IPv6 /64. */
struct sv_module_client {
	u_char key[SV_CLIENT_KEY_SIZE]; /* 0, 4 or 6 (unknown, IPv4, IPv6), then address bytes, zero padded */
	u_char text[SV_CLIENT_TEXT_MAX];
	size_t text_length;             /* 0: unknown */
};

enum sv_link_state {
	SV_LINK_UNCHECKED = 0,
	SV_LINK_GOOD,
	SV_LINK_INVALID,
	SV_LINK_EXPIRED
};

/* `sv_limit`, shared by all requests of a location. */
struct sv_limit_conf {
	ngx_shm_zone_t *zone;
	uint64_t guest_rate; /* bytes a second */
};

/* One request's share of its client's clock. */
struct sv_limiter {
	ngx_send_chain_pt send_chain; /* the connection's own; NULL: not installed */
	const struct sv_limit_conf *conf;
	struct sv_module_client client;
	uint64_t due_us;              /* not before this may the granted bytes go */
	off_t granted;                /* booked on the client's clock, not yet sent */
	off_t unmetered;              /* response header bytes still in the chain: not charged */
	ngx_event_t wake;             /* the timer of a parked connection; data is the connection */
	bool decided;
};

struct sv_main_conf {
	ngx_str_t secrets[2];        /* current, old; the old one may be empty */
	ngx_array_t *unknown;        /* of ngx_cidr_t */
	struct sockaddr_un gone;
	socklen_t gone_length;       /* 0: not configured */
};

struct sv_location_conf {
	ngx_flag_t link;
	ngx_flag_t gone;
	ngx_flag_t hide_server;
	struct sv_limit_conf *limit; /* NULL: off */
};

struct sv_slice;

struct sv_request {
	ngx_http_request_t *main;
	enum sv_link_state link_state;
	struct sv_link_args link;
	ngx_str_t file;
	struct sv_limiter limiter;
	bool gone_wanted;
	bool gone_sent;
	struct sv_slice *slices;       /* later slices that may hold memory, the newest first */
	struct sv_slice *spare_slices; /* for the next ones */
	ngx_int_t (*input_filter_init)(void *data); /* the newest slice's own */
};

extern ngx_module_t ngx_http_streamvault_module;
extern ngx_module_t ngx_http_streamvault_guard_module;

/* ngx_http_streamvault_module.c: the request's state, also after an internal redirect cleared nginx's table of contexts.
 * _find returns NULL when there is none; _get makes it, NULL only when memory is out. */
struct sv_request *sv_request_find(ngx_http_request_t *r);
struct sv_request *sv_request_get(ngx_http_request_t *r);

/* module_client.c: from the connection's address, which realip has already corrected. */
void sv_module_client_of(ngx_http_request_t *r, struct sv_module_client *ret_client);
char *sv_module_client_unknown(ngx_conf_t *cf, ngx_command_t *command, void *conf);

/* module_link.c.  _check is pure in the request and may run before the access phase, for variables.  */
char *sv_module_link_secret_file(ngx_conf_t *cf, ngx_command_t *command, void *conf);
enum sv_link_state sv_module_link_check(ngx_http_request_t *r, struct sv_request *request);
ngx_int_t sv_module_link_access(ngx_http_request_t *r);

/* module_limit.c */
char *sv_module_limit_zone(ngx_conf_t *cf, ngx_command_t *command, void *conf);
char *sv_module_limit_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf);
/* Take over the connection's sending when this request is limited; called for every piece of body, works once. */
ngx_int_t sv_module_limit_install(ngx_http_request_t *r);
/* Give back what was booked and the connection its own sending. */
void sv_module_limit_release(struct sv_request *request);

/* module_gone.c */
char *sv_module_gone_socket(ngx_conf_t *cf, ngx_command_t *command, void *conf);
/* One datagram, at most once a request; dropped when nobody takes it at once. */
void sv_module_gone_send(struct sv_request *request);

/* module_slice.c.  _begin: at the head of each later slice; closes and frees what the former ones left.  _release: at the end of the
 * main request.  _press_back: left alone, the slice filter asks for slice after slice while a slow client still has the first; it
 * stops while the main request has something buffered, so say so. */
ngx_int_t sv_module_slice_begin(struct sv_request *request, ngx_http_request_t *r);
void sv_module_slice_release(struct sv_request *request);
void sv_module_slice_press_back(ngx_http_request_t *r);

/* module_match.c: NGX_OK, or NGX_HTTP_PRECONDITION_FAILED, to be returned from the header filter. */
ngx_int_t sv_module_match_check(ngx_http_request_t *r);

/* module_guard.c: whether the guard cut this request. */
bool sv_module_guard_has_cut(ngx_http_request_t *r);

#endif
