/* Raw ECDSA signatures. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

#include "attest/verify/x509/signature.h"
#include "tests/support/evidence/pki.h"

#define MESSAGE span_text("a report")

struct pair {
	uint8_t r[64], s[64];
	size_t len;
	enum digest_alg alg;
	EVP_PKEY *key;
};

static void pair_make(struct pair *p, enum digest_alg alg)
{
	*p = (struct pair){ .alg = alg, .len = digest_alg_len(alg) };
	p->key = alg == DIGEST_SHA256 ? pki_p256(0) : pki_p384(0);
	pki_ecdsa(p->key, alg, MESSAGE, p->r, p->s, p->len);
}

static int verify(const struct pair *p, struct err *e)
{
	return signature_ecdsa(p->key, p->alg, span(p->r, p->len), span(p->s, p->len), MESSAGE, e);
}

static enum digest_alg algs[] = { DIGEST_SHA256, DIGEST_SHA384 };

ParameterizedTestParameters(signature, holds_until_any_bit_changes)
{
	return cr_make_param_array(enum digest_alg, algs, 2);
}

ParameterizedTest(enum digest_alg *alg, signature, holds_until_any_bit_changes)
{
	struct err e = { 0 };
	struct pair p;

	pair_make(&p, *alg);
	cr_assert_eq(verify(&p, &e), 0, "%s", e.text);
	for (size_t bit = 0; bit < p.len * 8; bit++) {
		p.r[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_eq(verify(&p, NULL), -FAIL_FORGED, "r, bit %zu", bit);
		p.r[bit / 8] ^= (uint8_t)(1u << bit % 8);
		p.s[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_eq(verify(&p, NULL), -FAIL_FORGED, "s, bit %zu", bit);
		p.s[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_assert_eq(signature_ecdsa(p.key, p.alg, span(p.r, p.len), span(p.s, p.len),
				     span_text("another report"), NULL),
		     -FAIL_FORGED);
	EVP_PKEY_free(p.key);
}

/* The order of the group, of SEC 2. */
static void order_of(enum digest_alg alg, uint8_t *ret, size_t len)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(alg == DIGEST_SHA256 ? NID_X9_62_prime256v1
								      : NID_secp384r1);

	cr_assert_eq(BN_bn2binpad(EC_GROUP_get0_order(g), ret, (int)len), (int)len);
	EC_GROUP_free(g);
}

/* n added to a number modulo 2^(8 len). True if nothing was carried over. */
static bool add(uint8_t *to, const uint8_t *n, size_t len)
{
	unsigned carry = 0;

	for (size_t i = len; i-- > 0;) {
		carry += (unsigned)to[i] + n[i];
		to[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return !carry;
}

ParameterizedTestParameters(signature, is_within_its_range)
{
	return cr_make_param_array(enum digest_alg, algs, 2);
}

ParameterizedTest(enum digest_alg *alg, signature, is_within_its_range)
{
	uint8_t n[64];
	struct pair good, bad;

	pair_make(&good, *alg);
	order_of(*alg, n, good.len);
	for (int i = 0; i < 2; i++) {
		uint8_t *number = i ? bad.s : bad.r;

		bad = good;
		memset(number, 0, good.len);
		cr_expect_eq(verify(&bad, NULL), -FAIL_FORGED, "%d is zero", i);
		memcpy(number, n, good.len);
		cr_expect_eq(verify(&bad, NULL), -FAIL_FORGED, "%d is n", i);
		memset(number, 0xff, good.len);
		cr_expect_eq(verify(&bad, NULL), -FAIL_FORGED, "%d is all ones", i);
		bad = good;
		/* The same number to the group, and no other: r + n fits only when r is small. */
		if (add(number, n, good.len))
			cr_expect_eq(verify(&bad, NULL), -FAIL_FORGED, "%d plus n", i);
	}
	EVP_PKEY_free(good.key);
}

Test(signature, may_be_short_or_padded_to_its_size_and_no_longer)
{
	uint8_t padded[2][49] = { { 0 } };
	struct pair p;
	size_t zeros;

	/* Until r begins with a zero byte: one in 256. */
	for (;;) {
		pair_make(&p, DIGEST_SHA384);
		if (!p.r[0])
			break;
		EVP_PKEY_free(p.key);
	}
	for (zeros = 0; !p.r[zeros]; zeros++)
		cr_assert_eq(signature_ecdsa(p.key, p.alg, span(p.r + zeros, 48 - zeros),
					     span(p.s, 48), MESSAGE, NULL),
			     0);
	cr_assert_eq(signature_ecdsa(p.key, p.alg, span(p.r + zeros, 48 - zeros), span(p.s, 48),
				     MESSAGE, NULL),
		     0);
	memcpy(padded[0] + 1, p.r, 48);
	memcpy(padded[1] + 1, p.s, 48);
	cr_assert_eq(signature_ecdsa(p.key, p.alg, span(padded[0], 49), span(padded[1], 49),
				     MESSAGE, NULL),
		     -FAIL_FORGED);
	cr_assert_eq(signature_ecdsa(p.key, p.alg, SPAN_EMPTY, SPAN_EMPTY, MESSAGE, NULL),
		     -FAIL_FORGED);
	EVP_PKEY_free(p.key);
}

Test(signature, wants_the_key_of_its_digest)
{
	EVP_PKEY *rsa = pki_rsa4096(0), *small = pki_p256(0), *large = pki_p384(0);
	struct pair p;

	pair_make(&p, DIGEST_SHA256);
	cr_assert_eq(
		signature_ecdsa(rsa, DIGEST_SHA256, span(p.r, 32), span(p.s, 32), MESSAGE, NULL),
		-FAIL_INPUT);
	cr_assert_eq(
		signature_ecdsa(large, DIGEST_SHA256, span(p.r, 32), span(p.s, 32), MESSAGE, NULL),
		-FAIL_INPUT);
	cr_assert_eq(
		signature_ecdsa(small, DIGEST_SHA384, span(p.r, 32), span(p.s, 32), MESSAGE, NULL),
		-FAIL_INPUT);
	cr_assert_eq(
		signature_ecdsa(large, DIGEST_SHA512, span(p.r, 32), span(p.s, 32), MESSAGE, NULL),
		-FAIL_INPUT);
	EVP_PKEY_free(p.key);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(small);
	EVP_PKEY_free(large);
}

Test(signature, takes_a_p256_key_that_is_a_point)
{
	AUTO_PKEY EVP_PKEY *key = NULL;
	uint8_t xy[64];
	struct pair p;

	pair_make(&p, DIGEST_SHA256);
	pki_xy(p.key, xy, 32);
	cr_assert_eq(signature_p256_key(xy, &key, NULL), 0);
	cr_assert_eq(
		signature_ecdsa(key, DIGEST_SHA256, span(p.r, 32), span(p.s, 32), MESSAGE, NULL),
		0);
	EVP_PKEY_free(p.key);
}

Test(signature, refuses_a_p256_key_off_the_curve)
{
	AUTO_PKEY EVP_PKEY *key = NULL;
	EVP_PKEY *good = pki_p256(0);
	uint8_t xy[64], bad[64] = { 0 };

	pki_xy(good, xy, 32);
	EVP_PKEY_free(good);
	cr_assert_eq(signature_p256_key(bad, &key, NULL), -FAIL_INPUT);
	memset(bad, 0xff, 64);
	cr_assert_eq(signature_p256_key(bad, &key, NULL), -FAIL_INPUT);
	for (size_t bit = 0; bit < 512; bit++) {
		memcpy(bad, xy, 64);
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_eq(signature_p256_key(bad, &key, NULL), -FAIL_INPUT, "bit %zu", bit);
	}
	cr_assert_null(key);
}
