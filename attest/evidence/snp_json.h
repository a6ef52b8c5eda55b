/*
 * A SEV-SNP report as the JSON that CoCo's verifier reads.
 * Spec: AMD 56860 (SNP firmware ABI), table 23; coco-protocol reference 4.5; GHCB 4.1.8.1 (the
 * certificate table).
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/span.h"

#define SNP_REPORT_BYTES     1184
#define SNP_OFF_POLICY	     0x008
#define SNP_OFF_KEY_INFO     0x048
#define SNP_OFF_REPORT_DATA  0x050
#define SNP_OFF_HOST_DATA    0x0c0
#define SNP_HOST_DATA_BYTES  32
#define SNP_POLICY_DEBUG_BIT 19

#define SNP_KEY_INFO_MASK_CHIP_KEY 2

/* {"attestation_report":{...}, "cert_chain":null|[...]}; `certs` may be empty.
 * -FAIL_INPUT: another length, version (2 .. 5 are known) or CPU family; a certificate table that
 * points outside itself or never ends. -FAIL_SYS (ENOMEM). */
int snp_json(struct span report, struct span certs, cJSON **ret, struct err *e);
