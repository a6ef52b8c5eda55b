#include "api/ctl/commands.h"

#include "api/ctl/transform.h"

static int run(const struct args *args)
{
	return transform_run(args, "/v1/unseal");
}

const struct command command_unseal = {
	.name = "unseal",
	.usage = "[--context TEXT] [--force] [IN [OUT]]",
	.about = "gives back what was sealed",
	.help = "\n  IN, OUT         files; - and nothing are standard input and output\n"
		"  --context TEXT  what was said when it was sealed\n"
		"  --force         writes the plaintext to a terminal\n"
		"\nExits with 18 when key, context or blob don't fit; nobody is told which.\n",
	.options = OPTIONS_CALL | OPTION_CONTEXT | OPTION_FORCE,
	.words_max = 2,
	.run = run,
};
