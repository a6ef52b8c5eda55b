#include "tests/unit/verify/x509/authority.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint8_t zero[] = { 0 };

/* What an AMD leaf has in place of the usual extensions: structVersion 0. */
static const uint8_t integer_0[] = { 0x02, 0x01, 0x00 };
static const struct pki_extension amd_extensions[] = {
	{ "1.3.6.1.4.1.3704.1.1", false, { integer_0, sizeof(integer_0) } },
};

struct pki_spec authority_spec(const struct authority *a, size_t i)
{
	bool last = i + 1 == a->count;
	struct pki_spec s = {
		.cn = a->names[i],
		.organization = "sealinit tests",
		.key = a->key[i],
		.issuer = last ? NULL : a->cert[i + 1],
		.issuer_key = last ? NULL : a->key[i + 1],
		.is_ca = i > 0,
		.path_len = last ? -1 : (int)i - 1,
	};

	if (!i && a->bare_leaf) {
		s.serial = zero;
		s.serial_len = sizeof(zero);
		s.no_extensions = true;
		s.extensions = amd_extensions;
		s.extension_count = 1;
	}
	s.leaf_no_basic = !i && a->no_basic;
	return s;
}

static void pool_fill(struct authority *a)
{
	certs_done(&a->pool);
	for (size_t i = 1; i < a->count; i++)
		cr_assert_eq(certs_add_ref(&a->pool, a->cert[i], NULL), 0);
}

void authority_replace(struct authority *a, size_t i, X509 *cert)
{
	X509_free(a->cert[i]);
	a->cert[i] = cert;
	pool_fill(a);
}

void authority_pin(struct authority *a)
{
	const X509 *root = a->cert[a->count - 1];

	a->pin.name = "the root of the tests";
	cr_assert_eq(cert_sha256(root, a->pin.cert, NULL), 0);
	cr_assert_eq(cert_spki_sha256(root, a->pin.spki, NULL), 0);
}

static void make(struct authority *a, const char *const *names, size_t count,
		 enum chain_key issuer_key, enum chain_key leaf_key)
{
	a->names = names;
	a->count = count;
	for (size_t i = count; i-- > 0;) {
		struct pki_spec s = authority_spec(a, i);

		a->cert[i] = pki_cert(&s);
	}
	pool_fill(a);
	authority_pin(a);
	a->rules = (struct chain_rules){
		.pins = &a->pin,
		.pin_count = 1,
		.issuer_key = issuer_key,
		.leaf_key = leaf_key,
		.strict = !a->bare_leaf,
	};
}

void authority_amd(struct authority *a)
{
	static const char *const names[] = { "SEV-VCEK", "SEV-Milan", "ARK-Milan" };

	*a = (struct authority){ .bare_leaf = true };
	a->key[0] = pki_p384(0);
	a->key[1] = pki_rsa4096(0);
	a->key[2] = pki_rsa4096(1);
	make(a, names, 3, CHAIN_RSA4096_PSS_SHA384, CHAIN_P384_SHA384);
}

void authority_intel(struct authority *a)
{
	static const char *const names[] = { "Intel SGX PCK Certificate",
					     "Intel SGX PCK Platform CA", "Intel SGX Root CA" };

	*a = (struct authority){ 0 };
	for (unsigned i = 0; i < 3; i++)
		a->key[i] = pki_p256(i);
	make(a, names, 3, CHAIN_P256_SHA256, CHAIN_P256_SHA256);
}

void authority_nvidia(struct authority *a)
{
	static const char *const names[] = { "GH100 A01 GSP FMC LF", "GH100 A01 GSP BROM",
					     "NVIDIA GH100 Provisioner ICA 1",
					     "NVIDIA GH100 Identity", "NVIDIA Device Identity CA" };

	*a = (struct authority){ .no_basic = true };
	for (unsigned i = 0; i < 5; i++)
		a->key[i] = pki_p384(i);
	make(a, names, 5, CHAIN_P384_SHA384, CHAIN_P384_SHA384);
}

void authority_short(struct authority *a)
{
	static const char *const names[] = { "leaf", "CA", "root" };

	*a = (struct authority){ 0 };
	for (unsigned i = 0; i < 3; i++)
		a->key[i] = pki_p384(i);
	make(a, names, 3, CHAIN_P384_SHA384, CHAIN_P384_SHA384);
}

void authority_remake(struct authority *a, size_t i, const struct pki_spec *s)
{
	authority_replace(a, i, pki_cert(s));
	if (i + 1 == a->count)
		authority_pin(a);
	while (i-- > 0) {
		struct pki_spec below = authority_spec(a, i);

		authority_replace(a, i, pki_cert(&below));
	}
}

void authority_done(struct authority *a)
{
	certs_done(&a->pool);
	for (size_t i = 0; i < a->count; i++) {
		X509_free(a->cert[i]);
		EVP_PKEY_free(a->key[i]);
	}
}

int authority_verify(const struct authority *a, struct chain_result *ret, struct err *e)
{
	return chain_verify(&a->rules, a->cert[0], &a->pool, ret, e);
}
