/* Whether a report is genuine: a leaf, its chain to the generation's root, the signature, and that
 * certificate and report speak of the same chip and TCB. Spec: cpu-evidence reference 2.7, 1..5. */
#pragma once

#include "attest/verify/context.h"
#include "attest/verify/snp/cert.h"

#define AUTO_PROOF __attribute__((cleanup(snp_proof_done)))

struct snp_proof {
	enum snp_product product;
	struct chain_result chain; /* leaf, ASK or ASVK, ARK */
	struct snp_leaf leaf;
	struct snp_tcbs tcbs;
	bool is_chip_bound; /* hwID of the certificate is the report's CHIP_ID */
	struct certs pool;  /* what the chain stands on */
	struct certs roots;
};

void snp_proof_done(struct snp_proof *p);

/* 0 with *ret_proven. When it is not proven, the verdict was told why and what is missing.
 * -FAIL_SYS. */
int snp_prove(const struct context *c, const struct part *p, const struct snp_report *r,
	      bool *ret_proven, struct snp_proof *ret, struct err *e);
