/* What the registers must be if the log is true. Spec: TCG PC Client Platform Firmware Profile,
 * 10.4.5.3; cpu-evidence reference 7.3. */
#pragma once

#include "attest/verify/log/read.h"

#define TCG_REGISTERS	 24
#define TCG_CC_REGISTERS 5 /* MRTD's index, and RTMR0..3 */

struct tcg_replay {
	uint16_t alg;
	size_t len;			  /* bytes of a register                       */
	uint8_t at[TCG_REGISTERS][64];	  /* by the log's own number; starts included  */
	uint32_t extended[TCG_REGISTERS]; /* how many events did                       */
	uint32_t seen;			  /* registers with events that extend         */
	uint32_t lacking;		  /* with an event that lacks the algorithm    */
	uint32_t broken;		  /* with a separator that tells of an error   */
	bool has_stray;			  /* an event beyond the last register         */
	uint32_t stray;			  /* the first such register                   */
};

/*
 * Extends each register by its events' digests of `alg` (SHA-2), from zeros; PCR 0 from its
 * startup locality, PCR 17 to 22 from FF. EV_NO_ACTION extends nothing.
 * -FAIL_INPUT: no SHA-2, or a startup locality that is damaged, unknown or there twice. -FAIL_SYS.
 */
int tcg_replay(const struct tcg_log *log, uint16_t alg, struct tcg_replay *ret, struct err *e);

/* How many registers that form of log has. */
uint32_t tcg_registers(enum tcg_form form);
