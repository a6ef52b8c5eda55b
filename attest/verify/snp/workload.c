/* What was started, against reference values. */
#include "attest/verify/snp/judge.h"
#include "base/digest.h"
#include "base/mem.h"

#define FIELD_BYTES SNP_CHIP_ID_BYTES

static const struct field {
	const char *name;
	size_t refs;  /* in struct snp_policy */
	size_t value; /* in struct snp_report */
} fields[] = {
	{ "measurement", offsetof(struct snp_policy, measurement),
	  offsetof(struct snp_report, measurement) },
	{ "host_data", offsetof(struct snp_policy, host_data),
	  offsetof(struct snp_report, host_data) },
	{ "id_key_digest", offsetof(struct snp_policy, id_key_digest),
	  offsetof(struct snp_report, id_key_digest) },
	{ "author_key_digest", offsetof(struct snp_policy, author_key_digest),
	  offsetof(struct snp_report, author_key_digest) },
	{ "family_id", offsetof(struct snp_policy, family_id),
	  offsetof(struct snp_report, family_id) },
	{ "image_id", offsetof(struct snp_policy, image_id),
	  offsetof(struct snp_report, image_id) },
	{ "report_id", offsetof(struct snp_policy, report_id),
	  offsetof(struct snp_report, report_id) },
};

static void unjudged(const struct snp_subject *s, cJSON *list, const char *name)
{
	verdict_text(s->c->verdict, list, NULL, name);
}

static bool judge_field(const struct snp_subject *s, const struct field *f, cJSON *without)
{
	const struct refs *refs = (const void *)((const uint8_t *)&s->c->policy->snp + f->refs);
	const struct span *value = (const void *)((const uint8_t *)s->r + f->value);
	char hex[2 * FIELD_BYTES + 1];

	switch (refs_ask(refs, *value)) {
	case REFS_UNSET:
		unjudged(s, without, f->name);
		return true;
	case REFS_MATCH:
		return true;
	case REFS_MISMATCH:
		break;
	}
	digest_hex(*value, hex);
	verdict_say(s->c->verdict, s->p->index, SNP_MISMATCH, "%s %s", f->name, hex);
	return false;
}

static bool judge_svn(const struct snp_subject *s)
{
	uint32_t min = s->c->policy->snp.min_guest_svn;

	if (s->r->guest_svn >= min)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_GUEST_SVN, "guest SVN %u, must be %u at least",
		    s->r->guest_svn, min);
	return false;
}

/* What else of the report no rule of the policy speaks of. */
static void tell_unjudged(const struct snp_subject *s, cJSON *without)
{
	const struct snp_policy *policy = &s->c->policy->snp;

	if (!policy->min_guest_svn)
		unjudged(s, without, "guest_svn");
	if (!policy->chip_id.is_set)
		unjudged(s, without, "chip_id");
	if (s->r->has_mitigation && !policy->min_launch_mit_vector)
		unjudged(s, without, "launch_mit_vector");
	if (s->r->has_mitigation && !policy->min_current_mit_vector)
		unjudged(s, without, "current_mit_vector");
	for (size_t i = 0; i < SNP_GUEST_FLAGS; i++)
		if (policy->guest[i] == SNP_ANY)
			unjudged(s, without, snp_guest_flags[i].claim);
	for (size_t i = 0; i < SNP_PLATFORM_FLAGS; i++)
		if (policy->platform[i] == SNP_ANY)
			unjudged(s, without, snp_platform_flags[i].claim);
}

void snp_judge_workload(const struct snp_subject *s)
{
	cJSON *without = s->claims ? verdict_array(s->c->verdict, s->claims, "unjudged") : NULL;
	bool is_good = judge_svn(s);

	for (size_t i = 0; i < COUNT_OF(fields); i++)
		is_good &= judge_field(s, &fields[i], without);
	tell_unjudged(s, without);
	if (!s->c->policy->snp.measurement.is_set)
		verdict_say(s->c->verdict, s->p->index, SNP_UNKNOWN,
			    "no reference value for the measurement %02x%02x%02x%02x...",
			    s->r->measurement.at[0], s->r->measurement.at[1],
			    s->r->measurement.at[2], s->r->measurement.at[3]);
	else if (is_good)
		verdict_say(s->c->verdict, s->p->index, SNP_MATCHES,
			    "measurement %02x%02x%02x%02x...", s->r->measurement.at[0],
			    s->r->measurement.at[1], s->r->measurement.at[2],
			    s->r->measurement.at[3]);
}
