#include "attest/tpm/sealed.h"

#include <openssl/crypto.h>
#include <string.h>

#include "attest/tpm/pcr.h"
#include "attest/tpm/session.h"
#include "base/digest.h"
#include "base/log.h"

#define POLICY_PCRS 0x3ffu /* 0 to 9 */
#define ATTRIBUTES                                                                      \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY | \
	 TPMA_OBJECT_NODA)

/* --- What is at the handle -------------------------------------------------------------------- */

static int not_ours(const char *why, struct err *e)
{
	return FAIL(e, FAIL_DENIED,
		    "TPM: 0x%08x is no root of ours: %s; remove it if nobody needs it "
		    "(tpm2_evictcontrol)",
		    TPM_SEALED_HANDLE, why);
}

static int check_object(const TPMT_PUBLIC *p, struct err *e)
{
	if (p->type != TPM2_ALG_KEYEDHASH ||
	    p->parameters.keyedHashDetail.scheme.scheme != TPM2_ALG_NULL)
		return not_ours("not sealed data", e);
	if (p->nameAlg != TPM2_ALG_SHA256 || p->objectAttributes != ATTRIBUTES)
		return not_ours("other attributes", e);
	if (p->authPolicy.size != TPM_SHA256_BYTES)
		return not_ours("it has no policy", e);
	return 0;
}

/* Asked within the session: nobody between us and the TPM shows another object as ours. */
static int find(struct tpm *t, const struct tpm_session *s, ESYS_TR *ret, struct err *e)
{
	TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc = Esys_TR_FromTPMPublic(t->esys, TPM_SEALED_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ret);
	int failed;

	if (!rc)
		rc = Esys_ReadPublic(t->esys, *ret, s->handle, ESYS_TR_NONE, ESYS_TR_NONE, &public,
				     NULL, NULL);
	failed = tpm_check(t, rc, "sealed root", e);
	if (!failed)
		failed = check_object(&public->publicArea, e);
	Esys_Free(public);
	return failed;
}

/* --- Making it -------------------------------------------------------------------------------- */

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 3; i >= 0; i--)
		*at++ = (uint8_t)(value >> 8 * i);
	return at;
}

/* H(zeros || TPM_CC_PolicyPCR || TPML_PCR_SELECTION || H(values)) */
static int make_policy(struct tpm *t, TPM2B_DIGEST *ret, struct err *e)
{
	static const uint8_t bank[] = { TPM2_ALG_SHA256 >> 8, TPM2_ALG_SHA256 & 0xff, 3,
					POLICY_PCRS & 0xff,   POLICY_PCRS >> 8,	      0 };
	uint8_t bytes[TPM_SHA256_BYTES + 8 + sizeof(bank) + TPM_SHA256_BYTES] = { 0 }, *at;
	struct tpm_pcrs pcrs;
	struct digest d;
	int failed = tpm_pcrs_read(t, &pcrs, e);

	at = put_u32(put_u32(bytes + TPM_SHA256_BYTES, TPM2_CC_PolicyPCR), 1);
	memcpy(at, bank, sizeof(bank));
	if (!failed)
		failed = tpm_pcrs_digest(&pcrs, POLICY_PCRS, at + sizeof(bank), e);
	if (!failed)
		failed = digest_of(DIGEST_SHA256, span(bytes, sizeof(bytes)), &d, e);
	if (failed)
		return failed;
	ret->size = TPM_SHA256_BYTES;
	memcpy(ret->buffer, d.at, TPM_SHA256_BYTES);
	return 0;
}

static TSS2_RC create(struct tpm *t, const struct tpm_session *s,
		      const TPM2B_SENSITIVE_CREATE *sensitive, const TPM2B_PUBLIC *template,
		      ESYS_TR *ret)
{
	static const TPM2B_DATA no_data = { 0 };
	static const TPML_PCR_SELECTION no_pcrs = { 0 };
	TPM2B_PRIVATE *private = NULL;
	TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc =
		Esys_Create(t->esys, s->primary, s->handle, ESYS_TR_NONE, ESYS_TR_NONE, sensitive,
			    template, &no_data, &no_pcrs, &private, &public, NULL, NULL, NULL);

	if (!rc)
		rc = Esys_Load(t->esys, s->primary, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       private, public, ret);
	Esys_Free(private);
	Esys_Free(public);
	return rc;
}

/* libtss2 keeps what it was given to seal until it is given another sensitive part: that is the
 * storage key's, which has none, and unsealing makes that key again. */
static int seal(struct tpm *t, const struct tpm_session *s, const TPM2B_PUBLIC *template,
		ESYS_TR *ret, struct err *e)
{
	AUTO_SECRET struct secret sensitive = SECRET_EMPTY, random = SECRET_EMPTY;
	int failed = secret_init(&sensitive, sizeof(TPM2B_SENSITIVE_CREATE), e);
	TPM2B_SENSITIVE_CREATE *in;

	if (!failed)
		failed = secret_random(&random, TPM_SEALED_BYTES, e);
	if (failed)
		return failed;
	in = (TPM2B_SENSITIVE_CREATE *)sensitive.at;
	in->sensitive.data.size = TPM_SEALED_BYTES;
	memcpy(in->sensitive.data.buffer, random.at, TPM_SEALED_BYTES);
	return tpm_check(t, create(t, s, in, template, ret), "sealing a root", e);
}

static int keep(struct tpm *t, ESYS_TR object, struct err *e)
{
	ESYS_TR kept = ESYS_TR_NONE;
	TSS2_RC rc = Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE, TPM_SEALED_HANDLE, &kept);
	int failed = tpm_check(t, rc, "keeping the root, as the owner", e);

	if (!failed)
		(void)Esys_TR_Close(t->esys, &kept);
	return failed;
}

static int make_in(struct tpm *t, const struct tpm_session *s, struct err *e)
{
	TPM2B_PUBLIC template = {
		.publicArea = {
			.type = TPM2_ALG_KEYEDHASH,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = ATTRIBUTES,
			.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
		},
	};
	ESYS_TR object = ESYS_TR_NONE;
	int failed = make_policy(t, &template.publicArea.authPolicy, e);

	if (!failed)
		failed = seal(t, s, &template, &object, e);
	if (!failed)
		failed = keep(t, object, e);
	tpm_flush(t, &object);
	return failed;
}

static int make(struct tpm *t, struct err *e)
{
	struct tpm_session s;
	int failed = tpm_session_open(t, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT,
				      &s, e);

	if (failed)
		return failed;
	failed = make_in(t, &s, e);
	tpm_session_close(t, &s);
	if (!failed)
		log_warning("TPM: a new root secret was made: volumes of an older one do not open");
	return failed;
}

/* --- Unsealing -------------------------------------------------------------------------------- */

/* The answer lies decrypted in the buffer of libtss2's lower half. */
static void wipe_buffer(struct tpm *t)
{
	TSS2_SYS_CONTEXT *sys = NULL;
	const uint8_t *at = NULL;
	size_t len = 0;

	if (t->esys && !Esys_GetSysContext(t->esys, &sys) && !Tss2_Sys_GetRpBuffer(sys, &len, &at))
		explicit_bzero((void *)(uintptr_t)at, len);
}

static int moved(struct err *e)
{
	return FAIL(e, FAIL_DENIED,
		    "TPM: the root is for other PCRs 0 to 9: image, configuration or firmware "
		    "changed");
}

static TSS2_RC unseal(struct tpm *t, const struct tpm_session *s, ESYS_TR object,
		      TPM2B_SENSITIVE_DATA **ret)
{
	static const TPM2B_DIGEST as_they_are = { 0 };
	const TPML_PCR_SELECTION pcrs = tpm_pcr_selection(POLICY_PCRS);
	TSS2_RC rc = Esys_PolicyPCR(t->esys, s->handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				    &as_they_are, &pcrs);

	if (rc)
		return rc;
	rc = Esys_Unseal(t->esys, object, s->handle, ESYS_TR_NONE, ESYS_TR_NONE, ret);
	wipe_buffer(t);
	return rc;
}

static int unseal_in(struct tpm *t, const struct tpm_session *s, ESYS_TR object, struct secret *ret,
		     struct err *e)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	TSS2_RC rc = unseal(t, s, object, &data);
	int failed;

	if (tpm_is_code(rc, TPM2_RC_POLICY_FAIL))
		return moved(e);
	failed = tpm_check(t, rc, "unseal", e);
	if (!failed && data->size != TPM_SEALED_BYTES)
		failed = FAIL(e, FAIL_INPUT, "TPM: a sealed root of %u bytes", data->size);
	if (!failed)
		failed = secret_copy(ret, span(data->buffer, data->size), e);
	if (data)
		OPENSSL_cleanse(data, sizeof(*data));
	Esys_Free(data);
	return failed;
}

static int take_in(struct tpm *t, const struct tpm_session *s, struct secret *ret, struct err *e)
{
	ESYS_TR object = ESYS_TR_NONE;
	int failed = find(t, s, &object, e);

	if (!failed)
		failed = unseal_in(t, s, object, ret, e);
	if (object != ESYS_TR_NONE && t->esys)
		(void)Esys_TR_Close(t->esys, &object);
	return failed;
}

static int take(struct tpm *t, struct secret *ret, struct err *e)
{
	struct tpm_session s;
	int failed = tpm_session_open(t, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, &s, e);

	if (failed)
		return failed;
	failed = take_in(t, &s, ret, e);
	tpm_session_close(t, &s);
	return failed;
}

static int find_or_make(struct tpm *t, struct secret *ret, struct err *e)
{
	bool is_there = false;
	int failed = tpm_has_handle(t, TPM_SEALED_HANDLE, &is_there, e);

	if (!failed && !is_there)
		failed = make(t, e);
	return failed ? failed : take(t, ret, e);
}

int tpm_sealed_root(struct tpm *t, uint64_t deadline_ms, struct secret *ret, struct err *e)
{
	int failed = tpm_begin(t, deadline_ms, e);

	if (failed)
		return failed;
	failed = find_or_make(t, ret, e);
	tpm_end(t);
	return failed;
}
