/* What the collateral says, as claims under "tcb". */
#pragma once

#include "attest/verify/pcs/collateral.h"
#include "attest/verify/pcs/evaluate.h"

/* The platform's family and, for what was authenticated, editions and dates. */
void claim_collateral(struct judge *j, cJSON *tcb, const struct collateral *k);

/* Status, date, advisories, and the levels that decided. */
void claim_result(struct judge *j, cJSON *tcb, const struct tcb_result *r);
