/* What tenants may, told of a configuration. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "attest/policy.h"
#include "tests/support/fault.h"

#define BROKER                                                                             \
	",\"broker\":{\"url\":\"https://kbs.example:8443\",\"roots\":\"-----BEGIN CERTIFI" \
	"CATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\"}"
#define ROOT(words) ",\"root_secret\":\"" words "\""

struct row {
	char members[320]; /* of the configuration, behind its version */
	char seal[40], secrets[8];
};

ParameterizedTestParameters(policy, tells_what_tenants_may)
{
	static struct row rows[] = {
		{ "", "\"life\"", "false" },
		{ ",\"seal\":{\"pod\":true}", "\"life\"", "false" },
		{ ROOT("random"), "\"life\",\"container\",\"pod\"", "false" },
		{ ROOT("snp:derived") ",\"seal\":{\"pod\":false}", "\"life\",\"container\"",
		  "false" },
		{ BROKER ROOT("kbs:///a/b/c"), "\"life\",\"container\",\"pod\"", "true" },
		{ BROKER ROOT("random") ",\"seal\":{\"pod\":false}", "\"life\",\"container\"",
		  "true" },
	};
	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

static void configure(const char *members, struct config *ret)
{
	char text[512];
	struct err e = { 0 };

	(void)snprintf(text, sizeof(text), "{\"version\":1%s}", members);
	cr_assert_eq(config_parse(span_text(text), ret, &e), 0, "%s", e.text);
}

ParameterizedTest(struct row *row, policy, tells_what_tenants_may)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };
	char want[128];

	configure(row->members, &c);
	(void)snprintf(want, sizeof(want), "{\"version\":1,\"seal\":[%s],\"secrets\":%s}",
		       row->seal, row->secrets);
	cr_assert_eq(policy_text(&c, &got, &e), 0, "%s", e.text);
	cr_expect_str_eq((char *)got.at, want);
}

Test(policy, lacks_memory_at_any_point)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;

	configure(ROOT("random"), &c);
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf got = BUF_EMPTY;
		struct err e = { 0 };
		int failed = policy_text(&c, &got, &e);

		fault_disarm_keep();
		cr_expect_eq(failed, fault_fired() ? -FAIL_SYS : 0, "call %u: %s", n, e.text);
		cr_expect(failed ? !got.at : got.len > 0, "call %u", n);
	}
}
