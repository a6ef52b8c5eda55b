/* What a quote says, as JSON: names as CoCo's verifier gives them, where it has one. */
#pragma once

#include <cjson/cJSON.h>

#include "attest/verify/tdx/trust.h"
#include "base/err.h"

/*
 * Adds to `ret`: "tee", "quote" {header, body} of a TD or "header" and "body" of an enclave,
 * "report_data", "init_data", "measurement", "td_attributes", "qe", "padding". With a PCK in
 * `t`, what it certifies: "pck", "platform_instance_id". The PPID is never among them. -FAIL_SYS.
 */
int quote_claims(const struct quote *q, const struct trust *t, cJSON *ret, struct err *e);

/* {"debug": ..., "septve_disable": ..., ...} under `name`. */
int td_attributes_claims(uint64_t attributes, cJSON *ret, const char *name, struct err *e);

/* Lower-case hex of at most CLAIM_BYTES bytes. -FAIL_SYS. */
#define CLAIM_BYTES 64
int claim_hex(cJSON *ret, const char *name, struct span bytes, struct err *e);
