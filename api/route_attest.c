#include <string.h>

#include "api/body.h"
#include "api/render.h"
#include "api/routes.h"
#include "api/wrap.h"
#include "base/b64.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/messages.h"

#define CALLER	       "guest" /* until callers are told apart */
#define AGAIN_RETRY_MS 1000

/* Which problem attest's failure is, by kind. */
struct verdict {
	enum problem problem;
	unsigned int retry_after_ms;
};

/* Failures that are not the answer's but the way's; PROBLEM_NONE for the others. */
static bool refuse_broken_way(struct exchange *x, const struct err *why)
{
	if (why->kind == FAIL_SYS && why->sys == ECONNRESET)
		exchange_not_ready(x);
	else if (why->sys == EPROTO)
		exchange_refuse(x, PROBLEM_INTERNAL, 0, "sealinit-attest: %s", why->text);
	else
		return false;
	return true;
}

/* What follows `mark` where attest's answer begins with it; NULL if it said something else. */
static const char *told_behind(const struct err *why, enum err_kind kind, const char *mark)
{
	const size_t len = strlen(mark);

	return why && why->kind == kind && !strncmp(why->text, mark, len) ? why->text + len : NULL;
}

static void refuse(struct exchange *x, const struct verdict *verdicts, const struct err *why)
{
	const struct verdict *v = &verdicts[why->kind];
	const char *dead = told_behind(why, FAIL_SYS, TEE_DEAD);

	if (dead)
		exchange_refuse(x, PROBLEM_TEE_DEAD, 0, "%s", dead);
	else if (!refuse_broken_way(x, why))
		exchange_refuse(x, v->problem, v->retry_after_ms, "%s", why->text);
}

static const struct verdict evidence_verdicts[] = {
	[FAIL_AGAIN] = { PROBLEM_BUSY, AGAIN_RETRY_MS }, /* a throttled TEE */
	[FAIL_INPUT] = { PROBLEM_EVIDENCE_FAILED, 0 },
	[FAIL_LIMIT] = { PROBLEM_EVIDENCE_FAILED, 0 },
	[FAIL_DENIED] = { PROBLEM_DENIED, 0 },
	[FAIL_FORGED] = { PROBLEM_EVIDENCE_FAILED, 0 },
	[FAIL_SYS] = { PROBLEM_EVIDENCE_FAILED, 0 },
	[FAIL_BUG] = { PROBLEM_INTERNAL, 0 },
};

static void evidence_answered(void *arg, const struct answer *answer)
{
	struct exchange *x = arg;
	enum form form = form_choose(x->head.accept, FORM_JSON | FORM_TEXT, FORM_JSON);
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	x->question = 0;
	if (answer->why) {
		refuse(x, evidence_verdicts, answer->why);
	} else if (form == FORM_JSON) {
		exchange_answer(x, form, answer->bytes);
	} else if (render_evidence(buf_view(answer->bytes), &text, &e) < 0) {
		exchange_refuse(x, PROBLEM_INTERNAL, 0, "sealinit-attest: %s", e.text);
	} else {
		exchange_answer(x, form, &text);
	}
}

/* Which parts: each once, and the CPU's always, since it signs for the others. */
static int read_parts(const cJSON *list, uint32_t *ret, struct err *e)
{
	static const struct {
		const char *name;
		enum evidence_part part;
	} words[] = { { "cpu", PART_CPU }, { "gpu", PART_GPU }, { "log", PART_LOG } };
	uint32_t parts = 0;

	for (const cJSON *i = list ? list->child : NULL; i; i = i->next) {
		uint32_t part = 0;

		for (size_t w = 0; w < COUNT_OF(words); w++)
			if (json_text(i) && !strcmp(json_text(i), words[w].name))
				part = words[w].part;
		if (!part || parts & part)
			return FAIL(e, FAIL_INPUT, "parts: each of \"cpu\", \"gpu\", \"log\" once");
		parts |= part;
	}
	if (list && !(parts & PART_CPU))
		return FAIL(e, FAIL_INPUT, "parts: \"cpu\" is always one of them");
	*ret = parts | PART_CPU;
	return 0;
}

static int read_evidence(struct exchange *x, struct msg_evidence *ret, struct err *e)
{
	AUTO_JSON cJSON *root = NULL;
	AUTO_BUF struct buf nonce = BUF_EMPTY;
	const cJSON *text = NULL, *list = NULL;
	const struct json_field fields[] = { { "nonce", JSON_TEXT, true, &text },
					     { "parts", JSON_ARRAY, false, &list },
					     { 0 } };
	uint32_t parts;
	int failed = body_parse(buf_view(&x->body), &root, e);

	if (!failed)
		failed = json_object(root, "evidence", fields, e);
	if (!failed)
		failed = read_parts(list, &parts, e);
	if (failed)
		return failed;
	if (b64_decode(B64_STANDARD, span_text(json_text(text)), LIMIT_API_BODY_BYTES, &nonce, e) <
	    0)
		return err_add(e, "nonce");
	if (!nonce.len || nonce.len > LIMIT_NONCE_BYTES)
		return FAIL(e, FAIL_INPUT, "nonce: %zu bytes, not 1 to %d", nonce.len,
			    LIMIT_NONCE_BYTES);
	*ret = (struct msg_evidence){ .caller = CALLER,
				      .parts = parts,
				      .nonce_len = (uint32_t)nonce.len };
	memcpy(ret->nonce, nonce.at, nonce.len);
	return 0;
}

void route_evidence(struct exchange *x)
{
	struct msg_evidence body;
	struct err e = { 0 };

	if (read_evidence(x, &body, &e) < 0)
		exchange_fail(x, &e);
	else
		exchange_ask(x,
			     &(struct question){ MSG_EVIDENCE, span(&body, sizeof(body)),
						 LIMIT_EVIDENCE_BYTES },
			     evidence_answered);
}

static const struct verdict log_verdicts[] = {
	[FAIL_AGAIN] = { PROBLEM_BUSY, AGAIN_RETRY_MS }, /* a quote over the log */
	[FAIL_INPUT] = { PROBLEM_BAD_REQUEST, 0 },
	[FAIL_LIMIT] = { PROBLEM_TOO_LARGE, 0 }, /* the log is full */
	[FAIL_DENIED] = { PROBLEM_DENIED, 0 },	 /* a domain of the guest's */
	[FAIL_FORGED] = { PROBLEM_EVIDENCE_FAILED, 0 },
	[FAIL_SYS] = { PROBLEM_EVIDENCE_FAILED, 0 },
	[FAIL_BUG] = { PROBLEM_INTERNAL, 0 },
};

static void log_answered(void *arg, const struct answer *answer)
{
	struct exchange *x = arg;

	x->question = 0;
	if (answer->why)
		refuse(x, log_verdicts, answer->why);
	else
		exchange_answer(x, FORM_JSON, answer->bytes);
}

/* attest checks the words themselves: here they only have to fit. */
static int read_text(const cJSON *node, const char *what, char *ret, size_t size, struct err *e)
{
	const char *text = json_text(node);

	if (strlen(text) >= size)
		return FAIL(e, FAIL_INPUT, "%s: over %zu bytes", what, size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int read_event(struct exchange *x, struct msg_event *ret, struct err *e)
{
	AUTO_JSON cJSON *root = NULL;
	const cJSON *domain = NULL, *operation = NULL, *content = NULL;
	const struct json_field fields[] = { { "domain", JSON_TEXT, true, &domain },
					     { "operation", JSON_TEXT, true, &operation },
					     { "content", JSON_TEXT, true, &content },
					     { 0 } };
	int failed = body_parse(buf_view(&x->body), &root, e);

	*ret = (struct msg_event){ .caller = CALLER };
	if (!failed)
		failed = json_object(root, "event", fields, e);
	if (!failed)
		failed = read_text(domain, "domain", ret->domain, sizeof(ret->domain), e);
	if (!failed)
		failed = read_text(operation, "operation", ret->operation, sizeof(ret->operation),
				   e);
	if (!failed)
		failed = read_text(content, "content", ret->content, sizeof(ret->content), e);
	return failed;
}

void route_event(struct exchange *x)
{
	struct msg_event body;
	struct err e = { 0 };

	if (read_event(x, &body, &e) < 0)
		exchange_fail(x, &e);
	else
		exchange_ask(x,
			     &(struct question){ MSG_EVENT, span(&body, sizeof(body)),
						 LIMIT_API_SMALL_BYTES },
			     log_answered);
}

void route_eventlog(struct exchange *x)
{
	exchange_ask(x, &(struct question){ MSG_EVENTLOG, SPAN_EMPTY, LIMIT_EVENTLOG_JSON_BYTES },
		     log_answered);
}

void route_policy(struct exchange *x)
{
	exchange_ask(x, &(struct question){ MSG_POLICY, SPAN_EMPTY, LIMIT_POLICY_BYTES },
		     log_answered);
}

static const struct verdict secret_verdicts[] = {
	[FAIL_AGAIN] = { PROBLEM_BROKER_UNAVAILABLE, AGAIN_RETRY_MS },
	[FAIL_INPUT] = { PROBLEM_BROKER_UNAVAILABLE, 0 },
	[FAIL_LIMIT] = { PROBLEM_BROKER_UNAVAILABLE, 0 },
	[FAIL_DENIED] = { PROBLEM_DENIED, 0 },
	[FAIL_FORGED] = { PROBLEM_BROKER_UNAVAILABLE, 0 },
	[FAIL_SYS] = { PROBLEM_BROKER_UNAVAILABLE, AGAIN_RETRY_MS },
	[FAIL_BUG] = { PROBLEM_INTERNAL, 0 },
};

static void secret_answered(void *arg, const struct answer *answer)
{
	struct exchange *x = arg;
	enum form form = form_choose(x->head.accept, FORM_RAW | FORM_JSON, FORM_RAW);
	const char *missing = told_behind(answer->why, FAIL_DENIED, SECRET_MISSING);
	AUTO_BUF struct buf json = BUF_EMPTY;
	struct err e = { 0 };

	x->question = 0;
	if (missing)
		exchange_refuse(x, PROBLEM_SECRET_MISSING, 0, "%s", missing);
	else if (answer->why)
		refuse(x, secret_verdicts, answer->why);
	else if (form == FORM_RAW)
		exchange_answer(x, form, answer->bytes);
	else if (wrap_b64("secret", buf_view(answer->bytes), &json, &e) < 0)
		exchange_fail(x, &e);
	else
		exchange_answer(x, form, &json);
}

static bool is_segment(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '-' && (c != '.' || !i))
			return false;
	}
	return s.len > 0;
}

/* Three segments as the broker spells them: nothing that a URL would read in another way gets
 * through. `path` is what follows the prefix. */
static int read_path(struct span path, struct msg_secret *ret, struct err *e)
{
	struct span rest = path, segment;
	size_t count = 0, seen = 0;

	if (path.len > 253)
		return FAIL(e, FAIL_INPUT, "secret: a path of more than 253 bytes");
	while (http_next(&rest, '/', &segment)) {
		if (!is_segment(segment))
			return FAIL(e, FAIL_INPUT, "secret: a segment has odd characters");
		seen += segment.len;
		count++;
	}
	if (count != 3 || seen + 2 != path.len)
		return FAIL(e, FAIL_INPUT, "secret: not repository/type/tag");
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->path, path.at, path.len);
	return 0;
}

void route_secret(struct exchange *x)
{
	size_t skip = strlen(x->route->path);
	struct span path = span(x->head.path.at + skip, x->head.path.len - skip);
	struct msg_secret body;
	struct err e = { 0 };

	if (read_path(path, &body, &e) < 0)
		exchange_fail(x, &e);
	else
		exchange_ask(x,
			     &(struct question){ MSG_SECRET, span(&body, sizeof(body)),
						 LIMIT_RESOURCE_BYTES },
			     secret_answered);
}
