/* Whether NVIDIA has revoked a certificate, from CRLs and OCSP answers in the store. */
#pragma once

#include "attest/verify/context.h"

/*
 * Asks about chain->at[first .. depth - 2], each against its issuer: an OCSP answer about it, and
 * the CRL that it names itself. Says, all of dimension platform and on `part`:
 *
 *   GPU_REVOKED, GPU_REVOCATION_UNKNOWN, _BAD, _STALE   of the certificate that it is about
 *   GPU_REVOCATION_MISSING, _OCSP_MISSING               and the missing file; not when the policy
 *                                                       takes revocation "if-present"
 *   GPU_REVOCATION_GOOD                                 when all of them are good
 *
 * and appends each answer to the part's claim "revocation". One good answer is enough, one bad word
 * outranks it. 0, or -FAIL_SYS. Spec: gpu-evidence reference 3.5.
 */
int nvidia_revocation(const struct context *c, size_t part, const struct chain_result *chain,
		      size_t first, struct err *e);
