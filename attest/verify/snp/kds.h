/* AMD's key distribution service: where its certificates are, and under which name the store keeps
 * them. Nothing is fetched here. Spec: cpu-evidence reference 2.5; attest/verify/store.h. */
#pragma once

#include "attest/verify/snp/tcb.h"

#define KDS_FILE_BYTES 208
#define KDS_URL_BYTES  320

struct kds_file {
	char name[KDS_FILE_BYTES];
	char url[KDS_URL_BYTES]; /* "" when AMD does not publish it */
};

/* The leaf that signs at the report's REPORTED_TCB. A VLEK is its cloud's to hand over, and a VCEK
 * without a chip id can't be asked for: no URL. */
void kds_leaf(const struct snp_report *r, enum snp_product p, const struct snp_tcb *reported,
	      struct kds_file *ret);

/* ASK (or ASVK) and ARK, PEM. */
void kds_chain(enum snp_product p, enum snp_key key, struct kds_file *ret);

/* What the ARK has revoked, DER. */
void kds_crl(enum snp_product p, enum snp_key key, struct kds_file *ret);
