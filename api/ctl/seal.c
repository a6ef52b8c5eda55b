#include "api/ctl/commands.h"

#include <string.h>

#include "api/ctl/exits.h"
#include "api/ctl/transform.h"

static bool is_scope(const char *name)
{
	return strcmp(name, "life") == 0 || strcmp(name, "container") == 0 ||
	       strcmp(name, "pod") == 0;
}

static int run(const struct args *args)
{
	if (args->scope && !is_scope(args->scope))
		return exits_report(CODE_USAGE, "--scope is life, container or pod");
	return transform_run(args, "/v1/seal");
}

const struct command command_seal = {
	.name = "seal",
	.usage = "[--scope life|container|pod] [--context TEXT] [--force] [IN [OUT]]",
	.about = "encrypts bytes so that only this guest can have them back",
	.help = "\n  IN, OUT         files; - and nothing are standard input and output\n"
		"  --scope         life: until this guest ends; container: also after a restart "
		"(default);\n"
		"                  pod: as container, for all of the pod's containers\n"
		"  --context TEXT  must be said again to unseal; it is not a secret, and not in "
		"the blob\n"
		"  --force         writes the blob to a terminal\n",
	.options = OPTIONS_CALL | OPTION_SCOPE | OPTION_CONTEXT | OPTION_FORCE,
	.words_max = 2,
	.run = run,
};
