/* TCB info and QE identity as the store has them, authenticated. */
#pragma once

#include "attest/verify/pcs/identity.h"
#include "attest/verify/pcs/judge.h"
#include "attest/verify/pcs/signer.h"
#include "attest/verify/pcs/tcbinfo.h"

struct collateral {
	struct signer signer;
	bool has_tcb, has_qe; /* signed by the signer, and read */
	cJSON *tcb_tree, *qe_tree;
	struct tcb_info tcb;
	struct qe_identity qe;
};

#define AUTO_COLLATERAL __attribute__((cleanup(collateral_done)))

/*
 * Takes the signer's chain and both documents, and reads a document only once its signature holds.
 * Whatever is missing, forged, damaged or out of its time is said; all that is missing is named in
 * one go. `ret` starts zeroed. 0, or -FAIL_SYS.
 */
int collateral_take(struct judge *j, struct collateral *ret, struct err *e);
void collateral_done(struct collateral *k);
