#include "attest/jose/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"

#define GROUP	    "P-256"
#define POINT_BYTES (1 + 2 * JWK_COORD_BYTES) /* SEC 1, 2.3.3: 04 || x || y */

static void auto_bn(BIGNUM **n)
{
	BN_clear_free(*n);
}

static void auto_params(OSSL_PARAM **p)
{
	OSSL_PARAM_free(*p);
}

static void auto_builder(OSSL_PARAM_BLD **b)
{
	OSSL_PARAM_BLD_free(*b);
}

static void auto_pkey_ctx(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void auto_point(EC_POINT **p)
{
	EC_POINT_clear_free(*p);
}

static void auto_group(EC_GROUP **g)
{
	EC_GROUP_free(*g);
}

void jwk_done(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

int jwk_generate(EVP_PKEY **ret, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen(GROUP);

	if (!key)
		return FAIL(e, FAIL_SYS, "jwk: OpenSSL made no key");
	*ret = key;
	return 0;
}

/* A key of this point, and of this scalar unless it is NULL. NULL if OpenSSL refuses. */
static EVP_PKEY *key_of(const uint8_t point[static POINT_BYTES], const BIGNUM *d)
{
	__attribute__((cleanup(auto_builder))) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	__attribute__((cleanup(auto_params))) OSSL_PARAM *params = NULL;
	__attribute__((cleanup(auto_pkey_ctx))) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (!builder || !ctx ||
	    !OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, GROUP, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
					      POINT_BYTES) ||
	    (d && !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, d)))
		return NULL;
	params = OSSL_PARAM_BLD_to_param(builder);
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

static int point_of_scalar(const BIGNUM *d, uint8_t ret[static POINT_BYTES], struct err *e)
{
	__attribute__((cleanup(auto_group))) EC_GROUP *group =
		EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	__attribute__((cleanup(auto_point))) EC_POINT *point = group ? EC_POINT_new(group) : NULL;

	if (!point)
		return FAIL(e, FAIL_SYS, "jwk: OpenSSL has no P-256");
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)
		return FAIL(e, FAIL_INPUT, "jwk: the scalar is not one of P-256");
	if (EC_POINT_mul(group, point, d, NULL, NULL, NULL) != 1 ||
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret, POINT_BYTES,
			       NULL) != POINT_BYTES)
		return FAIL(e, FAIL_SYS, "jwk: OpenSSL made no point");
	return 0;
}

int jwk_from_scalar(const uint8_t d[static JWK_COORD_BYTES], EVP_PKEY **ret, struct err *e)
{
	__attribute__((cleanup(auto_bn))) BIGNUM *scalar = BN_secure_new();
	uint8_t point[POINT_BYTES];
	EVP_PKEY *key;
	int failed;

	if (!scalar || !BN_bin2bn(d, JWK_COORD_BYTES, scalar))
		return FAIL(e, FAIL_SYS, "jwk: no memory");
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	failed = point_of_scalar(scalar, point, e);
	if (failed)
		return failed;
	key = key_of(point, scalar);
	if (!key)
		return FAIL(e, FAIL_SYS, "jwk: OpenSSL made no key");
	*ret = key;
	return 0;
}

static int add_coordinate(cJSON *object, const char *name, const uint8_t *at, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed = b64_encode(B64_URL, span(at, JWK_COORD_BYTES), 64, &text, e);

	return failed ? failed : json_add_text(object, name, (const char *)text.at, e);
}

int jwk_public_json(const EVP_PKEY *key, const char *alg, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *object = cJSON_CreateObject();
	uint8_t point[POINT_BYTES];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
					    &len) != 1 ||
	    len != POINT_BYTES || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return FAIL(e, FAIL_BUG, "jwk: not a P-256 key");
	if ((alg && json_add_text(object, "alg", alg, e) < 0) ||
	    json_add_text(object, "crv", "P-256", e) < 0 ||
	    json_add_text(object, "kty", "EC", e) < 0 ||
	    add_coordinate(object, "x", point + 1, e) < 0 ||
	    add_coordinate(object, "y", point + 1 + JWK_COORD_BYTES, e) < 0)
		return -(int)FAIL_SYS;
	*ret = object;
	object = NULL;
	return 0;
}

/* Leading zeros are part of a coordinate (RFC 7518, 6.2.1.2): 32 bytes, not fewer. */
static int read_coordinate(const cJSON *node, const char *where, uint8_t *ret, struct err *e)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	int failed = b64_decode(B64_URL, span_text(json_text(node)), JWK_COORD_BYTES, &bytes, e);

	if (failed == -FAIL_SYS)
		return failed;
	if (failed || bytes.len != JWK_COORD_BYTES)
		return FAIL(e, FAIL_INPUT, "%s: \"%s\" must be 32 bytes in base64url", where,
			    node->string);
	memcpy(ret, bytes.at, JWK_COORD_BYTES);
	return 0;
}

static int expect_text(const cJSON *node, const char *where, const char *want, struct err *e)
{
	if (strcmp(json_text(node), want) != 0)
		return FAIL(e, FAIL_INPUT, "%s: \"%s\" is \"%.24s\", not %s", where, node->string,
			    json_text(node), want);
	return 0;
}

int jwk_parse(const cJSON *node, const char *where, const char *alg, EVP_PKEY **ret, struct err *e)
{
	const cJSON *kty, *crv, *x, *y, *its_alg = NULL;
	const struct json_field fields[] = {
		{ "kty", JSON_TEXT, true, &kty },
		{ "crv", JSON_TEXT, true, &crv },
		{ "x", JSON_TEXT, true, &x },
		{ "y", JSON_TEXT, true, &y },
		/* Not a member at all where none is wanted: the list ends before it. */
		{ alg ? "alg" : NULL, JSON_TEXT, true, &its_alg },
		{ 0 },
	};
	uint8_t point[POINT_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
	EVP_PKEY *key;
	int failed;

	if ((failed = json_object(node, where, fields, e)) ||
	    (failed = expect_text(kty, where, "EC", e)) ||
	    (failed = expect_text(crv, where, "P-256", e)) ||
	    (alg && (failed = expect_text(its_alg, where, alg, e))) ||
	    (failed = read_coordinate(x, where, point + 1, e)) ||
	    (failed = read_coordinate(y, where, point + 1 + JWK_COORD_BYTES, e)))
		return failed;
	key = key_of(point, NULL);
	if (!key)
		return FAIL(e, FAIL_INPUT, "%s: the point is not on P-256", where);
	*ret = key;
	return 0;
}
