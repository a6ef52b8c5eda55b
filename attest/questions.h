/* What tenants ask for by way of the API: evidence over their nonce, secrets of the broker. */
#pragma once

#include <stdint.h>

#include "attest/boot.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/span.h"

/*
 * Both return a sealed memfd of the caller's, or -kind. `b` has booted. Evidence may be asked for
 * by any number of threads, secrets by one.
 *
 * Evidence: report data is SHA-512 over the fields "sealinit/v1/evidence", caller, nonce (as in
 * key/derive.h), so that it can never be a digest that a broker's challenge asks for. The memfd
 * holds
 * {"tee","evidence","report_data","nonce","caller"}.
 * -FAIL_INPUT (the question is malformed), -FAIL_BUG (no driver), and as the driver's report.
 */
int question_evidence(struct boot *b, const struct msg_evidence *q, uint64_t deadline_ms,
		      struct err *e);

/*
 * A resource, raw. Never the root secret: who has it has every key.
 * -FAIL_INPUT (path), -FAIL_DENIED (root secret, no broker, policy; "missing: ..." for a resource
 * that isn't there), and as kbs_fetch.
 */
int question_secret(struct boot *b, const struct msg_secret *q, uint64_t deadline_ms,
		    struct err *e);

/* The report data of question_evidence(), for verifiers and tests. -FAIL_SYS, -FAIL_LIMIT. */
int question_report_data(const char *caller, struct span nonce,
			 uint8_t ret[static REPORT_DATA_BYTES], struct err *e);
