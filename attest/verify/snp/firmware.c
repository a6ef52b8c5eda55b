/* The age of the platform's firmware. */
#include <string.h>

#include "attest/verify/snp/judge.h"

static bool is_floor_met(const struct snp_subject *s, const struct snp_tcb *floor,
			 const struct snp_tcb *tcb, const char *name)
{
	enum snp_product p = s->proof->product;
	char have[SNP_TCB_TEXT_BYTES], want[SNP_TCB_TEXT_BYTES];

	if (snp_tcb_is_at_least(tcb, floor))
		return true;
	snp_tcb_text(p, tcb, have);
	snp_tcb_text(p, floor, want);
	verdict_say(s->c->verdict, s->p->index, SNP_TCB_LOW, "%s TCB: %s; floor: %s", name, have,
		    want);
	return false;
}

static bool judge_floor(const struct snp_subject *s)
{
	const struct snp_floor *floor = &s->c->policy->snp.min_tcb[s->proof->product];
	bool is_reported, is_launch;

	if (!floor->is_set) {
		verdict_text(s->c->verdict, s->claims, "tcb_floor", "none given");
		return true;
	}
	is_reported = is_floor_met(s, &floor->tcb, &s->proof->tcbs.reported, "reported");
	is_launch = is_floor_met(s, &floor->tcb, &s->proof->tcbs.launch, "launch");
	verdict_text(s->c->verdict, s->claims, "tcb_floor",
		     is_reported && is_launch ? "met" : "not met");
	return is_reported && is_launch;
}

static bool judge_order(const struct snp_subject *s)
{
	enum snp_product p = s->proof->product;
	const struct snp_tcbs *t = &s->proof->tcbs;
	char reported[SNP_TCB_TEXT_BYTES], current[SNP_TCB_TEXT_BYTES];

	if (snp_tcb_is_at_least(&t->current, &t->reported))
		return true;
	snp_tcb_text(p, &t->reported, reported);
	snp_tcb_text(p, &t->current, current);
	verdict_say(s->c->verdict, s->p->index, SNP_TCB_ORDER, "reported: %s; current: %s",
		    reported, current);
	return false;
}

static bool judge_provisional(const struct snp_subject *s)
{
	const struct snp_firmware *a = &s->r->current, *b = &s->r->committed;
	const struct snp_tcbs *t = &s->proof->tcbs;
	char current[SNP_TCB_TEXT_BYTES], committed[SNP_TCB_TEXT_BYTES];

	if (s->c->policy->snp.provisional_firmware ||
	    (!memcmp(a, b, sizeof(*a)) && snp_tcb_is_equal(&t->current, &t->committed)))
		return true;
	snp_tcb_text(s->proof->product, &t->current, current);
	snp_tcb_text(s->proof->product, &t->committed, committed);
	verdict_say(s->c->verdict, s->p->index, SNP_PROVISIONAL,
		    "current %u.%u.%u (%s), committed %u.%u.%u (%s)", a->major, a->minor, a->build,
		    current, b->major, b->minor, b->build, committed);
	return false;
}

static bool has_mitigations(const struct snp_subject *s, uint64_t have, uint64_t want,
			    const char *name)
{
	if (!(want & ~have))
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_MITIGATION,
		    "%s mitigation vector 0x%llx lacks 0x%llx", name, (unsigned long long)have,
		    (unsigned long long)(want & ~have));
	return false;
}

bool snp_judge_firmware(const struct snp_subject *s)
{
	const struct snp_policy *policy = &s->c->policy->snp;
	bool is_good = judge_floor(s);

	is_good &= judge_order(s);
	is_good &= judge_provisional(s);
	is_good &= has_mitigations(s, s->r->launch_mit_vector, policy->min_launch_mit_vector,
				   "launch");
	is_good &= has_mitigations(s, s->r->current_mit_vector, policy->min_current_mit_vector,
				   "current");
	return is_good;
}
