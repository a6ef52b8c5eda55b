#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/policy.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define RULE(tee, measurement, initdata, resources)                               \
	"{\"tee\":" tee ",\"measurement\":" measurement ",\"initdata\":" initdata \
	",\"resources\":" resources "}"
#define POLICY(rules) "{\"version\":1,\"rules\":[" rules "]}"
#define GOOD	      RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"default/\"]")

struct refusal {
	char text[400];
	char why[48]; /* part of the error's text */
};

ParameterizedTestParameters(policy, refuses)
{
	static struct refusal rows[] = {
		{ "", "json" },
		{ "[]", "must be an object" },
		{ POLICY(GOOD) "x", "json" },
		{ "{\"rules\":[]}", "\"version\" is missing" },
		{ "{\"version\":1}", "\"rules\" is missing" },
		{ "{\"version\":2,\"rules\":[]}", "must be 1" },
		{ "{\"version\":1,\"rules\":[],\"default\":\"allow\"}", "unknown member" },
		{ "{\"version\":1,\"rules\":[],\"rules\":[]}", "twice" },
		{ "{\"version\":1,\"rules\":{}}", "an array" },
		{ POLICY("1"), "rule 1" },
		{ POLICY(GOOD ",{}"), "rule 2" },
		{ POLICY("{\"tee\":\"sample\",\"measurement\":[\"abcde\"],\"resources\":[\"default/"
			 "\"]}"),
		  "\"initdata\" is missing" },
		{ POLICY(RULE("\"ample\"", "[\"abcde\"]", "[\"any\"]", "[\"default/\"]")),
		  "not a TEE" },
		{ POLICY(RULE("\"sample\"", "\"abcde\"", "[\"any\"]", "[\"default/\"]")),
		  "an array" },
		{ POLICY(RULE("\"sample\"", "[]", "[\"any\"]", "[\"default/\"]")), "1 to 256" },
		{ POLICY(RULE("\"sample\"", "[\"\"]", "[\"any\"]", "[\"default/\"]")),
		  "launch digest" },
		{ POLICY(RULE("\"sample\"", "[1]", "[\"any\"]", "[\"default/\"]")),
		  "launch digest" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[]", "[\"default/\"]")), "1 to 256" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"*\"]", "[\"default/\"]")),
		  "\"initdata\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"" HEX64 "\"]", "[\"default/\"]")),
		  "\"initdata\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"sha384:" HEX64 "\"]",
			      "[\"default/\"]")),
		  "\"initdata\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"md5:" HEX64 "\"]",
			      "[\"default/\"]")),
		  "\"initdata\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"sha256:ABCDEF" HEX64 "\"]",
			      "[\"default/\"]")),
		  "\"initdata\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[]")), "1 to 256" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"\"]")),
		  "\"resources\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"/\"]")),
		  "\"resources\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"*\"]")),
		  "\"resources\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"a/b\"]")),
		  "\"resources\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"a/b/c/\"]")),
		  "\"resources\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"a/../c\"]")),
		  "\"resources\"" },
		{ POLICY(RULE("\"sample\"", "[\"abcde\"]", "[\"any\"]", "[\"/a/b/c\"]")),
		  "\"resources\"" },
	};
	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, policy, refuses, .timeout = 5)
{
	AUTO_POLICY struct broker_policy p = BROKER_POLICY_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(broker_policy_parse(span_text(row->text), &p, &e), -FAIL_INPUT, "%s",
		     row->text);
	cr_expect(strstr(e.text, row->why) != NULL, "%s: %s", row->text, e.text);
	cr_expect_null(p.tree, "output untouched on failure");
}

Test(policy, has_a_bound_on_its_rules)
{
	AUTO_POLICY struct broker_policy p = BROKER_POLICY_EMPTY;
	AUTO_BUF struct buf text = BUF_EMPTY;

	cr_assert_eq(buf_printf(&text, 1 << 20, NULL, "{\"version\":1,\"rules\":[" GOOD), 0);
	for (int i = 0; i < 256; i++)
		cr_assert_eq(buf_printf(&text, 1 << 20, NULL, "," GOOD), 0);
	cr_assert_eq(buf_printf(&text, 1 << 20, NULL, "]}"), 0);
	cr_expect_eq(broker_policy_parse(buf_view(&text), &p, NULL), -FAIL_LIMIT);
}

Test(policy, that_is_not_there_is_an_error)
{
	AUTO_POLICY struct broker_policy p = BROKER_POLICY_EMPTY;

	cr_expect_eq(broker_policy_load("/nonexistent/policy.json", &p, NULL), -FAIL_SYS);
}

struct decision {
	char tee[16];
	char measurement[16];
	char initdata[80];
	char resource[32];
	bool want;
	char why[40]; /* part of the line */
};

#define RULES                                                                                      \
	POLICY(RULE(                                                                               \
		"\"sample\"", "[\"abcde\"]", "[\"sha256:" HEX64 "\"]",                             \
		"[\"default/a/\", \"x/y/z\"]") "," RULE("\"snp\"", "[\"m1\",\"m2\"]",              \
							"[\"none\"]",                              \
							"[\"default/a/b\"]") "," RULE("\"tdx\"",   \
										      "[\"m\"]",   \
										      "[\"any\"]", \
										      "[\"default" \
										      "/\"]"))

ParameterizedTestParameters(policy, decides)
{
	static struct decision rows[] = {
		{ "sample", "abcde", "sha256:" HEX64, "default/a/b", true, "rule 1" },
		{ "sample", "abcde", "sha256:" HEX64, "x/y/z", true, "rule 1" },
		{ "snp", "m2", "none", "default/a/b", true, "rule 2" },
		{ "tdx", "m", "none", "default/q/r", true, "rule 3" },
		{ "tdx", "m", "sha256:" HEX64, "default/q/r", true, "rule 3" },
		{ "sample", "abcde", "sha256:" HEX64, "x/y/zz", false, "\"resources\"" },
		{ "sample", "abcde", "sha256:" HEX64, "other/a/b", false, "\"resources\"" },
		{ "sample", "abcde", "sha256:" HEX64, "default/ab/c", false, "\"tee\"" },
		{ "sgx", "abcde", "sha256:" HEX64, "default/a/b", false, "\"tee\"" },
		{ "sample", "m1", "sha256:" HEX64, "default/a/b", false, "\"measurement\"" },
		{ "sample", "abcde", "none", "default/a/b", false, "\"initdata\"" },
		{ "sample", "abcde", "sha256:00", "default/a/b", false, "sha256:00; add it" },
		{ "snp", "m1", "sha256:" HEX64, "default/a/b", false, "\"initdata\"" },
		{ "snp", "m1", "any", "default/a/b", false, "\"initdata\"" },
	};
	return cr_make_param_array(struct decision, rows, COUNT_OF(rows));
}

ParameterizedTest(struct decision *row, policy, decides, .timeout = 5)
{
	const struct broker_ask ask = { row->tee, row->measurement, row->initdata, row->resource };
	AUTO_POLICY struct broker_policy p = BROKER_POLICY_EMPTY;
	struct err e = { 0 };
	char why[256];

	cr_assert_eq(broker_policy_parse(span_text(RULES), &p, &e), 0, "%s", e.text);
	cr_expect_eq(broker_policy_allows(&p, &ask, why, sizeof(why)), row->want, "%s", why);
	cr_expect(strstr(why, row->why) != NULL, "%s: %s", row->resource, why);
}

Test(policy, without_rules_denies)
{
	const struct broker_ask ask = { "sample", "abcde", "none", "a/b/c" };
	AUTO_POLICY struct broker_policy p = BROKER_POLICY_EMPTY;
	char why[256];

	cr_assert_eq(broker_policy_parse(span_text(POLICY("")), &p, NULL), 0);
	cr_expect(!broker_policy_allows(&p, &ask, why, sizeof(why)));
}

Test(policy, knows_names_of_resources)
{
	cr_expect(broker_resource_is_name("a/b/c"));
	cr_expect(broker_resource_is_name("_a-1/b.c/d.."));
	cr_expect(!broker_resource_is_name("a/b"));
	cr_expect(!broker_resource_is_name("a/b/c/d"));
	cr_expect(!broker_resource_is_name("a/b/c/"));
	cr_expect(!broker_resource_is_name("a//c"));
	cr_expect(!broker_resource_is_name("a/../c"));
	cr_expect(!broker_resource_is_name("a/.b/c"));
	cr_expect(!broker_resource_is_name("/a/b/c"));
	cr_expect(!broker_resource_is_name("a/b/c%20"));
	cr_expect(!broker_resource_is_name(""));
}
