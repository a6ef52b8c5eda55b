#include "attest/verify/cli/run.h"

#include "attest/verify/cli/exits.h"
#include "attest/verify/cli/explain.h"
#include "attest/verify/cli/files.h"
#include "attest/verify/cli/missing.h"
#include "attest/verify/cli/show.h"
#include "attest/verify/cli/text.h"
#include "base/roles.h"

static int put_line(struct buf *b, const char *text, struct err *e)
{
	return buf_printf(b, LIMIT_VERIFY_JSON_BYTES, e, "%s\n", text);
}

static int print_verdict(const struct options *o, const struct verify_verdict *v, int64_t at,
			 struct buf *ret, struct err *e)
{
	int failed;

	if (o->action == ACTION_MISSING)
		failed = o->json ? missing_json(v, o->cache, ret, e)
				 : missing_text(v, o->cache, ret, e);
	else
		failed = o->json ? verify_json(v, ret, e) : text_verdict(v, at, ret, e);
	if (!failed && o->json)
		failed = put_line(ret, "", e);
	return failed;
}

static int status_of(const struct options *o, const struct verify_verdict *v)
{
	if (o->action == ACTION_MISSING)
		return verify_missing_count(v) ? EXITS_UNPROVEN : EXITS_ACCEPTED;
	return exits_of(verify_decision(v));
}

static int run_verify(const struct options *o, const struct files *f, struct buf *ret,
		      struct err *e)
{
	const struct verify_request r = files_request(o, f);
	struct verify_verdict *v = NULL;
	int status;

	if (verify_evidence(&r, &v, e) < 0)
		return -exits_of_error(e);
	status = print_verdict(o, v, f->at_time, ret, e) < 0 ? -EXITS_INTERNAL : status_of(o, v);
	verify_free(v);
	return status;
}

static int run_show(const struct options *o, const struct files *f, struct buf *ret, struct err *e)
{
	const struct verify_request r = files_request(o, f);
	AUTO_BUF struct buf json = BUF_EMPTY;
	int failed;

	if (verify_show(&r, &json, e) < 0)
		return -exits_of_error(e);
	failed = o->json ? put_line(ret, (const char *)json.at, e)
			 : show_text(buf_view(&json), ret, e);
	return failed ? -EXITS_INTERNAL : 0;
}

static int run_files(const struct options *o, struct buf *ret, struct err *e)
{
	AUTO_FILES struct files f = FILES_EMPTY;
	int status = files_read(o, &f, e);

	if (status)
		return -status;
	return o->action == ACTION_SHOW ? run_show(o, &f, ret, e) : run_verify(o, &f, ret, e);
}

static int run_explain(const char *code, struct buf *ret, struct err *e)
{
	int failed = explain_code(code, ret, e);

	return !failed ? 0 : failed == -FAIL_INPUT ? -EXITS_USAGE : -EXITS_INTERNAL;
}

int run(const struct options *o, struct buf *ret, struct err *e)
{
	switch (o->action) {
	case ACTION_HELP:
		return buf_append(ret, span_text(options_help), LIMIT_VERIFY_JSON_BYTES, e) < 0
			       ? -EXITS_INTERNAL
			       : 0;
	case ACTION_VERSION:
		return put_line(ret, "sealverify " SEALINIT_VERSION, e) < 0 ? -EXITS_INTERNAL : 0;
	case ACTION_EXPLAIN:
		return run_explain(o->explain, ret, e);
	case ACTION_VERIFY:
	case ACTION_SHOW:
	case ACTION_MISSING:
		break;
	}
	return run_files(o, ret, e);
}
