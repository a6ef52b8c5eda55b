/*
 * Intel's collateral (TCB info, QE identity, CRLs) and what it makes of a platform.
 * Spec: Intel PCS v4; cpu-evidence reference 4.3, 4.4, 4.5.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/context.h"

/* What the PCK certificate and the quote say. */
struct pcs_platform {
	bool is_tdx;
	uint8_t fmspc[6];
	uint8_t pceid[2];
	uint8_t components[16]; /* the PCK's SVNs                                  */
	uint16_t pcesvn;
	uint8_t tee_tcb_svn[16]; /* TDX                                             */
	bool has_svn2;		 /* TD 1.5                                          */
	uint8_t tee_tcb_svn2[16];
	uint8_t mrsignerseam[48];
	uint8_t seamattributes[8];
	bool is_processor_ca; /* issued by the Processor CA, not the Platform CA */
};

/* The quoting enclave's own report, already verified under the PCK. */
struct pcs_enclave {
	uint8_t miscselect[4];
	uint8_t attributes[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	uint16_t isvsvn;
};

/*
 * Takes collateral and CRLs from the store, verifies signatures, dates, revocation, and says what
 * the platform is worth (PCS_* findings of dimension platform, claims under "tcb"). What is missing
 * is said as missing. An enclave that is not the one of the signed QE identity takes the part's
 * genuineness away (PCS_OTHER_QE). Without a clock TIME_UNCHECKED is said here, for the PCK chain
 * too; with one, the PCK chain's own dates are the caller's to judge.
 *
 *   part   found genuine so far
 *   chain  the verified PCK chain: leaf, CA, root; the root also stands above the collateral
 *
 * 0, -FAIL_SYS, or -FAIL_BUG for a chain of another length. Policy: tdx.tcb or sgx.tcb.
 */
int pcs_judge(const struct context *c, size_t part, const struct chain_result *chain,
	      const struct pcs_platform *platform, const struct pcs_enclave *qe, struct err *e);
