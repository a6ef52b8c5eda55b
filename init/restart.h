/* How often a program may be started again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

struct restarts {
	uint64_t at_ms[LIMIT_RESTARTS]; /* the last ones, a ring */
	uint32_t count;			/* in all                */
};

/* One more, at `now_ms`? false when LIMIT_RESTARTS of them lie within LIMIT_RESTART_MS; else it is
 * counted. */
bool restart_is_allowed(struct restarts *r, uint64_t now_ms);
