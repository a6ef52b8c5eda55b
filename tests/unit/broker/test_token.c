#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/jws.h"
#include "tests/broker/token.h"
#include "tests/support/fault.h"
#include "tests/unit/broker/guest.h"

#define NOW 1800000000

static EVP_PKEY *signer(void)
{
	EVP_PKEY *key = NULL;

	json_init();
	cr_assert_eq(jwk_generate(&key, NULL), 0);
	return key;
}

static cJSON *runtime(void)
{
	cJSON *node = NULL;

	cr_assert_eq(json_parse(span_text("{\"additional-evidence\":\"\",\"nonce\":\"n\","
					  "\"tee-pubkey\":" GUEST_JWK "}"),
				4096, &node, NULL),
		     0);
	return node;
}

static int make(EVP_PKEY *key, const cJSON *runtime_data, struct buf *ret, struct err *e)
{
	static const struct digest digest = { .len = 32, .at = { 0xab } };
	const struct broker_facts facts = {
		.evidence = { .tee = "sample",
			      .svn = "1",
			      .measurement = "abcde",
			      .report_data = { .len = 48, .at = { 1, 2 } } },
		.runtime = runtime_data,
		.initdata = &digest,
	};

	return broker_token_make(key, &facts, NOW, 300, ret, e);
}

static struct buf token_of(EVP_PKEY *key)
{
	AUTO_JSON cJSON *node = runtime();
	struct buf token = BUF_EMPTY;

	cr_assert_eq(make(key, node, &token, NULL), 0);
	return token;
}

Test(token, comes_back_with_what_was_verified)
{
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_BUF struct buf token = token_of(key);
	AUTO_JSON cJSON *claims = NULL;
	struct broker_identity id;

	cr_assert_eq(broker_token_verify(key, buf_view(&token), NOW + 299, &claims, NULL), 0);
	cr_assert_eq(broker_token_identity(claims, &id, NULL), 0);
	cr_expect_str_eq(id.tee, "sample");
	cr_expect_str_eq(id.measurement, "abcde");
	cr_expect_str_eq(id.initdata,
			 "sha256:ab00000000000000000000000000000000000000000000000000000000000000");
	cr_expect_not_null(id.tee_key);
	cr_expect_str_eq(json_text(cJSON_GetObjectItem(id.tee_key, "x")), GUEST_X);
}

/* Reference section 3. */
Test(token, has_the_header_that_a_kbs_reads)
{
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_BUF struct buf token = token_of(key), text = BUF_EMPTY;
	const char *dot = strchr((const char *)token.at, '.');
	static const char want[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\","
				   "\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"";

	cr_assert_eq(b64_decode(B64_URL, span(token.at, (size_t)(dot - (const char *)token.at)),
				4096, &text, NULL),
		     0);
	cr_expect_eq(strncmp((const char *)text.at, want, strlen(want)), 0, "%s",
		     (const char *)text.at);
}

Test(token, is_refused_from_the_second_on_that_it_expires)
{
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_BUF struct buf token = token_of(key);
	AUTO_JSON cJSON *claims = NULL;

	cr_expect_eq(broker_token_verify(key, buf_view(&token), NOW + 300, &claims, NULL),
		     -FAIL_DENIED);
	cr_expect_null(claims);
}

Test(token, of_another_signer_is_forged)
{
	AUTO_JWK EVP_PKEY *key = signer(), *other = signer();
	AUTO_BUF struct buf token = token_of(other);
	AUTO_JSON cJSON *claims = NULL;

	cr_expect_eq(broker_token_verify(key, buf_view(&token), NOW, &claims, NULL), -FAIL_FORGED);
	cr_expect_null(claims, "the key in a token's own header vouches for nothing");
}

Test(token, is_refused_with_any_byte_changed, .timeout = 60)
{
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_BUF struct buf token = token_of(key);
	AUTO_JSON cJSON *claims = NULL;

	for (size_t i = 0; i < token.len; i += 7) {
		uint8_t was = token.at[i];

		token.at[i] = was == 'A' ? 'B' : 'A';
		cr_expect_lt(broker_token_verify(key, buf_view(&token), NOW, &claims, NULL), 0,
			     "byte %zu", i);
		token.at[i] = was;
	}
	cr_expect_eq(broker_token_verify(key, buf_view(&token), NOW, &claims, NULL), 0);
}

struct refusal {
	char token[160];
	int want;
};

ParameterizedTestParameters(token, refuses)
{
	static struct refusal rows[] = {
		{ "", -FAIL_INPUT },
		{ "a", -FAIL_INPUT },
		{ "a.b", -FAIL_INPUT },
		{ "a.b.c.d", -FAIL_INPUT },
		{ "..", -FAIL_INPUT },
		{ "e30.e30.AAAA", -FAIL_INPUT },		  /* {}: no alg             */
		{ "eyJhbGciOiJub25lIn0.e30.", -FAIL_INPUT },	  /* alg none               */
		{ "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", -FAIL_INPUT }, /* alg HS256              */
		{ "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", -FAIL_INPUT }, /* a signature of 3 bytes */
		{ "eyJhbGciOiJFUzI1NiJ9.e30.!!!!", -FAIL_INPUT },
		{ "eyJhbGciOiJFUzI1NiJ9.e30."
		  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		  "AAAAAAAAAAAAAAAAAAAAAAAAA",
		  -FAIL_FORGED }, /* r = s = 0 */
	};
	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, token, refuses, .timeout = 10)
{
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_JSON cJSON *claims = NULL;

	cr_expect_eq(broker_token_verify(key, span_text(row->token), NOW, &claims, NULL), row->want,
		     "%s", row->token);
	cr_expect_null(claims);
}

Test(token, has_a_bound)
{
	static char text[LIMIT_TOKEN_BYTES + 2];
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_JSON cJSON *claims = NULL;

	memset(text, 'A', sizeof(text) - 1);
	cr_expect_eq(broker_token_verify(key, span_text(text), NOW, &claims, NULL), -FAIL_LIMIT);
}

struct claims {
	char text[200];
};

ParameterizedTestParameters(token, has_no_identity_without_its_claims)
{
	static struct claims rows[] = {
		{ "{}" },
		{ "{\"submods\":[]}" },
		{ "{\"submods\":{\"cpu0\":{\"ear.veraison.annotated-evidence\":{\"snp\":{}}}}}" },
		{ "{\"submods\":{\"gpu0\":{\"ear.veraison.annotated-evidence\":"
		  "{\"sample\":{\"launch_digest\":\"abcde\"}}}}}" },
		{ "{\"submods\":{\"cpu0\":{\"ear.veraison.annotated-evidence\":"
		  "{\"sample\":{\"launch_digest\":\"abcde\"},\"init_data\":\"AAAA\"}}}}" },
	};
	return cr_make_param_array(struct claims, rows, COUNT_OF(rows));
}

ParameterizedTest(struct claims *row, token, has_no_identity_without_its_claims, .timeout = 5)
{
	struct broker_identity id = { 0 };
	AUTO_JSON cJSON *claims = NULL;

	cr_assert_eq(json_parse(span_text(row->text), 4096, &claims, NULL), 0);
	cr_expect_eq(broker_token_identity(claims, &id, NULL), -FAIL_INPUT, "%s", row->text);
	cr_expect_null(id.tee);
}

Test(token, without_memory_is_an_error_and_nothing_else, .timeout = 60)
{
	AUTO_JWK EVP_PKEY *key = signer();
	AUTO_JSON cJSON *node = runtime();

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf token = BUF_EMPTY;
		AUTO_JSON cJSON *claims = NULL;
		struct err e = { 0 };
		int failed = make(key, node, &token, &e);

		if (!failed)
			failed = broker_token_verify(key, buf_view(&token), NOW, &claims, &e);
		cr_expect(failed ? claims == NULL : claims != NULL, "allocation %u", n);
		cr_expect(failed == 0 || fault_fired());
	}
}
