#include "storage/wait.h"

#include <poll.h>
#include <stddef.h>

#include "base/clock.h"

bool wait_retry(int ms, uint64_t deadline_ms)
{
	int left = deadline_left(deadline_ms);

	if (left <= 0)
		return false;
	(void)poll(NULL, 0, left < ms ? left : ms);
	return true;
}
