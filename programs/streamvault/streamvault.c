/* SPDX-License-Identifier: Apache-2.0
 * The program: everything is in src/app. */
#include <signal.h>

#include "app.h"

extern char **environ;

int
main(int argc, char **argv)
{
	/* a peer that leaves is an error code, not the end of the process */
	(void)signal(SIGPIPE, SIG_IGN);
	return sv_app_main(argc, argv, environ);
}
