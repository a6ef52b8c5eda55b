/* For the two things that have no event: a mount and a mapping that somebody still has open. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Waits `ms`, or less if `deadline_ms` (clock_boot_ms) is nearer; false when it has passed. */
bool wait_retry(int ms, uint64_t deadline_ms);
