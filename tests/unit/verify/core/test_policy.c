#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/policy.h"
#include "attest/verify/reason.h"
#include "attest/verify/trustee.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/limits.h"

#define HEX16 "0123456789abcdef"
#define HEX96 HEX16 HEX16 HEX16 HEX16 HEX16 HEX16

struct refusal {
	char json[700];
	char why[64];
};

ParameterizedTestParameters(policy, refuses_what_it_does_not_know)
{
	static struct refusal rows[] = {
		{ "", "json" },
		{ "[]", "must be an object" },
		{ "1", "must be an object" },
		{ "{\"version\":1} x", "json" },
		{ "{\"version\":1,\"version\":1}", "twice" },
		{ "{\"version\":2}", "must be 1" },
		{ "{\"version\":1.0}", "\"version\" must be" },
		{ "{\"version\":null}", "\"version\" must be" },
		{ "{\"version\":1,\"sev\":{}}", "unknown member \"sev\"" },
		{ "{\"version\":1,\"snp\":[]}", "\"snp\" must be an object" },
		{ "{\"version\":1,\"fresh\":\"no\"}", "\"fresh\" must be true or false" },
		{ "{\"version\":1,\"allow\":\"time.unchecked\"}", "\"allow\" must be an array" },
		{ "{\"version\":1,\"allow\":[1]}", "policy.allow: must be text" },
		{ "{\"version\":1,\"allow\":[\"time.uncheckd\"]}",
		  "there is no code \"time.uncheckd\"" },
		{ "{\"version\":1,\"allow\":[\"time.unchecked\",\"fresh.other\"]}",
		  "nobody may allow \"fresh.other\"" },
		{ "{\"version\":1,\"snp\":{\"nonesuch\":1}}", "nonesuch" },
		{ "{\"version\":1,\"tdx\":{\"nonesuch\":1}}", "nonesuch" },
		{ "{\"version\":1,\"sgx\":{\"nonesuch\":1}}", "nonesuch" },
		{ "{\"version\":1,\"gpu\":{\"nonesuch\":1}}", "nonesuch" },
		{ "{\"version\":1,\"tpm\":{\"nonesuch\":1}}", "nonesuch" },
		{ "{\"version\":1,\"log\":{\"nonesuch\":1}}", "nonesuch" },
		{ "{\"version\":1,\"snp\":{\"measurement\":\"00\"}}", "snp.measurement" },
		{ "{\"version\":1,\"mr_td\":\"" HEX96 "\"}", "unknown member \"mr_td\"" },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, policy, refuses_what_it_does_not_know)
{
	struct verify_policy *p = NULL;
	struct err e = { 0 };

	cr_expect_eq(verify_policy_parse(span_text(row->json), &p, &e), -FAIL_INPUT, "%s: %s",
		     row->json, e.text);
	cr_expect_not_null(strstr(e.text, row->why), "%s: %s", row->json, e.text);
	cr_expect_null(p);
}

ParameterizedTestParameters(trustee, names_what_it_can_not_keep)
{
	static struct refusal rows[] = {
		{ "{}", "there is none" },
		{ "{\"snp\":{}}", "\"version\": 1" },
		{ "{\"mr_seam\":\"" HEX96 "\"}", "\"mr_seam\" is not judged here" },
		{ "{\"rtmr_0\":\"" HEX96 "\"}", "\"rtmr_0\" is not judged here" },
		{ "{\"mr_td\":[\"00\"]}", "mr_td: 2 hex digits" },
		{ "{\"mr_td\":[7]}", "mr_td: must be text" },
		{ "{\"xfam\":[\"e7\"]}", "xfam: 2 hex digits" },
		{ "{\"snp_launch_measurement\":true}", "snp_launch_measurement: must be text" },
		{ "{\"snp_bootloader\":[]}", "snp_bootloader: an empty list" },
		{ "{\"snp_bootloader\":\"3\"}", "snp_bootloader: must be whole numbers" },
		{ "{\"snp_bootloader\":[3,256]}", "snp_bootloader: must be whole numbers" },
		{ "{\"snp_microcode\":[72,74]}", "snp_microcode: 73 is left out" },
		{ "{\"snp_smt_enabled\":[true]}", "snp_smt_enabled: must be true or false" },
		{ "{\"snp_guest_abi_major\":1}", "its other half is missing" },
		{ "{\"snp_guest_abi_minor\":1}", "its other half is missing" },
		{ "{\"snp_guest_abi_major\":1,\"snp_guest_abi_minor\":-1}", "whole numbers" },
		{ "{\"tdvfkernel\":\"" HEX96 "\"}", "part of \"rtmr_1\"" },
		{ "{\"tdvfkernel\":[\"" HEX96 "\"],\"rtmr_1\":\"" HEX96 "\"}", "one text" },
		{ "{\"tdvfkernel\":\"00\",\"rtmr_1\":\"" HEX96 "\"}", "tdvfkernel: 2 hex digits" },
		{ "{\"tdvfkernelparams\":\"" HEX96 "\",\"rtmr_2\":[\"" HEX96 "\",\"" HEX96 "\"]}",
		  "which must have one value" },
		{ "{\"version\":\"0.1.0\",\"type\":\"sample\"}", "\"payload\" is missing" },
		{ "{\"version\":\"0.2.0\",\"type\":\"sample\",\"payload\":\"e30=\"}", "0.1.0" },
		{ "{\"version\":\"0.1.0\",\"type\":\"corim\",\"payload\":\"e30=\"}", "sample" },
		{ "{\"version\":\"0.1.0\",\"type\":\"sample\",\"payload\":\"e30=\"}",
		  "there is none" },
		{ "{\"version\":\"0.1.0\",\"type\":\"sample\",\"payload\":\"W10=\"}",
		  "must be an object" },
		{ "{\"version\":\"0.1.0\",\"type\":\"sample\",\"payload\":\"e30\"}", "payload" },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, trustee, names_what_it_can_not_keep)
{
	struct verify_policy *p = NULL;
	struct err e = { 0 };

	cr_expect_eq(verify_policy_parse(span_text(row->json), &p, &e), -FAIL_INPUT, "%s: %s",
		     row->json, e.text);
	cr_expect_not_null(strstr(e.text, row->why), "%s: %s", row->json, e.text);
	cr_expect_null(p);
}

static struct verify_policy *parse(const char *json)
{
	struct verify_policy *p = NULL;
	struct err e = { 0 };

	cr_assert_eq(verify_policy_parse(span_text(json), &p, &e), 0, "%s", e.text);
	return p;
}

Test(policy, that_says_nothing_is_the_default)
{
	struct verify_policy *p = parse("{\"version\":1}");

	cr_expect_eq(memcmp(p, policy_default(), sizeof(*p)), 0);
	verify_policy_free(p);
	verify_policy_free(NULL);
}

Test(policy, by_default_wants_freshness_allows_nothing_and_has_no_reference_value)
{
	const struct verify_policy *p = policy_default();

	cr_expect_not(p->fresh_optional);
	cr_expect_eq(p->allow.count, 0);
	cr_expect_not(p->snp.measurement.is_set);
	cr_expect_not(p->tdx.mrtd.is_set);
	cr_expect_not(p->snp.allow_debug);
	cr_expect_not(p->tdx.debug);
}

Test(policy, takes_every_code_that_may_be_allowed_and_no_other)
{
	for (int i = 0; i < REASONS; i++) {
		const struct reason_row *row = reason_row((enum reason)i);
		struct verify_policy *p = NULL;
		struct err e = { 0 };
		char json[128];
		int failed;

		(void)snprintf(json, sizeof(json), "{\"version\":1,\"allow\":[\"%s\"]}", row->code);
		failed = verify_policy_parse(span_text(json), &p, &e);
		cr_expect_eq(failed, row->may_allow ? 0 : -FAIL_INPUT, "%s", row->code);
		if (!failed)
			cr_expect(refs_has(&p->allow, span_text(row->code)));
		verify_policy_free(p);
	}
}

Test(policy, of_ours_reaches_every_folder)
{
	struct verify_policy *p =
		parse("{\"version\":1,\"allow\":[\"time.unchecked\"],\"fresh\":false,"
		      "\"snp\":{\"measurement\":\"" HEX96 "\"},\"tdx\":{\"mrtd\":[\"" HEX96 "\"]},"
		      "\"sgx\":{\"mrenclave\":\"" HEX16 HEX16 HEX16 HEX16 "\"},"
		      "\"gpu\":{\"count\":8},\"tpm\":{\"selection\":[4,9]},"
		      "\"log\":{\"registers\":[1,2]}}");

	cr_expect(p->fresh_optional);
	cr_expect(refs_has(&p->allow, span_text("time.unchecked")));
	cr_expect_eq(p->snp.measurement.count, 1);
	cr_expect_eq(p->tdx.mrtd.count, 1);
	cr_expect_eq(p->sgx.mrenclave.count, 1);
	cr_expect(p->gpu.has_count && p->gpu.count == 8);
	cr_expect_eq(p->tpm.selection, 1u << 4 | 1u << 9);
	cr_expect_eq(p->log.registers, 1u << 1 | 1u << 2);
	verify_policy_free(p);
}

Test(policy, is_of_bounded_size)
{
	size_t len = LIMIT_VERIFY_POLICY_BYTES + 1;
	char *text = malloc(len);
	struct verify_policy *p = NULL;
	struct err e = { 0 };

	cr_assert_not_null(text);
	memset(text, ' ', len);
	memcpy(text, "{\"version\":1}", 13);
	cr_expect_eq(verify_policy_parse(span(text, len - 1), &p, &e), 0);
	verify_policy_free(p);
	p = NULL;
	cr_expect_eq(verify_policy_parse(span(text, len), &p, &e), -FAIL_LIMIT);
	cr_expect_null(p);
	free(text);
}

#define REFERENCE_VALUES                                                                          \
	"{\"snp_launch_measurement\":[\"" HEX96 "\"],\"snp_guest_abi_major\":1,"                  \
	"\"snp_guest_abi_minor\":51,\"snp_single_socket\":false,\"snp_smt_allowed\":true,"        \
	"\"snp_smt_enabled\":true,\"snp_tsme_enabled\":false,\"snp_bootloader\":[4,3],"           \
	"\"snp_microcode\":209,\"snp_snp_svn\":[22],\"snp_tee_svn\":[0],\"mr_td\":\"" HEX96       \
	"\",\"rtmr_1\":[\"" HEX96 "\"],\"rtmr_2\":\"" HEX96 "\",\"xfam\":[\"e702060000000000\"]," \
	"\"tdvfkernel\":\"" HEX96 "\",\"tdvfkernelparams\":\"" HEX96 "\"}"

static void expect_reference_values(const struct verify_policy *p)
{
	cr_expect_eq(p->snp.measurement.count, 1);
	cr_expect_eq(p->snp.min_abi_major, 1);
	cr_expect_eq(p->snp.min_abi_minor, 51);
	for (int i = 0; i < SNP_PRODUCTS; i++) {
		cr_expect(p->snp.min_tcb[i].is_set);
		cr_expect_eq(p->snp.min_tcb[i].tcb.at[SPL_BOOTLOADER], 3);
		cr_expect_eq(p->snp.min_tcb[i].tcb.at[SPL_MICROCODE], 209);
		cr_expect_eq(p->snp.min_tcb[i].tcb.at[SPL_SNP], 22);
	}
	cr_expect_eq(p->tdx.mrtd.count, 1);
	cr_expect_eq(p->tdx.rtmr[1].count, 1);
	cr_expect_eq(p->tdx.rtmr[2].count, 1);
	cr_expect_not(p->tdx.rtmr[0].is_set);
	cr_expect(refs_has(&p->tdx.xfam, span("\xe7\x02\x06\0\0\0\0\0", 8)));
	cr_expect_not(p->fresh_optional);
}

static enum snp_want want_of(const enum snp_want *wants, const struct snp_flag *flags, size_t count,
			     const char *member)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(flags[i].member, member))
			return wants[i];
	cr_assert(false, "%s", member);
	return SNP_ANY;
}

Test(trustee, values_are_kept_each_where_it_is_judged)
{
	struct verify_policy *p = parse(REFERENCE_VALUES);

	expect_reference_values(p);
	cr_expect_eq(want_of(p->snp.guest, snp_guest_flags, SNP_GUEST_FLAGS, "smt"), SNP_ON);
	cr_expect_eq(want_of(p->snp.guest, snp_guest_flags, SNP_GUEST_FLAGS, "single_socket"),
		     SNP_OFF);
	cr_expect_eq(want_of(p->snp.platform, snp_platform_flags, SNP_PLATFORM_FLAGS, "smt"),
		     SNP_ON);
	cr_expect_eq(want_of(p->snp.platform, snp_platform_flags, SNP_PLATFORM_FLAGS, "tsme"),
		     SNP_OFF);
	verify_policy_free(p);
}

Test(trustee, values_may_stand_in_the_message_that_registers_them)
{
	AUTO_BUF struct buf payload = BUF_EMPTY, message = BUF_EMPTY;
	struct verify_policy *p;
	struct err e = { 0 };

	cr_assert_eq(b64_encode(B64_STANDARD, span_text(REFERENCE_VALUES), 65536, &payload, &e), 0);
	cr_assert_eq(buf_printf(&message, 65536, &e,
				"{\"version\":\"0.1.0\",\"type\":\"sample\",\"payload\":\"%s\"}",
				(char *)payload.at),
		     0);
	p = parse((char *)message.at);
	expect_reference_values(p);
	verify_policy_free(p);
}

Test(trustee, form_is_told_by_its_version)
{
	static const struct {
		const char *json;
		bool want;
	} rows[] = {
		{ "{\"version\":1}", false },
		{ "{\"version\":true}", false },
		{ "{\"version\":\"1\"}", true },
		{ "{\"mr_td\":\"\"}", true },
		{ "[]", false },
		{ "\"text\"", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		AUTO_JSON cJSON *tree = NULL;
		struct err e = { 0 };

		cr_assert_eq(json_parse(span_text(rows[i].json), 4096, &tree, &e), 0);
		cr_expect_eq(trustee_is(tree), rows[i].want, "%s", rows[i].json);
	}
}
