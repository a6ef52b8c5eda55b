/* The one loop: signals, what children say, and time. */
#pragma once

#include "base/err.h"
#include "init/guest.h"

/* Blocks all signals but those of our own faults, and opens a descriptor that they are read from.
 * The caller's, or -FAIL_SYS. */
int loop_signals(struct err *e);

/* Runs until the power goes; comes back on -FAIL_SYS only. */
int loop_run(struct guest *g, int signals, struct err *e);
