#include <string.h>

#include "api/body.h"
#include "api/query.h"
#include "api/room.h"
#include "api/routes.h"
#include "api/seal/record.h"
#include "api/wrap.h"
#include "base/b64.h"

/* What both routes take, in either form. */
struct request {
	struct buf bytes; /* plaintext or blob                    */
	struct buf scope; /* text; empty: the default             */
	struct buf context;
};

#define AUTO_REQUEST __attribute__((cleanup(request_done)))

static void request_done(struct request *r)
{
	buf_done(&r->bytes);
	buf_done(&r->scope);
	buf_done(&r->context);
}

static int take_text(const cJSON *node, const char *name, size_t limit, struct buf *ret,
		     struct err *e)
{
	int failed = node ? buf_append(ret, span_text(json_text(node)), limit, e) : 0;

	return failed ? err_add(e, "%s", name) : 0;
}

static int read_json(struct exchange *x, const char *member, struct request *ret, struct err *e)
{
	bool seals = !strcmp(member, "plaintext");
	const cJSON *bytes, *context, *scope = NULL;
	const struct json_field fields[] = {
		{ member, JSON_TEXT, true, &bytes },
		{ "context", JSON_TEXT, false, &context },
		/* A blob tells its scope itself. */
		{ seals ? "scope" : NULL, JSON_TEXT, false, &scope },
		{ 0 },
	};
	AUTO_JSON cJSON *root = NULL;
	int failed;

	if (x->head.has_query)
		return FAIL(e, FAIL_INPUT, "scope and context of a JSON body are its members");
	failed = body_parse(buf_view(&x->body), &root, e);
	if (failed)
		return failed;
	buf_done(&x->body);
	if (json_object(root, seals ? "seal" : "unseal", fields, e) < 0)
		return -(int)FAIL_INPUT;
	failed = b64_decode(B64_STANDARD, span_text(json_text(bytes)), LIMIT_API_BODY_BYTES,
			    &ret->bytes, e);
	if (failed)
		return err_add(e, "%s", member);
	if (seals && ret->bytes.len > RECORD_JSON_PLAIN_MAX_BYTES)
		return FAIL(e, FAIL_LIMIT, "plaintext: more than %d bytes in JSON",
			    RECORD_JSON_PLAIN_MAX_BYTES);
	failed = take_text(scope, "scope", LIMIT_NAME_BYTES, &ret->scope, e);
	return failed ? failed
		      : take_text(context, "context", LIMIT_CONTEXT_BYTES, &ret->context, e);
}

static int read_raw(struct exchange *x, bool seals, struct request *ret, struct err *e)
{
	const struct query_field fields[] = {
		{ "context", LIMIT_CONTEXT_BYTES, &ret->context },
		{ seals ? "scope" : NULL, LIMIT_NAME_BYTES, &ret->scope },
		{ 0 },
	};
	int failed = query_parse(x->head.query, fields, e);

	if (!failed)
		ret->bytes = buf_take(&x->body);
	return failed;
}

static enum form body_form(const struct exchange *x)
{
	return form_of_type(x->head.content_type);
}

static void answer_bytes(struct exchange *x, const char *member, struct buf *bytes)
{
	enum form form = form_choose(x->head.accept, FORM_JSON | FORM_RAW, body_form(x));
	AUTO_BUF struct buf json = BUF_EMPTY;
	struct err e = { 0 };

	if (form == FORM_RAW)
		exchange_answer(x, FORM_RAW, bytes);
	else if (wrap_b64(member, buf_view(bytes), &json, &e) < 0)
		exchange_fail(x, &e);
	else
		exchange_answer(x, FORM_JSON, &json);
}

/* Keys that are here serve on while attest is started again. */
static bool is_ready(struct exchange *x)
{
	const struct services *s = x->services;

	return s->keyring(s->arg)->count || s->status(s->arg)->has_keys;
}

static int seal(struct exchange *x, struct buf *ret, struct err *e)
{
	AUTO_REQUEST struct request r = { .bytes = BUF_EMPTY };
	enum seal_scope scope = SCOPE_CONTAINER;
	int failed = body_form(x) == FORM_RAW ? read_raw(x, true, &r, e)
					      : read_json(x, "plaintext", &r, e);

	/* An empty scope that was given is not the default: it is none. */
	if (!failed && r.scope.at)
		failed = seal_scope_parse(buf_view(&r.scope), &scope, e);
	if (failed)
		return failed;
	return record_seal(x->services->keyring(x->services->arg), scope, buf_view(&r.context),
			   buf_view(&r.bytes), ret, e);
}

static int unseal(struct exchange *x, struct buf *ret, struct err *e)
{
	AUTO_REQUEST struct request r = { .bytes = BUF_EMPTY };
	int failed =
		body_form(x) == FORM_RAW ? read_raw(x, false, &r, e) : read_json(x, "blob", &r, e);

	if (failed)
		return failed;
	return record_open(x->services->keyring(x->services->arg), buf_view(&r.context),
			   buf_view(&r.bytes), ret, e);
}

void route_seal(struct exchange *x)
{
	AUTO_BUF struct buf blob = BUF_EMPTY;
	struct err e = { 0 };

	if (!is_ready(x))
		exchange_not_ready(x);
	else if (seal(x, &blob, &e) < 0)
		exchange_fail(x, &e);
	else
		answer_bytes(x, "blob", &blob);
}

void route_unseal(struct exchange *x)
{
	AUTO_BUF struct buf plain = BUF_EMPTY;
	struct err e = { 0 };

	if (!is_ready(x))
		exchange_not_ready(x);
	else if (unseal(x, &plain, &e) < 0)
		exchange_fail(x, &e);
	else
		answer_bytes(x, "plaintext", &plain);
}
