#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/verify/cli/explain.h"
#include "attest/verify/cli/missing.h"
#include "attest/verify/verdict.h"
#include "base/json.h"
#include "base/limits.h"

struct command {
	char file[64], url[96], dir[16];
	char want[260];
};

ParameterizedTestParameters(missing, says_how_to_get_it)
{
	static struct command rows[] = {
		{ "amd-Milan-vcek.crl", "https://amd.example/vcek/v1/Milan/crl", "",
		  "curl -fsS 'https://amd.example/vcek/v1/Milan/crl' -o 'amd-Milan-vcek.crl'" },
		{ "amd-Milan-vcek-00-00.der", "https://amd.example/x?blSPL=3&teeSPL=0", "c",
		  "curl -fsS 'https://amd.example/x?blSPL=3&teeSPL=0' -o "
		  "'c/amd-Milan-vcek-00-00.der'" },
		{ "nvidia-rim-NV_X.xml", "https://rim.example/v1/rim/NV_X", "c",
		  "curl -fsS 'https://rim.example/v1/rim/NV_X' | jq -r .rim | base64 -d "
		  ">'c/nvidia-rim-NV_X.xml'" },
		{ "intel-tcb-signing.pem", "https://pcs.example/tdx/tcb?fmspc=00", "",
		  "curl -fsS -o /dev/null -D - 'https://pcs.example/tdx/tcb?fmspc=00' | tr -d "
		  "'\\r' "
		  "| sed -n 's/^\\(SGX-\\)\\{0,1\\}TCB-Info-Issuer-Chain: //Ip' "
		  ">'intel-tcb-signing.pem'" },
		{ "a.crl", "https://x.example/'; rm -rf /;'", "it's",
		  "curl -fsS 'https://x.example/'\\''; rm -rf /;'\\''' -o 'it'\\''s/a.crl'" },
		{ "nvidia-ocsp-00.der", "http://ocsp.example", "c",
		  "openssl ocsp -no_nonce -issuer ISSUER.pem -cert CERT.pem -url "
		  "'http://ocsp.example' -respout 'c/nvidia-ocsp-00.der'" },
		{ "vlek.der", "", "c", "" },
		{ "a.crl", "-K/etc/shadow", "c", "" },
		{ "a.crl", "file:///etc/shadow", "c", "" },
	};
	return cr_make_param_array(struct command, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct command *row, missing, says_how_to_get_it)
{
	const struct verify_missing m = { "cpu0", row->file, row->url, "what" };
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(missing_command(&m, *row->dir ? row->dir : NULL, &got, &e), 0);
	cr_expect_str_eq(got.len ? (char *)got.at : "", row->want);
}

static struct verify_verdict *new_verdict(void)
{
	const struct verdict_options o = { NULL, false, 1790000000 };
	struct verify_verdict *v = NULL;
	struct err e = { 0 };
	size_t part;

	cr_assert_eq(verdict_new(&o, &v, &e), 0);
	cr_assert_eq(verdict_part(v, "cpu0", "snp", 0, &part, &e), 0);
	return v;
}

Test(missing, lists_each_with_where_it_is)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict();
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	verdict_miss(v, 0, "a.crl", "https://x.example/a", "a CRL");
	verdict_miss(v, 0, "vlek.der", "", "the VLEK");
	cr_assert_eq(missing_text(v, "cache", &out, &e), 0);
	cr_expect_str_eq((char *)out.at,
			 "a.crl\n"
			 "  what  a CRL (cpu0)\n"
			 "  url   https://x.example/a\n"
			 "  get   curl -fsS 'https://x.example/a' -o 'cache/a.crl'\n"
			 "vlek.der\n"
			 "  what  the VLEK (cpu0)\n"
			 "  url   not published: the host or the cloud has it\n");
}

Test(missing, says_when_nothing_is)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict();
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(missing_text(v, NULL, &out, &e), 0);
	cr_expect_str_eq((char *)out.at, "Nothing is missing.\n");
}

Test(missing, says_the_same_as_JSON)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict();
	AUTO_BUF struct buf out = BUF_EMPTY;
	AUTO_JSON cJSON *o = NULL;
	const cJSON *list;
	struct err e = { 0 };

	verdict_miss(v, 0, "a.crl", "https://x.example/a", "a CRL");
	verdict_miss(v, 0, "vlek.der", "", "the VLEK");
	cr_assert_eq(missing_json(v, NULL, &out, &e), 0);
	cr_assert_eq(json_parse(buf_view(&out), LIMIT_VERIFY_JSON_BYTES, &o, &e), 0);
	list = cJSON_GetObjectItemCaseSensitive(o, "missing");
	cr_assert_eq(cJSON_GetArraySize(list), 2);
	cr_expect_str_eq(cJSON_GetObjectItem(list->child, "file")->valuestring, "a.crl");
	cr_expect_str_eq(cJSON_GetObjectItem(list->child, "part")->valuestring, "cpu0");
	cr_expect_str_eq(cJSON_GetObjectItem(list->child, "command")->valuestring,
			 "curl -fsS 'https://x.example/a' -o 'a.crl'");
	cr_expect_str_eq(cJSON_GetObjectItem(list->child->next, "command")->valuestring, "");
}

Test(explain, tells_the_dimension_the_meaning_and_whether_it_may_pass)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(explain_code("bound.nonce-only", &out, &e), 0);
	cr_expect_eq(strncmp((char *)out.at, "bound.nonce-only -- bound: weak\n\n", 33), 0);
	cr_expect_not_null(strstr((char *)out.at, "\"allow\": [\"bound.nonce-only\"]"));
	buf_done(&out);
	cr_assert_eq(explain_code("fresh.other", &out, &e), 0);
	cr_expect_not_null(strstr((char *)out.at, "No policy can let it pass."));
	buf_done(&out);
	cr_assert_eq(explain_code("fresh.answers", &out, &e), 0);
	cr_expect_null(strstr((char *)out.at, "policy can let"));
}

Test(explain, has_every_code_and_lists_it)
{
	AUTO_BUF struct buf list = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(explain_code("list", &list, &e), 0);
	for (size_t i = 0; verify_code(i); i++) {
		AUTO_BUF struct buf out = BUF_EMPTY;

		cr_expect_eq(explain_code(verify_code(i), &out, &e), 0, "%s", verify_code(i));
		cr_expect_not_null(strstr((char *)list.at, verify_code(i)), "%s", verify_code(i));
	}
}

Test(explain, names_the_nearest_of_an_unknown_code)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(explain_code("fresh.answer", &out, &e), -FAIL_INPUT);
	cr_expect_not_null(strstr(e.text, "did you mean fresh.answers?"), "%s", e.text);
	cr_expect_eq(explain_code("xyzzyxyzzyxyzzy", &out, &e), -FAIL_INPUT);
	cr_expect_not_null(strstr(e.text, "--explain list"), "%s", e.text);
	cr_expect_eq(out.len, 0);
}
