/* How the guest was started and how the platform runs: VMPL, guest policy, platform flags. */
#include "attest/verify/snp/judge.h"

#define ABI_MAJOR(policy) ((uint8_t)((policy) >> 8))
#define ABI_MINOR(policy) ((uint8_t)(policy))

static bool judge_vmpl(const struct snp_subject *s)
{
	if (s->r->vmpl == s->c->policy->snp.vmpl)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_VMPL, "VMPL %u, must be %u", s->r->vmpl,
		    s->c->policy->snp.vmpl);
	return false;
}

static bool judge_debug(const struct snp_subject *s)
{
	if (!snp_bit(s->r->policy, SNP_POLICY_DEBUG_BIT))
		return true;
	if (s->c->policy->snp.allow_debug) {
		verdict_say(s->c->verdict, s->p->index, SNP_DEBUG_PERMITTED, "guest policy 0x%llx",
			    (unsigned long long)s->r->policy);
		return true;
	}
	verdict_say(s->c->verdict, s->p->index, SNP_DEBUG, "guest policy 0x%llx",
		    (unsigned long long)s->r->policy);
	return false;
}

/* All ones stand for: no agent is bound, whatever the policy would allow. */
static bool judge_migration(const struct snp_subject *s)
{
	if (!snp_bit(s->r->policy, SNP_POLICY_MIGRATION_BIT) ||
	    snp_is_filled(s->r->report_id_ma, 0xff) || s->c->policy->snp.allow_migration)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_MIGRATION,
		    "guest policy 0x%llx, agent %02x%02x%02x%02x...",
		    (unsigned long long)s->r->policy, s->r->report_id_ma.at[0],
		    s->r->report_id_ma.at[1], s->r->report_id_ma.at[2], s->r->report_id_ma.at[3]);
	return false;
}

static bool judge_bits(const struct snp_subject *s)
{
	uint64_t unknown = s->r->policy & ~snp_guest_known();

	if (!unknown && snp_bit(s->r->policy, SNP_POLICY_ALWAYS_BIT))
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_POLICY_BITS,
		    "guest policy 0x%llx, unknown 0x%llx", (unsigned long long)s->r->policy,
		    (unsigned long long)unknown);
	return false;
}

static bool judge_abi(const struct snp_subject *s)
{
	const struct snp_policy *policy = &s->c->policy->snp;
	unsigned major = ABI_MAJOR(s->r->policy), minor = ABI_MINOR(s->r->policy);

	if (major > policy->min_abi_major ||
	    (major == policy->min_abi_major && minor >= policy->min_abi_minor))
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_GUEST_POLICY,
		    "the guest runs from ABI %u.%u on, must be from %u.%u on", major, minor,
		    policy->min_abi_major, policy->min_abi_minor);
	return false;
}

static bool judge_flags(const struct snp_subject *s, enum reason reason, uint64_t word,
			const struct snp_flag *flags, const enum snp_want *wants, size_t count)
{
	bool is_good = true;

	for (size_t i = 0; i < count; i++) {
		bool is_on = snp_bit(word, flags[i].bit);

		if (wants[i] == SNP_ANY || (wants[i] == SNP_ON) == is_on)
			continue;
		verdict_say(s->c->verdict, s->p->index, reason, "%s is %s, must be %s",
			    flags[i].member, is_on ? "on" : "off", is_on ? "off" : "on");
		is_good = false;
	}
	return is_good;
}

static void tell_unknown(const struct snp_subject *s)
{
	uint64_t unknown = s->r->platform_info & ~snp_platform_known();

	if (unknown)
		verdict_say(s->c->verdict, s->p->index, SNP_PLATFORM_BITS,
			    "PLATFORM_INFO 0x%llx, unknown 0x%llx",
			    (unsigned long long)s->r->platform_info, (unsigned long long)unknown);
}

bool snp_judge_modes(const struct snp_subject *s)
{
	const struct snp_policy *policy = &s->c->policy->snp;
	bool is_good = judge_vmpl(s);

	is_good &= judge_debug(s);
	is_good &= judge_migration(s);
	is_good &= judge_bits(s);
	is_good &= judge_abi(s);
	is_good &= judge_flags(s, SNP_GUEST_POLICY, s->r->policy, snp_guest_flags, policy->guest,
			       SNP_GUEST_FLAGS);
	is_good &= judge_flags(s, SNP_PLATFORM_INFO, s->r->platform_info, snp_platform_flags,
			       policy->platform, SNP_PLATFORM_FLAGS);
	tell_unknown(s);
	return is_good;
}
