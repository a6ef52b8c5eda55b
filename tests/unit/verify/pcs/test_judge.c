/* What is said when collateral is missing, stale or of another root, and what a policy makes of a
 * status. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/json.h"
#include "tests/unit/verify/pcs/world.h"

static bool is_missed(const struct world *w, const char *file, const char *url)
{
	const struct verify_verdict *v = w->rig.context.verdict;

	for (size_t i = 0; i < verify_missing_count(v); i++) {
		struct verify_missing m = verify_missing(v, i);

		if (!strcmp(m.file, file))
			return !strcmp(m.url, url);
	}
	return false;
}

static const char *claim_text(const struct world *w, const char *a, const char *b, const char *c)
{
	const char *text = json_text(world_claim(w, a, b, c));

	return text ? text : "";
}

static void set_words(struct refs *list, const char *json)
{
	struct err e = { 0 };
	AUTO_JSON cJSON *tree = cJSON_Parse(json);

	cr_assert_eq(refs_words(tree, "words", list, &e), 0, "%s", e.text);
}

/* --- Missing ---------------------------------------------------------------------------------- */

#define API "https://api.trustedservices.intel.com/"

Test(pcs_judge, names_all_that_is_missing_in_one_go)
{
	struct world w;

	world_init(&w, true);
	w.tcb_file.is_absent = w.qe_file.is_absent = w.signer_file.is_absent = true;
	w.root_crl_file.is_absent = w.ca_crl_file.is_absent = true;
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN);
	cr_expect_eq(rig_word(&w.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_UNPROVEN);
	cr_expect_eq(verify_missing_count(w.rig.context.verdict), 5);
	cr_expect(is_missed(&w, "intel-tdx-tcb-90c06f000000.json",
			    API "tdx/certification/v4/tcb?fmspc=90c06f000000"));
	cr_expect(is_missed(&w, "intel-tdx-qe.json", API "tdx/certification/v4/qe/identity"));
	cr_expect(is_missed(&w, "intel-tcb-signing.pem",
			    API "tdx/certification/v4/tcb?fmspc=90c06f000000"));
	cr_expect(is_missed(&w, "intel-root.crl",
			    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"));
	cr_expect(is_missed(&w, "intel-pck-platform.crl",
			    API "sgx/certification/v4/pckcrl?ca=platform&encoding=der"));
	cr_expect_null(world_claim(&w, "status", NULL, NULL), "nothing is claimed unproven");
	world_done(&w);
}

Test(pcs_judge, sgx_and_the_processor_ca_have_files_of_their_own)
{
	struct world w;

	world_init(&w, false);
	w.platform.is_processor_ca = true;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	w.tcb_file.is_absent = w.qe_file.is_absent = w.ca_crl_file.is_absent = true;
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN);
	cr_expect(is_missed(&w, "intel-sgx-tcb-90c06f000000.json",
			    API "sgx/certification/v4/tcb?fmspc=90c06f000000"));
	cr_expect(is_missed(&w, "intel-sgx-qe.json", API "sgx/certification/v4/qe/identity"));
	cr_expect(is_missed(&w, "intel-pck-processor.crl",
			    API "sgx/certification/v4/pckcrl?ca=processor&encoding=der"));
	world_done(&w);
}

Test(pcs_judge, sgx_takes_tcb_info_of_version_2)
{
	struct world w;

	world_init(&w, false);
	w.tcb.version = 2;
	w.tcb.id = NULL;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	world_done(&w);
	world_init(&w, true);
	w.tcb = pcs_tcb_spec_sgx();
	w.tcb.version = 2;
	w.tcb.id = NULL;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "TDX needs version 3");
	cr_expect(world_said(&w, "pcs.other-platform"));
	world_done(&w);
}

Test(pcs_judge, each_file_missing_alone_leaves_it_unproven)
{
	struct world w;
	struct world_file *files[] = { &w.tcb_file, &w.qe_file, &w.signer_file, &w.root_crl_file,
				       &w.ca_crl_file };

	world_init(&w, true);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		files[i]->is_absent = true;
		cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN, "file %zu", i);
		cr_expect_not(world_said(&w, "pcs.up-to-date"));
		files[i]->is_absent = false;
	}
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	world_done(&w);
}

Test(pcs_judge, missing_collateral_is_never_allowed_and_missing_revocation_may_be)
{
	struct world w;

	world_init(&w, true);
	set_words(&w.rig.policy.allow,
		  "[\"pcs.no-revocation\",\"pcs.collateral-missing\",\"pcs.forged\"]");
	w.root_crl_file.is_absent = w.ca_crl_file.is_absent = true;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	cr_expect_eq(rig_word(&w.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_UNPROVEN);
	w.qe_file.is_absent = true;
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN);
	refs_done(&w.rig.policy.allow);
	world_done(&w);
}

Test(pcs_judge, revocation_if_present_passes_the_missing_and_not_the_bad)
{
	struct world w;

	world_init(&w, true);
	w.rig.policy.tdx.tcb.revocation_if_present = true;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	cr_expect(cJSON_IsTrue(world_claim(&w, "revocation_checked", NULL, NULL)));
	w.root_crl_file.is_absent = w.ca_crl_file.is_absent = true;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	cr_expect(cJSON_IsFalse(world_claim(&w, "revocation_checked", NULL, NULL)));
	cr_expect_eq(verify_missing_count(w.rig.context.verdict), 2);
	w.ca_crl_file.is_absent = false;
	w.ca_revokes = SERIAL_PCK;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	world_done(&w);
}

Test(pcs_judge, empty_and_oversized_files_are_damaged)
{
	struct world w;
	struct world_file *files[] = { &w.tcb_file, &w.qe_file, &w.signer_file, &w.root_crl_file,
				       &w.ca_crl_file };
	static uint8_t big[1100 * 1024];

	world_init(&w, true);
	memset(big, ' ', sizeof(big));
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		cr_assert_eq(buf_append(&files[i]->instead, span(" ", 1), 1, NULL), 0);
		cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "file %zu", i);
		buf_done(&files[i]->instead);
		cr_assert_eq(
			buf_append(&files[i]->instead, span(big, sizeof(big)), sizeof(big), NULL),
			0);
		cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "big file %zu", i);
		buf_done(&files[i]->instead);
	}
	world_done(&w);
}

/* --- Signer ----------------------------------------------------------------------------------- */

static void put_pem(struct world *w, X509 *const certs[], size_t count)
{
	buf_done(&w->signer_file.instead);
	w->signer_file.instead = pki_pem(certs, count);
}

Test(pcs_judge, signer_comes_percent_encoded_or_without_its_root)
{
	struct world w;
	AUTO_BUF struct buf pem = BUF_EMPTY;

	world_init(&w, true);
	pem = world_signer_pem(&w);
	w.signer_file.instead = pcs_percent(buf_view(&pem));
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED, "the header as it is sent");
	put_pem(&w, (X509 *const[]){ w.signer }, 1);
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED, "alone");
	world_done(&w);
}

Test(pcs_judge, other_certificates_sign_nothing)
{
	struct world w;

	world_init(&w, true);
	put_pem(&w, (X509 *const[]){ w.root, w.signer }, 2);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "root first");
	put_pem(&w, (X509 *const[]){ w.signer, w.ca }, 2);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "another root");
	put_pem(&w, (X509 *const[]){ w.signer, w.root, w.ca }, 3);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "a third");
	put_pem(&w, (X509 *const[]){ w.pck, w.root }, 2);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "a PCK");
	cr_expect(world_said(&w, "pcs.forged"));
	world_done(&w);
}

/* Each signer signs with the right key; its certificate alone is wrong. */
Test(pcs_judge, signer_must_be_certified_straight_by_the_root)
{
	struct world w;

	world_init(&w, true);
	world_sign_by(&w, &(struct pcs_signer_spec){ .root = w.root,
						     .root_key = w.root_key,
						     .key = w.signer_key,
						     .cn = "Intel SGX TCB Signer" });
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "name");
	world_sign_by(&w, &(struct pcs_signer_spec){
				  .root = w.ca, .root_key = w.ca_key, .key = w.signer_key });
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN,
		     "issued by the PCK's CA, which is not at hand");
	world_sign_by(&w, &(struct pcs_signer_spec){
				  .root = w.root, .root_key = w.other_key, .key = w.signer_key });
	cr_expect_neq(world_judge(&w), VERIFY_ACCEPTED, "not signed by the root");
	world_sign_by(&w, &(struct pcs_signer_spec){
				  .root = w.root, .root_key = w.root_key, .key = w.other_key });
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "another key");
	cr_expect(world_said(&w, "pcs.forged"));
	world_done(&w);
}

/* A second root that tests trust too must not vouch for a platform under the first. */
Test(pcs_judge, signer_under_another_trusted_root_is_refused)
{
	struct world w;
	struct err e = { 0 };
	X509 *root;

	world_init(&w, true);
	root = pki_cert(&(struct pki_spec){ .cn = "Intel SGX Root CA",
					    .organization = "Intel Corporation",
					    .key = w.other_key,
					    .issuer_key = w.other_key,
					    .alg = PKI_ECDSA_SHA256,
					    .is_ca = true,
					    .path_len = 1 });
	cr_assert_eq(certs_add_ref(&w.rig.test_roots, root, &e), 0);
	world_sign_by(&w, &(struct pcs_signer_spec){
				  .root = root, .root_key = w.other_key, .key = w.signer_key });
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "its issuer has the name, and another key");
	put_pem(&w, (X509 *const[]){ w.signer, root }, 2);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	put_pem(&w, (X509 *const[]){ w.signer }, 1);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	X509_free(root);
	world_done(&w);
}

/* --- Time ------------------------------------------------------------------------------------- */

Test(pcs_judge, dates_are_inclusive)
{
	struct world w;

	world_init(&w, true);
	w.rig.context.at = w.tcb.issue_date;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	w.rig.context.at = w.tcb.issue_date - 1;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	w.rig.context.at = w.tcb.next_update;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	w.rig.context.at = w.tcb.next_update + 1;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.collateral-expired"));
	cr_expect(is_missed(&w, "intel-tdx-qe.json", API "tdx/certification/v4/qe/identity"),
		  "named for renewal");
	world_done(&w);
}

Test(pcs_judge, signer_out_of_its_time_is_refused)
{
	struct world w;
	struct pcs_signer_spec spec;

	world_init(&w, true);
	spec = (struct pcs_signer_spec){ .root = w.root,
					 .root_key = w.root_key,
					 .key = w.signer_key,
					 .not_before = 1600000000,
					 .not_after = w.rig.context.at - 1 };
	world_sign_by(&w, &spec);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.collateral-expired"));
	spec.not_before = w.rig.context.at + 1;
	spec.not_after = spec.not_before + 1;
	world_sign_by(&w, &spec);
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.collateral-not-yet"));
	world_done(&w);
}

Test(pcs_judge, stale_crl_proves_nothing)
{
	struct world w;

	world_init(&w, true);
	w.crl_next = w.rig.context.at - 1;
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN);
	cr_expect(world_said(&w, "pcs.crl-stale"));
	w.crl_issued = w.rig.context.at + 1;
	w.crl_next = w.crl_issued + 1;
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN);
	set_words(&w.rig.policy.allow, "[\"pcs.crl-stale\"]");
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	refs_done(&w.rig.policy.allow);
	world_done(&w);
}

Test(pcs_judge, without_a_clock_dates_are_not_judged_and_it_says_so)
{
	struct world w;

	world_init(&w, true);
	w.rig.context.at = VERIFY_NO_CLOCK;
	w.tcb.next_update = w.tcb.issue_date + 1;
	cr_expect_eq(world_judge(&w), VERIFY_UNPROVEN);
	cr_expect(world_said(&w, "time.unchecked"));
	cr_expect_not(world_said(&w, "pcs.collateral-expired"));
	set_words(&w.rig.policy.allow, "[\"time.unchecked\"]");
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	w.ca_revokes = SERIAL_PCK;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	refs_done(&w.rig.policy.allow);
	world_done(&w);
}

/* --- Policy ----------------------------------------------------------------------------------- */

struct status_row {
	char status[40];
	char code[52];
	bool may_pass;
};

ParameterizedTestParameters(pcs_judge, status_has_its_reason_and_passes_by_policy)
{
	static struct status_row rows[] = {
		{ "OutOfDate", "pcs.out-of-date", true },
		{ "OutOfDateConfigurationNeeded", "pcs.out-of-date-configuration-needed", true },
		{ "ConfigurationNeeded", "pcs.configuration-needed", true },
		{ "SWHardeningNeeded", "pcs.sw-hardening-needed", true },
		{ "ConfigurationAndSWHardeningNeeded", "pcs.configuration-and-sw-hardening-needed",
		  true },
		{ "Revoked", "pcs.tcb-revoked", false },
	};

	return cr_make_param_array(struct status_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct status_row *row, pcs_judge, status_has_its_reason_and_passes_by_policy)
{
	enum verify_decision want = row->may_pass ? VERIFY_ACCEPTED : VERIFY_REFUSED;
	struct world w;
	char json[128];

	world_init(&w, true);
	w.tcb.levels[0].status = row->status;
	w.tcb.levels[0].advisories = "INTEL-SA-00001 INTEL-SA-00002";
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, row->code));
	cr_expect_str_eq(claim_text(&w, "status", NULL, NULL), row->status);

	(void)snprintf(json, sizeof(json), "[\"%s\"]", row->code);
	set_words(&w.rig.policy.allow, json);
	cr_expect_eq(world_judge(&w), want, "by its code");
	refs_done(&w.rig.policy.allow);

	(void)snprintf(json, sizeof(json), "[\"%s\"]", row->status);
	set_words(&w.rig.policy.tdx.tcb.status, json);
	cr_expect_eq(world_judge(&w), want, "by its name");
	cr_expect(world_said(&w, row->code), "and keeps its word for the reader");
	cr_expect_not(world_said(&w, "pcs.up-to-date"));

	set_words(&w.rig.policy.tdx.tcb.advisories, "[\"INTEL-SA-00001\"]");
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "an advisory is not listed");
	cr_expect(world_said(&w, "pcs.advisory"));
	set_words(&w.rig.policy.tdx.tcb.advisories, "[\"INTEL-SA-00001\",\"INTEL-SA-00002\"]");
	cr_expect_eq(world_judge(&w), want, "both are");
	refs_done(&w.rig.policy.tdx.tcb.status);
	refs_done(&w.rig.policy.tdx.tcb.advisories);
	world_done(&w);
}

Test(pcs_judge, relaunch_has_its_reasons)
{
	struct world w;

	world_init(&w, true);
	w.platform.has_svn2 = true;
	w.platform.tee_tcb_svn[2] = 5;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.td-relaunch-advised"));
	cr_expect_str_eq(claim_text(&w, "status", NULL, NULL), "TDRelaunchAdvised");
	cr_expect_str_eq(claim_text(&w, "levels", "platform", "status"), "OutOfDate");
	cr_expect_str_eq(claim_text(&w, "levels", "current_platform", "status"), "UpToDate");
	set_words(&w.rig.policy.tdx.tcb.status, "\"TDRelaunchAdvised\"");
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	w.tcb.levels[0].status = "ConfigurationNeeded";
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.td-relaunch-advised-configuration-needed"));
	refs_done(&w.rig.policy.tdx.tcb.status);
	world_done(&w);
}

Test(pcs_judge, not_supported_passes_nowhere)
{
	struct world w;

	world_init(&w, true);
	w.platform.pcesvn = 1;
	set_words(&w.rig.policy.allow, "[\"pcs.not-supported\"]");
	set_words(&w.rig.policy.tdx.tcb.status, "[\"NotSupported\",\"OutOfDate\"]");
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.not-supported"));
	refs_done(&w.rig.policy.allow);
	refs_done(&w.rig.policy.tdx.tcb.status);
	world_done(&w);
}

Test(pcs_judge, policy_of_the_other_tee_does_not_count)
{
	struct world w;

	world_init(&w, true);
	w.tcb.levels[0].status = "OutOfDate";
	set_words(&w.rig.policy.sgx.tcb.status, "\"OutOfDate\"");
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	refs_done(&w.rig.policy.sgx.tcb.status);
	world_done(&w);
}

Test(pcs_judge, least_date_holds_for_every_status)
{
	struct world w;
	struct tcb_policy *p = &w.rig.policy.tdx.tcb;

	world_init(&w, true);
	p->min_date = 1735689600; /* 2025-01-01, as the levels */
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	p->min_date++;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.tcb-date"));
	world_done(&w);
}

Test(pcs_judge, evaluation_numbers_have_a_floor_and_must_agree)
{
	struct world w;
	struct tcb_policy *p = &w.rig.policy.tdx.tcb;

	world_init(&w, true);
	p->min_evaluation = 20;
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	p->min_evaluation = 21;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.evaluation-number"));
	w.tcb.evaluation = 21;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED, "the QE identity's is below");
	p->min_evaluation = 0;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.evaluation-numbers-differ"));
	set_words(&w.rig.policy.allow, "[\"pcs.evaluation-numbers-differ\"]");
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	refs_done(&w.rig.policy.allow);
	world_done(&w);
}

Test(pcs_judge, family_may_be_listed)
{
	struct world w;
	struct err e = { 0 };
	cJSON *tree = cJSON_CreateString("90C06F000000");

	world_init(&w, true);
	cr_assert_eq(refs_hex(tree, "fmspc", 6, &w.rig.policy.tdx.tcb.fmspc, &e), 0);
	cr_expect_eq(world_judge(&w), VERIFY_ACCEPTED);
	w.rig.policy.tdx.tcb.fmspc.at[0].at[5] = 1;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect(world_said(&w, "pcs.fmspc"));
	refs_done(&w.rig.policy.tdx.tcb.fmspc);
	cJSON_Delete(tree);
	world_done(&w);
}

/* --- Claims ----------------------------------------------------------------------------------- */

Test(pcs_judge, claims_say_what_decided)
{
	struct world w;

	world_init(&w, true);
	w.platform.components[0] = 4;
	w.platform.tee_tcb_svn[0] = 5;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect_str_eq(claim_text(&w, "status", NULL, NULL), "OutOfDate");
	cr_expect_str_eq(claim_text(&w, "date", NULL, NULL), "2023-02-15T00:00:00Z");
	cr_expect_str_eq(claim_text(&w, "fmspc", NULL, NULL), "90c06f000000");
	cr_expect_eq(cJSON_GetArraySize(world_claim(&w, "advisories", NULL, NULL)), 3);
	cr_expect_str_eq(claim_text(&w, "levels", "platform", "sgx_components"),
			 "03030202030100030000000000000000");
	cr_expect_str_eq(claim_text(&w, "levels", "module", "status"), "OutOfDate");
	cr_expect_str_eq(claim_text(&w, "levels", "qe", "status"), "UpToDate");
	cr_expect_str_eq(claim_text(&w, "tcb_info", "issue_date", NULL), "2026-09-01T00:00:00Z");
	cr_expect_not_null(world_claim(&w, "qe_identity", "evaluation_number", NULL));
	world_done(&w);
}

Test(pcs_judge, nothing_is_claimed_of_what_was_not_authenticated)
{
	struct world w;

	world_init(&w, true);
	w.other_signs_tcb = true;
	cr_expect_eq(world_judge(&w), VERIFY_REFUSED);
	cr_expect_null(world_claim(&w, "tcb_info", NULL, NULL));
	cr_expect_not_null(world_claim(&w, "qe_identity", NULL, NULL));
	cr_expect_null(world_claim(&w, "status", NULL, NULL));
	world_done(&w);
}
