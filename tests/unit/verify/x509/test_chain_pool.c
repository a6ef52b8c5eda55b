/* Chains: found in a pool, as long and as valid as they are. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "tests/unit/verify/x509/authority.h"

Test(chain_pool, is_found_in_any_order_and_among_strangers)
{
	AUTO_AUTHORITY struct authority a, b;
	AUTO_CERTS struct certs pool = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	authority_nvidia(&a);
	authority_intel(&b);
	for (size_t i = 0; i < b.count; i++)
		cr_assert_eq(certs_add_ref(&pool, b.cert[i], NULL), 0);
	for (size_t i = a.count; i-- > 0;)
		cr_assert_eq(certs_add_ref(&pool, a.cert[i], NULL), 0);
	cr_assert_eq(chain_verify(&a.rules, a.cert[0], &pool, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.depth, 5);
}

/* Two CAs that issued each other, and nobody else above them. */
Test(chain_pool, ends_where_issuers_go_round_in_circles)
{
	AUTO_AUTHORITY struct authority a;
	AUTO_CERTS struct certs pool = { 0 };
	struct pki_spec one, two, back;
	struct chain_result r;
	struct err e = { 0 };
	X509 *made[2];

	authority_short(&a);
	one = authority_spec(&a, 1);
	two = (struct pki_spec){ .cn = "the other",
				 .key = a.key[2],
				 .issuer = a.cert[1],
				 .issuer_key = a.key[1],
				 .is_ca = true,
				 .path_len = -1 };
	made[0] = pki_cert(&two);
	back = one;
	back.issuer = made[0];
	back.path_len = -1;
	made[1] = pki_cert(&back);
	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(certs_add_ref(&pool, made[i], NULL), 0);
		X509_free(made[i]);
	}
	cr_assert_eq(chain_verify(&a.rules, a.cert[0], &pool, &r, &e), -FAIL_FORGED);
	cr_assert_not_null(strstr(e.text, "circles"), "%s", e.text);
}

/* Sixteen certificates of one key under two names, each name issued by the other: every one of them
 * may have issued half of the rest, and none is a root. */
Test(chain_pool, does_not_blow_up_on_a_pool_of_clones)
{
	AUTO_AUTHORITY struct authority a;
	AUTO_CERTS struct certs pool = { 0 };
	struct chain_result r;
	struct err e = { 0 };
	struct pki_spec upper;
	X509 *above;

	authority_short(&a);
	upper = authority_spec(&a, 1);
	upper.cn = "upper";
	above = pki_cert(&upper);
	for (uint8_t i = 0; i < CERTS_MAX; i++) {
		const struct pki_spec s = {
			.cn = i % 2 ? "CA" : "upper",
			.organization = "sealinit tests",
			.key = a.key[1],
			.issuer = i % 2 ? above : a.cert[1],
			.issuer_key = a.key[1],
			.serial = &i,
			.serial_len = 1,
			.is_ca = true,
			.path_len = -1,
		};
		X509 *clone = pki_cert(&s);

		cr_assert_eq(certs_add_ref(&pool, clone, NULL), 0);
		X509_free(clone);
	}
	cr_assert_eq(chain_verify(&a.rules, a.cert[0], &pool, &r, &e), -FAIL_FORGED, "%s", e.text);
	printf("a pool of clones: %s\n", e.text);
	X509_free(above);
}

/* One certificate more than fits, each issued by the next. */
Test(chain_pool, is_not_longer_than_certs_max)
{
	AUTO_CERTS struct certs pool = { 0 };
	EVP_PKEY *key = pki_p256(0);
	const struct chain_rules rules = { .issuer_key = CHAIN_P256_SHA256,
					   .leaf_key = CHAIN_P256_SHA256 };
	struct chain_result r;
	struct err e = { 0 };
	X509 *above = NULL;

	/* 0 is the root, which is nowhere; 1 .. 16 the pool; 17 the leaf. */
	for (int i = 0; i <= CERTS_MAX + 1; i++) {
		char name[8];
		const struct pki_spec s = { .cn = name,
					    .key = key,
					    .issuer = above,
					    .issuer_key = key,
					    .is_ca = i <= CERTS_MAX,
					    .path_len = -1 };
		X509 *made;

		(void)snprintf(name, sizeof(name), "%d", i);
		made = pki_cert(&s);
		X509_free(above);
		above = made;
		if (i > 0 && i <= CERTS_MAX)
			cr_assert_eq(certs_add_ref(&pool, made, NULL), 0);
	}
	cr_assert_eq(chain_verify(&rules, above, &pool, &r, &e), -FAIL_FORGED, "%s", e.text);
	cr_assert_not_null(strstr(e.text, "longer"), "%s", e.text);
	X509_free(above);
	EVP_PKEY_free(key);
}

/* --- Time --------------------------------------------------------------------------------------
 */

Test(chain_pool, is_as_valid_as_its_shortest_certificate)
{
	AUTO_AUTHORITY struct authority a;
	struct chain_result r;
	struct err e = { 0 };
	struct pki_spec s;

	authority_intel(&a);
	s = authority_spec(&a, 1);
	s.not_before = 1600000000;
	s.not_after = 253402300799;
	authority_remake(&a, 1, &s);
	s = authority_spec(&a, 0);
	s.not_before = 1500000000;
	s.not_after = 1700000000;
	authority_remake(&a, 0, &s);
	cr_assert_eq(authority_verify(&a, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.not_before, 1600000000);
	cr_assert_eq(r.not_after, 1700000000);
	cr_assert_eq(chain_time(&r, 1599999999), -1);
	cr_assert_eq(chain_time(&r, 1600000000), 0);
	cr_assert_eq(chain_time(&r, 1700000000), 0);
	cr_assert_eq(chain_time(&r, 1700000001), 1);
	cr_assert_eq(chain_time(&r, VERIFY_NO_CLOCK), 0);
}
