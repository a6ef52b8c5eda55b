/* A report in words. Names as Trustee's claims where it has them. */
#pragma once

#include <cjson/cJSON.h>

#include "attest/verify/snp/tcb.h"

/* Adds every field of the report to `ret`. TCBs are taken apart when the generation is known:
 * `product` SNP_PRODUCTS when it is not. -FAIL_SYS. */
int snp_report_claims(const struct snp_report *r, enum snp_product product, cJSON *ret,
		      struct err *e);
