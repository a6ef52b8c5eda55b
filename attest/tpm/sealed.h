/*
 * A root secret in the TPM: random bytes that it gives out only while the SHA-256 PCRs 0 to 9 are
 * what they were when it was made: firmware, kernel, command line and initdata, as far as those
 * were measured.
 * Spec: TPM 2.0 part 1, 19.7 (policy), 25 (sealed data); cpu-evidence reference 6.3.
 */
#pragma once

#include "attest/tpm/tpm.h"
#include "base/secret.h"

#define TPM_SEALED_HANDLE 0x81005ea1
#define TPM_SEALED_BYTES  32

/*
 * Unseals it; where nothing is at the handle, one is made first, and that is logged as a warning.
 * Begins and ends by itself. Neither the bus nor a host that only listens reads it.
 *
 *   ret   TPM_SEALED_BYTES; the caller's
 *
 * -FAIL_DENIED: other PCRs, or something at the handle that is none of ours (never replaced), or a
 * password of the owner's hierarchy. -FAIL_INPUT: of another length. -FAIL_AGAIN, -FAIL_FORGED,
 * -FAIL_SYS as tpm_check().
 */
int tpm_sealed_root(struct tpm *t, uint64_t deadline_ms, struct secret *ret, struct err *e);
