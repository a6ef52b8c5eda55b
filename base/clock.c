#include "base/clock.h"

#include <limits.h>

#define CLOCK_FLOOR 1793491200 /* 2026-11-01T00:00:00Z */

uint64_t clock_boot_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_boot_ms(void)
{
	return clock_boot_us() / 1000;
}

uint64_t deadline_in(uint64_t ms)
{
	return clock_boot_ms() + ms;
}

int deadline_left(uint64_t deadline_ms)
{
	uint64_t now = clock_boot_ms();

	if (now >= deadline_ms)
		return 0;
	return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}

int64_t clock_wall(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > CLOCK_FLOOR ? (int64_t)now.tv_sec : CLOCK_FLOOR;
}
