#include "attest/verify/snp/snp.h"

#include <string.h>

#include "attest/verify/snp/claims.h"
#include "attest/verify/snp/judge.h"

static enum snp_product product_by_cpuid(const struct snp_report *r)
{
	enum snp_product product;

	return r->has_cpuid && snp_product_of_cpuid(r->family, r->model, &product) ? product
										   : SNP_PRODUCTS;
}

/* What a genuine report says, for those who compare it with more. */
static void fill_outcome(const struct snp_report *r, struct outcome *ret)
{
	ret->genuine = true;
	ret->data_len = r->report_data.len;
	memcpy(ret->data, r->report_data.at, r->report_data.len);
	ret->config_len = r->host_data.len;
	memcpy(ret->config, r->host_data.at, r->host_data.len);
}

static void say_genuine(const struct snp_subject *s)
{
	char root[SNP_NAME_BYTES];
	bool is_test = s->proof->chain.root == CHAIN_TEST;

	snp_root_cn(s->proof->product, root);
	verdict_say(s->c->verdict, s->p->index, is_test ? SNP_TEST_ROOT : SNP_GENUINE,
		    "%s under %s%s, report version %u", snp_leaf_cn(s->r->key), root,
		    is_test ? " of a test" : "", s->r->version);
}

static void claim_certificate(const struct snp_subject *s)
{
	const struct snp_leaf *leaf = &s->proof->leaf;

	if (leaf->product_name[0])
		verdict_text(s->c->verdict, s->claims, "certificate_product", leaf->product_name);
	if (s->r->key == SNP_VLEK)
		verdict_text(s->c->verdict, s->claims, "csp_id", leaf->csp_id);
	else
		verdict_hex(s->c->verdict, s->claims, "certificate_hwid",
			    span(leaf->hwid, snp_hwid_len(s->proof->product)));
}

/* Chain and signature hold: the rest is worth looking at. */
static int judge(const struct context *c, struct part *p, const struct snp_report *r,
		 const struct snp_proof *proof, struct err *e)
{
	const struct snp_subject s = { c, p, r, proof, verdict_claims(c->verdict, p->index) };
	int failed;

	fill_outcome(r, &p->outcome);
	say_genuine(&s);
	claim_certificate(&s);
	failed = snp_judge_platform(&s, e);
	if (failed)
		return failed;
	snp_judge_workload(&s);
	judge_fresh(c, p);
	return 0;
}

static int add_claims(const struct context *c, const struct part *p, const struct snp_report *r,
		      enum snp_product product, struct err *e)
{
	cJSON *claims = verdict_claims(c->verdict, p->index);

	return claims ? snp_report_claims(r, product, claims, e) : 0;
}

int snp_verify(const struct context *c, struct part *p, struct err *e)
{
	AUTO_PROOF struct snp_proof proof = { 0 };
	struct snp_report r;
	struct err why = { 0 };
	bool is_proven = false;
	int failed;

	if (snp_report_parse(p->bytes, &r, &why) < 0) {
		verdict_err(c->verdict, p->index, SNP_FORMAT, &why);
		return 0;
	}
	if (snp_report_check_signed(&r, &why) < 0) {
		verdict_err(c->verdict, p->index, SNP_UNSIGNED, &why);
		return add_claims(c, p, &r, product_by_cpuid(&r), e);
	}
	failed = snp_prove(c, p, &r, &is_proven, &proof, e);
	if (failed)
		return failed;
	failed = add_claims(c, p, &r, is_proven ? proof.product : product_by_cpuid(&r), e);
	return failed || !is_proven ? failed : judge(c, p, &r, &proof, e);
}
