/*
 * A TDREPORT: what the TDX module tells a TD of itself, with a MAC that only this CPU can check.
 * Spec: Intel TDX Module ABI, TDREPORT_STRUCT; cpu-evidence reference 3.1.
 */
#pragma once

#include <stdbool.h>

#include "attest/verify/context.h"

/* 1024 bytes that begin as one. */
bool tdreport_is(struct span bytes);

/* Reserved bytes zero, and both hashes are those of what they cover. -FAIL_INPUT, -FAIL_SYS. */
int tdreport_check(struct span report, struct err *e);
