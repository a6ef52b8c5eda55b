/* What is not at hand is named: the file, and where AMD keeps it. */
#include <criterion/criterion.h>

#include "base/mem.h"
#include "tests/unit/verify/snp/snp_rig.h"

#define KDS "https://kdsintf.amd.com/"

static void start(struct snp_case *k, enum snp_gen product, enum snp_gen_key key)
{
	*k = (struct snp_case){ .spec = snp_spec(product, key) };
	snp_case_make(k);
}

static void expect_missing(struct snp_case *k, const char *file, const char *url)
{
	const struct verify_missing *m = snp_case_missing(k, file);

	cr_assert_not_null(m, "%s", file);
	cr_expect_str_eq(m->url, url);
}

#define GENOA_CHIP                                                         \
	"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf" \
	"c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
#define GENOA_VCEK "amd-Genoa-vcek-" GENOA_CHIP "-0a00000000001754.der"
#define TURIN_VCEK "amd-Turin-vcek-a0a1a2a3a4a5a6a7-010203040000004b.der"

Test(snp_missing, a_vcek_is_asked_for_by_chip_and_tcb)
{
	struct snp_case k;

	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	snp_case_certs(&k, (X509 *const[]){ k.made.ask, k.made.ark }, 2);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_UNPROVEN);
	expect_missing(&k, GENOA_VCEK,
		       KDS "vcek/v1/Genoa/" GENOA_CHIP "?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84");
	snp_case_done(&k);
}

Test(snp_missing, turins_is_asked_for_by_its_short_id_and_fmc)
{
	struct snp_case k;

	start(&k, SNP_GEN_TURIN, SNP_GEN_VCEK);
	snp_case_certs(&k, NULL, 0);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	expect_missing(&k, TURIN_VCEK,
		       KDS "vcek/v1/Turin/a0a1a2a3a4a5a6a7"
			   "?fmcSPL=01&blSPL=02&teeSPL=03&snpSPL=04&ucodeSPL=75");
	snp_case_done(&k);
}

Test(snp_missing, a_vlek_is_the_hosts_alone)
{
	struct snp_case k;

	start(&k, SNP_GEN_MILAN, SNP_GEN_VLEK);
	snp_case_certs(&k, NULL, 0);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	expect_missing(&k, "amd-Milan-vlek-04000000000018db.der", "");
	snp_case_done(&k);
}

Test(snp_missing, a_masked_chip_has_no_url)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_TURIN, SNP_GEN_VCEK) };

	memset(k.spec.chip_id, 0, sizeof(k.spec.chip_id));
	snp_case_make(&k);
	snp_case_certs(&k, NULL, 0);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	expect_missing(&k, "amd-Turin-vcek-0000000000000000-010203040000004b.der", "");
	snp_case_done(&k);
}

Test(snp_missing, a_version_2_report_may_be_of_two_generations)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };

	k.spec.version = 2;
	snp_case_make(&k);
	snp_case_certs(&k, NULL, 0);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect_not_null(snp_case_missing(&k, GENOA_VCEK));
	cr_expect_not_null(
		snp_case_missing(&k, "amd-Milan-vcek-" GENOA_CHIP "-0a00000000001754.der"));
	cr_expect_eq(verify_missing_count(k.rig.context.verdict), 2);
	snp_case_done(&k);
}

Test(snp_missing, the_chain_of_its_kind)
{
	struct snp_case k;

	start(&k, SNP_GEN_MILAN, SNP_GEN_VLEK);
	snp_case_certs(&k, &k.made.leaf, 1);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect(rig_said(&k.rig, "snp.chain-missing"));
	expect_missing(&k, "amd-Milan-vlek-chain.pem", KDS "vlek/v1/Milan/cert_chain");
	snp_case_done(&k);
}

Test(snp_missing, the_revocation_list_of_its_kind)
{
	struct snp_case k;

	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	snp_case_forget(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_TEST);
	expect_missing(&k, "amd-Genoa-vcek.crl", KDS "vcek/v1/Genoa/crl");
	snp_case_done(&k);
}

static void keep_chain(struct snp_case *k, const char *name)
{
	struct buf pem = pki_pem((X509 *const[]){ k->made.ask, k->made.ark }, 2);

	snp_case_keep(k, name, buf_view(&pem));
	buf_done(&pem);
}

static void keep_leaf(struct snp_case *k, const char *name)
{
	struct buf der = pki_der(k->made.leaf);

	snp_case_keep(k, name, buf_view(&der));
	buf_done(&der);
}

Test(snp_missing, what_the_store_keeps_is_found)
{
	struct snp_case k;

	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	snp_case_certs(&k, NULL, 0);
	keep_leaf(&k, GENOA_VCEK);
	keep_chain(&k, "amd-Genoa-vcek-chain.pem");
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	cr_expect_eq(verify_missing_count(k.rig.context.verdict), 0);
	snp_case_done(&k);
}

Test(snp_missing, a_stale_vcek_in_the_evidence_gives_way_to_the_stores)
{
	struct snp_spec old = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	struct snp_made m;
	struct snp_case k;

	old.reported.microcode--;
	m = snp_make(&old);
	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	snp_case_certs(&k, (X509 *const[]){ m.leaf, m.ask, m.ark }, 3);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect(rig_said(&k.rig, "snp.certificate-tcb"));
	keep_leaf(&k, GENOA_VCEK);
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	snp_made_done(&m);
	snp_case_done(&k);
}

Test(snp_missing, a_host_that_sends_sixteen_look_alikes_gains_nothing)
{
	struct snp_spec other = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	struct snp_made m;
	struct snp_case k;
	X509 *sent[CERTS_MAX];

	other.chain = SNP_CHAIN_ASK_FORGED;
	m = snp_make(&other);
	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	for (size_t i = 0; i < CERTS_MAX; i++)
		sent[i] = i % 2 ? m.ask : m.ark;
	sent[0] = k.made.leaf;
	snp_case_certs(&k, sent, CERTS_MAX);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	keep_chain(&k, "amd-Genoa-vcek-chain.pem");
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	snp_made_done(&m);
	snp_case_done(&k);
}

Test(snp_missing, a_damaged_file_of_the_store_is_said)
{
	struct snp_case k;

	start(&k, SNP_GEN_GENOA, SNP_GEN_VCEK);
	snp_case_keep(&k, "amd-Genoa-vcek-chain.pem", span_text("<html>429</html>"));
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect(rig_said(&k.rig, "snp.collateral"));
	snp_case_done(&k);
}
