#include "attest/questions.h"

#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/key/derive.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/limits.h"

#define EVIDENCE_LABEL "sealinit/v1/evidence"
#define FIELDS_LIMIT   256

int question_report_data(const char *caller, struct span nonce,
			 uint8_t ret[static REPORT_DATA_BYTES], struct err *e)
{
	AUTO_BUF struct buf fields = BUF_EMPTY;
	struct digest d;
	int failed = derive_field(&fields, span_text(EVIDENCE_LABEL), FIELDS_LIMIT, e);

	if (!failed)
		failed = derive_field(&fields, span_text(caller), FIELDS_LIMIT, e);
	if (!failed)
		failed = derive_field(&fields, nonce, FIELDS_LIMIT, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA512, buf_view(&fields), &d, e);
	if (!failed)
		memcpy(ret, d.at, REPORT_DATA_BYTES);
	return failed;
}

/* Takes `evidence` over. */
static int print_evidence(const char *tee, cJSON *evidence, struct span report_data,
			  struct span nonce, const char *caller, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *rest = evidence;
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *child;
	int failed = json_add_text(o, "tee", tee, e);

	if (failed)
		return failed;
	child = rest;
	rest = NULL;
	failed = json_add(o, "evidence", child, e);
	if (!failed)
		failed = json_add_b64(o, "report_data", report_data, e);
	if (!failed)
		failed = json_add_b64(o, "nonce", nonce, e);
	if (!failed)
		failed = json_add_text(o, "caller", caller, e);
	return failed ? failed : json_print(o, LIMIT_EVIDENCE_BYTES, ret, e);
}

int question_evidence(struct boot *b, const struct msg_evidence *q, uint64_t deadline_ms,
		      struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	uint8_t data[REPORT_DATA_BYTES];
	cJSON *evidence = NULL;
	struct span nonce;
	int failed;

	if (!ipc_is_text(q->caller, sizeof(q->caller)) || !*q->caller || !q->nonce_len ||
	    q->nonce_len > LIMIT_NONCE_BYTES)
		return FAIL(e, FAIL_INPUT, "evidence: a nonce has 1 .. %d bytes, a caller a name",
			    LIMIT_NONCE_BYTES);
	nonce = span(q->nonce, q->nonce_len);
	failed = question_report_data(q->caller, nonce, data, e);
	if (!failed)
		failed = evidence_report(&b->evidence, span(data, sizeof(data)), deadline_ms,
					 &evidence, e);
	if (!failed)
		failed = print_evidence(b->evidence.driver->tee, evidence, span(data, sizeof(data)),
					nonce, q->caller, &text, e);
	return failed ? failed : fd_seal_bytes("sealinit-evidence", buf_view(&text), e);
}

static int check_path(const struct boot *b, const struct msg_secret *q, struct err *e)
{
	if (!ipc_is_text(q->path, sizeof(q->path)) || !config_is_resource_path(q->path))
		return FAIL(e, FAIL_INPUT, "a secret is named repository/type/tag");
	if (!b->kbs)
		return FAIL(e, FAIL_DENIED, "the configuration names no broker");
	if (!strcmp(q->path, b->loaded.config.broker.root_secret))
		return FAIL(e, FAIL_DENIED, "the root secret is given to nobody");
	return 0;
}

int question_secret(struct boot *b, const struct msg_secret *q, uint64_t deadline_ms, struct err *e)
{
	AUTO_SECRET struct secret value = SECRET_EMPTY;
	struct err why = { 0 };
	int failed = check_path(b, q, e);

	if (failed)
		return failed;
	failed = b->ops->kbs_fetch(b->kbs, q->path, deadline_ms, &value, &why);
	if (failed)
		return err_set(e, why.kind, why.sys, why.where, "%s%s",
			       why.kind == FAIL_DENIED && why.sys == ENOENT ? SECRET_MISSING : "",
			       why.text);
	return fd_seal_bytes("sealinit-secret", secret_view(&value), e);
}
