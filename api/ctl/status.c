#include "api/ctl/commands.h"

#include <string.h>

#include "api/ctl/call.h"
#include "api/ctl/exits.h"

static const char route[] = "/v1/status";

static bool says(const struct outcome *a, const char *words)
{
	return memmem(a->text.at, a->text.len, words, strlen(words)) != NULL;
}

/* A guest that attests says 503 and may be ready soon; one that failed or stops never will be. No
 * stage or volume has these states without the guest being in trouble itself. */
static bool can_wait(const struct outcome *a)
{
	if (a->head.status != 503 || a->head.problem[0] != '\0')
		return call_can_wait(a);
	return a->text.at && !says(a, "\"state\":\"failed\"") &&
	       !says(a, "\"state\":\"degraded\"") && !says(a, "\"state\":\"stopping\"");
}

/* Whatever comes of it, the call below says it. */
static void wait_for_guest(const struct args *args)
{
	const struct request rq = { .target = route, .want = MEDIA_JSON };
	AUTO_OUTPUT struct output nowhere = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	(void)call_make(args, &rq, can_wait, &nowhere, &answer, &e);
}

/* The 503 of a guest that isn't ready is a status, too, not a problem. */
static bool is_status(const struct request *rq, const struct outcome *a)
{
	return a->head.status == 503 && a->head.problem[0] == '\0' &&
	       strcmp(a->head.type, rq->want) == 0;
}

static int show(const struct args *args)
{
	const struct request rq = {
		.target = route,
		.want = args_has(args, OPTION_JSON) ? MEDIA_JSON : MEDIA_TEXT,
	};
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct args once = *args;
	struct err e = { 0 };
	int rc, status;

	once.wait_ms = 0;
	rc = call_make(&once, &rq, call_can_wait, &out, &answer, &e);
	if (rc < 0 && !is_status(&rq, &answer))
		return call_report(&answer, &e);
	if (rc < 0 && output_write(&out, buf_view(&answer.text), &e) < 0)
		return exits_report(CODE_LOCAL, e.text);
	if (!args_has(args, OPTION_JSON))
		output_clean_text(&out);
	status = call_commit(&out);
	return status == 0 && rc < 0 ? exits_report(CODE_NOT_READY, "") : status;
}

static int run(const struct args *args)
{
	if (args->wait_ms > 0)
		wait_for_guest(args);
	return show(args);
}

const struct command command_status = {
	.name = "status",
	.usage = "[--json] [--wait SECONDS]",
	.about = "what the guest is doing, and what can be trusted in it",
	.help = "\n  --json          as the API says it\n"
		"  --wait SECONDS  until the guest is ready (exit 0), or won't be, or the time is "
		"over\n"
		"\nExits with 10 while the guest is not ready; the status is printed in any "
		"case.\n",
	.options = OPTIONS_CALL | OPTION_JSON,
	.run = run,
};
