/* What holds the head of the event log: it can be read and extended, and never taken back. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"

#define LOG_REGISTER_BYTES 48 /* the longest; shorter ones use the first bytes */

struct log_register {
	const char *strength; /* "rtmr", "pcr", "chain"                             */
	const char *name;     /* "RTMR3", "PCR 15", ""                              */
	uint32_t number;      /* in the log: RTMRs count from 1 (CCEL), PCRs from 0 */
	enum digest_alg alg;  /* of the register and of the events                  */

	/* Its value now. -kind. */
	int (*read)(void *ctx, uint8_t ret[static LOG_REGISTER_BYTES], struct err *e);

	/* value = H(value || digest). After a failure read() tells whether it happened. -kind. */
	int (*extend)(void *ctx, const uint8_t digest[static LOG_REGISTER_BYTES], struct err *e);

	void *ctx; /* a loan */
};
