/* Which keys and signature algorithms go together, and no others. */
#pragma once

#include "attest/verify/x509/chain.h"

/* "P-256 with SHA-256" and so on, for texts. */
const char *algorithm_name(enum chain_key k);

/* The kind of a certificate's key: named curve, or rsaEncryption with NULL parameters and exactly
 * 4096 bits. -FAIL_FORGED for any other, or a point off its curve. */
int algorithm_of_key(const X509 *cert, enum chain_key *ret, struct err *e);

/*
 * Whether `alg` is how a key of that kind signs: ecdsa-with-SHA256 or -SHA384 without parameters;
 * RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt 48, trailer 1 (written out or left to its
 * default: AMD has both). -FAIL_FORGED.
 * Spec: RFC 5758 3.2, RFC 4055 3.1; cpu-evidence reference 2.4.
 */
int algorithm_check(const X509_ALGOR *alg, enum chain_key signer, struct err *e);
