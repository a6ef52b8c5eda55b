#include "api/ctl/transform.h"

#include <string.h>

#include "api/ctl/call.h"
#include "api/ctl/exits.h"
#include "api/ctl/limits.h"
#include "api/ctl/target.h"

static int make_target(const struct args *args, const char *route, struct buf *ret, struct err *e)
{
	int rc = buf_append(ret, span_text(route), CTL_TARGET_BYTES, e);

	if (rc == 0 && args->scope)
		rc = target_add(ret, "scope", args->scope, e);
	if (rc == 0 && args->context && strlen(args->context) > LIMIT_CONTEXT_BYTES)
		rc = FAIL(e, FAIL_LIMIT, "a context has at most %d bytes", LIMIT_CONTEXT_BYTES);
	if (rc == 0 && args->context)
		rc = target_add(ret, "context", args->context, e);
	return rc;
}

static int open_output(const struct args *args, struct output *ret, struct err *e)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	int rc;

	rc = output_open(args->n_words > 1 ? args->words[1] : NULL, &out, e);
	if (rc == 0 && !args_has(args, OPTION_FORCE))
		rc = output_refuse_terminal(&out, e);
	if (rc < 0)
		return rc;
	*ret = out;
	out = OUTPUT_EMPTY;
	return 0;
}

int transform_run(const struct args *args, const char *route)
{
	struct request rq = { .want = MEDIA_RAW, .type = MEDIA_RAW };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_INPUT struct input in = INPUT_EMPTY;
	AUTO_BUF struct buf target = BUF_EMPTY;
	struct err e = { 0 };
	int rc;

	/* What can fail here fails before the service is asked, and before a terminal is read. */
	rc = make_target(args, route, &target, &e);
	if (rc == 0)
		rc = open_output(args, &out, &e);
	if (rc == 0)
		rc = input_open(args->n_words > 0 ? args->words[0] : NULL, CTL_INPUT_BYTES, &in,
				&e);
	if (rc < 0)
		return exits_report(rc == -FAIL_LIMIT ? CODE_TOO_LARGE : CODE_LOCAL, e.text);

	rq.target = (const char *)target.at;
	rq.body = &in;
	return call_run(args, &rq, &out);
}
