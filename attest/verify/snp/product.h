/* AMD's generations: how they are told, their roots and the names in their certificates.
 * Spec: cpu-evidence reference 2.3, 2.4. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/snp/report.h"
#include "attest/verify/x509/chain.h"

enum snp_product { SNP_MILAN, SNP_GENOA, SNP_TURIN, SNP_PRODUCTS };

#define SNP_NAME_BYTES 32 /* of what is written below, with its terminator */

const char *snp_product_name(enum snp_product p); /* "Milan" */

/* By the combined family and model of a report. False: a generation that is not known here. */
bool snp_product_of_cpuid(uint8_t family, uint8_t model, enum snp_product *ret);

/* By a leaf's issuer, as "SEV-Milan" or "SEV-VLEK-Milan": what version 2 leaves. */
bool snp_product_of_issuer(const char *cn, enum snp_key key, enum snp_product *ret);
bool snp_product_of_name(const char *name, enum snp_product *ret);

/* Common names: "ARK-Milan"; "SEV-Milan" or "SEV-VLEK-Milan"; "SEV-VCEK" or "SEV-VLEK". */
void snp_root_cn(enum snp_product p, char ret[static SNP_NAME_BYTES]);
void snp_issuer_cn(enum snp_product p, enum snp_key key, char ret[static SNP_NAME_BYTES]);
const char *snp_leaf_cn(enum snp_key key);

/* The generation's one root. */
const struct root_pin *snp_root(enum snp_product p);

/* How many bytes of CHIP_ID identify a chip; the rest is zero. 64, on Turin 8. */
size_t snp_hwid_len(enum snp_product p);

/* structVersion of its VCEKs and VLEKs. */
uint8_t snp_struct_version(enum snp_product p);
