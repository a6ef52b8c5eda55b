/* Quotes of TDX and SGX: structure, trust, and only then what they say. */
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/pcs/pcs.h"
#include "attest/verify/bytes.h"
#include "attest/verify/tdx/claims.h"
#include "attest/verify/tdx/judge.h"
#include "attest/verify/tdx/tdreport.h"
#include "base/mem.h"

#define ALG_SHA384 0x000c
#define RTMRS	   4

static int judge_tdreport(const struct context *c, const struct part *p, struct err *e)
{
	struct err why = { 0 };
	int failed = tdreport_check(p->bytes, &why);

	if (failed == -FAIL_SYS)
		return err_set(e, FAIL_SYS, why.sys, why.where, "%s", why.text);
	if (failed) {
		verdict_err(c->verdict, p->index, TDX_FORMAT, &why);
		return 0;
	}
	verdict_say(c->verdict, p->index, TDX_TDREPORT,
		    "a TDREPORT proves nothing to a remote party");
	return tdreport_show(p->bytes, verdict_claims(c->verdict, p->index), e);
}

static void fill_outcome(const struct quote *q, struct outcome *o)
{
	struct span data, config;

	o->genuine = true;
	if (quote_is_tdx(q)) {
		const struct td t = td_view(q);

		data = t.report_data;
		config = t.mrconfigid;
		o->registers = (struct registers){ .alg = ALG_SHA384,
						   .present = (1u << RTMRS) - 1,
						   .is_rtmr = true };
		for (size_t i = 0; i < RTMRS; i++)
			memcpy(o->registers.at[i], t.rtmr[i].at, t.rtmr[i].len);
	} else {
		const struct enclave s = enclave_view(q->body);

		data = s.report_data;
		config = s.configid;
	}
	memcpy(o->data, data.at, data.len);
	o->data_len = data.len;
	memcpy(o->config, config.at, config.len);
	o->config_len = config.len;
}

static void say_genuine(const struct context *c, size_t part, const struct quote *q,
			const struct trust *t)
{
	const uint8_t *f = t->pck.fmspc;

	verdict_say(c->verdict, part, t->chain.root == CHAIN_TEST ? TDX_TEST_ROOT : TDX_GENUINE,
		    "%s quote of version %u, platform %02x%02x%02x%02x%02x%02x, %s CA",
		    quote_is_tdx(q) ? "TDX" : "SGX", q->version, f[0], f[1], f[2], f[3], f[4], f[5],
		    t->is_processor_ca ? "Processor" : "Platform");
}

/* Without a clock nothing is said here: attest/verify/pcs says so for all that has dates. */
static void judge_time(const struct context *c, size_t part, const struct trust *t)
{
	char from[TIME_TEXT_BYTES], to[TIME_TEXT_BYTES];
	int when = chain_time(&t->chain, c->at);

	time_text(t->chain.not_before, from);
	time_text(t->chain.not_after, to);
	if (when < 0)
		verdict_say(c->verdict, part, TDX_NOT_YET, "PCK chain valid from %s", from);
	else if (when > 0)
		verdict_say(c->verdict, part, TDX_EXPIRED, "PCK chain valid to %s", to);
}

static void judge_smt(const struct context *c, size_t part, const struct quote *q,
		      const struct pck *pck)
{
	bool must_be_off =
		quote_is_tdx(q) ? c->policy->tdx.tcb.smt_off : c->policy->sgx.tcb.smt_off;

	if (must_be_off && (!pck->has_smt || pck->is_smt))
		verdict_say(c->verdict, part, TDX_SMT, "%s",
			    pck->has_smt ? "SMT is on" : "the PCK certificate says nothing of SMT");
}

static void fill_platform(const struct quote *q, const struct trust *t, struct pcs_platform *ret)
{
	*ret = (struct pcs_platform){ .is_tdx = quote_is_tdx(q),
				      .pcesvn = t->pck.pcesvn,
				      .is_processor_ca = t->is_processor_ca };
	memcpy(ret->fmspc, t->pck.fmspc, sizeof(ret->fmspc));
	memcpy(ret->pceid, t->pck.pceid, sizeof(ret->pceid));
	memcpy(ret->components, t->pck.components, sizeof(ret->components));
	if (ret->is_tdx) {
		const struct td td = td_view(q);

		memcpy(ret->tee_tcb_svn, td.tee_tcb_svn.at, sizeof(ret->tee_tcb_svn));
		memcpy(ret->mrsignerseam, td.mrsignerseam.at, sizeof(ret->mrsignerseam));
		memcpy(ret->seamattributes, td.seamattributes.at, sizeof(ret->seamattributes));
		ret->has_svn2 = td.is_td15;
		if (td.is_td15)
			memcpy(ret->tee_tcb_svn2, td.tee_tcb_svn2.at, sizeof(ret->tee_tcb_svn2));
	}
}

static int judge_tcb(const struct context *c, size_t part, const struct quote *q,
		     const struct trust *t, struct err *e)
{
	struct pcs_enclave qe = { .isvprodid = t->qe.isvprodid, .isvsvn = t->qe.isvsvn };
	struct pcs_platform platform;

	fill_platform(q, t, &platform);
	memcpy(qe.miscselect, t->qe.miscselect.at, sizeof(qe.miscselect));
	memcpy(qe.attributes, t->qe.attributes.at, sizeof(qe.attributes));
	memcpy(qe.mrsigner, t->qe.mrsigner.at, sizeof(qe.mrsigner));
	return pcs_judge(c, part, &t->chain, &platform, &qe, e);
}

static int judge_genuine(const struct context *c, struct part *p, const struct quote *q,
			 const struct trust *t, struct err *e)
{
	say_genuine(c, p->index, q, t);
	fill_outcome(q, &p->outcome);
	judge_time(c, p->index, t);
	judge_smt(c, p->index, q, &t->pck);
	if (quote_is_tdx(q)) {
		const struct td td = td_view(q);

		td_judge(c, p->index, &td);
	} else {
		const struct enclave s = enclave_view(q->body);

		enclave_judge(c, p->index, &s);
	}
	judge_fresh(c, p);
	return judge_tcb(c, p->index, q, t, e);
}

/* Whether the quote brings a PCK chain at all; says what it has instead. */
static bool judge_certification(const struct context *c, size_t part, const struct quote *q)
{
	uint16_t type = q->auth.certification;

	if (type == QUOTE_PCK_CHAIN)
		return true;
	verdict_say(c->verdict, part,
		    type && type <= QUOTE_PPID_LAST ? TDX_PCK_MISSING : TDX_CERTIFICATES,
		    "certification data of type %u, must be %d", type, QUOTE_PCK_CHAIN);
	return false;
}

static int judge_quote(const struct context *c, struct part *p, const struct quote *q,
		       struct err *e)
{
	AUTO_TRUST struct trust t = { 0 };
	cJSON *claims = verdict_claims(c->verdict, p->index);
	bool holds = false;
	int failed = 0;

	if (judge_certification(c, p->index, q))
		failed = trust_judge(c, p->index, q, &t, &holds, e);
	if (!failed)
		failed = quote_claims(q, &t, claims, e);
	if (failed || !holds)
		return failed;
	return judge_genuine(c, p, q, &t, e);
}

int tdx_verify(const struct context *c, struct part *p, struct err *e)
{
	struct err why = { 0 };
	struct quote q;

	if (tdreport_is(p->bytes))
		return judge_tdreport(c, p, e);
	if (quote_is_cbor(p->bytes)) {
		verdict_say(c->verdict, p->index, TDX_FORM_UNKNOWN, "a quote in CBOR, %zu bytes",
			    p->bytes.len);
		return 0;
	}
	if (quote_parse(p->bytes, &q, &why)) {
		verdict_err(c->verdict, p->index, TDX_FORMAT, &why);
		return 0;
	}
	return judge_quote(c, p, &q, e);
}

int tdx_show(struct span quote, cJSON *ret, struct err *e)
{
	AUTO_TRUST struct trust t = { 0 };
	struct quote q;
	int failed;

	if (quote_is_cbor(quote))
		return FAIL(e, FAIL_INPUT, "a quote in CBOR: unsupported form");
	failed = quote_parse(quote, &q, e);
	if (!failed && q.auth.certification == QUOTE_PCK_CHAIN)
		failed = trust_read(&q, &t, e);
	return failed ? failed : quote_claims(&q, &t, ret, e);
}
