/* What evidence costs a container, from its request to the whole answer. */
#include <stdlib.h>

#include "base/clock.h"
#include "tests/guest/parts/scenarios.h"

#define WAIT_MS 30000
#define CALLS	100
#define WARM_UP 3

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The smallest that is not less than `percent` of all. */
static double rank_ms(const uint64_t *taken_us, unsigned percent)
{
	return (double)taken_us[(CALLS * percent + 99) / 100 - 1] / 1000;
}

int scenario_time_evidence(void)
{
	uint64_t taken_us[CALLS];

	for (int i = -WARM_UP; i < CALLS; i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		uint64_t begun_us = clock_boot_us();
		struct ending end = api_evidence(WAIT_MS, &got);

		if (!end.is_ok)
			return fail_call("evidence", &end);
		if (i >= 0)
			taken_us[i] = clock_boot_us() - begun_us;
	}
	qsort(taken_us, CALLS, sizeof(*taken_us), compare);
	say("evidence, %d calls: p50 %.1f ms, p99 %.1f ms", CALLS, rank_ms(taken_us, 50),
	    rank_ms(taken_us, 99));
	say("ok");
	return 0;
}
