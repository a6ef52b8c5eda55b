/*
 * The "log" member of a policy. All zero is the safe default: every signed register must match, and
 * no event is expected.
 *
 *   {"registers": [1, 2, 3, 4],
 *    "events": [{"register": 2, "type": "EV_EFI_ACTION", "digest": "hex", "required": true}, ...],
 *    "secure_boot": true,
 *    "aael": ["domain operation content", ...]}
 *
 * Registers are numbered as in the log: 1 is RTMR0; in a TPM's log a PCR has its own number.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/verify/refs.h"
#include "base/span.h"

struct log_expected {
	uint32_t reg;
	uint32_t type;
	struct ref digest;
	bool required; /* must occur; the others may */
};

struct log_policy {
	bool has_registers;
	uint32_t registers; /* to judge, a bit each; without: all that are signed or logged       */
	struct log_expected *events; /* sorted; a register that one names may hold no other event */
	size_t event_count;
	uint32_t event_registers;
	bool secure_boot;
	bool has_aael;
	struct buf *aael; /* sorted texts; the agent's register may hold no other event */
	size_t aael_count;
};

/* Strict: an unknown member is -FAIL_INPUT, and so are PCRs 16 and 23, which whoever runs in the
 * guest resets. Releases what `ret` held on failure too. */
int log_policy_parse(const cJSON *node, struct log_policy *ret, struct err *e);
void log_policy_done(struct log_policy *p);

/* The expected event, or NULL. */
const struct log_expected *log_policy_event(const struct log_policy *p, uint32_t reg, uint32_t type,
					    struct span digest);

bool log_policy_has_aael(const struct log_policy *p, struct span text);
