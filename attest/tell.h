/* What attest tells PID 1 on its way. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"
#include "base/span.h"

/* One message, waiting up to LIMIT_TELL_MS for room; `fd` (or -1) stays the caller's.
 * -FAIL_AGAIN PID 1 doesn't read, -FAIL_SYS it is gone. */
int tell(int control, uint16_t op, uint32_t id, struct span body, int fd, struct err *e);

/*
 * Where a stage stands. `end_us` is 0 while it runs; `text` is cut to the message's size; `why`
 * (failed stages only, else NULL) gives kind and text.
 */
int tell_stage(int control, enum stage stage, enum stage_state state, uint64_t start_us,
	       uint64_t end_us, const char *text, const struct err *why, struct err *e);

/* The end of the boot: MSG_FAILED. */
int tell_failed(int control, enum stage stage, const struct err *why, struct err *e);
