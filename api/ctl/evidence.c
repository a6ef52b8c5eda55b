#include "api/ctl/commands.h"

#include "api/ctl/call.h"
#include "api/ctl/exits.h"
#include "api/ctl/nonce.h"
#include "base/b64.h"

#define QUESTION_BYTES 256

/* "cpu,log" as ["cpu","log"]: what a part may be called is the service's to say, as long as it is
 * letters. */
static int add_parts(const char *parts, struct buf *ret, struct err *e)
{
	int rc = buf_append(ret, span_text(",\"parts\":[\""), QUESTION_BYTES, e);

	for (const char *c = parts; *c && rc == 0; c++) {
		if (*c == ',')
			rc = buf_append(ret, span_text("\",\""), QUESTION_BYTES, e);
		else if (*c >= 'a' && *c <= 'z')
			rc = buf_append(ret, span(c, 1), QUESTION_BYTES, e);
		else
			return FAIL(e, FAIL_INPUT, "--parts wants names like cpu,log");
	}
	return rc == 0 ? buf_append(ret, span_text("\"]"), QUESTION_BYTES, e) : rc;
}

/* Neither base64 nor these names have a character that JSON would escape. */
static int make_question(struct span nonce, const char *parts, struct buf *ret, struct err *e)
{
	int rc = buf_append(ret, span_text("{\"nonce\":\""), QUESTION_BYTES, e);

	if (rc == 0)
		rc = b64_encode(B64_STANDARD, nonce, QUESTION_BYTES, ret, e);
	if (rc == 0)
		rc = buf_append(ret, span_text("\""), QUESTION_BYTES, e);
	if (rc == 0 && parts)
		rc = add_parts(parts, ret, e);
	return rc == 0 ? buf_append(ret, span_text("}"), QUESTION_BYTES, e) : rc;
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
	rc = make_question(buf_view(&nonce), args->parts, &question, &e);
	if (rc < 0)
		return exits_report(rc == -FAIL_SYS ? CODE_LOCAL : CODE_USAGE, e.text);
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
	.usage = "--nonce BASE64 | --nonce-hex HEX | --nonce-file FILE [--parts LIST]",
	.about = "what a verifier needs to see, fresh over the verifier's nonce",
	.help = "\n  --nonce BASE64     1 to 64 bytes, with padding\n"
		"  --nonce-hex HEX    the same in hexadecimal\n"
		"  --nonce-file FILE  the same as raw bytes; - is standard input\n"
		"  --parts LIST       cpu (always), gpu: NVIDIA's GPUs, log: the guest's event "
		"log; "
		"bound by one report\n"
		"  --json             the JSON of the API: the one form there is, so it may be "
		"left out\n",
	.options = OPTIONS_CALL | OPTION_JSON | OPTION_NONCE | OPTION_NONCE_HEX |
		   OPTION_NONCE_FILE | OPTION_PARTS,
	.run = run,
};
