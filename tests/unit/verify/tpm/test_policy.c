/* What a policy may say of a TPM. */
#include "tests/unit/verify/tpm/bench.h"

#include <criterion/parameterized.h>

#define D32 "0000000000000000000000000000000000000000000000000000000000000000"

struct refusal {
	char json[320];
};

ParameterizedTestParameters(tpm_policy, refuses)
{
	static struct refusal rows[] = {
		{ "[]" },
		{ "{\"aks\": []}" },
		{ "{\"ak\": [\"00\"]}" },
		{ "{\"ak\": [1]}" },
		{ "{\"ak_names\": [\"" D32 "\"]}" },
		{ "{\"ak_roots\": \"not PEM\"}" },
		{ "{\"ak_roots\": []}" },
		{ "{\"scheme\": \"rsa\"}" },
		{ "{\"scheme\": [\"rsassa\", \"ecdaa\"]}" },
		{ "{\"hash\": \"sha1\"}" },
		{ "{\"bank\": \"sha1\"}" },
		{ "{\"bank\": \"rsassa\"}" },
		{ "{\"bank\": [\"sha256\"]}" },
		{ "{\"selection\": []}" },
		{ "{\"selection\": [24]}" },
		{ "{\"selection\": [1, 1]}" },
		{ "{\"selection\": [\"1\"]}" },
		{ "{\"pcrs\": []}" },
		{ "{\"pcrs\": {\"24\": []}}" },
		{ "{\"pcrs\": {\"08\": []}}" },
		{ "{\"pcrs\": {\"-1\": []}}" },
		{ "{\"pcrs\": {\"16\": [\"" D32 "\"]}}" },
		{ "{\"pcrs\": {\"23\": [\"" D32 "\"]}}" },
		{ "{\"pcrs\": {\"8\": [\"00\"]}}" },
		{ "{\"pcrs\": {\"8\": [\"" D32 "\"]}, \"selection\": [7]}" },
		{ "{\"initdata\": \"" D32 "\", \"selection\": [7]}" },
		{ "{\"initdata\": \"" D32 D32 "\"}" },
		{ "{\"require_restricted\": 1}" },
		{ "{\"host_emulated\": \"yes\"}" },
	};

	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, tpm_policy, refuses)
{
	struct tpm_policy p = { 0 };
	AUTO_JSON cJSON *tree = NULL;

	cr_assert(json_parse(span_text(row->json), 4096, &tree, NULL) == 0, "%s", row->json);
	cr_expect(tpm_policy_parse(tree, &p, NULL) == -(int)FAIL_INPUT, "%s", row->json);
	cr_expect(!p.ak.at && !p.has_selection && !p.bank);
	tpm_policy_done(&p);
}

Test(tpm_policies, takes_all_that_it_documents)
{
	static const char json[] =
		"{\"ak\": [\"" D32 "\"], \"ak_names\": \"000b" D32
		"\", \"require_restricted\": true,"
		"\"host_emulated\": false, \"scheme\": [\"rsassa\", \"ecdsa\"], \"hash\": "
		"\"sha256\","
		"\"bank\": \"sha256\", \"selection\": [0, 7, 8], \"pcrs\": {\"7\": [\"" D32 "\"]},"
		"\"initdata\": [\"" D32 "\"]}";
	struct tpm_policy p = { 0 };
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };

	cr_assert(json_parse(span_text(json), 4096, &tree, NULL) == 0);
	cr_assert(tpm_policy_parse(tree, &p, &e) == 0, "%s", e.text);
	cr_expect(p.ak.count == 1 && p.ak_names.count == 1 && p.scheme.count == 2);
	cr_expect(p.require_restricted && !p.host_emulated && p.bank == 0x000b);
	cr_expect(p.has_selection && p.selection == 0x181 && p.pcrs[7].count == 1);
	cr_expect(p.initdata.count == 1 && !p.pcrs[8].is_set);
	tpm_policy_done(&p);
}

/* Decoding alone: every type of TPMS_ATTEST, and nothing that looks verified. */
Test(tpm_shows, decodes_what_it_is_given)
{
	struct bench b;
	AUTO_JSON cJSON *quote = cJSON_CreateObject(), *other = cJSON_CreateObject();
	struct err e = { 0 };

	bench_init(&b, pki_p256(0), TPM_MAKE_ECDSA);
	cr_assert(tpm_show(buf_view(&b.made.attest), quote, &e) == 0, "%s", e.text);
	cr_expect(!strcmp(json_text(cJSON_GetObjectItem(quote, "type")), "quote"));
	cr_expect(!strcmp(json_text(cJSON_GetObjectItem(quote, "magic")), "ff544347"));
	cr_expect(strlen(json_text(cJSON_GetObjectItem(quote, "pcr_digest"))) == 64);
	b.made.attest.at[5] = 0x14;
	cr_assert(tpm_show(buf_view(&b.made.attest), other, &e) == 0, "%s", e.text);
	cr_expect(!strcmp(json_text(cJSON_GetObjectItem(other, "type")), "nv"));
	cr_expect(cJSON_GetObjectItem(other, "attested") != NULL);
	cr_expect(tpm_show(span(b.made.attest.at, 20), other, &e) == -(int)FAIL_INPUT);
	bench_done(&b);
}
