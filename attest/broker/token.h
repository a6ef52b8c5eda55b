/*
 * The broker's token, read for how long it lives and for nothing else: the difference of two of the
 * broker's own times, so that the guest's wall clock has no say.
 * Spec: coco-protocol reference, section 3.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* exp - iat of a JWT, in seconds. Its signature is not looked at: the broker checks it.
 * -FAIL_INPUT: not a JWT, or without such times. -FAIL_LIMIT over LIMIT_TOKEN_BYTES. -FAIL_SYS. */
int token_life(struct span jwt, uint64_t *ret_seconds, struct err *e);
