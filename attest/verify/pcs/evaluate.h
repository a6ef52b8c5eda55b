/*
 * What a platform is worth by Intel's TCB info and QE identity. Pure: no clock, no signature, no
 * policy; the caller has authenticated both documents, or says that it has not.
 * Spec: cpu-evidence reference 4.4.
 */
#pragma once

#include "attest/verify/pcs/identity.h"
#include "attest/verify/pcs/tcbinfo.h"

/* One evaluation, of the SVNs at launch or of those in force now. */
struct tcb_pick {
	enum tcb_status status;
	const struct tcb_level *platform; /* NULL: below every level            */
	const struct isv_level *module;	  /* NULL: none needed, or below them   */
};

#define TCB_ADVISORIES_MAX (5 * 64)

struct tcb_result {
	enum tcb_status status;
	int64_t date; /* the earliest tcbDate of the levels that decided; 0 if none did */
	struct tcb_pick launch;
	bool has_current; /* TD 1.5 */
	struct tcb_pick current;
	const struct isv_level *qe;		    /* NULL: below every level */
	const char *advisories[TCB_ADVISORIES_MAX]; /* of all levels, each once: loans */
	size_t advisory_count;
};

/* Is the TCB info about this platform: TEE, FMSPC, PCEID? -FAIL_DENIED says what is another. */
int tcb_info_check(const struct tcb_info *t, const struct pcs_platform *p, struct err *e);

/* TDX: does Intel name the module that the quote does, at launch and (TD 1.5) now? Major version,
 * MRSIGNERSEAM and SEAMATTRIBUTES, which must be zero too. -FAIL_DENIED. SGX: 0. */
int tcb_module_check(const struct tcb_info *t, const struct pcs_platform *p, struct err *e);

/* Never fails: what fits nowhere is TCB_NOT_SUPPORTED. The loans are from `t` and `q`. */
void tcb_evaluate(const struct tcb_info *t, const struct qe_identity *q,
		  const struct pcs_platform *p, uint16_t qe_isvsvn, struct tcb_result *ret);
