#include "api/ctl/commands.h"

#include "api/ctl/call.h"

static int run(const struct args *args)
{
	const bool is_json = args_has(args, OPTION_JSON);
	const struct request rq = {
		.target = "/v1/volumes",
		.want = is_json ? MEDIA_JSON : MEDIA_TEXT,
	};
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	if (call_make(args, &rq, call_can_wait, &out, &answer, &e) < 0)
		return call_report(&answer, &e);
	if (!is_json)
		output_clean_text(&out);
	return call_commit(&out);
}

const struct command command_volumes = {
	.name = "volumes",
	.usage = "[--json]",
	.about = "the encrypted volumes: where they are mounted, how they are protected",
	.help = "\n  --json  as the API says it\n",
	.options = OPTIONS_CALL | OPTION_JSON,
	.run = run,
};
