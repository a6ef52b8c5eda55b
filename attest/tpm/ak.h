/*
 * The attestation key: an RSA key at CoCo's persistent handle, which signs what the TPM itself says
 * and nothing else.
 * Spec: coco-protocol reference 4.6; cpu-evidence reference 6.1.
 */
#pragma once

#include "attest/tpm/tpm.h"
#include "base/span.h"

#define TPM_AK_HANDLE 0x81010002

/*
 * The key that is there, or a new one in the endorsement hierarchy, kept at the handle. Between
 * begin and end.
 *
 *   ret_key    libtss2's, until the end
 *   ret_spki   DER SubjectPublicKeyInfo; the caller's
 *
 * -FAIL_DENIED: what is there is no AK (never replaced; the text says why not), or a new one can't
 * be made or kept: a hierarchy has a password. -FAIL_INPUT: not an RSA key at all. Else as
 * tpm_check().
 */
int tpm_ak(struct tpm *t, ESYS_TR *ret_key, struct buf *ret_spki, struct err *e);

/* Whether a public area is an AK's as we want it: RSA of 2048 bits or more, RSASSA with SHA-256,
 * restricted, sign, fixedTPM, fixedParent and sensitiveDataOrigin set, decrypt clear.
 * -FAIL_DENIED. */
int tpm_ak_check(const TPMT_PUBLIC *p, struct err *e);
