/* The certificate table that an SNP host may add to a report. Spec: GHCB 4.1.8.1. */
#pragma once

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/span.h"

/* Adds "cert_chain": the certificates of known kinds, or null when neither VCEK nor VLEK is among
 * them (an incomplete list would keep the verifier from fetching its own).
 * -FAIL_INPUT: entries outside the table, or no end. -FAIL_SYS (ENOMEM). */
int snp_certs_add(cJSON *evidence, struct span table, struct err *e);
