/* Chains: what is accepted, and what is refused for which reason. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "attest/verify/x509/link.h"
#include "tests/unit/verify/x509/authority.h"

enum { AMD, INTEL, NVIDIA };

static void make(struct authority *a, int maker)
{
	if (maker == AMD)
		authority_amd(a);
	else if (maker == INTEL)
		authority_intel(a);
	else
		authority_nvidia(a);
}

static int makers[] = { AMD, INTEL, NVIDIA };

ParameterizedTestParameters(chain, of_each_maker_ends_in_its_pin)
{
	return cr_make_param_array(int, makers, sizeof(makers) / sizeof(*makers));
}

ParameterizedTest(int *maker, chain, of_each_maker_ends_in_its_pin)
{
	AUTO_AUTHORITY struct authority a;
	struct chain_result r;
	struct err e = { 0 };

	make(&a, *maker);
	cr_assert_eq(authority_verify(&a, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.root, CHAIN_BUILTIN);
	cr_assert_eq(r.depth, a.count);
	for (size_t i = 0; i < a.count; i++)
		cr_assert_eq(r.at[i], a.cert[i]);
	cr_assert_eq(chain_key_of(&r), X509_get0_pubkey(a.cert[0]));
}

ParameterizedTestParameters(chain, stands_on_a_test_root_and_says_so)
{
	return cr_make_param_array(int, makers, sizeof(makers) / sizeof(*makers));
}

ParameterizedTest(int *maker, chain, stands_on_a_test_root_and_says_so)
{
	AUTO_AUTHORITY struct authority a;
	AUTO_CERTS struct certs roots = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	make(&a, *maker);
	cr_assert_eq(certs_add_ref(&roots, a.cert[a.count - 1], &e), 0);
	a.rules.test_roots = &roots;
	a.rules.pin_count = 0;
	cr_assert_eq(authority_verify(&a, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.root, CHAIN_TEST);

	/* Nor need it be in the pool. */
	a.pool.count--;
	cr_assert_eq(authority_verify(&a, &r, &e), 0, "%s", e.text);
	a.pool.count++;
	cr_assert_eq(r.root, CHAIN_TEST);
	cr_assert_eq(r.depth, a.count);
}

/* --- What is wrong, one thing at a time --------------------------------------------------------
 */

typedef void spoil(struct authority *a);

static void root_absent(struct authority *a)
{
	X509_free(a->pool.at[--a->pool.count]);
}

static void ca_absent(struct authority *a)
{
	X509_free(a->pool.at[0]);
	a->pool.at[0] = a->pool.at[--a->pool.count];
}

static void pool_empty(struct authority *a)
{
	certs_done(&a->pool);
}

static void pin_absent(struct authority *a)
{
	a->rules.pin_count = 0;
}

static EVP_PKEY *other_key(const struct authority *a)
{
	return EVP_PKEY_is_a(a->key[a->count - 1], "RSA") ? pki_rsa4096(2)
	       : EVP_PKEY_get_bits(a->key[0]) == 256	  ? pki_p256(7)
							  : pki_p384(7);
}

/* A whole chain under a root of the same names with another key: S16, T14. */
static void root_of_same_name(struct authority *a)
{
	size_t root = a->count - 1;

	EVP_PKEY_free(a->key[root]);
	a->key[root] = other_key(a);
	for (size_t i = a->count; i-- > 0;) {
		struct pki_spec s = authority_spec(a, i);

		authority_replace(a, i, pki_cert(&s));
	}
}

/* That root beside a chain that the true one issued. */
static void root_of_same_name_alone(struct authority *a)
{
	struct pki_spec s = authority_spec(a, a->count - 1);
	EVP_PKEY *key = other_key(a);

	s.key = key;
	authority_replace(a, a->count - 1, pki_cert(&s));
	EVP_PKEY_free(key);
}

/* The true key and names in a certificate that says something else. */
static void root_altered(struct authority *a)
{
	struct pki_spec s = authority_spec(a, a->count - 1);

	s.not_after = 253402300799;
	authority_replace(a, a->count - 1, pki_cert(&s));
}

static X509 *flip_last_bit(const X509 *cert)
{
	struct buf der = pki_der(cert);
	const uint8_t *at = der.at;
	X509 *flipped;

	der.at[der.len - 1] ^= 1;
	flipped = d2i_X509(NULL, &at, (long)der.len);
	cr_assert_not_null(flipped);
	buf_done(&der);
	return flipped;
}

static void root_broken(struct authority *a)
{
	authority_replace(a, a->count - 1, flip_last_bit(a->cert[a->count - 1]));
}

static void ca_broken(struct authority *a)
{
	authority_replace(a, 1, flip_last_bit(a->cert[1]));
}

static void leaf_broken(struct authority *a)
{
	authority_replace(a, 0, flip_last_bit(a->cert[0]));
}

static void ca_is_no_ca(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 1);

	s.is_ca = false;
	authority_remake(a, 1, &s);
}

static void ca_without_extensions(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 1);

	s.no_extensions = true;
	a->rules.strict = false;
	authority_remake(a, 1, &s);
}

static void with_extension(struct authority *a, size_t i, const struct pki_extension *x, size_t n)
{
	struct pki_spec s = authority_spec(a, i);

	s.no_extensions = true;
	s.extensions = x;
	s.extension_count = n;
	a->rules.strict = false;
	authority_remake(a, i, &s);
}

/* cA TRUE; keyUsage cRLSign alone. */
static const uint8_t basic_ca[] = { 0x30, 0x03, 0x01, 0x01, 0xff };
static const uint8_t usage_crl[] = { 0x03, 0x02, 0x01, 0x02 };
static const uint8_t usage_agree[] = { 0x03, 0x02, 0x03, 0x08 };
static const uint8_t null[] = { 0x05, 0x00 };

static void ca_without_cert_sign(struct authority *a)
{
	static const struct pki_extension x[] = {
		{ "2.5.29.19", true, { basic_ca, sizeof(basic_ca) } },
		{ "2.5.29.15", true, { usage_crl, sizeof(usage_crl) } },
	};

	with_extension(a, 1, x, 2);
}

static void ca_without_key_usage(struct authority *a)
{
	static const struct pki_extension x[] = {
		{ "2.5.29.19", true, { basic_ca, sizeof(basic_ca) } },
	};

	with_extension(a, 1, x, 1);
}

static void leaf_for_key_agreement(struct authority *a)
{
	static const struct pki_extension x[] = {
		{ "2.5.29.15", true, { usage_agree, sizeof(usage_agree) } },
	};

	with_extension(a, 0, x, 1);
}

static void unknown_critical(struct authority *a, size_t i)
{
	static const struct pki_extension x = { "1.2.3.4.5", true, { null, sizeof(null) } };
	struct pki_spec s = authority_spec(a, i);

	s.extensions = &x;
	s.extension_count = 1;
	authority_remake(a, i, &s);
}

static void leaf_unknown_critical(struct authority *a)
{
	unknown_critical(a, 0);
}

static void ca_unknown_critical(struct authority *a)
{
	unknown_critical(a, 1);
}

/* permittedSubtrees: directoryName "" -- which OpenSSL would judge, and we refuse to ignore. */
static void ca_name_constraints(struct authority *a)
{
	static const uint8_t subtrees[] = { 0x30, 0x08, 0xa0, 0x06, 0x30,
					    0x04, 0xa4, 0x02, 0x30, 0x00 };
	static const struct pki_extension x = { "2.5.29.30", true, { subtrees, sizeof(subtrees) } };
	struct pki_spec s = authority_spec(a, 1);

	s.extensions = &x;
	s.extension_count = 1;
	authority_remake(a, 1, &s);
}

static void path_too_long(struct authority *a)
{
	struct pki_spec s = authority_spec(a, a->count - 1);

	s.path_len = (int)a->count - 3;
	authority_remake(a, a->count - 1, &s);
}

static void leaf_is_ca(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 0);

	s.is_ca = true;
	s.path_len = -1;
	s.no_extensions = s.leaf_no_basic = false;
	authority_remake(a, 0, &s);
}

static void leaf_other_key(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 0);
	EVP_PKEY *key = EVP_PKEY_get_bits(a->key[0]) == 256 ? pki_p384(5) : pki_p256(5);

	s.key = key;
	authority_remake(a, 0, &s);
	EVP_PKEY_free(key);
}

static void ca_other_kind_of_key(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 1);

	EVP_PKEY_free(a->key[1]);
	s.key = a->key[1] = EVP_PKEY_get_bits(s.issuer_key) == 256 ? pki_p384(5) : pki_p256(5);
	authority_remake(a, 1, &s);
}

static void leaf_signed_by(struct authority *a, enum pki_alg alg)
{
	struct pki_spec s = authority_spec(a, 0);

	s.alg = alg;
	authority_remake(a, 0, &s);
}

static void ca_signed_by(struct authority *a, enum pki_alg alg)
{
	struct pki_spec s = authority_spec(a, 1);

	s.alg = alg;
	authority_remake(a, 1, &s);
}

static void leaf_other_digest(struct authority *a)
{
	leaf_signed_by(a,
		       EVP_PKEY_get_bits(a->key[1]) == 256 ? PKI_ECDSA_SHA384 : PKI_ECDSA_SHA256);
}

static void leaf_pss_sha256(struct authority *a)
{
	leaf_signed_by(a, PKI_PSS_SHA256);
}

static void leaf_pss_salt_32(struct authority *a)
{
	leaf_signed_by(a, PKI_PSS_SHA384_32);
}

static void leaf_pkcs1(struct authority *a)
{
	leaf_signed_by(a, PKI_PKCS1_SHA384);
}

static void ca_pss_salt_32(struct authority *a)
{
	ca_signed_by(a, PKI_PSS_SHA384_32);
}

static void ca_pkcs1(struct authority *a)
{
	ca_signed_by(a, PKI_PKCS1_SHA384);
}

static void leaf_of_sibling(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 0);
	EVP_PKEY *key = other_key(a);

	s.issuer_key = key;
	authority_replace(a, 0, pki_cert(&s));
	EVP_PKEY_free(key);
}

/* The CA's names and key, issued by a root of the attacker's: its child's signature holds. */
static void ca_under_own_root(struct authority *a)
{
	EVP_PKEY *key = other_key(a);
	struct pki_spec root = authority_spec(a, a->count - 1), ca = authority_spec(a, 1);
	X509 *own;

	root.cn = "somebody's root";
	root.key = key;
	own = pki_cert(&root);
	ca.issuer = own;
	ca.issuer_key = key;
	authority_replace(a, 1, pki_cert(&ca));
	cr_assert_eq(certs_add_ref(&a->pool, own, NULL), 0);
	X509_free(own);
	EVP_PKEY_free(key);
}

static void strict_without_aki(struct authority *a)
{
	struct pki_spec s = authority_spec(a, 0);

	s.no_extensions = true;
	authority_remake(a, 0, &s);
}

struct refusal {
	char id[8];
	char what[56];
	int makers; /* bits */
	spoil *spoil;
	int want;
	char says[40]; /* within the error's text */
};

#define ALL (1 << AMD | 1 << INTEL | 1 << NVIDIA)
#define EC  (1 << INTEL | 1 << NVIDIA)

static const struct refusal refusals[] = {
	{ "T14", "root absent", ALL, root_absent, FAIL_AGAIN, "is missing" },
	{ "g10", "intermediate absent", ALL, ca_absent, FAIL_AGAIN, "is missing" },
	{ "", "leaf alone", ALL, pool_empty, FAIL_AGAIN, "is missing" },
	{ "", "root that nobody pinned", ALL, pin_absent, FAIL_FORGED, "no pinned root" },
	{ "S16", "self-made root of the same names, whole chain", ALL, root_of_same_name,
	  FAIL_FORGED, "no pinned root" },
	{ "T14", "look-alike root in the true one's place", ALL, root_of_same_name_alone,
	  FAIL_FORGED, "no pinned root" },
	{ "S16", "root's key, altered certificate", ALL, root_altered, FAIL_FORGED,
	  "is another certificate" },
	{ "S16", "root's self-signature broken", ALL, root_broken, FAIL_FORGED,
	  "is another certificate" },
	{ "", "intermediate's signature broken", ALL, ca_broken, FAIL_FORGED,
	  "not signed by the key of" },
	{ "", "leaf's signature broken", ALL, leaf_broken, FAIL_FORGED,
	  "not signed by the key of" },
	{ "", "leaf signed by another key", ALL, leaf_of_sibling, FAIL_FORGED,
	  "not signed by the key of" },
	{ "", "intermediate's key under an own root", ALL, ca_under_own_root, FAIL_FORGED,
	  "somebody's root: signed by itself" },
	{ "", "issuer with CA:FALSE", ALL, ca_is_no_ca, FAIL_FORGED, "is no CA" },
	{ "", "issuer without extensions", ALL, ca_without_extensions, FAIL_FORGED, "is no CA" },
	{ "", "issuer without keyCertSign", ALL, ca_without_cert_sign, FAIL_FORGED,
	  "lacks keyCertSign" },
	{ "", "issuer without a key usage", ALL, ca_without_key_usage, FAIL_FORGED,
	  "lacks keyCertSign" },
	{ "", "issuer with an unknown critical extension", ALL, ca_unknown_critical, FAIL_FORGED,
	  "not understood" },
	{ "", "issuer with critical name constraints", ALL, ca_name_constraints, FAIL_FORGED,
	  "not understood" },
	{ "", "issuer with another kind of key", ALL, ca_other_kind_of_key, FAIL_FORGED,
	  "its key is for" },
	{ "", "path length too short", ALL, path_too_long, FAIL_FORGED, "its path length is" },
	{ "g10", "leaf with CA:TRUE", ALL, leaf_is_ca, FAIL_FORGED, "a CA in a leaf's place" },
	{ "", "leaf with another kind of key", ALL, leaf_other_key, FAIL_FORGED, "its key is for" },
	{ "", "leaf for key agreement only", ALL, leaf_for_key_agreement, FAIL_FORGED,
	  "lacks digitalSignature" },
	{ "", "leaf with an unknown critical extension", ALL, leaf_unknown_critical, FAIL_FORGED,
	  "not understood" },
	{ "", "leaf signed with the wrong SHA-2", EC, leaf_other_digest, FAIL_FORGED,
	  "signed by ecdsa-with" },
	{ "", "strict: leaf without key identifiers", EC, strict_without_aki, FAIL_FORGED,
	  "no authority key identifier" },
	{ "S19", "leaf: PSS with SHA-256", 1 << AMD, leaf_pss_sha256, FAIL_FORGED,
	  "other parameters" },
	{ "S19", "leaf: PSS with salt 32", 1 << AMD, leaf_pss_salt_32, FAIL_FORGED,
	  "other parameters" },
	{ "S19", "leaf: PKCS#1 v1.5", 1 << AMD, leaf_pkcs1, FAIL_FORGED, "RSA-SHA384" },
	{ "S19", "intermediate: PSS with salt 32", 1 << AMD, ca_pss_salt_32, FAIL_FORGED,
	  "other parameters" },
	{ "S19", "intermediate: PKCS#1 v1.5", 1 << AMD, ca_pkcs1, FAIL_FORGED, "RSA-SHA384" },
};

static int row_numbers[sizeof(refusals) / sizeof(*refusals) * 3];

ParameterizedTestParameters(chain, refuses)
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		for (int maker = AMD; maker <= NVIDIA; maker++)
			if (refusals[i].makers & 1 << maker)
				row_numbers[count++] = (int)i * 3 + maker;
	return cr_make_param_array(int, row_numbers, count);
}

ParameterizedTest(int *number, chain, refuses)
{
	static const char *const names[] = { "AMD", "Intel", "NVIDIA" };
	const struct refusal *row = &refusals[*number / 3];
	AUTO_AUTHORITY struct authority a;
	struct chain_result r = { 0 };
	struct err e = { 0 };
	int got;

	make(&a, *number % 3);
	row->spoil(&a);
	got = authority_verify(&a, &r, &e);
	printf("row %-4s %-50s %-6s %s: %s\n", row->id, row->what, names[*number % 3],
	       err_kind_name(e.kind), e.text);
	cr_assert_eq(got, -row->want, "%s: %d, %s", row->what, got, e.text);
	cr_assert_not_null(strstr(e.text, row->says), "%s: %s", row->what, e.text);
	cr_assert_eq(r.depth, 0, "the result was touched");
}

/* --- Stranger chains ------------------------------------------------------------------------- */

Test(chain, passes_over_look_alikes_when_the_true_issuers_are_there)
{
	AUTO_AUTHORITY struct authority a, decoys;
	AUTO_CERTS struct certs pool = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	authority_short(&a);
	authority_short(&decoys);
	root_of_same_name(&decoys);
	ca_under_own_root(&decoys);
	for (size_t i = 0; i < decoys.pool.count; i++)
		cr_assert_eq(certs_add_ref(&pool, decoys.pool.at[i], NULL), 0);
	for (size_t i = 0; i < a.pool.count; i++)
		cr_assert_eq(certs_add_ref(&pool, a.pool.at[i], NULL), 0);
	cr_assert_eq(chain_verify(&a.rules, a.cert[0], &pool, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.at[1], a.cert[1]);
	cr_assert_eq(r.at[2], a.cert[2]);
}

Test(chain, refuses_a_test_root_whose_own_signature_is_broken)
{
	AUTO_AUTHORITY struct authority a;
	AUTO_CERTS struct certs roots = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	authority_intel(&a);
	root_broken(&a);
	a.rules.pin_count = 0;
	a.rules.test_roots = &roots;
	cr_assert_eq(certs_add_ref(&roots, a.cert[2], NULL), 0);
	cr_assert_eq(authority_verify(&a, &r, &e), -FAIL_FORGED, "%s", e.text);
}

Test(chain, refuses_an_intermediate_as_test_root)
{
	AUTO_AUTHORITY struct authority a;
	AUTO_CERTS struct certs roots = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	authority_intel(&a);
	a.rules.pin_count = 0;
	a.rules.test_roots = &roots;
	cr_assert_eq(certs_add_ref(&roots, a.cert[1], NULL), 0);
	cr_assert_eq(authority_verify(&a, &r, &e), -FAIL_FORGED, "%s", e.text);
}

Test(chain, refuses_the_root_itself_as_leaf)
{
	AUTO_AUTHORITY struct authority a;
	struct chain_result r;
	struct err e = { 0 };

	authority_nvidia(&a);
	a.pool.count -= 3;
	cr_assert_eq(chain_verify(&a.rules, a.cert[4], &a.pool, &r, &e), -FAIL_FORGED);
	a.pool.count += 3;
}

Test(chain, names_what_is_missing)
{
	AUTO_AUTHORITY struct authority a;
	struct chain_result r;
	struct err e = { 0 };

	authority_amd(&a);
	root_absent(&a);
	cr_assert_eq(authority_verify(&a, &r, &e), -FAIL_AGAIN);
	cr_assert_not_null(strstr(e.text, "\"ARK-Milan\""), "%s", e.text);
}

Test(chain, says_whose_key_a_look_alike_bears)
{
	AUTO_AUTHORITY struct authority a;
	struct chain_result r;
	struct err e = { 0 };

	authority_intel(&a);
	root_altered(&a);
	cr_assert_eq(authority_verify(&a, &r, &e), -FAIL_FORGED);
	cr_assert_not_null(strstr(e.text, "the root of the tests"), "%s", e.text);
}

Test(chain, takes_the_trailer_field_written_out_or_not)
{
	AUTO_AUTHORITY struct authority a;
	struct chain_result r;
	struct err e = { 0 };
	struct pki_spec s;

	authority_amd(&a);
	s = authority_spec(&a, 2);
	s.alg = PKI_PSS_SHA384_TRAILER;
	authority_remake(&a, 2, &s);
	s = authority_spec(&a, 1);
	s.alg = PKI_PSS_SHA384_TRAILER;
	authority_remake(&a, 1, &s);
	cr_assert_eq(authority_verify(&a, &r, &e), 0, "%s", e.text);
}
