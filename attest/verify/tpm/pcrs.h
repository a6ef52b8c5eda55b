/* Which PCRs a quote covers, and that their values are the signed ones. Spec: TPM 2.0 part 1,
 * 17.6; cpu-evidence reference 6.1. */
#pragma once

#include <stdbool.h>

#include "attest/verify/part.h"
#include "attest/verify/tpm/attest.h"
#include "attest/verify/tpm/policy.h"
#include "base/digest.h"

/*
 * The selection is exactly one bank, in three bytes, not empty, and the expected one: the policy's
 * bank and selection where it has them, and always that of the claimed values where there are any.
 * -FAIL_DENIED, and why.
 */
int tpm_pcrs_check_selection(const struct tpm_attest *a, const struct tpm_policy *policy,
			     const struct registers *claimed, struct err *e);

/* The claimed values hash to pcrDigest by `hash`, the signature's. Only after the selection was
 * checked. -FAIL_FORGED, -FAIL_SYS. */
int tpm_pcrs_check_digest(const struct tpm_attest *a, enum digest_alg hash,
			  const struct registers *claimed, struct err *e);

/* PCR 8 of the SHA-256 bank is SHA-256(zeros, digest) for one of these digests. 0, or -FAIL_DENIED,
 * -FAIL_SYS. */
int tpm_pcrs_check_initdata(const struct registers *r, const struct refs *digests, struct err *e);

/* Bytes of one value. 0 for an algorithm that no bank may have here. */
size_t tpm_pcrs_len(uint16_t alg);
