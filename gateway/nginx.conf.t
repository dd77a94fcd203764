## SPDX-License-Identifier: Apache-2.0
## The configuration of the gateway's nginx.  src/gateway/gateway_config.c fills it in; docs/gateway.md gives the reason of each rule.
## {{name}} is replaced by a value; "%if name", "%if !name" and "%end" stand on lines of their own.
# Written by `streamvault gateway` at every start; changes made here are lost.  Reasons: docs/gateway.md.
%if root
user root;
%end
daemon off;
master_process on;
worker_processes {{workers}};
worker_rlimit_nofile {{files_max}};
worker_shutdown_timeout {{drain_s}}s;
pid nginx.pid;
lock_file nginx.lock;
error_log stderr warn;
pcre_jit on;
load_module {{module}};

events {
	worker_connections {{connections}};
}

http {
	types { }
	default_type application/octet-stream;
	client_body_temp_path tmp/body;
	proxy_temp_path tmp/proxy;
	fastcgi_temp_path tmp/fastcgi;
	uwsgi_temp_path tmp/uwsgi;
	scgi_temp_path tmp/scgi;

	# Nothing that names the software leaves.
	server_tokens off;
	sv_hide_server on;
	etag off;

	sendfile on;
	tcp_nopush on;
	aio off;
	reset_timedout_connection on;
	client_header_timeout 10s;
	client_body_timeout 30s;
	send_timeout 120s;
	keepalive_timeout 65s;
	client_max_body_size 1m;
	client_header_buffer_size 4k;
	large_client_header_buffers 4 8k;

	# One line a request and one a further slice; no address, no path, no link.
	log_format sv_access escape=json '{"status":"$status","bytes":"$body_bytes_sent","length":"$request_length",'
		'"time":"$request_time","tier":"$sv_tier","cache":"$upstream_cache_status","slice":"$slice_range",'
		'"reason":"$sv_reason","req":"$limit_req_status","conn":"$limit_conn_status"}';
	access_log syslog:server=unix:{{access_socket}},nohostname,tag=sv sv_access;

%if trusted
	# Whose word about the client's address counts; a client that stays inside these ranges is unknown.
{{real_ip_from}}
	real_ip_header {{client_header}};
	sv_client_unknown {{trusted}};
	geo $realip_remote_addr $sv_trusted {
		default 0;
{{trusted_geo}}
	}
	map "$sv_trusted:$http_x_forwarded_proto:$scheme" $sv_https {
		default 0;
		"1:https:http" 1;
		"1:https:https" 1;
		"1:http:https" 1;
		"1::https" 1;
		"0:https:https" 1;
		"0:http:https" 1;
		"0::https" 1;
	}
%end
%if !trusted
	map $scheme $sv_https {
		default 0;
		https 1;
	}
%end

	sv_link_secret_file {{secret_file}};
	sv_gone_socket {{gone_socket}};
	sv_limit_zone sv_rate 8m;
	map $sv_tier $sv_guest {
		default "";
		guest $sv_client;
	}
	map $sv_tier $sv_member {
		default "";
		member $sv_play;
	}
	limit_req_zone $sv_guest zone=sv_requests:4m rate=50r/s;
	limit_conn_zone $sv_guest zone=sv_guests:4m;
	limit_conn_zone $sv_member zone=sv_members:4m;
	limit_req_status 429;
	limit_conn_status 429;
	limit_req_log_level info;
	limit_conn_log_level info;
	map $request_method $sv_method_refused {
		default 1;
		GET 0;
		HEAD 0;
	}
	map $status $sv_retry_after {
		default "";
		429 2;
		502 2;
		503 2;
		504 2;
	}
	map $https $sv_hsts {
		default "";
		on max-age=31536000;
	}
	map $http_host $sv_host {
		default $http_host;
		"" $host;
	}

	upstream engine {
		hash $sv_file consistent;
{{engine_servers}}
		keepalive 64;
		keepalive_timeout 30s;
	}
	upstream manager {
		server unix:{{manager_socket}} max_fails=0;
		keepalive 16;
		keepalive_timeout 30s;
	}
	proxy_cache_path {{cache}} levels=1:2 use_temp_path=off keys_zone=sv_slices:{{keys_mb}}m
		max_size={{cache_size}} inactive={{cache_inactive}}s min_free={{cache_min_free}};

	# What the manager gets; the locations of films set their own.
	proxy_http_version 1.1;
	proxy_connect_timeout 5s;
	proxy_max_temp_file_size 0;
	proxy_next_upstream error;
	proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
	proxy_hide_header X-Powered-By;
	proxy_hide_header Via;
	proxy_set_header Connection "";
	proxy_set_header Host $sv_host;
	proxy_set_header Sv-Client $sv_client;
	proxy_set_header Sv-Https $sv_https;
	proxy_set_header Sv-Tier "";
	proxy_set_header Sv-Play "";
	proxy_set_header Sv-Want "";
	proxy_set_header X-Real-IP "";
	proxy_set_header X-Forwarded-For "";
	proxy_set_header X-Forwarded-Proto "";
	proxy_set_header X-Forwarded-Host "";
	proxy_set_header Forwarded "";

%if tls
	ssl_certificate {{tls_cert}};
	ssl_certificate_key {{tls_key}};
	ssl_protocols TLSv1.2 TLSv1.3;
	ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
	ssl_prefer_server_ciphers off;
	ssl_session_cache shared:sv_tls:4m;
	ssl_session_timeout 1d;
	ssl_session_tickets off;
	ssl_conf_command Options KTLS;

	server {
		listen {{listen}};
{{error_pages}}
		location / {
			return 308 {{redirect}}$request_uri;
		}
{{error_locations}}
	}
%end

	server {
%if tls
		listen {{tls_listen}} ssl{{http2_flag}};
%end
%if http2_directive
		http2 on;
%end
%if !tls
		listen {{listen}};
%end
		add_header Strict-Transport-Security $sv_hsts always;
{{error_pages}}
		location /stream/ {
{{film_rules}}
		}
		location /download/ {
			# The name comes from the engine, percent-encoded, and is kept with the slice.
			add_header Content-Disposition "attachment; filename*=UTF-8''$upstream_http_sv_name";
			add_header Strict-Transport-Security $sv_hsts always;
{{film_rules}}
		}
		location / {
			proxy_pass http://manager;
		}
		location ^~ /assets/ {
			gzip on;
			gzip_vary on;
			gzip_proxied any;
			gzip_min_length 1000;
			gzip_types text/css text/javascript application/javascript application/json image/svg+xml;
			proxy_pass http://manager;
		}
		# Without these nginx would redirect to the name with a slash.
		location = /stream { return 404; }
		location = /download { return 404; }
		location = /assets { return 404; }
		# For the operator's own sockets only.
		location = /metrics { return 404; }
		location = /readyz { return 404; }
		location = /livez { return 404; }
		location = /purge { return 404; }
		location ^~ /purge/ { return 404; }
{{error_locations}}
		location = /.sv/cut {
			# A later slice that fails before its first byte comes here too, and the page would be sent into the film: close instead.
			# Only a main request has a slice range of its own here.
			internal;
			slice {{slice_size}};
			if ($slice_range = "") {
				return 444;
			}
			alias pages/503.html;
			default_type "text/html; charset=utf-8";
			add_header Cache-Control no-store always;
			add_header Retry-After $sv_retry_after always;
			add_header Strict-Transport-Security $sv_hsts always;
		}
	}

	server {
		# The gateway's own: in the run folder, which is 0700.
		listen unix:{{internal_socket}};
		access_log off;
		location = /status {
			stub_status;
		}
		location / {
			return 404;
		}
	}
}
