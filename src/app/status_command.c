/* SPDX-License-Identifier: Apache-2.0
 * `streamvault status`: what the supervisor says about its roles. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "app.h"
#include "errors.h"
#include "paths.h"
#include "probe.h"

static void
print_table(const json_t *roles)
{
	size_t index;
	json_t *role;

	(void)printf("%-12s %8s  %-8s %9s %10s\n", "role", "pid", "state", "restarts", "memory");
	json_array_foreach(roles, index, role)
		(void)printf("%-12s %8" JSON_INTEGER_FORMAT "  %-8s %9" JSON_INTEGER_FORMAT " %6.1f MiB\n", json_string_value(json_object_get(role, "role")),
		    json_integer_value(json_object_get(role, "pid")), json_string_value(json_object_get(role, "state")),
		    json_integer_value(json_object_get(role, "restarts")),
		    (double)json_integer_value(json_object_get(role, "resident_bytes")) / 1048576.0);
}

int
sv_status_command(struct sv_app_call *call)
{
	char path[SV_PATH_MAX];
	struct sv_buffer body;
	int result = 1;

	sv_buffer_init(&body, 1 << 20);
	int status = call->settings->run_folder[0] == '\0' ? SV_EUNAVAIL :
	    sv_probe_get(sv_path(call->settings, SV_PATH_CONTROL_SOCKET, path), "/status", 5000, &body);
	if (status != 200) {
		(void)fprintf(stderr, "streamvault: no site runs on %s; start it with `streamvault up`\n", call->settings->state);
	} else if (call->json) {
		(void)printf("%s\n", sv_buffer_cstr(&body));
		result = 0;
	} else {
		json_t *roles = json_loadb((const char *)body.data, body.length, JSON_REJECT_DUPLICATES, NULL);
		if (json_is_array(roles)) {
			print_table(roles);
			result = 0;
		} else {
			(void)fprintf(stderr, "streamvault: the supervisor's answer could not be read; is it of another version?\n");
		}
		json_decref(roles);
	}
	sv_buffer_fini(&body);
	return result;
}
