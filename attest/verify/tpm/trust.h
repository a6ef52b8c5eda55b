/* Whether anybody vouches for an AK: the policy itself, or a CA that it names. */
#pragma once

#include <stdbool.h>

#include "attest/verify/context.h"
#include "attest/verify/tpm/akchain.h"
#include "attest/verify/tpm/public.h"

enum tpm_vouched {
	TPM_VOUCHED_NOT,   /* by nobody                                             */
	TPM_VOUCHED_KEY,   /* the policy's "ak": the key, not its attributes        */
	TPM_VOUCHED_NAME,  /* the policy's "ak_names": the key with its attributes  */
	TPM_VOUCHED_CHAIN, /* a certificate under "ak_roots": its issuer saw to both */
	TPM_VOUCHED_TEST,  /* a certificate under a test root                       */
};

struct tpm_trust {
	enum tpm_vouched by;
	struct akchain chain; /* of the last two */
};

/*
 * Looks for who vouches for `ak`. Certificates come with the part, or from the store under
 * tpm-ak-<SHA-256 of the SubjectPublicKeyInfo, hex>.pem, leaf and issuers.
 *   0            `ret` says who
 *   -FAIL_AGAIN  nobody: what is missing is in the text, and among the verdict's missing files
 *   -FAIL_FORGED a certificate of this very key does not hold
 *   -FAIL_SYS
 */
int tpm_trust_find(const struct context *c, const struct part *p, const struct tpm_public *ak,
		   struct tpm_trust *ret, struct err *e);
