/* What the routes need from the rest of the process: a struct of functions, so that tests fill it.
 */
#pragma once

#include <stdint.h>

#include "api/seal/keyring.h"
#include "api/status.h"
#include "base/err.h"
#include "base/span.h"

/* A question to attest. */
struct question {
	uint16_t op;	  /* base/messages.h                                        */
	struct span body; /* copied before ask() returns                            */
	size_t limit;	  /* of the sealed memfd that answers; 0: the body answers  */
};

/* `why` is NULL for an answer, and then one of the others is it. All are loans during the call,
 * but the callee may take `*bytes`. A failure that is not attest's own has .sys: ECONNRESET it is
 * gone, ETIMEDOUT it did not answer, EPROTO what it answered is none. */
struct answer {
	const struct err *why;
	struct span body;
	struct buf *bytes;
};

typedef void answer_fn(void *arg, const struct answer *answer);

struct services {
	void *arg;

	/*
	 * Asks; `answered` is called exactly once, later, unless cancel() comes first.
	 * -FAIL_AGAIN too many questions; -FAIL_SYS with ENOTCONN nobody to ask.
	 */
	int (*ask)(void *arg, const struct question *q, answer_fn *answered, void *answered_arg,
		   uint32_t *ret_id, struct err *e);
	void (*cancel)(void *arg, uint32_t id);

	const struct status *(*status)(void *arg);
	const struct keyring *(*keyring)(void *arg);
};
