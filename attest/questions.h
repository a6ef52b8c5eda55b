/* What tenants ask for by way of the API: evidence over their nonce, secrets of the broker. */
#pragma once

#include <stdint.h>

#include "attest/boot.h"
#include "attest/evidence/gpu.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/span.h"

/*
 * Both return a sealed memfd of the caller's, or -kind. `b` has booted. Evidence may be asked for
 * by any number of threads, secrets by one.
 *
 * Evidence: the parts that were asked for, bound by report data as BINDING.md says, whose labels
 * keep it from ever being a digest that a broker's challenge asks for. The memfd holds
 * {"tee","evidence","report_data","nonce","caller"}, and "devices" and "log" where they were asked
 * for. `way` is the thread's. -FAIL_INPUT (the question is malformed), -FAIL_BUG (no driver), and
 * as gpu_ask(), the driver's report and the log's.
 */
int question_evidence(struct boot *b, struct gpu_way *way, const struct msg_evidence *q,
		      uint64_t deadline_ms, struct err *e);

/*
 * A resource, raw. Never the root secret: who has it has every key.
 * -FAIL_INPUT (path), -FAIL_DENIED (root secret, no broker, policy; "missing: ..." for a resource
 * that isn't there), and as kbs_fetch.
 */
int question_secret(struct boot *b, const struct msg_secret *q, uint64_t deadline_ms,
		    struct err *e);

/*
 * Of the guest's own log, as JSON in a sealed memfd: a tenant's event that was recorded
 * ({"index","strength","register","digest","head"}, the latter two in hex), and the whole
 * ({"strength","register","count","events","head"}, the latter two in base64). Any number of
 * threads. As ownlog_append(); -FAIL_INPUT: malformed.
 */
int question_event(struct boot *b, const struct msg_event *q, uint64_t deadline_ms, struct err *e);
int question_eventlog(struct boot *b, uint64_t deadline_ms, struct err *e);

/* The log as a member of evidence, and its head. *ret is the caller's. */
int question_log(struct boot *b, cJSON **ret, struct digest *ret_head, struct err *e);
