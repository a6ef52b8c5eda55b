/*
 * A quote over all PCRs of the SHA-256 bank, checked against what was asked: its signature and who
 * vouches for the key are the verifier's to judge.
 * Spec: TPM 2.0 part 2, 10.12 (TPMS_ATTEST); cpu-evidence reference 6.1, 6.3.
 */
#pragma once

#include "attest/tpm/pcr.h"
#include "attest/tpm/tpm.h"
#include "base/span.h"

#define TPM_QUOTE_DATA_BYTES 32

struct tpm_quote {
	struct buf message;   /* TPMS_ATTEST, as it was signed          */
	struct buf signature; /* TPMT_SIGNATURE                         */
	struct buf ak;	      /* DER SubjectPublicKeyInfo               */
	struct tpm_pcrs pcrs; /* what the message's digest is of        */
};

#define TPM_QUOTE_EMPTY ((struct tpm_quote){ .message = BUF_EMPTY })
#define AUTO_TPM_QUOTE	__attribute__((cleanup(tpm_quote_done)))

/*
 * Begins and ends by itself; no extension of ours comes between PCRs and quote. If somebody else
 * extends one there, both are taken again.
 *
 *   data   what the quote is to bind, as extraData
 *   ret    tpm_quote_done() it; replaced on success only
 *
 * -FAIL_FORGED  an answer to another question, twice
 * -FAIL_AGAIN   PCRs that don't stand still; no answer in time
 * -FAIL_INPUT   not a quote
 * -FAIL_DENIED  no AK (ak.h), no SHA-256 bank
 * Else as tpm_check().
 */
int tpm_quote(struct tpm *t, const uint8_t data[static TPM_QUOTE_DATA_BYTES], uint64_t deadline_ms,
	      struct tpm_quote *ret, struct err *e);
void tpm_quote_done(struct tpm_quote *q);
