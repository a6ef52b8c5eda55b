#include <stdio.h>
#include <string.h>

#include "api/ctl/call.h"
#include "api/ctl/commands.h"
#include "api/ctl/exits.h"

#define QUESTION_BYTES 8192

/* A JSON string. Bytes above ASCII go as they are: whether they are UTF-8 is the service's to say.
 */
static int add_string(const char *text, struct buf *ret, struct err *e)
{
	int rc = buf_append(ret, span_text("\""), QUESTION_BYTES, e);
	char escaped[16];

	for (const char *c = text; *c && rc == 0; c++) {
		if ((unsigned char)*c >= 0x20 && *c != '"' && *c != '\\') {
			rc = buf_append(ret, span(c, 1), QUESTION_BYTES, e);
			continue;
		}
		(void)snprintf(escaped, sizeof(escaped), "\\u%04x",
			       (unsigned int)(unsigned char)*c);
		rc = buf_append(ret, span_text(escaped), QUESTION_BYTES, e);
	}
	return rc == 0 ? buf_append(ret, span_text("\""), QUESTION_BYTES, e) : rc;
}

static int make_question(const char *const words[static ARGS_WORDS], struct buf *ret, struct err *e)
{
	static const char *const names[ARGS_WORDS] = { "{\"domain\":", ",\"operation\":",
						       ",\"content\":" };
	int rc = 0;

	for (size_t i = 0; i < ARGS_WORDS && rc == 0; i++) {
		rc = buf_append(ret, span_text(names[i]), QUESTION_BYTES, e);
		if (rc == 0)
			rc = add_string(words[i] ? words[i] : "", ret, e);
	}
	return rc == 0 ? buf_append(ret, span_text("}"), QUESTION_BYTES, e) : rc;
}

static int post(const struct args *args, const struct request *rq)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	if (call_make(args, rq, call_can_wait, &out, &answer, &e) < 0)
		return call_report(&answer, &e);
	if (output_write(&out, span_text("\n"), &e) < 0)
		return exits_report(CODE_LOCAL, e.text);
	return call_commit(&out);
}

static int run_event(const struct args *args)
{
	AUTO_BUF struct buf question = BUF_EMPTY;
	struct request rq = {
		.target = "/v1/attestation/events",
		.want = MEDIA_JSON,
		.type = MEDIA_JSON,
	};
	struct err e = { 0 };
	struct input body;
	int rc = make_question(args->words, &question, &e);

	if (rc < 0)
		return exits_report(rc == -FAIL_LIMIT ? CODE_USAGE : CODE_LOCAL, e.text);
	body = input_of(buf_view(&question));
	rq.body = &body;
	return post(args, &rq);
}

static int run_eventlog(const struct args *args)
{
	const struct request rq = { .target = "/v1/attestation/eventlog", .want = MEDIA_JSON };

	return post(args, &rq);
}

/* Without --wait: a call whose answer was lost may have happened, and a second one would be a
 * second event. */
const struct command command_event = {
	.name = "event",
	.usage = "DOMAIN OPERATION [CONTENT]",
	.about = "records an event in the guest's log, for good",
	.help = "\n  DOMAIN     whose event: a name without spaces; \"sealinit...\" is the guest's "
		"own\n"
		"  OPERATION  what happened, likewise\n"
		"  CONTENT    one line of at most 511 bytes\n"
		"\nPrints where it stands and what holds the log's head. Nothing takes it back.\n",
	.options = OPTION_SOCKET | OPTION_TIMEOUT | OPTION_HELP,
	.words_min = 2,
	.words_max = 3,
	.run = run_event,
};

const struct command command_eventlog = {
	.name = "eventlog",
	.usage = "[--wait SECONDS]",
	.about = "the guest's log: its boot, and what tenants recorded",
	.help = "\nPrints the JSON of the API. The log as part of evidence: evidence --parts "
		"cpu,log\n",
	.options = OPTIONS_CALL,
	.run = run_eventlog,
};
