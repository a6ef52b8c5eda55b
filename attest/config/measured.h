/*
 * The configuration against what the hardware measured. Before it has been compared, a document
 * from the host is bytes and nothing more.
 * Spec: coco-protocol reference, section 9 (width rules), 4.6 (PCR 8).
 */
#pragma once

#include "attest/evidence/driver.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"

/*
 * Looks for the algorithm under which `toml` has the digest that the register holds (cut, or padded
 * with zeros, to the register's width). No byte of `toml` is interpreted. Must not be called for a
 * platform without a register (-FAIL_BUG).
 *
 *   ret_alg   the envelope must name this one
 *
 * -FAIL_FORGED: none fits; the text shows both. -FAIL_SYS.
 */
int measured_compare(const struct evidence_platform *p, struct span toml, enum digest_alg *ret_alg,
		     struct err *e);

/* There is no document: then the register must be zero. -FAIL_FORGED otherwise. */
int measured_absent(const struct evidence_platform *p, struct err *e);

/*
 * PCR 8 of a TPM: nobody fills it at launch, so the guest itself does, once a boot, by the
 * document's SHA-256. Both functions are as a TPM's (tpm/pcr.h); -kind.
 */
#define MEASURED_PCR_NAME  "PCR 8"
#define MEASURED_PCR_BYTES 32

struct measured_pcr {
	int (*read)(void *ctx, uint8_t ret[static MEASURED_PCR_BYTES], struct err *e);
	int (*extend)(void *ctx, const uint8_t digest[static MEASURED_PCR_BYTES], struct err *e);
	void *ctx; /* a loan */
};

/*
 * Extends it by `toml`, of which no byte is interpreted, unless it holds just that already: an
 * attest before us did it. -FAIL_FORGED: it holds something else, before or after that. -FAIL_SYS,
 * and as the functions.
 */
int measured_extend(const struct measured_pcr *pcr, struct span toml, struct err *e);

/* There is no document: then it must be zero. -FAIL_FORGED otherwise, and as read. */
int measured_pcr_absent(const struct measured_pcr *pcr, struct err *e);
