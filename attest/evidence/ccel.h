/*
 * Where the firmware's event log ends: the area behind it is all FF or all zero.
 * Spec: TCG PC Client Platform Firmware Profile 1.06, 10.2; cpu-evidence reference 7.4.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* Length of the log in `area`: up to an event boundary with 8 bytes of FF or 00, with fewer than 8
 * such bytes left, or the area's end. -FAIL_INPUT: an event that does not fit, an unknown digest.
 */
int ccel_length(struct span area, size_t *ret, struct err *e);

/* The whole area, copied once, since the host may share it: `fd` is the kernel's file with it, read
 * from its beginning wherever it stands, and stays open. -FAIL_SYS, -FAIL_LIMIT (more than
 * LIMIT_EVENTLOG_BYTES). */
int ccel_read(int fd, struct buf *ret, struct err *e);
