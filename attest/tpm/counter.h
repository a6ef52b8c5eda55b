/*
 * Counters in the TPM's memory that only go up, by name: what tells an old copy of a disk from the
 * last. Deleting one and making it again doesn't lower it, since a new counter begins above the
 * highest that ever was. Whoever runs in the guest with the TPM can raise one, which makes things
 * look older than they are; nobody can lower it, but the host that emulates the TPM.
 * Spec: TPM 2.0 part 1, 37.2 (NV counters); cpu-evidence reference 6.3.
 */
#pragma once

#include "attest/tpm/tpm.h"

/* The first index of 65536; a name's own is the first 16 bits of SHA-256("sealinit/v1/anchor" ||
 * 00 || name) behind it. */
#define TPM_COUNTER_FIRST 0x01810000

/*
 * Both begin and end by themselves, and speak in a salted session, so that what comes is the TPM's
 * answer to this question. A counter that is not there yet is made, and raised once, since before
 * that it has no value; so its first value may be any. Memory of a TPM wears: raise it once a boot,
 * not once a second.
 *
 *   ret_id  who counts: the digest of the storage key that the session is salted to, which a TPM
 *           keeps for as long as nobody clears it, and no other one has
 *
 * -FAIL_DENIED: the index is another's, or of another kind (never replaced: the text names it); no
 * memory is left; a password of the owner's hierarchy. -FAIL_INPUT, -FAIL_FORGED, -FAIL_AGAIN,
 * -FAIL_SYS as tpm_check(). After a failure of tpm_counter_raise() tpm_counter_read() tells whether
 * it happened.
 */
int tpm_counter_read(struct tpm *t, const char *name, uint64_t deadline_ms, uint64_t *ret,
		     uint8_t ret_id[static TPM_SHA256_BYTES], struct err *e);

/* By one; *ret is the value after that. */
int tpm_counter_raise(struct tpm *t, const char *name, uint64_t deadline_ms, uint64_t *ret,
		      struct err *e);
