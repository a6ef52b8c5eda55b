/* Who signs collateral: "Intel SGX TCB Signing", straight under the root that certifies the PCK. */
#pragma once

#include "attest/verify/pcs/judge.h"

struct signer {
	bool holds;	    /* the chain was verified */
	struct certs certs; /* signer first, the PCK's root last */
	struct chain_result chain;
};

/*
 * Takes the issuer chain from the store: PEM, or the header as PCS sends it (percent-encoded); the
 * signer, then the root or nothing. Says what does not hold, and whether it is out of its time.
 * `ret` starts zeroed. 0, or -FAIL_SYS. Spec: cpu-evidence reference 4.3.
 */
int signer_take(struct judge *j, struct signer *ret, struct err *e);
void signer_done(struct signer *s);

EVP_PKEY *signer_key(const struct signer *s); /* a loan */
X509 *signer_cert(const struct signer *s);    /* a loan */

/* Decodes %XX; text without it comes back as it is. -FAIL_INPUT: % without two hex digits, or one
 * that stands for NUL. -FAIL_SYS. */
int percent_decode(struct span text, struct buf *ret, struct err *e);
