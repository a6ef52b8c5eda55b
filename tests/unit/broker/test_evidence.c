/* Runtime data, sample evidence and initdata against the numbers of the reference. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/evidence.h"
#include "tests/broker/initdata.h"
#include "attest/verify/runtime.h"
#include "tests/unit/broker/guest.h"

/* Reference 1.5. */
#define NONCE	  "JbkMsFWujL6+YMCMRNCWOFZnDivp8/mrHy+m2N3hlZo="
#define DEVICE_RD "JZj+g40+ASfbUgWuy5fbJF0r8f6z85rVV5WPQq9yYLcrYpZv7QUMesfx0nPUJhwu"
#define DEVICES	  "{\"sampledevice\":{\"report_data\":\"" DEVICE_RD "\",\"svn\":\"2\"}}"

struct vector {
	char additional[160]; /* "-": none, as devices bind it */
	enum digest_alg hash;
	char hex[129];
};

ParameterizedTestParameters(runtime, has_the_digests_of_the_reference)
{
	static struct vector rows[] = {
		{ "-", DIGEST_SHA256,
		  "199a519b1318ee4da5b88ca517c66ee65036dda8ec7ba80b41d3d45eb5acd858" },
		{ "-", DIGEST_SHA384,
		  "2598fe838d3e0127db5205aecb97db245d2bf1feb3f39ad557958f42af7260b7"
		  "2b62966fed050c7ac7f1d273d4261c2e" },
		{ "-", DIGEST_SHA512,
		  "f01f023a9e5f5afb606b94f3d78c46cf14faba4a6adc385dbbf929f0f8ea7d63"
		  "e6e2cdfac5ad35a0768007a90cb78bd24b269938a8d2f4e8255a10b4f4bfd7f1" },
		{ "", DIGEST_SHA256,
		  "d7be5b67c39349760f5477231533926b49526468d155448c8141f4ed92b8e64c" },
		{ "", DIGEST_SHA384,
		  "b3299fafd9a539fea13caf16179e6463f23f1f611fe04a37a6973c608e996045"
		  "8c5a1e949ccda93adec8e04777e12ad4" },
		{ "", DIGEST_SHA512,
		  "482bb14589fc138d71bcd4637c14036d1ffcdcb09094ca566397a96189a9f059"
		  "63edcc2fe9abb039849fef46ab0e175f654740a28249d25464c78611628b7788" },
		{ DEVICES, DIGEST_SHA384,
		  "6615b3033949bed8975503930e989818fa3f3acdd336869571276dff3d0ffa18"
		  "88d8f12eea76e958f26cdf1eead9a7ff" },
	};
	return cr_make_param_array(struct vector, rows, COUNT_OF(rows));
}

static cJSON *runtime_of(const char *jwk, const char *additional)
{
	AUTO_JSON cJSON *sent = NULL, *key = NULL;
	cJSON *runtime = NULL;

	json_init();
	cr_assert_eq(json_parse(span_text(jwk), 4096, &sent, NULL), 0);
	cr_assert_eq(runtime_key(sent, &key, NULL), 0);
	cr_assert_eq(runtime_data(key, NONCE, additional, &runtime, NULL), 0);
	return runtime;
}

ParameterizedTest(struct vector *row, runtime, has_the_digests_of_the_reference, .timeout = 5)
{
	AUTO_JSON cJSON *runtime =
		runtime_of(GUEST_JWK, strcmp(row->additional, "-") != 0 ? row->additional : NULL);
	struct digest digest;
	char hex[129];

	cr_assert_eq(runtime_digest(row->hash, runtime, &digest, NULL), 0);
	digest_hex(span(digest.at, digest.len), hex);
	cr_expect_str_eq(hex, row->hex);
}

Test(runtime, sorts_a_key_and_drops_what_trustee_drops)
{
	AUTO_JSON cJSON *got = runtime_of("{\"y\":\"" GUEST_Y "\",\"kid\":\"1\",\"x\":\"" GUEST_X
					  "\",\"kty\":\"EC\",\"alg\":\"ECDH-ES+A256KW\","
					  "\"use\":\"enc\",\"crv\":\"P-256\"}",
					  "");
	AUTO_JSON cJSON *want = runtime_of(GUEST_JWK, "");
	AUTO_BUF struct buf a = BUF_EMPTY, b = BUF_EMPTY;

	cr_assert_eq(json_print(got, 4096, &a, NULL), 0);
	cr_assert_eq(json_print(want, 4096, &b, NULL), 0);
	cr_expect_str_eq((const char *)a.at, (const char *)b.at);
}

struct bad_key {
	char jwk[160];
};

ParameterizedTestParameters(runtime, refuses_keys)
{
	static struct bad_key rows[] = {
		{ "{}" },
		{ "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}" }, /* no alg */
		{ "{\"kty\":\"EC\",\"alg\":1,\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}" },
		{ "{\"kty\":\"RSA\",\"alg\":\"RSA1_5\",\"n\":\"AA\"}" },
		{ "[\"kty\"]" },
	};
	return cr_make_param_array(struct bad_key, rows, COUNT_OF(rows));
}

ParameterizedTest(struct bad_key *row, runtime, refuses_keys, .timeout = 5)
{
	AUTO_JSON cJSON *sent = NULL, *key = NULL;

	cr_assert_eq(json_parse(span_text(row->jwk), 4096, &sent, NULL), 0);
	cr_expect_eq(runtime_key(sent, &key, NULL), -FAIL_INPUT, "%s", row->jwk);
	cr_expect_null(key);
}

struct sample {
	char tee[16];
	char evidence[160];
	int want;
};

#define PRIMARY_RD "symfr9mlOf6hPK8WF55kY/I/H2Ef4Eo3ppc8YI6ZYEWMWh6UnM2pOt7I4Ed34SrU"

ParameterizedTestParameters(evidence, is_verified)
{
	static struct sample rows[] = {
		{ "sample", "{\"svn\":\"1\",\"report_data\":\"" PRIMARY_RD "\"}", 0 },
		{ "sample", "{\"svn\":\"1\",\"report_data\":\"" DEVICE_RD "\"}", -FAIL_FORGED },
		{ "sample", "{\"svn\":\"1\",\"report_data\":\"" PRIMARY_RD "AAAA\"}",
		  -FAIL_FORGED },
		{ "sample", "{\"svn\":\"1\",\"report_data\":\"symfr9ml\"}", -FAIL_FORGED },
		{ "sample", "{\"svn\":\"1\",\"report_data\":\"\"}", -FAIL_FORGED },
		{ "sample", "{\"svn\":1,\"report_data\":\"" PRIMARY_RD "\"}", -FAIL_INPUT },
		{ "sample", "{\"report_data\":\"" PRIMARY_RD "\"}", -FAIL_INPUT },
		{ "sample", "{\"svn\":\"1\"}", -FAIL_INPUT },
		{ "sample", "\"" PRIMARY_RD "\"", -FAIL_INPUT },
		{ "sample", "null", -FAIL_INPUT },
		{ "snp", "{\"svn\":\"1\",\"report_data\":\"" PRIMARY_RD "\"}", -FAIL_DENIED },
		{ "tdx", "{\"svn\":\"1\",\"report_data\":\"" PRIMARY_RD "\"}", -FAIL_DENIED },
		{ "nvidia", "{}", -FAIL_DENIED },
		{ "", "{}", -FAIL_DENIED },
	};
	return cr_make_param_array(struct sample, rows, COUNT_OF(rows));
}

ParameterizedTest(struct sample *row, evidence, is_verified, .timeout = 5)
{
	AUTO_JSON cJSON *runtime = runtime_of(GUEST_JWK, ""), *evidence = NULL;
	struct broker_evidence got = { 0 };
	struct digest expected;

	cr_assert_eq(runtime_digest(DIGEST_SHA384, runtime, &expected, NULL), 0);
	cr_assert_eq(json_parse(span_text(row->evidence), 4096, &evidence, NULL), 0);
	cr_expect_eq(broker_evidence_verify(row->tee, evidence, &expected, &got, NULL), row->want,
		     "%s %s", row->tee, row->evidence);
	if (row->want)
		cr_expect_null(got.tee, "output untouched on failure");
	else
		cr_expect_str_eq(got.measurement, "abcde");
}

struct envelope {
	char text[400];
	char want[160]; /* digest with its name; "" is refused */
};

ParameterizedTestParameters(initdata, is_digested_as_its_envelope_says)
{
	static struct envelope rows[] = {
		{ GUEST_INITDATA, GUEST_INITDATA_DIGEST },
		{ "version='0.1.0'\r\nalgorithm = 'sha384' # why not\r\n[data] # here\r\n",
		  "sha384:"
		  "fd782c72401408f9fe879df919909f2c447ae0701e304918cedd326aaaf00fecf03d92d7b70ac10d"
		  "24ab9ac5b93f48f5" },
		{ "", "" },
		{ "[data]\n", "" },
		{ "version = \"0.1.0\"\n[data]\n", "" },
		{ "algorithm = \"sha256\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\"\n", "" },
		{ "version = \"0.2.0\"\nalgorithm = \"sha256\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha-384\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sm3\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"SHA256\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = sha256\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\" x\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha\\u0032\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\"\nalgorithm = \"sha512\"\n[data]\n",
		  "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\"\nother = \"x\"\n[data]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[other]\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data\n", "" },
		{ "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]]\n", "" },
		{ "=\n", "" },
	};
	return cr_make_param_array(struct envelope, rows, COUNT_OF(rows));
}

ParameterizedTest(struct envelope *row, initdata, is_digested_as_its_envelope_says, .timeout = 5)
{
	enum digest_alg alg = 0;
	struct digest digest = { 0 };
	struct err e = { 0 };
	char hex[129], got[160];
	int failed = broker_initdata_digest(span_text(row->text), &alg, &digest, &e);

	if (!row->want[0]) {
		cr_expect_eq(failed, -FAIL_INPUT, "%s", row->text);
		cr_expect_eq(alg, 0, "output untouched on failure");
		return;
	}
	cr_assert_eq(failed, 0, "%s: %s", row->text, e.text);
	digest_hex(span(digest.at, digest.len), hex);
	(void)snprintf(got, sizeof(got), "%s:%s", digest_alg_name(alg), hex);
	cr_expect_str_eq(got, row->want);
}
