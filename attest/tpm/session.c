#include "attest/tpm/session.h"

#define NO_SESSION ((struct tpm_session){ ESYS_TR_NONE, ESYS_TR_NONE })

/* The same template gives the same key, as long as nobody clears the TPM. */
static int make_primary(struct tpm *t, ESYS_TR *ret, struct err *e)
{
	static const TPM2B_SENSITIVE_CREATE no_password = { 0 };
	static const TPM2B_DATA no_data = { 0 };
	static const TPML_PCR_SELECTION no_pcrs = { 0 };
	const TPM2B_PUBLIC template = {
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
					    TPMA_OBJECT_SENSITIVEDATAORIGIN |
					    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
					    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
			.parameters.eccDetail = {
				.symmetric = { .algorithm = TPM2_ALG_AES,
					       .keyBits.aes = 128,
					       .mode.aes = TPM2_ALG_CFB },
				.scheme.scheme = TPM2_ALG_NULL,
				.curveID = TPM2_ECC_NIST_P256,
				.kdf.scheme = TPM2_ALG_NULL,
			},
		},
	};
	TSS2_RC rc = Esys_CreatePrimary(t->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					ESYS_TR_NONE, &no_password, &template, &no_data, &no_pcrs,
					ret, NULL, NULL, NULL, NULL);

	return tpm_check(t, rc, "storage key, as the owner", e);
}

static int start(struct tpm *t, TPM2_SE type, TPMA_SESSION attributes, struct tpm_session *s,
		 struct err *e)
{
	const TPMT_SYM_DEF cipher = { .algorithm = TPM2_ALG_AES,
				      .keyBits.aes = 128,
				      .mode.aes = TPM2_ALG_CFB };
	TSS2_RC rc = Esys_StartAuthSession(t->esys, s->primary, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, NULL, type, &cipher,
					   TPM2_ALG_SHA256, &s->handle);

	if (!rc)
		rc = Esys_TRSess_SetAttributes(t->esys, s->handle,
					       attributes | TPMA_SESSION_CONTINUESESSION, 0xff);
	return tpm_check(t, rc, "session", e);
}

int tpm_session_open(struct tpm *t, TPM2_SE type, TPMA_SESSION attributes, struct tpm_session *ret,
		     struct err *e)
{
	struct tpm_session s = NO_SESSION;
	int failed = make_primary(t, &s.primary, e);

	if (!failed)
		failed = start(t, type, attributes, &s, e);
	if (failed)
		tpm_session_close(t, &s);
	else
		*ret = s;
	return failed;
}

/* What can't be flushed now is by the next begin that finds no context. */
void tpm_flush(struct tpm *t, ESYS_TR *object)
{
	if (*object != ESYS_TR_NONE && t->esys)
		(void)Esys_FlushContext(t->esys, *object);
	*object = ESYS_TR_NONE;
}

void tpm_session_close(struct tpm *t, struct tpm_session *s)
{
	tpm_flush(t, &s->handle);
	tpm_flush(t, &s->primary);
}
