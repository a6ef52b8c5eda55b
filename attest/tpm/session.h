/*
 * Sessions whose parameters nobody between us and the TPM reads, and whose answers nobody changes:
 * their salt is encrypted to the storage primary key, which is made for it. Who stands between from
 * the start, and shows a key of its own in its stead, is not kept out: that would take a key that
 * was known before.
 * Spec: TPM 2.0 part 1, 19.6 (salted), 21 (parameter encryption).
 */
#pragma once

#include "attest/tpm/tpm.h"

struct tpm_session {
	ESYS_TR primary; /* ECC P-256 storage key of the owner's hierarchy */
	ESYS_TR handle;	 /* ESYS_TR_NONE: not there                        */
};

/*
 * Between begin and end. tpm_session_close() it before the end.
 *
 *   type         TPM2_SE_HMAC or TPM2_SE_POLICY
 *   attributes   TPMA_SESSION_DECRYPT for what goes to the TPM, _ENCRYPT for what it answers
 *
 * As tpm_check(); -FAIL_DENIED: the owner's hierarchy has a password.
 */
int tpm_session_open(struct tpm *t, TPM2_SE type, TPMA_SESSION attributes, struct tpm_session *ret,
		     struct err *e);
void tpm_session_close(struct tpm *t, struct tpm_session *s);

/* A transient object that is there no more; fine with ESYS_TR_NONE. */
void tpm_flush(struct tpm *t, ESYS_TR *object);
