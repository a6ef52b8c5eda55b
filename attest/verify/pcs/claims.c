#include "attest/verify/pcs/claims.h"

#include "base/json.h"

static void claim_time(struct judge *j, cJSON *object, const char *name, int64_t at)
{
	char text[TIME_TEXT_BYTES];

	time_text(at, text);
	verdict_text(j->c->verdict, object, name, text);
}

static void claim_edition(struct judge *j, cJSON *tcb, const char *name,
			  const struct pcs_edition *d)
{
	cJSON *o = verdict_object(j->c->verdict, tcb, name);

	verdict_u64(j->c->verdict, o, "evaluation_number", d->evaluation);
	claim_time(j, o, "issue_date", d->issue_date);
	claim_time(j, o, "next_update", d->next_update);
}

void claim_collateral(struct judge *j, cJSON *tcb, const struct collateral *k)
{
	verdict_hex(j->c->verdict, tcb, "fmspc",
		    span(j->platform->fmspc, sizeof(j->platform->fmspc)));
	if (k->has_tcb)
		claim_edition(j, tcb, "tcb_info", &k->tcb.edition);
	if (k->has_qe)
		claim_edition(j, tcb, "qe_identity", &k->qe.edition);
}

static cJSON *claim_rating(struct judge *j, cJSON *levels, const char *name,
			   const struct tcb_rating *r)
{
	cJSON *o = verdict_object(j->c->verdict, levels, name);

	verdict_text(j->c->verdict, o, "status", tcb_status_name(r->status));
	claim_time(j, o, "date", r->date);
	return o;
}

static void claim_isv(struct judge *j, cJSON *levels, const char *name, const struct isv_level *l)
{
	if (l)
		verdict_u64(j->c->verdict, claim_rating(j, levels, name, &l->rating), "isvsvn",
			    l->isvsvn);
}

static void claim_pick(struct judge *j, cJSON *levels, const char *platform, const char *module,
		       const struct tcb_pick *p)
{
	struct verify_verdict *v = j->c->verdict;

	if (p->platform) {
		cJSON *o = claim_rating(j, levels, platform, &p->platform->rating);

		verdict_hex(v, o, "sgx_components", span(p->platform->sgx, TCB_COMPONENTS));
		verdict_u64(v, o, "pcesvn", p->platform->pcesvn);
		if (j->platform->is_tdx)
			verdict_hex(v, o, "tdx_components", span(p->platform->tdx, TCB_COMPONENTS));
	}
	claim_isv(j, levels, module, p->module);
}

static void claim_advisories(struct judge *j, cJSON *tcb, const struct tcb_result *r)
{
	cJSON *list = verdict_array(j->c->verdict, tcb, "advisories");

	for (size_t i = 0; i < r->advisory_count; i++)
		verdict_text(j->c->verdict, list, NULL, r->advisories[i]);
}

void claim_result(struct judge *j, cJSON *tcb, const struct tcb_result *r)
{
	struct verify_verdict *v = j->c->verdict;
	cJSON *levels;

	verdict_text(v, tcb, "status", tcb_status_name(r->status));
	if (r->launch.platform || r->qe)
		claim_time(j, tcb, "date", r->date);
	claim_advisories(j, tcb, r);
	levels = verdict_object(v, tcb, "levels");
	claim_pick(j, levels, "platform", "module", &r->launch);
	if (r->has_current)
		claim_pick(j, levels, "current_platform", "current_module", &r->current);
	claim_isv(j, levels, "qe", r->qe);
}
