/* The "snp" member of a policy: what it refuses to read, and what each member decides. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/verify/snp/snp_rig.h"

struct refusal {
	char json[160];
	char why[48];
};

ParameterizedTestParameters(snp_policy, refuses)
{
	static struct refusal rows[] = {
		{ "{\"alow_v2\":true}", "unknown member \"alow_v2\"" },
		{ "{\"allow_v2\":1}", "\"allow_v2\" must be" },
		{ "{\"products\":[\"Rome\"]}", "\"Rome\" is not known" },
		{ "{\"products\":[\"milan\"]}", "\"milan\" is not known" },
		{ "{\"products\":7}", "must be text" },
		{ "{\"measurement\":\"00\"}", "2 hex digits, must be 96" },
		{ "{\"host_data\":[\"zz\"]}", "must be 64" },
		{ "{\"chip_id\":\"0102030405060708\"}", "must be 128" },
		{ "{\"vmpl\":4}", "4 is over 3" },
		{ "{\"vmpl\":-1}", "must be a whole number" },
		{ "{\"min_guest_svn\":4294967296}", "is over 4294967295" },
		{ "{\"min_tcb\":{\"Rome\":{}}}", "unknown member \"Rome\"" },
		{ "{\"min_tcb\":{\"Milan\":{}}}", "names no component" },
		{ "{\"min_tcb\":{\"Milan\":{\"fmc\":1}}}", "unknown member \"fmc\"" },
		{ "{\"min_tcb\":{\"Turin\":{\"fmc\":256}}}", "256 is over 255" },
		{ "{\"min_tcb\":{\"Milan\":{\"snp\":1.5}}}", "must be a whole number" },
		{ "{\"min_launch_mit_vector\":18446744073709551616}", "must be a whole number" },
		{ "{\"revocation\":\"never\"}", "not require or if-present" },
		{ "{\"guest_policy\":{\"debug\":\"yes\"}}", "\"debug\" must be" },
		{ "{\"guest_policy\":{\"tio\":true}}", "unknown member \"tio\"" },
		{ "{\"guest_policy\":{\"min_abi\":\"1\"}}", "must be as 1.51" },
		{ "{\"guest_policy\":{\"min_abi\":\"1.256\"}}", "must be as 1.51" },
		{ "{\"guest_policy\":{\"min_abi\":\"1.51.2\"}}", "must be as 1.51" },
		{ "{\"guest_policy\":{\"min_abi\":\" 1.51\"}}", "must be as 1.51" },
		{ "{\"guest_policy\":{\"min_abi\":\"-1.51\"}}", "must be as 1.51" },
		{ "{\"platform\":{\"single_socket\":true}}", "unknown member \"single_socket\"" },
		{ "{\"platform\":{\"smt\":0}}", "\"smt\" must be" },
		{ "[]", "must be an object" },
	};
	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, snp_policy, refuses)
{
	AUTO_JSON cJSON *tree = NULL;
	struct snp_policy p = { 0 };
	struct err e = { 0 };

	cr_assert_eq(json_parse(span_text(row->json), 4096, &tree, &e), 0);
	cr_expect_eq(snp_policy_parse(tree, &p, &e), -FAIL_INPUT, "%s", row->json);
	cr_expect(strstr(e.text, row->why), "%s: %s", row->json, e.text);
	cr_expect(!p.measurement.at && !p.products.at, "nothing is left");
}

Test(snp_policy, reading_again_releases_what_was_held)
{
	struct snp_case k = { .spec = { 0 } };

	snp_case_policy(&k, "{\"family_id\":\"000102030405060708090a0b0c0d0e0f\",\"vmpl\":3}");
	cr_expect(k.rig.policy.snp.family_id.is_set);
	snp_case_policy(&k, "{}");
	cr_expect(!k.rig.policy.snp.family_id.is_set && !k.rig.policy.snp.vmpl);
	snp_policy_done(&k.rig.policy.snp);
}

/* --- What each decides ------------------------------------------------------------------------ */

struct ruling {
	char members[320]; /* after those of SNP_POLICY */
	enum verify_decision want;
	char code[32];
};

#define YES VERIFY_ACCEPTED
#define NO  VERIFY_REFUSED

ParameterizedTestParameters(snp_policy, decides)
{
	static struct ruling rows[] = {
		{ "\"products\":[\"Turin\"]", YES, "snp.current" },
		{ "\"products\":[\"Milan\",\"Genoa\"]", NO, "snp.product" },
		{ "\"products\":[]", NO, "snp.product" },
		{ "\"vmpl\":2", NO, "snp.vmpl" },
		{ "\"min_guest_svn\":9", YES, "snp.matches" },
		{ "\"min_guest_svn\":10", NO, "snp.guest-svn" },
		{ "\"min_launch_mit_vector\":3", YES, "snp.current" },
		{ "\"min_launch_mit_vector\":4", NO, "snp.mitigation" },
		{ "\"min_current_mit_vector\":7", YES, "snp.current" },
		{ "\"min_current_mit_vector\":9223372036854775808", NO, "snp.mitigation" },
		{ "\"guest_policy\":{\"smt\":true}", YES, "snp.current" },
		{ "\"guest_policy\":{\"smt\":false}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"single_socket\":true}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"single_socket\":false}", YES, "snp.current" },
		{ "\"guest_policy\":{\"cxl\":true}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"aes256_xts\":true}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"rapl_disabled\":true}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"ciphertext_hiding\":true}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"page_swap_disabled\":true}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"min_abi\":\"1.51\"}", YES, "snp.current" },
		{ "\"guest_policy\":{\"min_abi\":\"1.52\"}", NO, "snp.guest-policy" },
		{ "\"guest_policy\":{\"min_abi\":\"2.0\"}", NO, "snp.guest-policy" },
		{ "\"platform\":{\"smt\":true,\"ecc\":true,\"alias_check\":true}", YES,
		  "snp.current" },
		{ "\"platform\":{\"smt\":false}", NO, "snp.platform-info" },
		{ "\"platform\":{\"tsme\":true}", NO, "snp.platform-info" },
		{ "\"platform\":{\"rapl_disabled\":true}", NO, "snp.platform-info" },
		{ "\"platform\":{\"ciphertext_hiding\":true}", NO, "snp.platform-info" },
		{ "\"platform\":{\"alias_check\":false}", NO, "snp.platform-info" },
		{ "\"platform\":{\"tio\":true}", NO, "snp.platform-info" },
		{ "\"host_data\":\"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5"
		  "f\"",
		  YES, "snp.matches" },
		{ "\"host_data\":\"004142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5"
		  "f\"",
		  NO, "snp.mismatch" },
		{ "\"host_data\":[]", NO, "snp.mismatch" },
		{ "\"id_key_digest\":\"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c"
		  "9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf\"",
		  NO, "snp.mismatch" },
		{ "\"author_key_digest\":[]", NO, "snp.mismatch" },
		{ "\"family_id\":\"00000000000000000000000000000000\"", YES, "snp.matches" },
		{ "\"family_id\":\"01000000000000000000000000000000\"", NO, "snp.mismatch" },
		{ "\"image_id\":\"01000000000000000000000000000000\"", NO, "snp.mismatch" },
		{ "\"report_id\":[]", NO, "snp.mismatch" },
		{ "\"chip_id\":[]", NO, "snp.chip-unlisted" },
		{ "\"chip_id\":\"a0a1a2a3a4a5a6a70000000000000000000000000000000000000000000000000"
		  "000000000000000000000000000000000000000000000000000000000000000\"",
		  YES, "snp.current" },
	};
	return cr_make_param_array(struct ruling, rows, COUNT_OF(rows));
}

ParameterizedTest(struct ruling *row, snp_policy, decides)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_TURIN, SNP_GEN_VCEK) };
	char json[1024];

	k.spec.guest_svn = 9;
	snp_case_make(&k);
	(void)snprintf(json, sizeof(json), SNP_POLICY ",%s}", row->members);
	snp_case_policy(&k, json);
	cr_expect_eq(snp_case_run(&k), row->want, "%s", row->members);
	cr_expect(rig_said(&k.rig, row->code), "%s: no %s", row->members, row->code);
	snp_case_done(&k);
}

static void start(struct snp_case *k, enum snp_gen_key key)
{
	*k = (struct snp_case){ .spec = snp_spec(SNP_GEN_GENOA, key) };
	snp_case_make(k);
}

Test(snp_policy, without_a_floor_the_platform_is_unchecked_and_that_may_be_allowed)
{
	static struct ref no_floor = { 12, "snp.no-floor" };
	struct snp_case k;

	start(&k, SNP_GEN_VCEK);
	k.rig.policy.snp.min_tcb[SNP_GENOA].is_set = false;
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_UNCHECKED);
	cr_expect_str_eq(verify_claim(k.rig.context.verdict, "part0", "tcb_floor"), "none given");

	k.rig.policy.allow = (struct refs){ &no_floor, 1, true };
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_UNCHECKED);
	snp_case_done(&k);
}

Test(snp_policy, a_floor_holds_for_the_launch_as_for_the_report)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_MILAN, SNP_GEN_VCEK) };

	k.spec.launch.microcode--;
	snp_case_make(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_OUT_OF_DATE);
	cr_expect(rig_said(&k.rig, "snp.tcb-low"));
	snp_case_done(&k);
}

Test(snp_policy, a_floor_is_compared_by_components)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_MILAN, SNP_GEN_VCEK) };

	/* As a number, byte 7 would make up for byte 0. */
	k.spec.reported.bootloader--;
	k.spec.reported.microcode++;
	k.spec.current = k.spec.committed = k.spec.launch = k.spec.reported;
	snp_case_make(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect(rig_said(&k.rig, "snp.tcb-low"));
	snp_case_done(&k);
}

Test(snp_policy, a_masked_chip_id_passes_only_when_permitted)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };

	k.spec.has_leaf_chip = true;
	memcpy(k.spec.leaf_chip, k.spec.chip_id, sizeof(k.spec.chip_id));
	memset(k.spec.chip_id, 0, sizeof(k.spec.chip_id));
	snp_case_make(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect(rig_said(&k.rig, "snp.chip-masked"));
	snp_case_policy(&k, SNP_POLICY ",\"allow_masked_chip_id\":true}");
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	snp_case_done(&k);
}

Test(snp_policy, a_cloud_must_be_named)
{
	struct snp_case k;

	start(&k, SNP_GEN_VLEK);
	refs_done(&k.rig.policy.snp.csp_id);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect(rig_said(&k.rig, "snp.csp"));
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_TEST);
	snp_case_done(&k);
}

Test(snp_policy, without_a_measurement_the_workload_is_unknown)
{
	struct snp_case k;

	start(&k, SNP_GEN_VCEK);
	refs_done(&k.rig.policy.snp.measurement);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(rig_said(&k.rig, "snp.unknown"));
	snp_case_done(&k);
}

Test(snp_policy, other_references_alone_do_not_make_a_workload_known)
{
	struct snp_case k;

	start(&k, SNP_GEN_VCEK);
	refs_done(&k.rig.policy.snp.measurement);
	k.rig.policy.snp.family_id = (struct refs){ calloc(1, sizeof(struct ref)), 1, true };
	k.rig.policy.snp.family_id.at[0].len = 16;
	cr_expect_eq(snp_case_run(&k), VERIFY_UNKNOWN_WORKLOAD);
	snp_case_done(&k);
}

Test(snp_policy, unknown_bits_of_the_guests_policy_are_refused_and_of_the_platform_told)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };
	struct snp_case l = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };
	struct snp_case m = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };

	k.spec.policy |= 1ull << 63;
	snp_case_make(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect(rig_said(&k.rig, "snp.policy-bits"));
	snp_case_done(&k);

	l.spec.policy &= ~(1ull << 17);
	snp_case_make(&l);
	cr_expect_eq(snp_case_run(&l), VERIFY_REFUSED);
	cr_expect(rig_said(&l.rig, "snp.policy-bits"));
	snp_case_done(&l);

	m.spec.platform_info |= 1ull << 40 | 1 << 6;
	snp_case_make(&m);
	cr_expect_eq(snp_case_run(&m), VERIFY_ACCEPTED);
	cr_expect(rig_said(&m.rig, "snp.platform-bits"));
	snp_case_done(&m);
}

Test(snp_policy, the_report_data_must_be_the_expected)
{
	struct snp_case k;

	start(&k, SNP_GEN_VCEK);
	k.rig.part.expect.at[63] ^= 1;
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_FRESH), VERIFY_FRESH_NO);
	k.rig.part.expect.asked = false;
	cr_expect_eq(snp_case_run(&k), VERIFY_NOT_FRESH);
	snp_case_done(&k);
}
