/* AKs that a CA vouches for. */
#include "tests/unit/verify/tpm/bench.h"

#define AIK_USAGE "2.23.133.8.3"

/* root (RSA) -> CA (P-384) -> AK (P-256), as clouds mix them. */
struct authority {
	struct bench b;
	EVP_PKEY *root_key, *ca_key;
	X509 *root, *ca, *ak;
};

static X509 *issue_ak(const struct authority *a, const struct pki_spec *like)
{
	struct pki_spec s = *like;

	s.cn = "AK";
	s.key = s.key ? s.key : a->b.key;
	s.issuer = s.issuer ? s.issuer : a->ca;
	s.issuer_key = s.issuer_key ? s.issuer_key : a->ca_key;
	s.alg = s.alg ? s.alg : PKI_ECDSA_SHA384;
	s.path_len = -1;
	return pki_cert(&s);
}

static void set_certs(struct authority *a, X509 *ak, X509 *ca)
{
	struct certs *certs = &a->b.rig.part.certs;

	certs_done(certs);
	if (ak)
		cr_assert(certs_add_ref(certs, ak, NULL) == 0);
	if (ca)
		cr_assert(certs_add_ref(certs, ca, NULL) == 0);
}

static void trust_root(struct authority *a)
{
	AUTO_BUF struct buf pem = pki_pem(&a->root, 1);
	AUTO_JSON cJSON *policy = cJSON_CreateObject();
	struct err e = { 0 };

	cr_assert(buf_append(&pem, span("", 1), 65536, NULL) == 0);
	cJSON_AddStringToObject(policy, "ak_roots", (const char *)pem.at);
	cr_assert(tpm_policy_parse(policy, &a->b.rig.policy.tpm, &e) == 0, "%s", e.text);
}

static void authority_init(struct authority *a)
{
	*a = (struct authority){ 0 };
	bench_init(&a->b, pki_p256(4), TPM_MAKE_ECDSA);
	a->root_key = pki_rsa4096(1);
	a->ca_key = pki_p384(4);
	a->root = pki_cert(&(struct pki_spec){ .cn = "TPM Root",
					       .key = a->root_key,
					       .issuer_key = a->root_key,
					       .alg = PKI_PKCS1_SHA384,
					       .is_ca = true,
					       .path_len = -1 });
	a->ca = pki_cert(&(struct pki_spec){ .cn = "TPM CA",
					     .key = a->ca_key,
					     .issuer = a->root,
					     .issuer_key = a->root_key,
					     .alg = PKI_PKCS1_SHA384,
					     .is_ca = true,
					     .path_len = 0 });
	a->ak = issue_ak(a, &(struct pki_spec){ 0 });
	set_certs(a, a->ak, a->ca);
	trust_root(a);
}

static void authority_done(struct authority *a)
{
	X509_free(a->root);
	X509_free(a->ca);
	X509_free(a->ak);
	EVP_PKEY_free(a->root_key);
	EVP_PKEY_free(a->ca_key);
	bench_done(&a->b);
}

Test(tpm_chain, a_certified_ak_is_genuine)
{
	struct authority a;

	authority_init(&a);
	bench_expect(&a.b, "6.2", "AK, CA, root of the policy", VERIFY_UNKNOWN_WORKLOAD,
		     "tpm.genuine");
	bench_ak(&a.b, SPAN_EMPTY);
	bench_expect(&a.b, "6.2", "the key from the certificate alone", VERIFY_UNKNOWN_WORKLOAD,
		     "tpm.genuine");
	authority_done(&a);
}

Test(tpm_chain, restricted_is_the_issuer_s_to_see_to)
{
	struct authority a;

	authority_init(&a);
	a.b.rig.policy.tpm.require_restricted = true;
	bench_expect(&a.b, "6.2", "restricted demanded, certified", VERIFY_UNKNOWN_WORKLOAD,
		     "tpm.genuine");
	authority_done(&a);
}

Test(tpm_chain, a_test_root_is_named_as_such)
{
	struct authority a;
	struct err e = { 0 };

	authority_init(&a);
	cr_assert(bench_parse(&a.b, "{}", &e) == 0);
	bench_expect(&a.b, "6.2", "no root at all", VERIFY_UNPROVEN, "tpm.ak-unknown");
	cr_expect(verify_missing_count(a.b.rig.context.verdict) == 0);
	cr_assert(certs_add_ref(&a.b.rig.test_roots, a.root, NULL) == 0);
	bench_expect(&a.b, "6.2", "a test root", VERIFY_UNKNOWN_WORKLOAD, "tpm.test-root");
	cr_expect(rig_word(&a.b.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
	authority_done(&a);
}

Test(tpm_chain, the_store_holds_what_the_evidence_lacks)
{
	X509 *pair[2];
	struct authority a;
	char name[96], hex[65];
	struct buf pem;

	authority_init(&a);
	set_certs(&a, NULL, a.ca);
	bench_spki(&a.b, hex);
	(void)snprintf(name, sizeof(name), "tpm-ak-%s.pem", hex);
	bench_expect(&a.b, "6.2", "no certificate of the AK", VERIFY_UNPROVEN, "tpm.ak-unknown");
	cr_assert(verify_missing_count(a.b.rig.context.verdict) == 1);
	cr_expect(!strcmp(verify_missing(a.b.rig.context.verdict, 0).file, name));
	set_certs(&a, NULL, NULL);
	pair[0] = a.ak;
	pair[1] = a.ca;
	pem = pki_pem(pair, 2);
	cr_assert(verify_store_add(a.b.rig.store, name, buf_view(&pem), NULL) == 0);
	bench_expect(&a.b, "6.2", "AK and CA from the store", VERIFY_UNKNOWN_WORKLOAD,
		     "tpm.genuine");
	buf_done(&pem);
	authority_done(&a);
}

Test(tpm_chain, a_store_file_that_is_damaged_is_none)
{
	struct authority a;
	char name[96], hex[65];

	authority_init(&a);
	set_certs(&a, NULL, NULL);
	bench_spki(&a.b, hex);
	(void)snprintf(name, sizeof(name), "tpm-ak-%s.pem", hex);
	cr_assert(verify_store_add(a.b.rig.store, name, span_text("nonsense"), NULL) == 0);
	bench_expect(&a.b, "6.2", "a store file of nonsense", VERIFY_UNPROVEN, "tpm.ak-unknown");
	authority_done(&a);
}

static void ak_row(const struct pki_spec *like, const char *what, enum verify_decision want,
		   const char *code)
{
	struct authority a;
	X509 *ak;

	authority_init(&a);
	ak = issue_ak(&a, like);
	set_certs(&a, ak, a.ca);
	bench_expect(&a.b, "6.2", what, want, code);
	X509_free(ak);
	authority_done(&a);
}

Test(tpm_chain, certificates_that_do_not_hold)
{
	static const struct pki_extension aik = {
		"2.5.29.37", false, { (const uint8_t *)"\x30\x07\x06\x05\x67\x81\x05\x08\x03", 9 }
	};
	static const struct pki_extension server = {
		"2.5.29.37",
		false,
		{ (const uint8_t *)"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", 12 }
	};
	static const struct pki_extension critical = { "1.2.3.4.5",
						       true,
						       { (const uint8_t *)"\x05\x00", 2 } };
	EVP_PKEY *other = pki_p384(5);

	ak_row(&(struct pki_spec){ .extensions = &aik, .extension_count = 1 },
	       "for the use of attestation", VERIFY_UNKNOWN_WORKLOAD, "tpm.genuine");
	ak_row(&(struct pki_spec){ .extensions = &server, .extension_count = 1 },
	       "for the use of a server", VERIFY_REFUSED, "tpm.ak-chain");
	ak_row(&(struct pki_spec){ .extensions = &critical, .extension_count = 1 },
	       "an unknown critical extension", VERIFY_REFUSED, "tpm.ak-chain");
	ak_row(&(struct pki_spec){ .issuer_key = other },
	       "signed by another key, with the CA's name", VERIFY_REFUSED, "tpm.ak-chain");
	ak_row(&(struct pki_spec){ .is_ca = true }, "the AK's certificate is a CA's",
	       VERIFY_REFUSED, "tpm.ak-chain");
	ak_row(&(struct pki_spec){ .key = other }, "certifies another key", VERIFY_UNPROVEN,
	       "tpm.ak-unknown");
	ak_row(&(struct pki_spec){ .not_before = 1500000000, .not_after = 1600000000 }, "expired",
	       VERIFY_REFUSED, "tpm.ak-dates");
	ak_row(&(struct pki_spec){ .not_before = 1900000000, .not_after = 2000000000 },
	       "not yet valid", VERIFY_REFUSED, "tpm.ak-dates");
	EVP_PKEY_free(other);
}

Test(tpm_chain, a_self_signed_ak_or_a_root_of_the_same_name_is_nobody_s)
{
	struct authority a;
	X509 *other;

	authority_init(&a);
	other = pki_cert(&(struct pki_spec){ .cn = "TPM Root",
					     .key = a.b.key,
					     .issuer_key = a.b.key,
					     .alg = PKI_ECDSA_SHA256,
					     .path_len = -1 });
	set_certs(&a, other, NULL);
	cr_expect(bench_run(&a.b) != VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(!a.b.rig.part.outcome.genuine);
	set_certs(&a, a.ak, NULL);
	bench_expect(&a.b, "6.2", "the CA between is missing", VERIFY_UNPROVEN, "tpm.ak-unknown");
	X509_free(other);
	authority_done(&a);
}

Test(tpm_chain, without_a_clock_dates_are_not_judged_and_that_is_said)
{
	struct authority a;

	authority_init(&a);
	a.b.rig.context.at = VERIFY_NO_CLOCK;
	cr_expect(bench_run(&a.b) == VERIFY_UNPROVEN);
	cr_expect(rig_said(&a.b.rig, "time.unchecked") && rig_said(&a.b.rig, "tpm.genuine"));
	bench_trust(&a.b, "");
	bench_expect(&a.b, "6.2", "a registered key has no dates", VERIFY_UNKNOWN_WORKLOAD,
		     "tpm.genuine");
	cr_expect(!rig_said(&a.b.rig, "time.unchecked"));
	authority_done(&a);
}

/* Never genuine. */
Test(tpm_chain, flipped_bits_of_each_certificate_are_refused)
{
	struct authority a;
	int flips = 0;

	authority_init(&a);
	for (int which = 0; which < 2; which++) {
		struct buf der = pki_der(which ? a.ca : a.ak);

		for (size_t bit = 0; bit < 8 * der.len; bit = flips_next(bit)) {
			struct certs *certs = &a.b.rig.part.certs;

			der.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
			set_certs(&a, which ? a.ak : NULL, NULL);
			/* Refused as a certificate is refused too: then it is missing. */
			(void)certs_add_der(certs, buf_view(&der), NULL);
			(void)bench_run(&a.b);
			cr_expect(!a.b.rig.part.outcome.genuine, "certificate %d bit %zu", which,
				  bit);
			der.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
			flips++;
		}
		buf_done(&der);
	}
	printf("%d flips in certificates\n", flips);
	authority_done(&a);
}
