/* A log as claims: header, every event, registers. */
#pragma once

#include "attest/verify/log/out.h"
#include "attest/verify/log/read.h"
#include "attest/verify/log/replay.h"

/*
 * Adds "format", "header", "events" and what the end looks like. Each event: index, register (and
 * the RTMR or PCR that it is), type, digests, data, what they say, and how far to believe it:
 *   "checkable"     "matches" | "differs" | "no", by the digest of `alg` (0: none at hand)
 *   "authenticated" its register is among `authenticated`: then order and digest are true. Type and
 *                   text never are, beyond what "checkable" shows.
 * -FAIL_SYS.
 */
int tcg_claims(const struct tcg_log *log, uint16_t alg, uint32_t authenticated, cJSON *object,
	       struct err *e);

/* Adds what a bank's registers replay to. */
void tcg_claims_replay(struct tcg_out *o, cJSON *to, const struct tcg_log *log,
		       const struct tcg_replay *r);

/* "RTMR0" ... "RTMR3", "MRTD", "PCR 7": what the log's register number means. */
#define TCG_REGISTER_TEXT 24
void tcg_register_name(enum tcg_form form, uint32_t reg, char ret[static TCG_REGISTER_TEXT]);
