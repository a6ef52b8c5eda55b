/* What evidence costs a container, from its request to the whole answer, and what it costs those
 * who ask for something else. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/guest/parts/scenarios.h"

#define WAIT_MS	  30000
#define CALLS	  100
#define CALLS_GPU 20 /* each starts a program, and signs a report */
#define WARM_UP	  3
#define OTHERS_MS 1000 /* the TEE takes three times as long */
#define EVENTS	  100
#define OTHERS	  5 /* rounds, at least, while it does   */

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The smallest that is not less than `percent` of all. */
static double rank_ms(const uint64_t *taken_us, unsigned calls, unsigned percent)
{
	return (double)taken_us[(calls * percent + 99) / 100 - 1] / 1000;
}

static int time_calls(struct ending (*ask)(uint64_t wait_ms, struct buf *ret), int calls)
{
	uint64_t taken_us[CALLS];

	for (int i = -WARM_UP; i < calls; i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		uint64_t begun_us = clock_boot_us();
		struct ending end = ask(WAIT_MS, &got);

		if (!end.is_ok)
			return fail_call("evidence", &end);
		if (i >= 0)
			taken_us[i] = clock_boot_us() - begun_us;
	}
	qsort(taken_us, (size_t)calls, sizeof(*taken_us), compare);
	say("evidence, %d calls: p50 %.1f ms, p99 %.1f ms", calls,
	    rank_ms(taken_us, (unsigned)calls, 50), rank_ms(taken_us, (unsigned)calls, 99));
	say("ok");
	return 0;
}

int scenario_time_evidence(void)
{
	return time_calls(api_evidence, CALLS);
}

int scenario_time_evidence_gpu(void)
{
	return time_calls(api_evidence_gpu, CALLS_GPU);
}

/* Everything that needs no TEE, once; false after a fail(). The log has room for so many events. */
static bool others_are_served(bool with_event)
{
	AUTO_BUF struct buf status = BUF_EMPTY, blob = BUF_EMPTY, event = BUF_EMPTY;
	struct ending end = api_status(0, &status);

	if (!end.is_ok)
		return fail_call("status", &end) == 0;
	if (with_event) {
		end = api_event("load", "meanwhile", &event);
		if (!end.is_ok)
			return fail_call("event", &end) == 0;
	}
	end = api_seal("container", span_text("meanwhile"), 0, &blob);
	if (!end.is_ok)
		return fail_call("seal", &end) == 0;
	return opens_to("a blob of meanwhile", buf_view(&blob), span_text("meanwhile"));
}

static _Noreturn void ask_evidence(atomic_bool *is_answered)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct ending end = api_evidence(WAIT_MS, &got);

	atomic_store(is_answered, true);
	_exit(end.is_ok ? 0 : fail_call("evidence", &end));
}

/* One waits for a slow TEE, and nobody else does. */
int scenario_slow_tee(void)
{
	atomic_bool *is_answered = mmap(NULL, sizeof(*is_answered), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t begun_ms, taken_ms, most_ms = 0;
	int rounds, status;

	if (is_answered == MAP_FAILED)
		return fail("no memory to share");
	if (fork() == 0)
		ask_evidence(is_answered);
	for (rounds = 0; !atomic_load(is_answered); rounds++) {
		begun_ms = clock_boot_ms();
		if (!others_are_served(rounds < EVENTS))
			return 1;
		taken_ms = clock_boot_ms() - begun_ms;
		most_ms = taken_ms > most_ms ? taken_ms : most_ms;
	}
	if (wait(&status) < 0 || status != 0)
		return fail("the evidence did not come");
	if (rounds < OTHERS || most_ms > OTHERS_MS)
		return fail("%d rounds meanwhile, of up to %" PRIu64 " ms", rounds, most_ms);
	say("others were served %d times meanwhile, in %" PRIu64 " ms at most", rounds, most_ms);
	say("ok");
	return 0;
}
