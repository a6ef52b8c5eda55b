/* SEV-SNP reports, for the readers of evidence. Judging and showing: attest/verify/context.h. */
#pragma once

#include <cjson/cJSON.h>
#include <stdint.h>

#include "attest/verify/x509/certs.h"
#include "base/err.h"
#include "base/span.h"

#define SNP_REPORT_BYTES 1184

/*
 * Rebuilds the report that "attestation_report" of CoCo's evidence was made from; reserved bytes
 * become zero. Strict: every member once, of its size, and none besides.
 *
 *   node  a tree of json_parse(), which keeps the digits of 64-bit numbers
 *
 * -FAIL_INPUT names the member; also for versions other than 2 to 5 and CPU generations whose TCB
 * layout is not known. `ret` untouched on failure. Spec: coco-protocol reference 4.5.
 */
int snp_report_from_json(const cJSON *node, uint8_t ret[static SNP_REPORT_BYTES], struct err *e);

/*
 * Adds the certificates of a host's table (configfs-tsm's auxblob) to `ret`: VCEK, VLEK, ASK, ARK,
 * each DER or PEM. CRLs and unknown entries are passed over; an empty table adds nothing.
 *
 * -FAIL_INPUT: an entry outside the table or inside its header, no end, a kind twice, something
 * that is no certificate. -FAIL_LIMIT: more than CERTS_MAX. -FAIL_SYS. `ret` keeps what it had on
 * failure. Spec: GHCB 4.1.8.1; cpu-evidence reference 1.2.
 */
int snp_table_certs(struct span auxblob, struct certs *ret, struct err *e);
