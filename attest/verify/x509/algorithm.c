#include "attest/verify/x509/algorithm.h"

#include <openssl/rsa.h>

#include "attest/verify/x509/openssl.h"

#define PSS_SALT_BYTES 48

const char *algorithm_name(enum chain_key k)
{
	static const char *const names[] = {
		[CHAIN_P256_SHA256] = "P-256 with SHA-256",
		[CHAIN_P384_SHA384] = "P-384 with SHA-384",
		[CHAIN_RSA4096_PSS_SHA384] = "RSA-4096 PSS with SHA-384, salt 48",
	};

	return names[k];
}

/* An algorithm identifier, taken apart. */
struct algorithm {
	int nid;
	int type; /* of its parameters: V_ASN1_..., V_ASN1_UNDEF when absent */
	const void *parameters;
};

static struct algorithm algorithm_read(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid = NULL;
	struct algorithm a;

	X509_ALGOR_get0(&oid, &a.type, &a.parameters, alg);
	a.nid = OBJ_obj2nid(oid);
	return a;
}

int algorithm_of_key(const X509 *cert, enum chain_key *ret, struct err *e)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	X509_ALGOR *alg = NULL;
	struct algorithm a;
	int curve;

	if (!key || X509_PUBKEY_get0_param(NULL, NULL, NULL, &alg, X509_get_X509_PUBKEY(cert)) != 1)
		return openssl_fail(e, FAIL_FORGED, "a key that can't be read");
	a = algorithm_read(alg);
	/* A curve spelt out by its parameters may look like a named one and have another base point
	 * (CVE-2020-0601): only names are taken. */
	if (a.nid == NID_X9_62_id_ecPublicKey && a.type == V_ASN1_OBJECT) {
		curve = OBJ_obj2nid(a.parameters);
		if (curve == NID_X9_62_prime256v1 || curve == NID_secp384r1) {
			*ret = curve == NID_secp384r1 ? CHAIN_P384_SHA384 : CHAIN_P256_SHA256;
			return 0;
		}
	}
	if (a.nid == NID_rsaEncryption && a.type == V_ASN1_NULL && EVP_PKEY_get_bits(key) == 4096) {
		*ret = CHAIN_RSA4096_PSS_SHA384;
		return 0;
	}
	return FAIL(e, FAIL_FORGED, "a key of an unknown kind (%s, %d bits)",
		    a.nid == NID_undef ? "unnamed" : OBJ_nid2sn(a.nid), EVP_PKEY_get_bits(key));
}

static void pss_done(RSA_PSS_PARAMS **pss)
{
	RSA_PSS_PARAMS_free(*pss);
}

static void algor_done(X509_ALGOR **alg)
{
	X509_ALGOR_free(*alg);
}

static bool is_sha384(const X509_ALGOR *alg)
{
	struct algorithm a;

	if (!alg)
		return false; /* the default is SHA-1 */
	a = algorithm_read(alg);
	return a.nid == NID_sha384 && (a.type == V_ASN1_NULL || a.type == V_ASN1_UNDEF);
}

static bool is_mgf1_sha384(const X509_ALGOR *alg)
{
	__attribute__((cleanup(algor_done))) X509_ALGOR *inner = NULL;
	struct algorithm a;

	if (!alg)
		return false;
	a = algorithm_read(alg);
	if (a.nid != NID_mgf1 || a.type != V_ASN1_SEQUENCE)
		return false;
	inner = ASN1_item_unpack(a.parameters, ASN1_ITEM_rptr(X509_ALGOR));
	return is_sha384(inner);
}

static bool is_integer(const ASN1_INTEGER *n, int64_t want)
{
	int64_t value;

	return ASN1_INTEGER_get_int64(&value, n) == 1 && value == want;
}

static bool is_pss_sha384(const struct algorithm *a)
{
	__attribute__((cleanup(pss_done))) RSA_PSS_PARAMS *pss = NULL;

	if (a->nid != NID_rsassaPss || a->type != V_ASN1_SEQUENCE)
		return false;
	pss = ASN1_item_unpack(a->parameters, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	return pss && is_sha384(pss->hashAlgorithm) && is_mgf1_sha384(pss->maskGenAlgorithm) &&
	       pss->saltLength && is_integer(pss->saltLength, PSS_SALT_BYTES) &&
	       (!pss->trailerField || is_integer(pss->trailerField, 1));
}

int algorithm_check(const X509_ALGOR *alg, enum chain_key signer, struct err *e)
{
	struct algorithm a = algorithm_read(alg);
	bool fits = false;

	switch (signer) {
	case CHAIN_P256_SHA256:
		fits = a.nid == NID_ecdsa_with_SHA256 && a.type == V_ASN1_UNDEF;
		break;
	case CHAIN_P384_SHA384:
		fits = a.nid == NID_ecdsa_with_SHA384 && a.type == V_ASN1_UNDEF;
		break;
	case CHAIN_RSA4096_PSS_SHA384:
		fits = is_pss_sha384(&a);
		break;
	}
	if (!fits)
		return openssl_fail(e, FAIL_FORGED, "signed by %s%s, must be %s",
				    a.nid == NID_undef ? "an unknown algorithm" : OBJ_nid2sn(a.nid),
				    a.nid == NID_rsassaPss ? " with other parameters" : "",
				    algorithm_name(signer));
	return 0;
}
