/* The policy's "gpu" member, and the versions in it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attest/verify/gpu/policy.h"
#include "attest/verify/gpu/version.h"
#include "base/json.h"

static int parse(const char *text, struct gpu_policy *ret, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;

	cr_assert_eq(json_parse(span_text(text), 65536, &tree, e), 0, "%s", text);
	return gpu_policy_parse(tree, ret, e);
}

Test(policy, nothing_said_is_the_strict_default)
{
	struct gpu_policy p = { 0 }, zero = { 0 };
	struct err e = { 0 };

	cr_assert_eq(parse("{}", &p, &e), 0, "%s", e.text);
	cr_expect(!memcmp(&p, &zero, sizeof(p)));
	gpu_policy_done(&p);
}

Test(policy, reads_every_member)
{
	struct gpu_policy p = { 0 };
	struct err e = { 0 };

	cr_assert_eq(
		parse("{\"count\":8,\"switches\":4,\"arch\":[\"HOPPER\",\"LS10\"],"
		      "\"pdi\":\"0011223344556677\",\"min_driver\":\"550.90.07\","
		      "\"min_vbios\":\"96.00.9F.00.01\",\"min_switch_bios\":\"96.10\","
		      "\"mode\":\"ppcie\",\"revocation\":\"if-present\","
		      "\"driver_rim\":\"if-present\",\"allow_old_format\":true,"
		      "\"rim_expired_signer\":true,\"rim_sha256\":[\"00000000000000000000000000"
		      "00000000000000000000000000000000000000\"]}",
		      &p, &e),
		0, "%s", e.text);
	cr_expect(p.has_count && p.count == 8 && p.has_switches && p.switches == 4);
	cr_expect(p.arch.count == 2 && p.pdi.count == 1 && p.rim_sha256.count == 1);
	cr_expect_str_eq(p.min_driver, "550.90.07");
	cr_expect_str_eq(p.min_vbios, "96.00.9F.00.01");
	cr_expect_str_eq(p.min_switch_bios, "96.10");
	cr_expect(p.mode == GPU_MODE_PPCIE && p.revocation_if_present && p.driver_rim_if_present);
	cr_expect(p.allow_old_format && p.rim_expired_signer);
	gpu_policy_done(&p);
}

struct refusal {
	char text[120];
};

ParameterizedTestParameters(policy, refuses)
{
	static struct refusal rows[] = {
		{ "[]" },
		{ "{\"cuont\":8}" },
		{ "{\"count\":\"8\"}" },
		{ "{\"count\":-1}" },
		{ "{\"count\":33}" },
		{ "{\"count\":18446744073709551616}" },
		{ "{\"switches\":1.5}" },
		{ "{\"arch\":[\"hopper\"]}" },
		{ "{\"arch\":[\"HOPPER\",\"AMPERE\"]}" },
		{ "{\"pdi\":\"001122\"}" },
		{ "{\"pdi\":[\"00112233445566778\"]}" },
		{ "{\"min_driver\":\"\"}" },
		{ "{\"min_driver\":\"550.\"}" },
		{ "{\"min_driver\":\".550\"}" },
		{ "{\"min_driver\":\"550.9x\"}" },
		{ "{\"min_driver\":550}" },
		{ "{\"min_driver\":\"1.2.3.4.5.6.7\"}" },
		{ "{\"min_driver\":\"123456789\"}" },
		{ "{\"min_driver\":\"1111111.1111111.1111111.1111111.1\"}" },
		{ "{\"min_vbios\":\"96.0G\"}" },
		{ "{\"min_switch_bios\":\"-1\"}" },
		{ "{\"mode\":\"PPCIE\"}" },
		{ "{\"mode\":\"\"}" },
		{ "{\"mode\":null}" },
		{ "{\"revocation\":\"ignore\"}" },
		{ "{\"driver_rim\":true}" },
		{ "{\"allow_old_format\":1}" },
		{ "{\"rim_expired_signer\":\"yes\"}" },
		{ "{\"rim_sha256\":\"00\"}" },
		{ "{\"rim_sha256\":[1]}" },
	};

	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, policy, refuses)
{
	struct gpu_policy p = { 0 };
	struct err e = { 0 };

	cr_expect(parse(row->text, &p, &e) == -FAIL_INPUT, "%s", row->text);
	cr_expect(!p.arch.at && !p.pdi.at && !p.rim_sha256.at, "%s", row->text);
}

Test(policy, versions_are_numbers)
{
	static const struct {
		const char *a, *b;
		int base, want;
	} rows[] = {
		{ "550.90.07", "550.90.7", 10, 0 },
		{ "550.90", "550.90.00", 10, 0 },
		{ "550.9", "550.10", 10, -1 },
		{ "575", "550.90.07", 10, 1 },
		{ "96.00.9F.00.01", "96.00.9f.00.01", 16, 0 },
		{ "96.00.9F.00.01", "96.00.A0", 16, -1 },
		{ "97", "96.FF.FF.FF.FF", 16, 1 },
		{ "99999999", "100000000", 10, -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int is = version_compare(rows[i].a, rows[i].b, rows[i].base);
		int back = version_compare(rows[i].b, rows[i].a, rows[i].base);

		cr_expect(is == rows[i].want && back == -rows[i].want, "%s, %s", rows[i].a,
			  rows[i].b);
	}
}
