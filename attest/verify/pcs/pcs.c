#include "attest/verify/pcs/pcs.h"

#include <inttypes.h>
#include <string.h>

#include "attest/verify/pcs/claims.h"
#include "attest/verify/pcs/collateral.h"
#include "attest/verify/pcs/evaluate.h"
#include "attest/verify/pcs/revocation.h"

/* --- Does the collateral fit what it is asked about? ------------------------------------------ */

static bool fits_identity(struct judge *j, const struct qe_identity *q)
{
	struct err why = { 0 };

	if (q->is_tdx != j->platform->is_tdx)
		judge_object(j, PCS_OTHER_IDENTITY, "the identity is of %s, the quote of %s",
			     q->is_tdx ? "TD_QE" : "QE", j->platform->is_tdx ? "TDX" : "SGX");
	else if (qe_identity_check(q, j->qe, &why))
		judge_object(j, PCS_OTHER_QE, "quoting enclave: %s", why.text);
	else
		return true;
	return false;
}

static bool fits_platform(struct judge *j, const struct tcb_info *t)
{
	struct err why = { 0 };

	if (tcb_info_check(t, j->platform, &why))
		judge_object(j, PCS_OTHER_PLATFORM, "%s", why.text);
	else if (tcb_module_check(t, j->platform, &why))
		judge_object(j, PCS_OTHER_MODULE, "%s", why.text);
	else
		return true;
	return false;
}

/* --- What the policy says of it --------------------------------------------------------------- */

static enum reason reason_of(enum tcb_status s)
{
	static const enum reason reasons[TCB_STATUSES] = {
		[TCB_UP_TO_DATE] = PCS_CURRENT,
		[TCB_SW_HARDENING_NEEDED] = PCS_SW_HARDENING,
		[TCB_CONFIGURATION_NEEDED] = PCS_CONFIGURATION,
		[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = PCS_CONFIGURATION_AND_SW_HARDENING,
		[TCB_TD_RELAUNCH_ADVISED] = PCS_RELAUNCH,
		[TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = PCS_RELAUNCH_CONFIGURATION,
		[TCB_OUT_OF_DATE] = PCS_OUT_OF_DATE,
		[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = PCS_OUT_OF_DATE_CONFIGURATION,
		[TCB_NOT_SUPPORTED] = PCS_NOT_SUPPORTED,
		[TCB_REVOKED] = PCS_REVOKED,
	};

	return reasons[s];
}

/* A list of statuses reaches what Intel still supports; the rest passes nowhere. */
static bool is_listed(const struct judge *j, enum tcb_status s)
{
	return s < TCB_NOT_SUPPORTED && refs_has(&j->policy->status, span_text(tcb_status_name(s)));
}

static void judge_advisories(struct judge *j, const struct tcb_result *r)
{
	for (size_t i = 0; i < r->advisory_count; i++)
		if (refs_ask(&j->policy->advisories, span_text(r->advisories[i])) == REFS_MISMATCH)
			judge_object(j, PCS_ADVISORY, "%s is open, and not in \"advisories\"",
				     r->advisories[i]);
}

static void judge_evaluations(struct judge *j, const struct collateral *k)
{
	uint64_t tcb = k->tcb.edition.evaluation, qe = k->qe.edition.evaluation;
	uint64_t least = j->policy->min_evaluation;

	if (tcb < least || qe < least)
		judge_object(j, PCS_OLD_EVALUATION,
			     "evaluation %" PRIu64 " (TCB info) and %" PRIu64
			     " (QE identity), must be %" PRIu64,
			     tcb, qe, least);
	if (tcb != qe)
		judge_object(j, PCS_EVALUATIONS_DIFFER,
			     "evaluation %" PRIu64 " of the TCB info, %" PRIu64
			     " of the QE identity",
			     tcb, qe);
}

static void judge_date(struct judge *j, const struct tcb_result *r)
{
	char date[TIME_TEXT_BYTES], least[TIME_TEXT_BYTES];

	if (!j->policy->min_date || r->date >= j->policy->min_date)
		return;
	time_text(r->date, date);
	time_text(j->policy->min_date, least);
	judge_object(j, PCS_OLD_DATE, "TCB of %s, must be of %s or later", date, least);
}

static void judge_status(struct judge *j, const struct tcb_result *r)
{
	char date[TIME_TEXT_BYTES];

	if (r->status == TCB_UP_TO_DATE)
		return;
	time_text(r->date, date);
	if (is_listed(j, r->status)) {
		verdict_allow(j->c->verdict, j->part, reason_of(r->status),
			      "%s, TCB of %s, listed by the policy", tcb_status_name(r->status),
			      date);
		return;
	}
	judge_object(j, reason_of(r->status), "%s, TCB of %s%s%s%s", tcb_status_name(r->status),
		     date, r->advisory_count ? ", " : "", r->advisory_count ? r->advisories[0] : "",
		     r->advisory_count > 1 ? " and more (see the claims)" : "");
}

/* Said last, and only when nothing speaks against it. */
static void say_good(struct judge *j, const struct tcb_result *r)
{
	char date[TIME_TEXT_BYTES];

	if (!j->is_sound || r->status != TCB_UP_TO_DATE)
		return;
	time_text(r->date, date);
	verdict_say(j->c->verdict, j->part, PCS_CURRENT, "%s, TCB of %s",
		    tcb_status_name(r->status), date);
}

static void judge_worth(struct judge *j, const struct collateral *k, cJSON *claims)
{
	bool fits_qe = fits_identity(j, &k->qe);
	struct tcb_result r;

	judge_evaluations(j, k);
	/* Levels of another platform, enclave or module are numbers without a meaning. */
	if (!fits_platform(j, &k->tcb) || !fits_qe)
		return;
	tcb_evaluate(&k->tcb, &k->qe, j->platform, j->qe->isvsvn, &r);
	claim_result(j, claims, &r);
	judge_status(j, &r);
	judge_advisories(j, &r);
	judge_date(j, &r);
	say_good(j, &r);
}

static void judge_fmspc(struct judge *j)
{
	const uint8_t *f = j->platform->fmspc;

	if (refs_ask(&j->policy->fmspc, span(f, sizeof(j->platform->fmspc))) == REFS_MISMATCH)
		judge_object(j, PCS_FMSPC, "FMSPC %02x%02x%02x%02x%02x%02x is not in \"fmspc\"",
			     f[0], f[1], f[2], f[3], f[4], f[5]);
}

int pcs_judge(const struct context *c, size_t part, const struct chain_result *chain,
	      const struct pcs_platform *platform, const struct pcs_enclave *qe, struct err *e)
{
	AUTO_COLLATERAL struct collateral k = { 0 };
	struct judge j = {
		.c = c,
		.part = part,
		.chain = chain,
		.platform = platform,
		.qe = qe,
		.policy = platform->is_tdx ? &c->policy->tdx.tcb : &c->policy->sgx.tcb,
		.is_sound = true,
	};
	cJSON *claims = verdict_object(c->verdict, verdict_claims(c->verdict, part), "tcb");
	bool revocation_checked = false;
	struct err own = { 0 };
	int failed;

	/* Errors below become findings, with their text. */
	if (!e)
		e = &own;
	if (chain->depth != 3)
		return FAIL(e, FAIL_BUG, "pcs: a PCK chain of %zu certificates", chain->depth);
	if (c->at == VERIFY_NO_CLOCK)
		verdict_say(c->verdict, part, TIME_UNCHECKED,
			    "certificates, CRLs, TCB info and QE identity: dates not judged");
	judge_fmspc(&j);
	failed = collateral_take(&j, &k, e);
	if (!failed)
		failed = revocation_judge(&j, k.signer.holds ? signer_cert(&k.signer) : NULL,
					  &revocation_checked, e);
	if (failed)
		return failed;
	claim_collateral(&j, claims, &k);
	verdict_bool(c->verdict, claims, "revocation_checked", revocation_checked);
	if (k.has_tcb && k.has_qe)
		judge_worth(&j, &k, claims);
	return 0;
}
