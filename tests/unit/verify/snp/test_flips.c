/* Nothing of what was signed, nor the signatures, can change unseen: each bit is turned over, each
 * length cut. */
#include <criterion/criterion.h>

#include "attest/verify/snp/snp.h"
#include "tests/unit/verify/snp/snp_rig.h"

static bool is_genuine(const struct snp_case *k)
{
	enum verify_word w = rig_word(&k->rig, VERIFY_GENUINE);

	return w == VERIFY_GENUINE_YES || w == VERIFY_GENUINE_TEST || k->rig.part.outcome.genuine;
}

static void expect_refused(struct snp_case *k, struct span report, const char *what, size_t bit)
{
	enum verify_decision got = rig_run(&k->rig, snp_verify, report);

	cr_assert(got != VERIFY_ACCEPTED && !is_genuine(k), "%s: bit %zu of byte %zu", what,
		  bit % 8, bit / 8);
}

static void start(struct snp_case *k, enum snp_gen product, enum snp_gen_key key)
{
	*k = (struct snp_case){ .spec = snp_spec(product, key) };
	snp_case_make(k);
	cr_assert_eq(snp_case_run(k), VERIFY_ACCEPTED);
}

static void flip_report(enum snp_gen product, enum snp_gen_key key)
{
	struct snp_case k;
	uint8_t *b;

	start(&k, product, key);
	b = k.made.report;
	for (size_t bit = 0; bit < 8 * SNP_REPORT_BYTES; bit = flips_next(bit)) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		expect_refused(&k, span(b, SNP_REPORT_BYTES), "report", bit);
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED, "all bits are back");
	snp_case_done(&k);
}

Test(snp_flips, flipped_bits_of_a_report_under_a_vcek)
{
	flip_report(SNP_GEN_GENOA, SNP_GEN_VCEK);
}

Test(snp_flips, flipped_bits_of_a_version_5_report_under_a_vlek)
{
	flip_report(SNP_GEN_TURIN, SNP_GEN_VLEK);
}

Test(snp_flips, every_truncation_of_a_report)
{
	struct snp_case k;

	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	for (size_t len = 0; len < SNP_REPORT_BYTES; len++)
		expect_refused(&k, span(k.made.report, len), "truncation", 8 * len);
	snp_case_done(&k);
}

/* The three certificates as they were sent, one of them replaced. What no longer parses never
 * reaches the verifier. */
static void with_cert(struct snp_case *k, size_t which, struct span der, size_t bit)
{
	X509 *const sent[] = { k->made.leaf, k->made.ask, k->made.ark };
	struct certs changed = { 0 };
	struct err e = { 0 };

	if (certs_add_der(&changed, der, &e) < 0)
		return;
	if (which < 2) {
		X509 *certs[] = { sent[0], sent[1], sent[2] };

		certs[which] = changed.at[0];
		snp_case_certs(k, certs, 3);
	} else {
		certs_done(&k->rig.test_roots);
		cr_assert_eq(certs_add_ref(&k->rig.test_roots, changed.at[0], &e), 0);
	}
	expect_refused(k, span(k->made.report, SNP_REPORT_BYTES), "certificate", bit);
	certs_done(&changed);
}

static void flip_cert(size_t which)
{
	struct buf der;
	struct snp_case k;

	start(&k, SNP_GEN_MILAN, SNP_GEN_VCEK);
	der = pki_der(which == 0 ? k.made.leaf : which == 1 ? k.made.ask : k.made.ark);
	for (size_t bit = 0; bit < 8 * der.len; bit = flips_next(bit)) {
		der.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		with_cert(&k, which, buf_view(&der), bit);
		der.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < der.len; len++)
		with_cert(&k, which, span(der.at, len), 8 * len);
	buf_done(&der);
	snp_case_done(&k);
}

Test(snp_flips, flipped_bits_and_truncations_of_the_leaf)
{
	flip_cert(0);
}

Test(snp_flips, flipped_bits_and_truncations_of_the_ask)
{
	flip_cert(1);
}

Test(snp_flips, flipped_bits_and_truncations_of_the_ark)
{
	flip_cert(2);
}
