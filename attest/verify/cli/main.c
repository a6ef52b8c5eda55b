/* sealverify: evidence and files in, a verdict out. No network, nothing is written but the answer.
 */
#include <signal.h>
#include <stdio.h>

#include "attest/verify/cli/exits.h"
#include "attest/verify/cli/run.h"
#include "base/fd.h"

int main(int argc, char *argv[])
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct options o;
	struct err e = { 0 };
	int status;

	/* A reader that goes away is a failed write, with a message. */
	(void)signal(SIGPIPE, SIG_IGN);

	if (options_parse(argc, argv, &o, &e) < 0)
		return exits_report(EXITS_USAGE, &e);
	status = run(&o, &out, &e);
	if (status < 0)
		return exits_report(-status, &e);
	if (fd_write_all(STDOUT_FILENO, buf_view(&out), &e) < 0)
		return exits_report(EXITS_INTERNAL, &e);
	return status;
}
