/* Time since boot, which the host can stop but not set; wall time is never used for freshness. */
#pragma once

#include <stdint.h>
#include <time.h>

uint64_t clock_boot_us(void);
uint64_t clock_boot_ms(void);

/* A point in time, in clock_boot_ms(). */
uint64_t deadline_in(uint64_t ms);

/* Milliseconds left, 0 when it has passed; fits poll(). */
int deadline_left(uint64_t deadline_ms);

/* Wall time in seconds, never below CLOCK_FLOOR (a date this code was not yet written on): for
 * the validity dates of certificates and nothing else. */
int64_t clock_wall(void);
