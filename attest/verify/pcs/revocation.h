/* Has Intel revoked the platform, its CA, or the signer of its collateral? */
#pragma once

#include "attest/verify/pcs/judge.h"

/*
 * The root's CRL is asked about the PCK's CA and about `signer` (NULL when its chain does not
 * hold), the CA's CRL about the PCK. Says what is revoked, forged, stale or missing. `*ret_checked`
 * is true when every certificate was found good. 0, or -FAIL_SYS.
 * Spec: cpu-evidence reference 4.5.
 */
int revocation_judge(struct judge *j, X509 *signer, bool *ret_checked, struct err *e);
