#include "attest/tpm/ak.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/limits.h"

#define BITS	 2048
#define EXPONENT 65537 /* a TPM writes 0 for it */
#define SET                                                                         \
	(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM | \
	 TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN)

/* --- Checking --------------------------------------------------------------------------------- */

static int not_an_ak(const char *why, struct err *e)
{
	return FAIL(
		e, FAIL_DENIED,
		"TPM: the key at 0x%08x is no AK: %s; move it, or remove it (tpm2_evictcontrol)",
		TPM_AK_HANDLE, why);
}

int tpm_ak_check(const TPMT_PUBLIC *p, struct err *e)
{
	const TPMS_RSA_PARMS *rsa = &p->parameters.rsaDetail;

	if (p->type != TPM2_ALG_RSA)
		return not_an_ak("not RSA", e);
	if (rsa->keyBits < BITS || p->unique.rsa.size * 8u < BITS)
		return not_an_ak("under 2048 bits", e);
	if (rsa->scheme.scheme != TPM2_ALG_RSASSA ||
	    rsa->scheme.details.rsassa.hashAlg != TPM2_ALG_SHA256)
		return not_an_ak("its scheme is not RSASSA with SHA-256", e);
	if (!(p->objectAttributes & TPMA_OBJECT_RESTRICTED))
		return not_an_ak("not restricted: it signs whatever it is given", e);
	if ((p->objectAttributes & SET) != SET)
		return not_an_ak("sign, fixedTPM, fixedParent or sensitiveDataOrigin is clear", e);
	if (p->objectAttributes & TPMA_OBJECT_DECRYPT)
		return not_an_ak("decrypt is set", e);
	return 0;
}

/* --- The public key --------------------------------------------------------------------------- */

struct material {
	BIGNUM *n, *e;
	OSSL_PARAM_BLD *build;
	OSSL_PARAM *params;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key;
	uint8_t *der;
};

static void material_done(struct material *m)
{
	BN_free(m->n);
	BN_free(m->e);
	OSSL_PARAM_BLD_free(m->build);
	OSSL_PARAM_free(m->params);
	EVP_PKEY_CTX_free(m->ctx);
	EVP_PKEY_free(m->key);
	OPENSSL_free(m->der);
}

static bool make_key(const TPMT_PUBLIC *p, struct material *m)
{
	uint32_t exponent = p->parameters.rsaDetail.exponent;

	m->n = BN_bin2bn(p->unique.rsa.buffer, p->unique.rsa.size, NULL);
	m->e = BN_new();
	m->build = OSSL_PARAM_BLD_new();
	if (!m->n || !m->e || !m->build || !BN_set_word(m->e, exponent ? exponent : EXPONENT) ||
	    !OSSL_PARAM_BLD_push_BN(m->build, OSSL_PKEY_PARAM_RSA_N, m->n) ||
	    !OSSL_PARAM_BLD_push_BN(m->build, OSSL_PKEY_PARAM_RSA_E, m->e))
		return false;
	m->params = OSSL_PARAM_BLD_to_param(m->build);
	m->ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	return m->params && m->ctx && EVP_PKEY_fromdata_init(m->ctx) == 1 &&
	       EVP_PKEY_fromdata(m->ctx, &m->key, EVP_PKEY_PUBLIC_KEY, m->params) == 1;
}

static int write_spki(const TPMT_PUBLIC *p, struct buf *ret, struct err *e)
{
	__attribute__((cleanup(material_done))) struct material m = { .n = NULL };
	int len = make_key(p, &m) ? i2d_PUBKEY(m.key, &m.der) : -1;

	if (len <= 0)
		return FAIL(e, FAIL_INPUT, "TPM: the AK's public half is no RSA key");
	return buf_append(ret, span(m.der, (size_t)len), LIMIT_TPM_BYTES, e);
}

/* --- Finding and making ----------------------------------------------------------------------- */

static int find(struct tpm *t, ESYS_TR *ret_key, struct buf *ret_spki, struct err *e)
{
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR key = ESYS_TR_NONE;
	TSS2_RC rc = Esys_TR_FromTPMPublic(t->esys, TPM_AK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &key);
	int failed;

	if (!rc)
		rc = Esys_ReadPublic(t->esys, key, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				     &public, NULL, NULL);
	failed = tpm_check(t, rc, "AK", e);
	if (!failed)
		failed = tpm_ak_check(&public->publicArea, e);
	if (!failed)
		failed = write_spki(&public->publicArea, ret_spki, e);
	Esys_Free(public);
	if (!failed)
		*ret_key = key;
	else if (key != ESYS_TR_NONE && t->esys)
		(void)Esys_TR_Close(t->esys, &key);
	return failed;
}

static int create(struct tpm *t, ESYS_TR *ret, struct err *e)
{
	static const TPM2B_SENSITIVE_CREATE no_password = { 0 };
	static const TPM2B_DATA no_data = { 0 };
	static const TPML_PCR_SELECTION no_pcrs = { 0 };
	const TPM2B_PUBLIC template = {
		.publicArea = {
			.type = TPM2_ALG_RSA,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = SET | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
			.parameters.rsaDetail = {
				.symmetric.algorithm = TPM2_ALG_NULL,
				.scheme = { .scheme = TPM2_ALG_RSASSA,
					    .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
				.keyBits = BITS,
			},
		},
	};
	TSS2_RC rc = Esys_CreatePrimary(t->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
					ESYS_TR_NONE, ESYS_TR_NONE, &no_password, &template,
					&no_data, &no_pcrs, ret, NULL, NULL, NULL, NULL);

	return tpm_check(t, rc, "making an AK in the endorsement hierarchy", e);
}

static int make(struct tpm *t, struct err *e)
{
	ESYS_TR key = ESYS_TR_NONE, kept = ESYS_TR_NONE;
	TSS2_RC rc;
	int failed = create(t, &key, e);

	if (failed)
		return failed;
	rc = Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, key, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			       ESYS_TR_NONE, TPM_AK_HANDLE, &kept);
	failed = tpm_check(t, rc, "keeping the AK, as the owner", e);
	(void)Esys_FlushContext(t->esys, key);
	if (!failed)
		(void)Esys_TR_Close(t->esys, &kept);
	return failed;
}

int tpm_ak(struct tpm *t, ESYS_TR *ret_key, struct buf *ret_spki, struct err *e)
{
	bool is_there = false;
	int failed = tpm_has_handle(t, TPM_AK_HANDLE, &is_there, e);

	if (!failed && !is_there)
		failed = make(t, e);
	return failed ? failed : find(t, ret_key, ret_spki, e);
}
