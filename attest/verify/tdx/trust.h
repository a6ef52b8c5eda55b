/*
 * Why a quote is to be believed: Intel's root certifies the platform's PCK, the PCK signed the
 * quoting enclave's report, that report names the attestation key, and this key signed the quote.
 * Spec: cpu-evidence reference 4.2.
 */
#pragma once

#include "attest/verify/context.h"
#include "attest/verify/tdx/pck.h"
#include "attest/verify/tdx/quote.h"
#include "attest/verify/tdx/report.h"

struct trust {
	struct certs certs; /* as the quote brought them: leaf, CA, root */
	struct chain_result chain;
	bool has_pck;
	struct pck pck;
	struct enclave qe; /* loans from the quote */
	bool is_processor_ca;
};

#define AUTO_TRUST __attribute__((cleanup(trust_done)))

void trust_done(struct trust *t);

/* Certificates and PCK as they stand in a quote of QUOTE_PCK_CHAIN, nothing verified: for tools
 * that only decode. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. */
int trust_read(const struct quote *q, struct trust *ret, struct err *e);

/*
 * Checks all of it in that order and stops at the first thing that does not hold, which is said as
 * a finding on `part`. *ret_holds tells whether all held; what was found on the way stays in `ret`,
 * which starts zeroed. 0, or -FAIL_SYS.
 */
int trust_judge(const struct context *c, size_t part, const struct quote *q, struct trust *ret,
		bool *ret_holds, struct err *e);
