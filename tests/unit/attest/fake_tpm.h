/*
 * A TPM for tests: swtpm, started by the test and ended with it; and somebody who stands between it
 * and us, or in its place, and answers as he likes.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/tpm/tpm.h"

#define FAKE_TPM_BYTES 4096

/* A socket to a TPM that has been started, with its state in the scratch directory: what was kept
 * there by the one before is there again, and PCRs are new. Skips the test if there is no swtpm. */
int swtpm_start(void);

/* Ends it, and closes the socket, as a machine that is switched off. */
void swtpm_stop(int *line);

struct fake_tpm {
	int real; /* a line to swtpm, or -1 */

	/* Answers in the TPM's place, which then is not asked; false: it is asked. NULL: always. */
	bool (*instead)(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len);

	/* Changes what it answered. NULL: nothing. A length of 0: there is no answer. */
	void (*tamper)(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len);

	unsigned times;		      /* for the two of them                                   */
	atomic_int asked;	      /* commands                                              */
	int end;		      /* the fake's own of the line, to write to               */
	uint8_t held[FAKE_TPM_BYTES]; /* for tamper to keep an answer               */
	size_t held_len;
	const uint8_t *secret; /* of TPM_SHA256_BYTES: must not come by; or NULL    */
	atomic_bool is_told;   /* it did                                            */
};

/* Our end of the line. The fake must stay where it is, and ends with the line. */
int fake_tpm_line(struct fake_tpm *f);

/* Header and nothing else. */
void fake_tpm_code(uint32_t code, uint8_t *answer, size_t *len);
