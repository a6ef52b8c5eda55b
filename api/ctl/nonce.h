/* The nonce of an evidence call, however the user has it. */
#pragma once

#include <stdint.h>

#include "api/ctl/args.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

/*
 * Reads --nonce (base64), --nonce-hex or --nonce-file (raw bytes; "-" is standard input): 1 to
 * LIMIT_NONCE_BYTES bytes.
 *
 * -FAIL_INPUT: none was given, or it is not of its form or empty; -FAIL_LIMIT: too long; -FAIL_SYS:
 * the file.
 */
int nonce_read(const struct args *args, struct buf *ret, struct err *e);
