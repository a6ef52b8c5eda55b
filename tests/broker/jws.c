#include "tests/broker/jws.h"

#include <string.h>

#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/ossl.h"

#define HALF_BYTES	JWK_COORD_BYTES /* of R and S */
#define SIGNATURE_BYTES (2 * HALF_BYTES)
#define DER_BYTES	80 /* SEQUENCE of two INTEGERs of up to 33 bytes: 72 */

static int sign(EVP_PKEY *key, struct span input, uint8_t ret[static SIGNATURE_BYTES],
		struct err *e)
{
	AUTO_MD EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	AUTO_SIG ECDSA_SIG *sig = NULL;
	uint8_t der[DER_BYTES];
	const uint8_t *at = der;
	size_t len = sizeof(der);

	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, der, &len, input.at, input.len) != 1)
		return FAIL(e, FAIL_SYS, "jws: ES256 failed");
	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, HALF_BYTES) != HALF_BYTES ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + HALF_BYTES, HALF_BYTES) != HALF_BYTES)
		return FAIL(e, FAIL_SYS, "jws: ES256 failed");
	return 0;
}

/* The DER form of R || S; 0 if OpenSSL has no memory. */
static int to_der(const uint8_t raw[static SIGNATURE_BYTES], uint8_t ret[static DER_BYTES])
{
	AUTO_SIG ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, HALF_BYTES, NULL);
	BIGNUM *s = BN_bin2bn(raw + HALF_BYTES, HALF_BYTES, NULL);

	if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return 0;
	}
	return i2d_ECDSA_SIG(sig, &ret);
}

static int check(EVP_PKEY *key, struct span input, const uint8_t raw[static SIGNATURE_BYTES],
		 struct err *e)
{
	AUTO_MD EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[DER_BYTES];
	int len = to_der(raw, der);

	if (len <= 0 || !ctx || EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) != 1)
		return FAIL(e, FAIL_SYS, "jws: ES256 failed");
	if (EVP_DigestVerify(ctx, der, (size_t)len, input.at, input.len) != 1)
		return FAIL(e, FAIL_FORGED, "jws: the signature does not match");
	return 0;
}

static int add_part(const cJSON *part, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed = json_print(part, LIMIT_TOKEN_BYTES, &text, e);

	return failed ? failed : b64_encode(B64_URL, buf_view(&text), LIMIT_TOKEN_BYTES, ret, e);
}

static int make_header(const EVP_PKEY *key, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *header = cJSON_CreateObject();
	cJSON *jwk = NULL;
	int failed;

	if ((failed = json_add_text(header, "typ", "JWT", e)) ||
	    (failed = json_add_text(header, "alg", JWK_ALG_TOKEN, e)) ||
	    (failed = jwk_public_json(key, JWK_ALG_TOKEN, &jwk, e)) ||
	    (failed = json_add(header, "jwk", jwk, e)))
		return failed;
	*ret = header;
	header = NULL;
	return 0;
}

int broker_jws_sign(EVP_PKEY *key, const cJSON *payload, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *header = NULL;
	AUTO_BUF struct buf token = BUF_EMPTY;
	uint8_t signature[SIGNATURE_BYTES];
	int failed;

	if ((failed = make_header(key, &header, e)) || (failed = add_part(header, &token, e)) ||
	    (failed = buf_append(&token, span_text("."), LIMIT_TOKEN_BYTES, e)) ||
	    (failed = add_part(payload, &token, e)) ||
	    (failed = sign(key, buf_view(&token), signature, e)) ||
	    (failed = buf_append(&token, span_text("."), LIMIT_TOKEN_BYTES, e)) ||
	    (failed = b64_encode(B64_URL, span(signature, sizeof(signature)), LIMIT_TOKEN_BYTES,
				 &token, e)))
		return failed;
	return buf_append(ret, buf_view(&token), LIMIT_TOKEN_BYTES, e);
}

struct parts {
	struct span header, payload, signature;
	struct span input; /* "header.payload": what is signed */
};

static int split(struct span token, struct parts *ret, struct err *e)
{
	const uint8_t *first, *second = NULL, *end = token.at + token.len;

	if (token.len > LIMIT_TOKEN_BYTES)
		return FAIL(e, FAIL_LIMIT, "jws: over %d bytes", LIMIT_TOKEN_BYTES);
	first = token.len ? memchr(token.at, '.', token.len) : NULL;
	if (first)
		second = memchr(first + 1, '.', (size_t)(end - first - 1));
	if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
		return FAIL(e, FAIL_INPUT, "jws: not three parts");
	ret->header = span(token.at, (size_t)(first - token.at));
	ret->payload = span(first + 1, (size_t)(second - first - 1));
	ret->signature = span(second + 1, (size_t)(end - second - 1));
	ret->input = span(token.at, (size_t)(second - token.at));
	return 0;
}

static int read_part(struct span text, cJSON **ret, struct err *e)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	int failed = b64_decode(B64_URL, text, LIMIT_TOKEN_BYTES, &bytes, e);

	return failed ? failed : json_parse(buf_view(&bytes), LIMIT_TOKEN_BYTES, ret, e);
}

static int check_header(struct span text, struct err *e)
{
	AUTO_JSON cJSON *header = NULL;
	const cJSON *alg = NULL;
	const struct json_field fields[] = { { "alg", JSON_TEXT, true, &alg }, { 0 } };
	int failed;

	if ((failed = read_part(text, &header, e)) ||
	    (failed = json_object_open(header, "jws header", fields, e)))
		return failed;
	if (strcmp(json_text(alg), JWK_ALG_TOKEN) != 0)
		return FAIL(e, FAIL_INPUT, "jws: alg \"%.16s\" is not ES256", json_text(alg));
	return 0;
}

int broker_jws_verify(EVP_PKEY *key, struct span token, cJSON **ret_payload, struct err *e)
{
	AUTO_BUF struct buf signature = BUF_EMPTY;
	AUTO_JSON cJSON *payload = NULL;
	struct parts parts;
	int failed;

	if ((failed = split(token, &parts, e)) || (failed = check_header(parts.header, e)) ||
	    (failed = b64_decode(B64_URL, parts.signature, LIMIT_TOKEN_BYTES, &signature, e)))
		return failed;
	if (signature.len != SIGNATURE_BYTES)
		return FAIL(e, FAIL_INPUT, "jws: a signature of %zu bytes", signature.len);
	if ((failed = check(key, parts.input, signature.at, e)) ||
	    (failed = read_part(parts.payload, &payload, e)))
		return failed;
	if (!cJSON_IsObject(payload))
		return FAIL(e, FAIL_INPUT, "jws: the payload is no object");
	*ret_payload = payload;
	payload = NULL;
	return 0;
}
