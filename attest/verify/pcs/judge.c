#include "attest/verify/pcs/judge.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/digest.h"

void judge_object(struct judge *j, enum reason r, const char *format, ...)
{
	char text[200];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	j->is_sound = false;
	verdict_say(j->c->verdict, j->part, r, "%s", text);
}

int judge_error(struct judge *j, const char *what, const struct err *e)
{
	switch (e->kind) {
	case FAIL_SYS:
	case FAIL_BUG:
		return -(int)e->kind;
	case FAIL_FORGED:
		judge_object(j, PCS_FORGED, "%s: %s", what, e->text);
		return 0;
	case FAIL_AGAIN:
		judge_object(j, PCS_MISSING, "%s: %s", what, e->text);
		return 0;
	default:
		judge_object(j, PCS_FORMAT, "%s: %s", what, e->text);
		return 0;
	}
}

#define PCS_API	 "https://api.trustedservices.intel.com/"
#define PCS_ROOT "https://certificates.trustedservices.intel.com/"

static const char *tee(const struct pcs_platform *p)
{
	return p->is_tdx ? "tdx" : "sgx";
}

static void name_tcb_url(struct source *s, const struct pcs_platform *p, char hex[static 13])
{
	digest_hex(span(p->fmspc, sizeof(p->fmspc)), hex);
	(void)snprintf(s->url, sizeof(s->url), PCS_API "%s/certification/v4/tcb?fmspc=%s", tee(p),
		       hex);
}

void source_tcb_info(struct source *s, const struct pcs_platform *p)
{
	char hex[13];

	*s = (struct source){ .what = "TCB info",
			      .missing = PCS_MISSING,
			      .limit = LIMIT_TCB_BYTES };
	name_tcb_url(s, p, hex);
	(void)snprintf(s->file, sizeof(s->file), "intel-%s-tcb-%s.json", tee(p), hex);
}

void source_qe_identity(struct source *s, const struct pcs_platform *p)
{
	*s = (struct source){ .what = "QE identity",
			      .missing = PCS_MISSING,
			      .limit = LIMIT_TCB_BYTES };
	(void)snprintf(s->url, sizeof(s->url), PCS_API "%s/certification/v4/qe/identity", tee(p));
	(void)snprintf(s->file, sizeof(s->file), "intel-%s-qe.json", tee(p));
}

void source_signer(struct source *s, const struct pcs_platform *p)
{
	char hex[13];

	*s = (struct source){ .file = "intel-tcb-signing.pem",
			      .what = "TCB signer (header TCB-Info-Issuer-Chain)",
			      .missing = PCS_MISSING,
			      .limit = LIMIT_ROOTS_BYTES };
	name_tcb_url(s, p, hex);
}

void source_root_crl(struct source *s)
{
	*s = (struct source){ .file = "intel-root.crl",
			      .url = PCS_ROOT "IntelSGXRootCA.der",
			      .what = "root CRL",
			      .missing = PCS_NO_REVOCATION,
			      .limit = LIMIT_VERIFY_CRL_BYTES };
}

void source_pck_crl(struct source *s, const struct pcs_platform *p)
{
	const char *ca = p->is_processor_ca ? "processor" : "platform";

	*s = (struct source){ .what = "PCK CRL",
			      .missing = PCS_NO_REVOCATION,
			      .limit = LIMIT_VERIFY_CRL_BYTES };
	(void)snprintf(s->url, sizeof(s->url),
		       PCS_API "sgx/certification/v4/pckcrl?ca=%s&encoding=der", ca);
	(void)snprintf(s->file, sizeof(s->file), "intel-pck-%s.crl", ca);
}

void judge_renew(struct judge *j, const struct source *s)
{
	verdict_miss(j->c->verdict, j->part, s->file, s->url, s->what);
}

int judge_take(struct judge *j, const struct source *s, struct buf *ret, bool *ret_found,
	       struct err *e)
{
	struct err why = { 0 };
	int failed = store_find(j->c->store, s->file, s->limit, ret, &why);

	*ret_found = !failed;
	if (!failed)
		return 0;
	if (failed != -FAIL_AGAIN) {
		failed = judge_error(j, s->file, &why);
		if (failed)
			*e = why;
		return failed;
	}
	judge_renew(j, s);
	if (!s->is_optional)
		judge_object(j, s->missing, "%s is not at hand: %s", s->what, s->file);
	return 0;
}
