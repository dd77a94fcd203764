## SPDX-License-Identifier: Apache-2.0
## Rules that /stream/ and /download/ share: a link is checked, then slices come from the cache or from the engine.
			if ($sv_method_refused) {
				return 405;
			}
			sv_link on;
			sv_guard {{guard}};
			sv_limit zone=sv_rate guest={{guest_rate}};
			sv_gone on;
			limit_req zone=sv_requests burst=500 nodelay;
			limit_conn sv_guests 32;
			limit_conn sv_members 64;
			log_subrequest on;
			client_max_body_size 1k;
{{film_errors}}
			# Absent while the cache's disk is full.
			set $sv_not_stored "";
			if (!-f {{store_file}}) {
				set $sv_not_stored 1;
			}
			proxy_no_cache $sv_not_stored;
			slice {{slice_size}};
			proxy_cache sv_slices;
			proxy_cache_key "$sv_file/$sv_v$slice_range";
			proxy_cache_valid 206 3650d;
			proxy_cache_lock on;
			proxy_cache_lock_timeout 0s;
			proxy_cache_background_update off;
			proxy_next_upstream off;
			proxy_read_timeout {{read_timeout_s}}s;
			proxy_buffer_size 16k;
			proxy_buffers 16 32k;
			proxy_busy_buffers_size 64k;
			proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset
				Set-Cookie Vary Cache-Control Expires;
			proxy_hide_header Set-Cookie;
			proxy_hide_header Sv-Name;
			proxy_hide_header X-Powered-By;
			proxy_hide_header Via;
			proxy_pass_request_headers off;
			proxy_pass_request_body off;
			proxy_set_header Connection "";
			proxy_set_header Content-Length "";
			proxy_set_header Host engine;
			proxy_set_header Range $slice_range;
			proxy_set_header Sv-Want $http_range;
			proxy_set_header Sv-Tier $sv_tier;
			proxy_set_header Sv-Play $sv_play;
			proxy_set_header Sv-Client $sv_client;
			proxy_pass http://engine/stream/$sv_file?v=$sv_v;
