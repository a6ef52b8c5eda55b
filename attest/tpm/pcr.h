/*
 * Platform configuration registers. The SHA-256 bank is what we read, quote and seal to; a TPM
 * without it is refused (-FAIL_DENIED). Extensions go to all banks that are active, so that none
 * keeps a value which somebody else could extend in our stead.
 * Spec: TPM 2.0 part 1, 17; part 3, 22; cpu-evidence reference 6.1, 6.3.
 */
#pragma once

#include <stdint.h>

#include "attest/eventlog/register.h"
#include "attest/tpm/tpm.h"

#define TPM_PCRS	 24
#define TPM_PCR_INITDATA 8  /* one extension by the document's SHA-256, once a boot */
#define TPM_PCR_LOG	 15 /* the event log's head; 14 is shim's                   */

struct tpm_pcrs {
	uint8_t at[TPM_PCRS][TPM_SHA256_BYTES];
};

/* The SHA-256 bank as a whole, as `mask` has it: bit n is PCR n. */
TPML_PCR_SELECTION tpm_pcr_selection(uint32_t mask);

/* All of them, as they were at one time: -FAIL_AGAIN when somebody keeps extending. Between begin
 * and end; as tpm_check(). */
int tpm_pcrs_read(struct tpm *t, struct tpm_pcrs *ret, struct err *e);

/* Hashes those of `mask`, as a quote and a policy do. -FAIL_SYS. */
int tpm_pcrs_digest(const struct tpm_pcrs *p, uint32_t mask, uint8_t ret[static TPM_SHA256_BYTES],
		    struct err *e);

/* These begin and end by themselves: -FAIL_AGAIN when the deadline has come, and as tpm_check().
 * `digest` goes to the SHA-256 bank as it is, to each other one as its hash there; a bank whose
 * hash is not known here is -FAIL_DENIED, and nothing is extended. After a failure
 * tpm_pcr_read() tells whether it happened. */
int tpm_pcr_read(struct tpm *t, unsigned pcr, uint64_t deadline_ms,
		 uint8_t ret[static TPM_SHA256_BYTES], struct err *e);
int tpm_pcr_extend(struct tpm *t, unsigned pcr, uint64_t deadline_ms,
		   const uint8_t digest[static TPM_SHA256_BYTES], struct err *e);

/* PCR 15 as what the log extends: strength "pcr". Each call has LIMIT_LOG_MS. `t` must stay where
 * it is. */
struct log_register tpm_log_register(struct tpm *t);
