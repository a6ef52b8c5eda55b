#include "api/ctl/call.h"
#include "api/ctl/commands.h"
#include "api/ctl/exits.h"

/* Byte for byte, without a line's end: the digest is over these bytes. */
static int run(const struct args *args)
{
	const struct request rq = { .target = "/v1/policy", .want = MEDIA_JSON };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	if (call_make(args, &rq, call_can_wait, &out, &answer, &e) < 0)
		return call_report(&answer, &e);
	return call_commit(&out);
}

const struct command command_policy = {
	.name = "policy",
	.usage = "[--wait SECONDS]",
	.about = "what the guest lets its containers do",
	.help = "\nPrints the JSON of the API, whose SHA-256 the guest's event \"policy\" has:\n"
		"  sealctl policy | sha256sum\n",
	.options = OPTIONS_CALL,
	.run = run,
};
