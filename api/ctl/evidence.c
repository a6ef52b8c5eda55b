#include "api/ctl/commands.h"

#include "api/ctl/call.h"
#include "api/ctl/exits.h"
#include "api/ctl/nonce.h"
#include "base/b64.h"

#define QUESTION_BYTES 256

/* Base64 has no character that JSON would escape, so this is all the JSON there is to write. */
static int make_question(struct span nonce, struct buf *ret, struct err *e)
{
	int rc = buf_append(ret, span_text("{\"nonce\":\""), QUESTION_BYTES, e);

	if (rc == 0)
		rc = b64_encode(B64_STANDARD, nonce, QUESTION_BYTES, ret, e);
	if (rc == 0)
		rc = buf_append(ret, span_text("\"}"), QUESTION_BYTES, e);
	return rc;
}

static int run(const struct args *args)
{
	AUTO_BUF struct buf nonce = BUF_EMPTY, question = BUF_EMPTY;
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct request rq = {
		.target = "/v1/attestation/evidence",
		.want = MEDIA_JSON,
		.type = MEDIA_JSON,
	};
	struct err e = { 0 };
	struct input body;
	int rc;

	rc = nonce_read(args, &nonce, &e);
	if (rc < 0)
		return exits_report(rc == -FAIL_SYS ? CODE_LOCAL : CODE_USAGE, e.text);
	if (make_question(buf_view(&nonce), &question, &e) < 0)
		return exits_report(CODE_LOCAL, e.text);
	body = input_of(buf_view(&question));
	rq.body = &body;

	if (call_make(args, &rq, call_can_wait, &out, &answer, &e) < 0)
		return call_report(&answer, &e);
	if (output_write(&out, span_text("\n"), &e) < 0)
		return exits_report(CODE_LOCAL, e.text);
	return call_commit(&out);
}

const struct command command_evidence = {
	.name = "evidence",
	.usage = "--nonce BASE64 | --nonce-hex HEX | --nonce-file FILE [--json]",
	.about = "what a verifier needs to see, fresh over the verifier's nonce",
	.help = "\n  --nonce BASE64     1 to 64 bytes, with padding\n"
		"  --nonce-hex HEX    the same in hexadecimal\n"
		"  --nonce-file FILE  the same as raw bytes; - is standard input\n"
		"  --json             the JSON of the API: the one form there is, so it may be "
		"left out\n",
	.options = OPTIONS_CALL | OPTION_JSON | OPTION_NONCE | OPTION_NONCE_HEX | OPTION_NONCE_FILE,
	.run = run,
};
