/* What sealinit-gpu gives up before it loads somebody else's library. */
#pragma once

#include "base/err.h"

/* No core, no dumps, no new privileges, no files, and of all sockets only Unix ones. -FAIL_SYS. */
int gpu_harden(struct err *e);
