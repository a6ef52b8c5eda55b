/* Whose machine it is: generation, chip, cloud. And whether AMD took its word back. */
#include "attest/verify/snp/judge.h"
#include "attest/verify/snp/kds.h"
#include "attest/verify/x509/crl.h"
#include "base/limits.h"

static bool judge_product(const struct snp_subject *s)
{
	const char *name = snp_product_name(s->proof->product);

	if (refs_ask(&s->c->policy->snp.products, span_text(name)) != REFS_MISMATCH)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_PRODUCT, "%s", name);
	return false;
}

static bool judge_chip(const struct snp_subject *s)
{
	const struct snp_policy *policy = &s->c->policy->snp;
	const uint8_t *id = s->r->chip_id.at;

	verdict_bool(s->c->verdict, s->claims, "chip_bound", s->proof->is_chip_bound);
	if (s->r->key == SNP_VCEK && !s->proof->is_chip_bound && !policy->allow_masked_chip_id) {
		verdict_say(s->c->verdict, s->p->index, SNP_CHIP_MASKED, "CHIP_ID is zero");
		return false;
	}
	if (refs_ask(&policy->chip_id, s->r->chip_id) != REFS_MISMATCH)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_CHIP_UNLISTED, "chip %02x%02x%02x%02x...",
		    id[0], id[1], id[2], id[3]);
	return false;
}

static bool judge_cloud(const struct snp_subject *s)
{
	const char *csp = s->proof->leaf.csp_id;

	if (s->r->key != SNP_VLEK ||
	    refs_ask(&s->c->policy->snp.csp_id, span_text(csp)) == REFS_MATCH)
		return true;
	verdict_say(s->c->verdict, s->p->index, SNP_CSP, "\"%s\"", csp);
	return false;
}

bool snp_judge_holder(const struct snp_subject *s)
{
	bool is_good = judge_product(s);

	is_good &= judge_chip(s);
	is_good &= judge_cloud(s);
	return is_good;
}

/* --- Revocation ------------------------------------------------------------------------------- */

static bool crl_missing(const struct snp_subject *s, const struct kds_file *file)
{
	verdict_text(s->c->verdict, s->claims, "revocation", "not checked");
	if (s->c->policy->snp.revocation_if_present) {
		verdict_say(s->c->verdict, s->p->index, SNP_CRL_SKIPPED, "no %s", file->name);
		return true;
	}
	verdict_say(s->c->verdict, s->p->index, SNP_CRL_MISSING, "no %s", file->name);
	verdict_miss(s->c->verdict, s->p->index, file->name, file->url, "what the ARK revoked");
	return false;
}

static bool crl_answered(const struct snp_subject *s, const struct kds_file *file,
			 enum crl_answer answer, int64_t issued)
{
	char at[TIME_TEXT_BYTES];

	time_text(issued, at);
	if (answer == CRL_GOOD) {
		verdict_text(s->c->verdict, s->claims, "revocation", "checked");
		verdict_text(s->c->verdict, s->claims, "revocation_list_of", at);
		return true;
	}
	verdict_text(s->c->verdict, s->claims, "revocation",
		     answer == CRL_REVOKED ? "revoked" : "not checked");
	if (answer == CRL_REVOKED) {
		verdict_say(s->c->verdict, s->p->index, SNP_REVOKED, "by %s of %s", file->name, at);
		return false;
	}
	verdict_say(s->c->verdict, s->p->index, SNP_CRL_STALE, "%s of %s", file->name, at);
	verdict_miss(s->c->verdict, s->p->index, file->name, file->url,
		     "what the ARK revoked, now");
	return false;
}

static bool crl_unusable(const struct snp_subject *s, const struct kds_file *file,
			 const struct err *why)
{
	verdict_text(s->c->verdict, s->claims, "revocation", "not checked");
	verdict_say(s->c->verdict, s->p->index, SNP_CRL_FORGED, "%s: %s", file->name, why->text);
	return false;
}

/* Serial numbers of leaves are all 0, so only what the ARK issued can be revoked this way. */
int snp_judge_revocation(const struct snp_subject *s, bool *ret_good, struct err *e)
{
	AUTO_BUF struct buf crl = BUF_EMPTY;
	enum crl_answer answer = CRL_UNKNOWN;
	int64_t issued = 0;
	struct kds_file file;
	struct err why = { 0 };
	int failed;

	kds_crl(s->proof->product, s->r->key, &file);
	failed = store_find(s->c->store, file.name, LIMIT_VERIFY_CRL_BYTES, &crl, &why);
	if (failed == -FAIL_AGAIN) {
		*ret_good = crl_missing(s, &file);
		return 0;
	}
	if (!failed)
		failed = crl_check(buf_view(&crl), s->proof->chain.at[2], s->proof->chain.at[1],
				   s->c->at, &answer, &issued, &why);
	if (failed == -FAIL_SYS) {
		*e = why;
		return failed;
	}
	*ret_good = failed ? crl_unusable(s, &file, &why) : crl_answered(s, &file, answer, issued);
	return 0;
}
