/* attest/broker/wire: the vectors of the reference (1.5), and bodies that are not as they should
 * be. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/broker/wire.h"
#include "attest/jose/jwk.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/fault.h"

#define NONCE "JbkMsFWujL6+YMCMRNCWOFZnDivp8/mrHy+m2N3hlZo="
#define JWK                                                             \
	"{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\"," \
	"\"x\":\"rUacOtlEuyuQ8FSF0nujWaakxB-YxUDbBEKL3kFELIk\","        \
	"\"y\":\"Kw_LzmYpJ1RTOI0ps_v-S56B2eekmrfzs1LWZ-CeRzI\"}"
#define SAMPLE_DEVICE                         \
	"{\"sampledevice\":{\"report_data\":" \
	"\"JZj+g40+ASfbUgWuy5fbJF0r8f6z85rVV5WPQq9yYLcrYpZv7QUMesfx0nPUJhwu\",\"svn\":\"2\"}}"

static cJSON *jwk_tree(void)
{
	cJSON *tree = NULL;

	cr_assert_eq(json_parse(span_text(JWK), 1024, &tree, NULL), 0);
	return tree;
}

struct vector {
	char additional[160]; /* "-": the member is left out */
	size_t len;
	int alg;
	char hex[130];
};

ParameterizedTestParameters(wire, canonical_text_has_the_reference_digests)
{
	static struct vector rows[] = {
		{ "-", 219, DIGEST_SHA256,
		  "199a519b1318ee4da5b88ca517c66ee65036dda8ec7ba80b41d3d45eb5acd858" },
		{ "-", 219, DIGEST_SHA384,
		  "2598fe838d3e0127db5205aecb97db245d2bf1feb3f39ad557958f42af7260b7"
		  "2b62966fed050c7ac7f1d273d4261c2e" },
		{ "-", 219, DIGEST_SHA512,
		  "f01f023a9e5f5afb606b94f3d78c46cf14faba4a6adc385dbbf929f0f8ea7d63"
		  "e6e2cdfac5ad35a0768007a90cb78bd24b269938a8d2f4e8255a10b4f4bfd7f1" },
		{ "", 244, DIGEST_SHA256,
		  "d7be5b67c39349760f5477231533926b49526468d155448c8141f4ed92b8e64c" },
		{ "", 244, DIGEST_SHA384,
		  "b3299fafd9a539fea13caf16179e6463f23f1f611fe04a37a6973c608e996045"
		  "8c5a1e949ccda93adec8e04777e12ad4" },
		{ "", 244, DIGEST_SHA512,
		  "482bb14589fc138d71bcd4637c14036d1ffcdcb09094ca566397a96189a9f059"
		  "63edcc2fe9abb039849fef46ab0e175f654740a28249d25464c78611628b7788" },
		{ SAMPLE_DEVICE, 363, DIGEST_SHA384,
		  "6615b3033949bed8975503930e989818fa3f3acdd336869571276dff3d0ffa18"
		  "88d8f12eea76e958f26cdf1eead9a7ff" },
	};
	return cr_make_param_array(struct vector, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct vector *row, wire, canonical_text_has_the_reference_digests)
{
	AUTO_JSON cJSON *jwk = jwk_tree();
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct digest digest;
	struct err e = { 0 };
	char hex[130];

	cr_assert_eq(wire_runtime_data(*row->additional == '-' ? NULL : row->additional, NONCE, jwk,
				       &text, &e),
		     0, "%s", e.text);
	cr_expect_eq(text.len, row->len, "%s", (char *)text.at);
	cr_assert_eq(digest_of((enum digest_alg)row->alg, buf_view(&text), &digest, &e), 0);
	digest_hex(span(digest.at, digest.len), hex);
	cr_expect_str_eq(hex, row->hex);
}

/* RFC 8785, 3.2.2.2. */
Test(wire, canonical_text_escapes_as_the_rfc_does)
{
	AUTO_JSON cJSON *jwk = cJSON_CreateString("k");
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(wire_runtime_data("", "\b\t\n\f\r\x01\x1f\"\\/\x7f\xc3\xa4\xe2\x82\xac", jwk,
				       &text, &e),
		     0);
	cr_assert_str_eq(
		(char *)text.at,
		"{\"additional-evidence\":\"\",\"nonce\":\"\\b\\t\\n\\f\\r\\u0001\\u001f\\\"\\\\"
		"/\x7f\xc3\xa4\xe2\x82\xac\",\"tee-pubkey\":\"k\"}");
}

Test(wire, report_data_uses_the_selected_hash)
{
	AUTO_JSON cJSON *jwk = jwk_tree();
	AUTO_CHALLENGE struct wire_challenge c = { 0 };
	struct digest digest;
	struct err e = { 0 };
	char hex[130];

	cr_assert_eq(wire_challenge_read(span_text("{\"nonce\":\"" NONCE "\",\"extra-params\":"
						   "{\"selected-hash-algorithm\":\"SHA256\"}}"),
					 &c, &e),
		     0, "%s", e.text);
	cr_assert_eq(wire_report_data(&c, jwk, "", &digest, &e), 0);
	digest_hex(span(digest.at, digest.len), hex);
	cr_assert_str_eq(hex, "d7be5b67c39349760f5477231533926b49526468d155448c8141f4ed92b8e64c");
}

Test(wire, requests_as_the_reference_says)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(wire_request("snp", &text, &e), 0);
	cr_assert_str_eq((char *)text.at,
			 "{\"extra-params\":{\"supported-hash-algorithms\":[\"sha256\",\"sha384\","
			 "\"sha512\"]},\"version\":\"0.4.0\",\"tee\":\"snp\"}");
}

static struct wire_challenge challenge_of(const char *nonce)
{
	struct wire_challenge c = { .hash = DIGEST_SHA384 };

	cr_assert_eq(buf_append(&c.nonce, span_text(nonce), 1000, NULL), 0);
	return c;
}

Test(wire, attests_as_the_reference_says)
{
	AUTO_CHALLENGE struct wire_challenge c = challenge_of(NONCE);
	AUTO_JSON cJSON *jwk = jwk_tree();
	AUTO_BUF struct buf text = BUF_EMPTY, more = BUF_EMPTY;
	cJSON *evidence = cJSON_CreateObject();
	struct err e = { 0 };

	cr_assert_not_null(cJSON_AddStringToObject(evidence, "svn", "1"));
	cr_assert_eq(wire_attestation(&c, jwk, SPAN_EMPTY, "", evidence, &text, &e), 0, "%s",
		     e.text);
	cr_assert_str_eq(
		(char *)text.at,
		"{\"tee-evidence\":{\"primary_evidence\":{\"svn\":\"1\"},"
		"\"additional_evidence\":\"\"},\"init-data\":null,\"runtime-data\":{\"nonce\":"
		"\"" NONCE "\",\"tee-pubkey\":" JWK "}}");
	cr_assert_eq(wire_attestation(&c, jwk, span_text("a = '''\n\"\\\r\n'''"), "",
				      cJSON_CreateObject(), &more, &e),
		     0);
	cr_assert(strstr((char *)more.at, "\"init-data\":{\"format\":\"toml\",\"body\":"
					  "\"a = '''\\n\\\"\\\\\\r\\n'''\"}"),
		  "%s", (char *)more.at);
}

/* What devices sign is over the challenge alone, what the CPU signs is over theirs too, as text. */
Test(wire, additional_evidence_is_hashed_as_it_is_sent)
{
	static const char additional[] = "{\"nvidia\":{\"a/b\":\"\\\"\"}}";
	AUTO_CHALLENGE struct wire_challenge c = challenge_of(NONCE);
	AUTO_JSON cJSON *jwk = jwk_tree();
	AUTO_BUF struct buf sent = BUF_EMPTY, hashed = BUF_EMPTY;
	AUTO_JSON cJSON *tree = NULL;
	struct digest of_devices, of_none, of_all, want;
	const cJSON *text;
	struct err e = { 0 };

	cr_assert_eq(wire_report_data(&c, jwk, NULL, &of_devices, &e), 0);
	cr_assert_eq(wire_report_data(&c, jwk, "", &of_none, &e), 0);
	cr_assert_eq(wire_report_data(&c, jwk, additional, &of_all, &e), 0);
	cr_expect_neq(memcmp(of_devices.at, of_none.at, of_none.len), 0);
	cr_expect_neq(memcmp(of_all.at, of_none.at, of_none.len), 0);

	cr_assert_eq(
		wire_attestation(&c, jwk, SPAN_EMPTY, additional, cJSON_CreateObject(), &sent, &e),
		0);
	cr_assert_eq(json_parse(buf_view(&sent), 100000, &tree, &e), 0, "%s", e.text);
	text = cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "tee-evidence"),
				   "additional_evidence");
	cr_expect_str_eq(json_text(text), additional);
	cr_assert_eq(wire_runtime_data(json_text(text), NONCE, jwk, &hashed, &e), 0);
	cr_assert_eq(digest_of(DIGEST_SHA384, buf_view(&hashed), &want, &e), 0);
	cr_expect(digest_is_equal(span(want.at, want.len), span(of_all.at, of_all.len)));
}

Test(wire, attests_with_no_initdata_that_json_or_its_bound_can_not_hold)
{
	AUTO_CHALLENGE struct wire_challenge c = challenge_of("n");
	AUTO_JSON cJSON *jwk = jwk_tree();
	AUTO_FREE char *large = calloc(1, LIMIT_INITDATA_BYTES + 1);
	struct buf text = BUF_EMPTY;

	cr_assert_eq(
		wire_attestation(&c, jwk, span("a\0b", 3), "", cJSON_CreateObject(), &text, NULL),
		-FAIL_INPUT);
	memset(large, 'x', LIMIT_INITDATA_BYTES + 1);
	cr_assert_eq(wire_attestation(&c, jwk, span(large, LIMIT_INITDATA_BYTES + 1), "",
				      cJSON_CreateObject(), &text, NULL),
		     -FAIL_LIMIT);
	/* Each byte becomes six. */
	memset(large, 1, LIMIT_INITDATA_BYTES);
	cr_assert_eq(wire_attestation(&c, jwk, span(large, LIMIT_INITDATA_BYTES), "",
				      cJSON_CreateObject(), &text, NULL),
		     -FAIL_LIMIT);
	cr_assert_eq(wire_attestation(&c, jwk, SPAN_EMPTY, "", NULL, &text, NULL), -FAIL_SYS,
		     "no evidence at all");
	cr_assert_null(text.at);
}

struct good {
	char body[160];
	int alg;
};

ParameterizedTestParameters(wire, reads_a_challenge)
{
	static struct good rows[] = {
		{ "{\"nonce\":\"n\",\"extra-params\":\"\"}", DIGEST_SHA384 },
		{ "{\"nonce\":\"n\"}", DIGEST_SHA384 },
		{ " \r\n\t{\"nonce\":\"n\",\"extra-params\":null}\n", DIGEST_SHA384 },
		{ "{\"nonce\":\"n\",\"extra-params\":[]}", DIGEST_SHA384 },
		{ "{\"nonce\":\"n\",\"extra-params\":{}}", DIGEST_SHA384 },
		{ "{\"nonce\":\"n\",\"extra-params\":\"selected-hash-algorithm\"}", DIGEST_SHA384 },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":\"sha512\"}}",
		  DIGEST_SHA512 },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":\"Sha384\"}}",
		  DIGEST_SHA384 },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"a\":1,\"selected-hash-algorithm\":"
		  "\"SHA256\"},"
		  "\"new\":{}}",
		  DIGEST_SHA256 },
	};
	return cr_make_param_array(struct good, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct good *row, wire, reads_a_challenge)
{
	AUTO_CHALLENGE struct wire_challenge c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(wire_challenge_read(span_text(row->body), &c, &e), 0, "%s", e.text);
	cr_expect_str_eq((char *)c.nonce.at, "n");
	cr_expect_eq((int)c.hash, row->alg);
}

struct bad {
	char body[160];
	int want;
};

ParameterizedTestParameters(wire, refuses_a_challenge)
{
	static struct bad rows[] = {
		{ "", -FAIL_AGAIN },
		{ "<html>Welcome to the hotel</html>", -FAIL_AGAIN },
		{ "[]", -FAIL_AGAIN },
		{ "null", -FAIL_AGAIN },
		{ "{", -FAIL_INPUT },
		{ "{}", -FAIL_INPUT },
		{ "{\"nonce\":\"n\"}x", -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"nonce\":\"m\"}", -FAIL_INPUT },
		{ "{\"nonce\":7}", -FAIL_INPUT },
		{ "{\"nonce\":\"\"}", -FAIL_INPUT },
		{ "{\"nonce\":\"a\\u0000b\"}", -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":\"sm3\"}}",
		  -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":\"\"}}",
		  -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":\"sha1\"}}",
		  -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":"
		  "\"sha256sha256sha256sha256\"}}",
		  -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":384}}",
		  -FAIL_INPUT },
		{ "{\"nonce\":\"n\",\"extra-params\":{\"selected-hash-algorithm\":null}}",
		  -FAIL_INPUT },
	};
	return cr_make_param_array(struct bad, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bad *row, wire, refuses_a_challenge)
{
	struct wire_challenge c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(wire_challenge_read(span_text(row->body), &c, &e), row->want, "%s: %s",
		     row->body, e.text);
	cr_assert_null(c.nonce.at);
}

Test(wire, refuses_a_nonce_over_its_bound)
{
	char body[LIMIT_BROKER_NONCE_BYTES + 32] = "{\"nonce\":\"";
	struct wire_challenge c = { 0 };
	size_t len = strlen(body);

	memset(body + len, 'n', LIMIT_BROKER_NONCE_BYTES + 1);
	strcpy(body + len + LIMIT_BROKER_NONCE_BYTES + 1, "\"}");
	cr_assert_eq(wire_challenge_read(span_text(body), &c, NULL), -FAIL_LIMIT);
}

ParameterizedTestParameters(wire, refuses_an_answer_without_a_token)
{
	static struct bad rows[] = {
		{ "", -FAIL_AGAIN },
		{ "token", -FAIL_AGAIN },
		{ "{}", -FAIL_INPUT },
		{ "{\"token\":1}", -FAIL_INPUT },
		{ "{\"Token\":\"a\"}", -FAIL_INPUT },
		{ "{\"token\":\"a\"", -FAIL_INPUT },
	};
	return cr_make_param_array(struct bad, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bad *row, wire, refuses_an_answer_without_a_token)
{
	struct buf token = BUF_EMPTY;

	cr_assert_eq(wire_token_read(span_text(row->body), &token, NULL), row->want, "%s",
		     row->body);
	cr_assert_null(token.at);
}

Test(wire, fails_cleanly_when_memory_runs_out)
{
	AUTO_JSON cJSON *jwk = jwk_tree();

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_CHALLENGE struct wire_challenge c = { 0 };
		AUTO_BUF struct buf text = BUF_EMPTY;
		struct err e = { 0 };
		int failed = wire_challenge_read(span_text("{\"nonce\":\"n\"}"), &c, &e);

		if (!failed)
			failed = wire_request("tdx", &text, &e);
		if (!failed)
			failed = wire_attestation(&c, jwk, span_text("a = 1"), "",
						  cJSON_CreateObject(), &text, &e);
		fault_disarm_keep();
		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0, "call %u: %s", n, e.text);
	}
}
