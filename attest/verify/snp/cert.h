/* What AMD writes into the certificate of a report key. Spec: cpu-evidence reference 2.4; AMD 57230
 * (VCEK certificate and KDS interface). */
#pragma once

#include "attest/verify/snp/tcb.h"

#define SNP_CSP_BYTES	  64 /* as in a policy's list */
#define SNP_PRODUCT_BYTES 32

struct snp_leaf {
	struct snp_tcb tcb;
	uint8_t hwid[SNP_CHIP_ID_BYTES];	  /* VCEK; zero-padded to the form of CHIP_ID */
	char csp_id[SNP_CSP_BYTES + 1];		  /* VLEK */
	char product_name[SNP_PRODUCT_BYTES + 1]; /* "Milan-B0"; "" if absent. Steppings are often
						     wrong: for reading only */
};

/*
 * Reads the extensions of a VCEK or VLEK of that generation: each at most once, each SPL present,
 * nothing of the other kind. -FAIL_INPUT says which breaks its form. What they say is worth what
 * the certificate's chain is.
 */
int snp_leaf_parse(const X509 *cert, enum snp_product product, enum snp_key key,
		   struct snp_leaf *ret, struct err *e);
