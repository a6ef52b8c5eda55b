/* One event, crypto agile (TCG_PCR_EVENT2). Spec: TCG PC Client Platform Firmware Profile, 10.2.2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/log/header.h"
#include "base/err.h"
#include "base/span.h"

/* Spans are loans of the log. */
struct tcg_event {
	uint32_t reg; /* a PCR, or a CC measurement register: 1 is RTMR0 */
	uint32_t type;
	uint32_t digest_count;
	uint16_t algs[TCG_ALGS_MAX];
	const uint8_t *digests[TCG_ALGS_MAX]; /* as long as the header says */
	struct span data;
	size_t offset; /* in the log */
};

/*
 * Takes one event off the front of `*log`. It carries each of the header's algorithms once; under
 * CoCo's constant header some of them.
 * -FAIL_INPUT: cut, a digest count or algorithm that the header does not have.
 */
int tcg_event_read(struct span *log, const struct tcg_header *h, struct tcg_event *ret,
		   struct err *e);

/* The digest of that algorithm; false if there is none. */
bool tcg_event_digest(const struct tcg_event *event, const struct tcg_header *h, uint16_t alg,
		      struct span *ret);
