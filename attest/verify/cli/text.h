/* The verdict on one screen. */
#pragma once

#include <stdint.h>

#include "attest/verify/verify.h"

/*
 * Appends: the decision in words, the five dimensions with the reasons that matter, what is
 * missing, a few claims of each part that was authenticated, and the next step. `at` is the time
 * that was judged at. -FAIL_SYS, -FAIL_LIMIT (over LIMIT_VERIFY_JSON_BYTES).
 */
int text_verdict(const struct verify_verdict *v, int64_t at, struct buf *ret, struct err *e);
