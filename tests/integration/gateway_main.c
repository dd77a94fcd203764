/* SPDX-License-Identifier: Apache-2.0
 * The gateway role alone, for tests/integration/test_gateway.py: gateway-main SETTINGS-FILE [LISTEN-FD [TLS-FD]]. */
#include <stdio.h>
#include <stdlib.h>

#include "errors.h"
#include "gateway.h"
#include "log.h"

int
main(int argc, char **argv)
{
	struct sv_settings settings;
	struct sv_gateway_options options = {.listen_fd = argc > 2 ? atoi(argv[2]) : -1, .tls_fd = argc > 3 ? atoi(argv[3]) : -1};
	char why[1024] = "";

	sv_log_setup("gateway", SV_LOG_INFO);
	sv_settings_init(&settings);
	int rc = sv_settings_load(&settings, argc > 1 ? argv[1] : NULL, NULL, why, sizeof why);
	if (rc == 0)
		rc = sv_gateway_run(&settings, &options, why, sizeof why);
	if (rc != 0)
		(void)fprintf(stderr, "streamvault: %s\n", why);
	sv_settings_fini(&settings);
	return rc == 0 ? 0 : 1;
}
