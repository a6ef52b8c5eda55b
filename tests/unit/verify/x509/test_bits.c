/* Flipped bits of every certificate of a chain, and every truncation. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/flips.h"
#include "tests/unit/verify/x509/authority.h"

/* One certificate of a chain with one bit changed: refused when read, or by the chain. */
static bool is_refused(const struct authority *a, size_t i, struct span der)
{
	AUTO_CERTS struct certs one = { 0 }, pool = { 0 };
	struct chain_result r;
	X509 *leaf = a->cert[0];

	if (certs_add_der(&one, der, NULL))
		return true;
	if (!i)
		leaf = one.at[0];
	for (size_t k = 1; k < a->count; k++)
		cr_assert_eq(certs_add_ref(&pool, k == i ? one.at[0] : a->cert[k], NULL), 0);
	return chain_verify(&a->rules, leaf, &pool, &r, NULL) < 0;
}

static void flip_each(const struct authority *a, size_t i)
{
	struct buf der = pki_der(a->cert[i]);
	uint8_t *exact = malloc(der.len);
	size_t bits = 0;

	cr_assert_not_null(exact);
	memcpy(exact, der.at, der.len);
	cr_assert_not(is_refused(a, i, span(exact, der.len)));
	for (size_t bit = 0; bit < der.len * 8; bit = flips_next(bit), bits++) {
		exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect(is_refused(a, i, span(exact, der.len)), "certificate %zu, bit %zu", i,
			  bit);
		exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < der.len; len++) {
		uint8_t *cut = malloc(len ? len : 1);

		cr_assert_not_null(cut);
		memcpy(cut, der.at, len);
		cr_expect(is_refused(a, i, span(cut, len)), "certificate %zu, %zu bytes", i, len);
		free(cut);
	}
	printf("certificate %zu: %zu bits changed and %zu truncations refused\n", i, bits, der.len);
	free(exact);
	buf_done(&der);
}

static int numbers[] = { 0, 1, 2 };

ParameterizedTestParameters(chain, does_not_survive_flipped_bits_of_a_p384_chain)
{
	return cr_make_param_array(int, numbers, 3);
}

ParameterizedTest(int *i, chain, does_not_survive_flipped_bits_of_a_p384_chain)
{
	AUTO_AUTHORITY struct authority a;

	authority_short(&a);
	flip_each(&a, (size_t)*i);
}

ParameterizedTestParameters(chain, does_not_survive_flipped_bits_of_a_p256_chain)
{
	return cr_make_param_array(int, numbers, 3);
}

ParameterizedTest(int *i, chain, does_not_survive_flipped_bits_of_a_p256_chain)
{
	AUTO_AUTHORITY struct authority a;

	authority_intel(&a);
	flip_each(&a, (size_t)*i);
}

ParameterizedTestParameters(chain, does_not_survive_flipped_bits_of_an_rsa_chain)
{
	return cr_make_param_array(int, numbers, 3);
}

ParameterizedTest(int *i, chain, does_not_survive_flipped_bits_of_an_rsa_chain)
{
	AUTO_AUTHORITY struct authority a;

	authority_amd(&a);
	flip_each(&a, (size_t)*i);
}
