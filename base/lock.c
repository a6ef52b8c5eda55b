#include "base/lock.h"

#include <time.h>

#include "base/clock.h"

#define NS_A_MS 1000000
#define NS_A_S	1000000000

bool lock_until(pthread_mutex_t *lock, uint64_t deadline_ms)
{
	uint64_t left_ms = (uint64_t)deadline_left(deadline_ms);
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(left_ms / 1000);
	at.tv_nsec += (long)(left_ms % 1000) * NS_A_MS;
	if (at.tv_nsec >= NS_A_S) {
		at.tv_nsec -= NS_A_S;
		at.tv_sec++;
	}
	return !pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &at);
}
