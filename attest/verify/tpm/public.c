#include "attest/verify/tpm/public.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/tpm/alg.h"
#include "attest/verify/tpm/claims.h"
#include "attest/verify/tpm/wire.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	4096
#define RSA_EXPONENT	65537 /* what 0 stands for, and the least that is taken */
#define SPKI_BYTES_MAX	1024
#define SPKI_P256_BYTES 91 /* with the curve by name and the point in full */
#define SPKI_P384_BYTES 120

static const struct curve {
	uint16_t id; /* TPM_ECC_CURVE */
	const char *name;
	size_t bytes;
	size_t spki_bytes;
} CURVES[] = {
	{ 0x0003, "prime256v1", 32, SPKI_P256_BYTES },
	{ 0x0004, "secp384r1", 48, SPKI_P384_BYTES },
};

void tpm_public_done(struct tpm_public *p)
{
	if (!p)
		return;
	EVP_PKEY_free(p->key);
	*p = (struct tpm_public){ 0 };
}

/* --- Kind and size ---------------------------------------------------------------------------- */

static void bn_done(BIGNUM **n)
{
	BN_free(*n);
}

static int check_rsa(EVP_PKEY *key, struct err *e)
{
	__attribute__((cleanup(bn_done))) BIGNUM *exponent = NULL;
	int bits = EVP_PKEY_get_bits(key);

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return FAIL(e, FAIL_INPUT, "AK: RSA of %d bits, must have %d to %d", bits,
			    RSA_BITS_MIN, RSA_BITS_MAX);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
		return FAIL(e, FAIL_SYS, "AK: no exponent");
	if (!BN_is_odd(exponent) || BN_num_bits(exponent) > 32 ||
	    BN_get_word(exponent) < RSA_EXPONENT)
		return FAIL(e, FAIL_INPUT, "AK: an exponent below %d, even or over 32 bits",
			    RSA_EXPONENT);
	return 0;
}

static int check_ec(EVP_PKEY *key, size_t spki_len, struct err *e)
{
	char name[32];

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1)
		for (size_t i = 0; i < COUNT_OF(CURVES); i++)
			if (!strcmp(name, CURVES[i].name) && spki_len == CURVES[i].spki_bytes)
				return 0;
	ERR_clear_error();
	return FAIL(e, FAIL_INPUT,
		    "AK: an elliptic curve key that is not on P-256 or P-384, or "
		    "in a form of its own");
}

static int encode(EVP_PKEY *key, uint8_t ret[static SPKI_BYTES_MAX], size_t *ret_len, struct err *e)
{
	int len = i2d_PUBKEY(key, NULL);
	uint8_t *at = ret;

	if (len <= 0 || len > SPKI_BYTES_MAX || i2d_PUBKEY(key, &at) != len) {
		ERR_clear_error();
		return FAIL(e, FAIL_INPUT, "AK: no key that can be written as DER");
	}
	*ret_len = (size_t)len;
	return 0;
}

/* Fills what depends on the key alone. */
static int settle(struct tpm_public *p, struct err *e)
{
	uint8_t spki[SPKI_BYTES_MAX];
	struct digest d;
	size_t len = 0;
	int failed = encode(p->key, spki, &len, e);

	if (failed)
		return failed;
	if (EVP_PKEY_is_a(p->key, "RSA")) {
		p->key_alg = TPM_ALG_RSA;
		failed = check_rsa(p->key, e);
	} else if (EVP_PKEY_is_a(p->key, "EC")) {
		p->key_alg = TPM_ALG_ECC;
		failed = check_ec(p->key, len, e);
	} else {
		failed = FAIL(e, FAIL_INPUT, "AK: neither RSA nor an elliptic curve");
	}
	if (!failed)
		failed = digest_of(DIGEST_SHA256, span(spki, len), &d, e);
	if (failed)
		return failed;
	memcpy(p->spki_sha256, d.at, sizeof(p->spki_sha256));
	return 0;
}

/* --- SubjectPublicKeyInfo --------------------------------------------------------------------- */

static int parse_spki(struct span der, struct tpm_public *p, struct err *e)
{
	uint8_t again[SPKI_BYTES_MAX];
	const uint8_t *at = der.at;
	size_t len = 0;
	int failed;

	if (der.len > SPKI_BYTES_MAX)
		return FAIL(e, FAIL_INPUT, "AK: %zu bytes", der.len);
	p->key = d2i_PUBKEY(NULL, &at, (long)der.len);
	ERR_clear_error();
	if (!p->key || at != der.at + der.len)
		return FAIL(e, FAIL_INPUT, "AK: not a DER public key, or bytes behind it");
	failed = encode(p->key, again, &len, e);
	if (failed)
		return failed;
	/* One key has one encoding: policies know keys by its digest. */
	if (!span_is_equal(der, span(again, len)))
		return FAIL(e, FAIL_INPUT, "AK: not the one DER encoding of its key");
	return 0;
}

/* --- TPMT_PUBLIC ------------------------------------------------------------------------------ */

static void build_done(OSSL_PARAM_BLD **build)
{
	OSSL_PARAM_BLD_free(*build);
}

static void params_done(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void key_ctx_done(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static int make_key(const char *kind, OSSL_PARAM_BLD *build, EVP_PKEY **ret, struct err *e)
{
	__attribute__((cleanup(params_done))) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	__attribute__((cleanup(key_ctx_done))) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1)
		return FAIL(e, FAIL_SYS, "AK: OpenSSL makes no %s key", kind);
	if (EVP_PKEY_fromdata(ctx, ret, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		ERR_clear_error();
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: numbers that are no %s key", kind);
	}
	return 0;
}

static int make_rsa(struct span modulus, uint32_t exponent, EVP_PKEY **ret, struct err *e)
{
	__attribute__((cleanup(build_done))) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	__attribute__((cleanup(bn_done))) BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);

	if (!build || !n || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, exponent) != 1)
		return FAIL(e, FAIL_SYS, "AK: no memory");
	return make_key("RSA", build, ret, e);
}

static int make_ec(const struct curve *curve, struct span x, struct span y, EVP_PKEY **ret,
		   struct err *e)
{
	__attribute__((cleanup(build_done))) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * 48] = { 0x04 }; /* uncompressed; coordinates may be short */

	memcpy(point + 1 + curve->bytes - x.len, x.at, x.len);
	memcpy(point + 1 + 2 * curve->bytes - y.len, y.at, y.len);
	if (!build ||
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) !=
		    1 ||
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
					     1 + 2 * curve->bytes) != 1)
		return FAIL(e, FAIL_SYS, "AK: no memory");
	return make_key("EC", build, ret, e);
}

/* TPMT_SYM_DEF_OBJECT: a parent key has one, an AK has none. */
static bool skip_symmetric(struct span *from)
{
	uint16_t alg, bits, mode;

	return wire_u16(from, &alg) &&
	       (alg == TPM_ALG_NULL ||
		(alg == TPM_ALG_AES && wire_u16(from, &bits) && wire_u16(from, &mode)));
}

static bool read_scheme(struct span *from, struct tpm_public *p)
{
	if (!wire_u16(from, &p->scheme))
		return false;
	switch (p->scheme) {
	case TPM_ALG_NULL:
	case TPM_ALG_RSAES:
		p->hash = TPM_ALG_NULL;
		return true;
	case TPM_ALG_RSASSA:
	case TPM_ALG_RSAPSS:
	case TPM_ALG_OAEP:
	case TPM_ALG_ECDSA:
		return wire_u16(from, &p->hash);
	default:
		return false;
	}
}

static int read_rsa(struct span *from, struct tpm_public *p, struct err *e)
{
	struct span modulus;
	uint32_t exponent;
	uint16_t bits;

	if (!wire_u16(from, &bits) || !wire_u32(from, &exponent) ||
	    !wire_2b(from, RSA_BITS_MAX / 8, &modulus))
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: RSA parameters are cut or too long");
	if (bits % 8 || modulus.len != bits / 8u || !bits || !(modulus.at[0] & 0x80))
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: a modulus of %zu bytes for %u bits",
			    modulus.len, bits);
	return make_rsa(modulus, exponent ? exponent : RSA_EXPONENT, &p->key, e);
}

static int read_ec(struct span *from, struct tpm_public *p, struct err *e)
{
	const struct curve *curve = NULL;
	uint16_t id, kdf, kdf_hash;
	struct span x, y;

	if (!wire_u16(from, &id) || !wire_u16(from, &kdf) ||
	    (kdf != TPM_ALG_NULL && !wire_u16(from, &kdf_hash)))
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: curve parameters are cut");
	for (size_t i = 0; i < COUNT_OF(CURVES); i++)
		if (CURVES[i].id == id)
			curve = &CURVES[i];
	if (!curve)
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: curve %04x is not P-256 or P-384", id);
	if (!wire_2b(from, curve->bytes, &x) || !wire_2b(from, curve->bytes, &y) || !x.len ||
	    !y.len)
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: a point that is cut or too long");
	return make_ec(curve, x, y, &p->key, e);
}

/* The name of an object: its hash algorithm and that digest of all of its public area. */
static int make_name(struct span bytes, uint16_t alg, struct tpm_public *p, struct err *e)
{
	enum digest_alg hash;
	struct digest d;
	int failed;

	if (!tpm_hash(alg, &hash))
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: nameAlg %04x is not SHA-2", alg);
	failed = digest_of(hash, bytes, &d, e);
	if (failed)
		return failed;
	p->name[0] = (uint8_t)(alg >> 8);
	p->name[1] = (uint8_t)alg;
	memcpy(p->name + 2, d.at, d.len);
	p->name_len = 2 + d.len;
	return 0;
}

static int parse_template(struct span bytes, struct tpm_public *p, struct err *e)
{
	struct span from = bytes, policy;
	uint16_t type, name_alg;
	int failed;

	if (!wire_u16(&from, &type) || !wire_u16(&from, &name_alg) ||
	    !wire_u32(&from, &p->attributes) || !wire_2b(&from, DIGEST_MAX_BYTES, &policy) ||
	    !skip_symmetric(&from) || !read_scheme(&from, p))
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: cut, or algorithms that no AK has");
	if (type != TPM_ALG_RSA && type != TPM_ALG_ECC)
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: type %04x is not RSA or ECC", type);
	failed = type == TPM_ALG_RSA ? read_rsa(&from, p, e) : read_ec(&from, p, e);
	if (failed)
		return failed;
	if (from.len)
		return FAIL(e, FAIL_INPUT, "TPMT_PUBLIC: %zu bytes left", from.len);
	p->has_template = true;
	return make_name(bytes, name_alg, p, e);
}

/* --- Either ----------------------------------------------------------------------------------- */

int tpm_public_parse(struct span bytes, struct tpm_public *ret, struct err *e)
{
	AUTO_TPM_PUBLIC struct tpm_public p = { 0 };
	struct span rest = bytes, inner;
	int failed;

	if (wire_2b(&rest, SPKI_BYTES_MAX, &inner) && !rest.len)
		failed = parse_template(inner, &p, e);
	else if (bytes.len && bytes.at[0] == 0x30)
		failed = parse_spki(bytes, &p, e);
	else
		failed = parse_template(bytes, &p, e);
	if (!failed)
		failed = settle(&p, e);
	if (failed)
		return failed;
	*ret = p;
	p.key = NULL;
	return 0;
}

int tpm_public_of_key(EVP_PKEY *key, struct tpm_public *ret, struct err *e)
{
	AUTO_TPM_PUBLIC struct tpm_public p = { 0 };
	int failed;

	if (!key || EVP_PKEY_up_ref(key) != 1)
		return FAIL(e, FAIL_INPUT, "a certificate without a key that can be read");
	p.key = key;
	failed = settle(&p, e);
	if (failed)
		return failed;
	*ret = p;
	p.key = NULL;
	return 0;
}

static const struct {
	uint32_t bit;
	bool is_set;
	const char *name;
} ATTRIBUTES[] = {
	{ TPMA_RESTRICTED, true, "restricted" },
	{ TPMA_SIGN, true, "sign" },
	{ TPMA_DECRYPT, false, "decrypt" },
	{ TPMA_FIXED_TPM, true, "fixedTPM" },
	{ TPMA_FIXED_PARENT, true, "fixedParent" },
	{ TPMA_SENSITIVE_DATA_ORIGIN, true, "sensitiveDataOrigin" },
};

bool tpm_public_is_ak(const struct tpm_public *p, const char **ret_wrong)
{
	for (size_t i = 0; i < COUNT_OF(ATTRIBUTES); i++)
		if (!(p->attributes & ATTRIBUTES[i].bit) == ATTRIBUTES[i].is_set) {
			*ret_wrong = ATTRIBUTES[i].name;
			return false;
		}
	return true;
}

int tpm_public_claims(const struct tpm_public *p, cJSON *o, struct err *e)
{
	cJSON *attributes;
	int failed = tpm_claim_hex(o, "ak_spki_sha256", span(p->spki_sha256, 32), e);

	if (failed || !p->has_template)
		return failed;
	failed = tpm_claim_hex(o, "ak_name", span(p->name, p->name_len), e);
	if (failed)
		return failed;
	attributes = cJSON_CreateObject();
	failed = json_add(o, "ak_attributes", attributes, e);
	for (size_t i = 0; i < COUNT_OF(ATTRIBUTES) && !failed; i++)
		failed = json_add_bool(attributes, ATTRIBUTES[i].name,
				       p->attributes & ATTRIBUTES[i].bit, e);
	return failed;
}
