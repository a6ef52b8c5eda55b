#include "attest/verify/snp/judge.h"

static bool judge_time(const struct snp_subject *s)
{
	char from[TIME_TEXT_BYTES], to[TIME_TEXT_BYTES];
	int time = chain_time(&s->proof->chain, s->c->at);

	time_text(s->proof->chain.not_before, from);
	time_text(s->proof->chain.not_after, to);
	verdict_text(s->c->verdict, s->claims, "certificates_valid_from", from);
	verdict_text(s->c->verdict, s->claims, "certificates_valid_to", to);
	if (s->c->at == VERIFY_NO_CLOCK)
		verdict_say(s->c->verdict, s->p->index, TIME_UNCHECKED,
			    "certificates valid from %s to %s", from, to);
	else if (time < 0)
		verdict_say(s->c->verdict, s->p->index, SNP_NOT_YET_VALID, "valid from %s", from);
	else if (time > 0)
		verdict_say(s->c->verdict, s->p->index, SNP_EXPIRED, "valid to %s", to);
	return s->c->at != VERIFY_NO_CLOCK && !time;
}

static bool judge_version(const struct snp_subject *s)
{
	if (s->r->version != 2 || s->c->policy->snp.allow_v2)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_VERSION_2, "report version 2");
	return false;
}

/* The good word comes last, and only if every check before it was made and found nothing. */
int snp_judge_platform(const struct snp_subject *s, struct err *e)
{
	const struct snp_floor *floor = &s->c->policy->snp.min_tcb[s->proof->product];
	char tcb[SNP_TCB_TEXT_BYTES];
	bool is_good = true;
	int failed = snp_judge_revocation(s, &is_good, e);

	if (failed)
		return failed;
	is_good &= judge_time(s);
	is_good &= judge_version(s);
	is_good &= snp_judge_firmware(s);
	is_good &= snp_judge_holder(s);
	is_good &= snp_judge_modes(s);
	snp_tcb_text(s->proof->product, &s->proof->tcbs.reported, tcb);
	if (!floor->is_set)
		verdict_say(s->c->verdict, s->p->index, SNP_NO_FLOOR,
			    "no min_tcb for %s; reported: %s", snp_product_name(s->proof->product),
			    tcb);
	else if (is_good)
		verdict_say(s->c->verdict, s->p->index, SNP_CURRENT, "%s: %s",
			    snp_product_name(s->proof->product), tcb);
	return 0;
}
