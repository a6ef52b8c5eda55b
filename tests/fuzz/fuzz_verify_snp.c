/*
 * SEV-SNP from hostile hosts. The first byte picks the form of the rest:
 *   0  a report, and behind it the host's certificate table: verified under a root of tests
 *   1  the 672 bytes that a report signs, signed here after certificate and report were made to
 *      agree: what genuine hardware could say
 *   2  CoCo's "attestation_report"
 *   3  the "snp" member of a policy, which then judges a good report
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/snp/report.h"
#include "attest/verify/snp/snp.h"
#include "base/json.h"
#include "tests/support/evidence/snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIGNED 672
#define NOW    1790000000

static struct snp_spec spec;
static struct snp_made made;
static struct certs roots;

static void start(void)
{
	struct err e = { 0 };

	if (roots.count)
		return;
	spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	made = snp_make(&spec);
	if (certs_add_ref(&roots, made.ark, &e))
		abort();
}

/* Whatever comes in: a verdict, and genuine only with an outcome that says so. */
static void judge(struct part *p, const struct verify_policy *policy, struct verify_store *store)
{
	struct context c = { policy, store, &roots, NOW, NULL };
	const struct verdict_options o = { &policy->allow, false, NOW };
	struct err e = { 0 };

	if (verdict_new(&o, &c.verdict, &e) ||
	    verdict_part(c.verdict, "cpu0", "snp", 1u << VERIFY_BOUND, &p->index, &e) ||
	    snp_verify(&c, p, &e) || verdict_finish(c.verdict, &e))
		abort();
	if (verdict_is_genuine(c.verdict, p->index) != p->outcome.genuine)
		abort();
	if (!p->outcome.genuine && verify_decision(c.verdict) == VERIFY_ACCEPTED)
		abort();
	verify_free(c.verdict);
}

static void verify(struct part *p, const struct verify_policy *policy)
{
	struct verify_store *store = NULL;
	struct err e = { 0 };

	if (verify_store_new(&store, &e) ||
	    verify_store_add(store, "amd-Genoa-vcek.crl", buf_view(&made.crl), &e))
		abort();
	judge(p, policy, store);
	verify_store_free(store);
}

static void show(struct span report)
{
	cJSON *claims = cJSON_CreateObject();
	struct err e = { 0 };

	if (snp_show(report, claims, &e) == -FAIL_SYS)
		abort();
	cJSON_Delete(claims);
}

static void fuzz_report(struct span in)
{
	static const struct verify_policy none;
	size_t len = in.len < SNP_REPORT_BYTES ? in.len : SNP_REPORT_BYTES;
	struct part p = { .kind = PART_SNP, .bytes = span(in.at, len) };
	struct err e = { 0 };

	show(p.bytes);
	(void)snp_table_certs(span(in.at + len, in.len - len), &p.certs, &e);
	verify(&p, &none);
	certs_done(&p.certs);
}

static void add_chain(struct part *p)
{
	X509 *const sent[] = { made.leaf, made.ask, made.ark };
	struct err e = { 0 };

	for (size_t i = 0; i < 3; i++)
		if (certs_add_ref(&p->certs, sent[i], &e))
			abort();
}

static void fuzz_signed(struct span in)
{
	static const struct verify_policy none;
	struct snp_made m = made;
	struct part p = { .kind = PART_SNP, .bytes = span(m.report, sizeof(m.report)) };

	if (in.len < SIGNED)
		return;
	memcpy(m.report, in.at, SIGNED);
	memcpy(m.report + 0x180, made.report + 0x180, 11); /* REPORTED_TCB, CPUID */
	memcpy(m.report + 0x1a0, made.report + 0x1a0, 64); /* CHIP_ID */
	snp_resign(&spec, &m);
	show(p.bytes);
	add_chain(&p);
	verify(&p, &none);
	certs_done(&p.certs);
}

static void fuzz_json(struct span in)
{
	uint8_t bytes[SNP_REPORT_BYTES];
	struct snp_report r;
	struct err e = { 0 };
	cJSON *tree = NULL;

	if (json_parse(in, 1 << 16, &tree, &e))
		return;
	if (!snp_report_from_json(tree, bytes, &e))
		(void)snp_report_parse(span(bytes, sizeof(bytes)), &r, &e);
	cJSON_Delete(tree);
}

static void fuzz_policy(struct span in)
{
	struct verify_policy policy = { .fresh_optional = true };
	struct part p = { .kind = PART_SNP, .bytes = span(made.report, sizeof(made.report)) };
	struct err e = { 0 };
	cJSON *tree = NULL;

	if (json_parse(in, 1 << 16, &tree, &e))
		return;
	if (!snp_policy_parse(tree, &policy.snp, &e)) {
		add_chain(&p);
		verify(&p, &policy);
		certs_done(&p.certs);
		snp_policy_done(&policy.snp);
	}
	cJSON_Delete(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	if (!size)
		return 0;
	switch (data[0] % 4) {
	case 0:
		fuzz_report(span(data + 1, size - 1));
		break;
	case 1:
		fuzz_signed(span(data + 1, size - 1));
		break;
	case 2:
		fuzz_json(span(data + 1, size - 1));
		break;
	default:
		fuzz_policy(span(data + 1, size - 1));
	}
	return 0;
}
