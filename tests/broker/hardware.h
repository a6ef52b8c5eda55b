/*
 * Evidence of hardware TEEs, judged by the project's own verifier against a file of reference
 * values: the same library and the same policy file as sealverify(1).
 */
#pragma once

#include <stdint.h>

#include "tests/broker/evidence.h"

/* Paths, read again for every attestation; NULL for none. */
struct broker_judge {
	const char *reference;	/* policy of sealverify(1)              */
	const char *cache;	/* directory of collateral              */
	const char *test_roots; /* PEM; tokens then say so              */
};

/*
 * Judges the guest's whole message (reference 1.3): evidence, devices, nonce and key together.
 *
 *   tee       of the session; the evidence must be of that TEE
 *   nonce     the session's challenge
 *   initdata  digest of what was sent beside it, or NULL: then nothing may have been measured
 *   now       Unix time
 *
 * -FAIL_DENIED   the verdict is not "accepted"; the text says its first reason
 * -FAIL_FORGED   initdata is not what the hardware measured
 * -FAIL_INPUT    no evidence, a file that can't be read as what it is
 * -FAIL_SYS
 * `ret->claims` is the caller's to release.
 */
int broker_hardware_verify(const struct broker_judge *judge, const char *tee, struct span body,
			   const char *nonce, const struct digest *initdata, int64_t now,
			   struct broker_evidence *ret, struct err *e);
