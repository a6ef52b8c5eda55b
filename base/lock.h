/* A mutex with a deadline. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Takes the lock before `deadline_ms` (clock_boot_ms), or returns false. */
bool lock_until(pthread_mutex_t *lock, uint64_t deadline_ms);
