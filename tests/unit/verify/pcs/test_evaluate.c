/* The evaluation alone: levels chosen, converged and joined, on numbers that nobody signed. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attest/verify/pcs/evaluate.h"
#include "base/json.h"
#include "tests/unit/verify/pcs/world.h"

/* Two documents, parsed, and the platform that they are asked about. */
struct bench {
	cJSON *trees[2];
	struct tcb_info tcb;
	struct qe_identity qe;
	struct pcs_platform platform;
	uint16_t qe_isvsvn;
	struct tcb_result result;
};

static cJSON *tree_of(struct span body, const char *member)
{
	struct pcs_document d = { 0 };
	struct err e = { 0 };
	cJSON *tree = NULL;

	cr_assert_eq(pcs_document_find(body, member, &d, &e), 0, "%s", e.text);
	cr_assert_eq(pcs_document_parse(&d, &tree, &e), 0, "%s", e.text);
	return tree;
}

static void bench_bodies(struct bench *b, struct span tcb, struct span qe)
{
	struct err e = { 0 };

	b->trees[0] = tree_of(tcb, "tcbInfo");
	b->trees[1] = tree_of(qe, "enclaveIdentity");
	cr_assert_eq(tcb_info_parse(b->trees[0], &b->tcb, &e), 0, "%s", e.text);
	cr_assert_eq(qe_identity_parse(b->trees[1], &b->qe, &e), 0, "%s", e.text);
}

static void bench_specs(struct bench *b, const struct pcs_tcb_spec *tcb,
			const struct pcs_qe_spec *qe)
{
	EVP_PKEY *key = pki_p256(5);
	AUTO_BUF struct buf tcb_body = pcs_tcb_info(tcb, key), qe_body = pcs_qe_identity(qe, key);

	bench_bodies(b, buf_view(&tcb_body), buf_view(&qe_body));
	EVP_PKEY_free(key);
}

static void bench_done(struct bench *b)
{
	tcb_info_done(&b->tcb);
	qe_identity_done(&b->qe);
	json_done(&b->trees[0]);
	json_done(&b->trees[1]);
}

static enum tcb_status evaluate(struct bench *b)
{
	tcb_evaluate(&b->tcb, &b->qe, &b->platform, b->qe_isvsvn, &b->result);
	return b->result.status;
}

/* The good platform of the generator's documents. */
static struct bench good(void)
{
	return (struct bench){ .platform = { .is_tdx = true,
					     .fmspc = { 0x90, 0xc0, 0x6f },
					     .components = { 5, 5, 2, 2, 4, 1, 0, 5 },
					     .pcesvn = 13,
					     .tee_tcb_svn = { 7, 1, 6 } },
			       .qe_isvsvn = 8 };
}

static struct bench good_bench(void)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	bench_specs(&b, &tcb, &qe);
	return b;
}

/* --- Worked by computation in the reference, 4.4 ---------------------------------------------- */

/* a) The SVNs are those of quote-v4-debug.dat, as the reference lists them. */
Test(pcs_evaluate, vector_with_its_collateral_is_up_to_date)
{
	AUTO_BUF struct buf tcb = BUF_EMPTY, qe = BUF_EMPTY;
	struct bench b = { .platform = { .is_tdx = true,
					 .fmspc = { 0x50, 0x80, 0x6f },
					 .components = { 5, 5, 13, 2, 3, 1, 0, 3 },
					 .pcesvn = 11,
					 .tee_tcb_svn = { 3, 0, 5 } },
			   .qe_isvsvn = 4 };

	if (!world_vector("tcb-info.json", &tcb) || !world_vector("qe-identity.json", &qe))
		cr_skip_test("no vectors at " VECTORS_DIR);
	bench_bodies(&b, buf_view(&tcb), buf_view(&qe));
	cr_assert_eq(tcb_info_check(&b.tcb, &b.platform, NULL), 0);
	cr_assert_eq(tcb_module_check(&b.tcb, &b.platform, NULL), 0);
	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	cr_expect_eq(b.result.launch.platform, &b.tcb.levels[0]);
	cr_expect_eq(b.result.advisory_count, 0);
	cr_expect_eq(b.result.date, 1676419200, "2023-02-15");
	cr_expect_eq(b.tcb.edition.evaluation, 15);
	cr_expect_eq(b.qe.edition.evaluation, 15);

	b.platform.pcesvn = 10;
	cr_expect_eq(evaluate(&b), TCB_OUT_OF_DATE);
	cr_expect_eq(b.result.advisory_count, 13);
	cr_expect_eq(b.result.date, 1515024000, "2018-01-04");
	bench_done(&b);
}

/* b), c) TCB info of FMSPC 90c06f000000 with the levels that the reference names. */
static struct pcs_tcb_spec reference_tcb(void)
{
	struct pcs_tcb_spec s = pcs_tcb_spec_tdx();

	s.levels[0] = (struct pcs_level_spec){ .sgx = { 3, 3, 2, 2, 4, 1, 0, 5 },
					       .tdx = { 5, 0, 3 },
					       .pcesvn = 13,
					       .status = "UpToDate" };
	s.level_count = 1;
	return s;
}

Test(pcs_evaluate, platform_below_every_level_is_not_supported)
{
	struct pcs_tcb_spec tcb = reference_tcb();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	bench_specs(&b, &tcb, &qe);
	memcpy(b.platform.components, (uint8_t[]){ 1, 1, 2, 2, 3, 1, 0, 3 }, 8);
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED);
	cr_expect_null(b.result.launch.platform);
	bench_done(&b);
}

Test(pcs_evaluate, td15_with_a_module_of_major_1_is_up_to_date_twice)
{
	struct pcs_tcb_spec tcb = reference_tcb();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	bench_specs(&b, &tcb, &qe);
	memcpy(b.platform.components, (uint8_t[]){ 4, 4, 2, 2, 4, 1, 0, 5 }, 8);
	memcpy(b.platform.tee_tcb_svn, (uint8_t[]){ 11, 1, 4 }, 3);
	memcpy(b.platform.tee_tcb_svn2, (uint8_t[]){ 13, 1, 4 }, 3);
	b.platform.has_svn2 = true;
	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	cr_expect_eq(b.result.launch.module->isvsvn, 6);
	cr_expect_eq(b.result.current.status, TCB_UP_TO_DATE);
	bench_done(&b);
}

/* --- Choosing a level ------------------------------------------------------------------------- */

Test(pcs_evaluate, each_svn_below_the_level_misses_it)
{
	struct bench b = good_bench();
	const struct tcb_level *first = &b.tcb.levels[0];

	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	for (size_t i = 0; i < TCB_COMPONENTS; i++) {
		if (first->sgx[i]) {
			b.platform.components[i] = (uint8_t)(first->sgx[i] - 1);
			cr_expect_neq(evaluate(&b), TCB_UP_TO_DATE, "sgx %zu", i);
			b.platform.components[i] = first->sgx[i];
		}
		if (i >= 2 && first->tdx[i]) {
			b.platform.tee_tcb_svn[i] = (uint8_t)(first->tdx[i] - 1);
			cr_expect_neq(evaluate(&b), TCB_UP_TO_DATE, "tdx %zu", i);
			b.platform.tee_tcb_svn[i] = first->tdx[i];
		}
	}
	b.platform.pcesvn = 12;
	cr_expect_eq(evaluate(&b), TCB_OUT_OF_DATE);
	b.platform.pcesvn = 10;
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED);
	bench_done(&b);
}

Test(pcs_evaluate, module_0_is_compared_from_the_first_component)
{
	struct bench b = good_bench();

	memcpy(b.platform.tee_tcb_svn, (uint8_t[]){ 5, 0, 6 }, 3);
	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	cr_expect_null(b.result.launch.module);
	b.platform.tee_tcb_svn[0] = 4;
	cr_expect_eq(evaluate(&b), TCB_OUT_OF_DATE);
	b.platform.tee_tcb_svn[0] = 2;
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED);
	bench_done(&b);
}

Test(pcs_evaluate, module_or_qe_below_every_level_is_not_supported)
{
	struct bench b = good_bench();

	b.platform.tee_tcb_svn[0] = 3;
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED, "module");
	b.platform.tee_tcb_svn[0] = 6;
	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	b.platform.tee_tcb_svn[1] = 2;
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED, "a module without identity");
	b.platform.tee_tcb_svn[1] = 1;
	b.qe_isvsvn = 3;
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED, "QE");
	bench_done(&b);
}

Test(pcs_evaluate, sgx_ignores_the_tdx_components)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_sgx();
	struct pcs_qe_spec qe = pcs_qe_spec_sgx();
	struct bench b = good();

	b.platform.is_tdx = false;
	memset(b.platform.tee_tcb_svn, 0, sizeof(b.platform.tee_tcb_svn));
	bench_specs(&b, &tcb, &qe);
	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), 0);
	bench_done(&b);
}

/* --- Converging ------------------------------------------------------------------------------- */

#define NAME 40
struct converging {
	char platform[NAME], module[NAME], qe[NAME], want[NAME];
};

ParameterizedTestParameters(pcs_evaluate, converges)
{
	static struct converging rows[] = {
		{ "UpToDate", "UpToDate", "UpToDate", "UpToDate" },
		{ "UpToDate", "OutOfDate", "UpToDate", "OutOfDate" },
		{ "UpToDate", "UpToDate", "OutOfDate", "OutOfDate" },
		{ "UpToDate", "Revoked", "UpToDate", "Revoked" },
		{ "UpToDate", "UpToDate", "Revoked", "Revoked" },
		{ "UpToDate", "Revoked", "OutOfDate", "Revoked" },
		{ "UpToDate", "OutOfDate", "Revoked", "Revoked" },
		{ "Revoked", "UpToDate", "UpToDate", "Revoked" },
		{ "Revoked", "OutOfDate", "OutOfDate", "Revoked" },
		{ "OutOfDate", "UpToDate", "UpToDate", "OutOfDate" },
		{ "OutOfDate", "OutOfDate", "OutOfDate", "OutOfDate" },
		{ "SWHardeningNeeded", "UpToDate", "UpToDate", "SWHardeningNeeded" },
		{ "SWHardeningNeeded", "OutOfDate", "UpToDate", "OutOfDate" },
		{ "ConfigurationNeeded", "UpToDate", "UpToDate", "ConfigurationNeeded" },
		{ "ConfigurationNeeded", "OutOfDate", "UpToDate", "OutOfDateConfigurationNeeded" },
		{ "ConfigurationAndSWHardeningNeeded", "UpToDate", "UpToDate",
		  "ConfigurationAndSWHardeningNeeded" },
		{ "ConfigurationAndSWHardeningNeeded", "UpToDate", "OutOfDate",
		  "OutOfDateConfigurationNeeded" },
		{ "OutOfDateConfigurationNeeded", "OutOfDate", "OutOfDate",
		  "OutOfDateConfigurationNeeded" },
	};

	return cr_make_param_array(struct converging, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct converging *row, pcs_evaluate, converges)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	tcb.levels[0].status = row->platform;
	tcb.modules[0].levels[0].status = row->module;
	qe.levels[0].status = row->qe;
	bench_specs(&b, &tcb, &qe);
	cr_expect_str_eq(tcb_status_name(evaluate(&b)), row->want, "%s, module %s, QE %s",
			 row->platform, row->module, row->qe);
	bench_done(&b);
}

Test(pcs_evaluate, date_is_the_earliest_and_advisories_are_of_all_levels)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	tcb.levels[0].advisories = "INTEL-SA-00001 INTEL-SA-00002";
	tcb.modules[0].levels[0].advisories = "INTEL-SA-00002 INTEL-SA-00003";
	tcb.modules[0].levels[0].date = "1969-12-31T00:00:00Z";
	qe.levels[0].advisories = "INTEL-SA-00004";
	bench_specs(&b, &tcb, &qe);
	cr_expect_eq(evaluate(&b), TCB_UP_TO_DATE);
	cr_expect_eq(b.result.date, -86400);
	cr_assert_eq(b.result.advisory_count, 4);
	cr_expect_str_eq(b.result.advisories[2], "INTEL-SA-00003");
	bench_done(&b);
}

/* --- TD 1.5: at launch and now ---------------------------------------------------------------- */

struct joining {
	char launch[NAME], current[NAME], want[NAME];
};

ParameterizedTestParameters(pcs_evaluate, joins_launch_and_current)
{
	static struct joining rows[] = {
		{ "UpToDate", "UpToDate", "UpToDate" },
		{ "OutOfDate", "UpToDate", "TDRelaunchAdvised" },
		{ "OutOfDate", "SWHardeningNeeded", "TDRelaunchAdvised" },
		{ "OutOfDate", "ConfigurationNeeded", "TDRelaunchAdvisedConfigurationNeeded" },
		{ "OutOfDate", "ConfigurationAndSWHardeningNeeded",
		  "TDRelaunchAdvisedConfigurationNeeded" },
		{ "OutOfDateConfigurationNeeded", "UpToDate",
		  "TDRelaunchAdvisedConfigurationNeeded" },
		{ "OutOfDateConfigurationNeeded", "SWHardeningNeeded",
		  "TDRelaunchAdvisedConfigurationNeeded" },
		{ "OutOfDate", "OutOfDate", "OutOfDate" },
		{ "OutOfDate", "OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded" },
		{ "OutOfDate", "Revoked", "Revoked" },
		{ "Revoked", "UpToDate", "Revoked" },
		{ "SWHardeningNeeded", "UpToDate", "SWHardeningNeeded" },
		{ "UpToDate", "OutOfDate", "OutOfDate" },
		{ "UpToDate", "Revoked", "Revoked" },
		{ "ConfigurationNeeded", "SWHardeningNeeded", "ConfigurationNeeded" },
	};

	return cr_make_param_array(struct joining, rows, sizeof(rows) / sizeof(*rows));
}

/* The level of launch is reached with tdx[2] = 5, that of now with 6. */
ParameterizedTest(struct joining *row, pcs_evaluate, joins_launch_and_current)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	tcb.levels[0].status = row->current;
	tcb.levels[1].status = row->launch;
	bench_specs(&b, &tcb, &qe);
	memcpy(b.platform.tee_tcb_svn, (uint8_t[]){ 7, 1, 5 }, 3);
	memcpy(b.platform.tee_tcb_svn2, (uint8_t[]){ 7, 1, 6 }, 3);
	cr_expect_str_eq(tcb_status_name(evaluate(&b)), row->launch, "TD 1.0");
	b.platform.has_svn2 = true;
	cr_expect_str_eq(tcb_status_name(evaluate(&b)), row->want, "%s, then %s", row->launch,
			 row->current);
	bench_done(&b);
}

Test(pcs_evaluate, current_module_below_every_level_is_not_supported)
{
	struct bench b = good_bench();

	b.platform.has_svn2 = true;
	memcpy(b.platform.tee_tcb_svn2, (uint8_t[]){ 3, 1, 6 }, 3);
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED);
	memcpy(b.platform.tee_tcb_svn, (uint8_t[]){ 7, 1, 5 }, 3);
	cr_expect_eq(evaluate(&b), TCB_NOT_SUPPORTED, "and no relaunch is advised");
	bench_done(&b);
}

/* --- Does it fit ------------------------------------------------------------------------------ */

Test(pcs_evaluate, tcb_info_of_another_platform_does_not_fit)
{
	struct bench b = good_bench();
	struct err e = { 0 };

	cr_expect_eq(tcb_info_check(&b.tcb, &b.platform, &e), 0);
	b.platform.fmspc[5] ^= 1;
	cr_expect_eq(tcb_info_check(&b.tcb, &b.platform, &e), -FAIL_DENIED);
	b.platform.fmspc[5] ^= 1;
	b.platform.pceid[1] ^= 1;
	cr_expect_eq(tcb_info_check(&b.tcb, &b.platform, &e), -FAIL_DENIED);
	b.platform.pceid[1] ^= 1;
	b.platform.is_tdx = false;
	cr_expect_eq(tcb_info_check(&b.tcb, &b.platform, &e), -FAIL_DENIED);
	bench_done(&b);
}

Test(pcs_evaluate, module_must_be_the_one_that_intel_names)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct bench b = good();

	tcb.modules[0].mrsigner[47] = 9;
	bench_specs(&b, &tcb, &qe);
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), -FAIL_DENIED, "TDX_01's signer");
	b.platform.mrsignerseam[47] = 9;
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), 0);
	b.platform.tee_tcb_svn[1] = 0;
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), -FAIL_DENIED, "tdxModule's");
	b.platform.mrsignerseam[47] = 0;
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), 0);
	b.platform.has_svn2 = true;
	b.platform.tee_tcb_svn2[1] = 2;
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), -FAIL_DENIED, "current: TDX_02");
	b.platform.has_svn2 = false;
	b.platform.seamattributes[7] = 1;
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), -FAIL_DENIED, "SEAMATTRIBUTES");
	memcpy(b.tcb.module.attributes, b.platform.seamattributes, 8);
	cr_expect_eq(tcb_module_check(&b.tcb, &b.platform, NULL), -FAIL_DENIED,
		     "equal, and not zero");
	bench_done(&b);
}

Test(pcs_evaluate, qe_must_be_the_one_that_intel_names)
{
	struct bench b = good_bench();
	struct pcs_enclave qe = { .attributes = { 0x15, [8] = 0xe7 }, .isvprodid = 2 };
	struct err e = { 0 };

	memcpy(qe.mrsigner, b.qe.mrsigner, 32);
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), 0, "%s", e.text);
	qe.attributes[0] = 0x17;
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), -FAIL_DENIED, "DEBUG");
	qe.attributes[0] = 0x05;
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), -FAIL_DENIED, "no provisioning key");
	qe.attributes[0] = 0x11;
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), 0, "MODE64BIT is masked");
	qe.miscselect[0] = 1;
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), -FAIL_DENIED, "MISCSELECT");
	qe.miscselect[0] = 0;
	qe.isvprodid = 1;
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), -FAIL_DENIED, "ISVPRODID");
	qe.isvprodid = 2;
	for (size_t i = 0; i < 32; i++) {
		qe.mrsigner[i] ^= 0x10;
		cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), -FAIL_DENIED, "MRSIGNER %zu", i);
		qe.mrsigner[i] ^= 0x10;
	}
	/* A bit that the identity demands outside its mask can't be had. */
	b.qe.attributes[0] |= 0x04;
	cr_expect_eq(qe_identity_check(&b.qe, &qe, &e), -FAIL_DENIED);
	bench_done(&b);
}
