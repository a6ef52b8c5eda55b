#include "api/ctl/commands.h"

#include "api/ctl/call.h"
#include "api/ctl/exits.h"
#include "api/ctl/target.h"

static int run(const struct args *args)
{
	struct request rq = { .want = MEDIA_RAW };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_BUF struct buf target = BUF_EMPTY;
	struct err e = { 0 };
	int rc;

	if (target_of_secret(args->words[0], &target, &e) < 0)
		return exits_report(CODE_USAGE, e.text);
	rc = output_open(args->n_words > 1 ? args->words[1] : NULL, &out, &e);
	if (rc == 0 && !args_has(args, OPTION_FORCE))
		rc = output_refuse_terminal(&out, &e);
	if (rc < 0)
		return exits_report(CODE_LOCAL, e.text);

	rq.target = (const char *)target.at;
	return call_run(args, &rq, &out);
}

const struct command command_secret = {
	.name = "secret",
	.usage = "[--force] REPOSITORY/TYPE/TAG [OUT]",
	.about = "a resource of the key broker, on the guest's own session",
	.help = "\n  OUT      a file; - and nothing are standard output\n"
		"  --force  writes it to a terminal\n"
		"\nExits with 16 when the broker has no such resource, with 15 when it refuses.\n",
	.options = OPTIONS_CALL | OPTION_FORCE,
	.words_min = 1,
	.words_max = 2,
	.run = run,
};
