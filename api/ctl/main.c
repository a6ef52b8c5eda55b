/* sealctl: the tenant's hand on the guest's socket. Start at commands.c. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "api/ctl/commands.h"
#include "api/ctl/exits.h"
#include "base/roles.h"

/* Plaintext passes through this process: it leaves no core dump, and no neighbour of the same user
 * reads its memory. Where a container forbids it, the call goes on. */
static void harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char *argv[])
{
	struct args args;
	struct err e = { 0 };
	int status = 0;

	harden();
	/* A reader that goes away is a failed write, with a message. */
	(void)signal(SIGPIPE, SIG_IGN);

	if (args_parse(argc, argv, commands, getenv("SEALINIT_SOCKET"), &args, &e) < 0)
		return exits_report(CODE_USAGE, e.text);
	if (args_has(&args, OPTION_VERSION))
		(void)puts("sealctl " SEALINIT_VERSION);
	else if (args_has(&args, OPTION_HELP))
		help_print(args.command);
	else
		status = args.command->run(&args);

	if (fflush(stdout) != 0)
		return exits_report(CODE_LOCAL, "standard output can't be written");
	return status;
}
