/* attest/jose/jwk: the keys of the reference's worked example (2.6), and everything like them. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/ec.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/json.h"

#define X "rUacOtlEuyuQ8FSF0nujWaakxB-YxUDbBEKL3kFELIk"
#define Y "Kw_LzmYpJ1RTOI0ps_v-S56B2eekmrfzs1LWZ-CeRzI"
#define D "7LE5E3P5MyxmpGIx7ST6UkFXm07KhsepYw8X39P2Jws"
#define SORTED                                                                          \
	"{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" X "\"," \
	"\"y\":\"" Y "\"}"

static int parse(const char *text, const char *alg, EVP_PKEY **ret, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;

	cr_assert_eq(json_parse(span_text(text), 4096, &tree, e), 0, "%s", e->text);
	return jwk_parse(tree, "key", alg, ret, e);
}

static void expect_json(const EVP_PKEY *key, const char *alg, const char *want)
{
	AUTO_JSON cJSON *tree = NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(jwk_public_json(key, alg, &tree, &e), 0, "%s", e.text);
	cr_assert_eq(json_print(tree, 4096, &text, &e), 0);
	cr_assert_str_eq((const char *)text.at, want);
}

Test(jwk, has_the_reference_public_half_for_its_scalar)
{
	AUTO_BUF struct buf d = BUF_EMPTY;
	AUTO_JWK EVP_PKEY *key = NULL;
	struct err e = { 0 };

	cr_assert_eq(b64_decode(B64_URL, span_text(D), 32, &d, &e), 0);
	cr_assert_eq(jwk_from_scalar(d.at, &key, &e), 0, "%s", e.text);
	expect_json(key, JWK_ALG_TEE, SORTED);
}

Test(jwk, prints_what_it_parsed_in_sorted_order)
{
	AUTO_JWK EVP_PKEY *key = NULL;
	struct err e = { 0 };

	cr_assert_eq(parse("{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ECDH-ES+A256KW\","
			   "\"x\":\"" X "\",\"y\":\"" Y "\"}",
			   JWK_ALG_TEE, &key, &e),
		     0, "%s", e.text);
	expect_json(key, JWK_ALG_TEE, SORTED);
	expect_json(key, NULL,
		    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" X "\",\"y\":\"" Y "\"}");
}

Test(jwk, generates_keys_that_differ_and_parse)
{
	AUTO_JWK EVP_PKEY *a = NULL, *b = NULL, *again = NULL;
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };

	cr_assert_eq(jwk_generate(&a, &e), 0);
	cr_assert_eq(jwk_generate(&b, &e), 0);
	cr_assert_eq(EVP_PKEY_eq(a, b), 0);
	cr_assert_eq(jwk_public_json(a, JWK_ALG_TOKEN, &tree, &e), 0);
	cr_assert_eq(jwk_parse(tree, "key", JWK_ALG_TOKEN, &again, &e), 0, "%s", e.text);
	cr_assert_eq(EVP_PKEY_eq(a, again), 1);
}

struct refused {
	char json[400];
	char alg[24]; /* "": none is wanted */
	char says[64];
};

#define KEY(kty, crv, x, y, more) \
	"{\"kty\":" kty ",\"crv\":" crv ",\"x\":\"" x "\",\"y\":\"" y "\"" more "}"
#define ALG ",\"alg\":\"ECDH-ES+A256KW\""

ParameterizedTestParameters(jwk, refuses)
{
	static struct refused rows[] = {
		{ "[]", "", "must be an object" },
		{ KEY("\"EC\"", "\"P-256\"", X, Y, ""), JWK_ALG_TEE, "\"alg\" is missing" },
		{ KEY("\"EC\"", "\"P-256\"", X, Y, ALG), "", "unknown member \"alg\"" },
		{ KEY("\"EC\"", "\"P-256\"", X, Y, ",\"alg\":\"ECDH-ES\""), JWK_ALG_TEE,
		  "\"alg\" is \"ECDH-ES\"" },
		{ KEY("\"EC\"", "\"P-256\"", X, Y, ALG), JWK_ALG_TOKEN, "not ES256" },
		{ KEY("\"EC\"", "\"P-256\"", X, Y, ",\"kid\":\"1\""), "", "\"kid\"" },
		{ KEY("\"EC\"", "\"P-256\"", X, Y, ",\"d\":\"" D "\""), "", "\"d\"" },
		{ KEY("\"RSA\"", "\"P-256\"", X, Y, ""), "", "\"kty\" is \"RSA\"" },
		{ KEY("\"ec\"", "\"P-256\"", X, Y, ""), "", "\"kty\"" },
		{ KEY("\"EC\"", "\"P-521\"", X, Y, ""), "", "\"crv\" is \"P-521\"" },
		{ KEY("\"EC\"", "\"P-384\"", X, Y, ""), "", "\"crv\"" },
		{ KEY("\"EC\"", "256", X, Y, ""), "", "must be a string" },
		/* The last byte is one too many, then one too few, then padded, then not base64url.
		 */
		{ KEY("\"EC\"", "\"P-256\"", X "AA", Y, ""), "", "32 bytes" },
		{ KEY("\"EC\"", "\"P-256\"", "rUacOtlEuyuQ8FSF0nujWaakxB-YxUDbBEKL3kFELA", Y, ""),
		  "", "32 bytes" },
		{ KEY("\"EC\"", "\"P-256\"", X "=", Y, ""), "", "32 bytes" },
		{ KEY("\"EC\"", "\"P-256\"", "rUacOtlEuyuQ8FSF0nujWaakxB+YxUDbBEKL3kFELIk", Y, ""),
		  "", "32 bytes" },
		{ KEY("\"EC\"", "\"P-256\"", "", Y, ""), "", "32 bytes" },
		{ KEY("\"EC\"", "\"P-256\"", X, X, ""), "", "not on P-256" },
		{ KEY("\"EC\"", "\"P-256\"", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ""),
		  "", "not on P-256" },
		/* A coordinate not below the field's prime. */
		{ KEY("\"EC\"", "\"P-256\"", "__________________________________________8", Y, ""),
		  "", "not on P-256" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}", "", "\"y\" is missing" },
	};
	return cr_make_param_array(struct refused, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refused *row, jwk, refuses)
{
	EVP_PKEY *key = NULL;
	struct err e = { 0 };

	cr_assert_eq(parse(row->json, *row->alg ? row->alg : NULL, &key, &e), -FAIL_INPUT, "%s",
		     row->json);
	cr_assert(strstr(e.text, row->says), "%s: %s", row->json, e.text);
	cr_assert_null(key);
}

struct scalar {
	char hex[65];
};

ParameterizedTestParameters(jwk, refuses_a_scalar_outside_the_group)
{
	static struct scalar rows[] = {
		{ "0000000000000000000000000000000000000000000000000000000000000000" },
		{ "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551" }, /* order */
		{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
	};
	return cr_make_param_array(struct scalar, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct scalar *row, jwk, refuses_a_scalar_outside_the_group)
{
	EVP_PKEY *key = NULL;
	struct err e = { 0 };
	uint8_t d[32];

	for (size_t i = 0; i < sizeof(d); i++) {
		char pair[3] = { row->hex[2 * i], row->hex[2 * i + 1], 0 };

		d[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	cr_assert_eq(jwk_from_scalar(d, &key, &e), -FAIL_INPUT);
	cr_assert_null(key);
}

Test(jwk, has_no_json_for_a_key_of_another_curve)
{
	AUTO_JWK EVP_PKEY *key = EVP_EC_gen("P-521");
	cJSON *tree = NULL;
	struct err e = { 0 };

	cr_assert_eq(jwk_public_json(key, NULL, &tree, &e), -FAIL_BUG);
	cr_assert_null(tree);
}
