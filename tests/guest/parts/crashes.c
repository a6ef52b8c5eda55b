/* The scenarios in which a program of sealinit is killed under its callers (tests/guest/crash.c).
 */
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/guest/parts/kill.h"
#include "tests/guest/parts/scenarios.h"

#define CALLERS	     8
#define CALLS_MOST   5000 /* of one caller                        */
#define CALLS_BEFORE 200  /* of all of them, before the crash     */
#define CALLS_AFTER  400
#define LOAD_MS	     120000
#define AGAIN_MS     120000
#define TEXT	     "sealed before the crash"
#define STEP_MS	     5

/* What the callers share. */
struct counts {
	atomic_uint ok, reset, waited, wrong;
	atomic_bool stop;
};

bool crash(const char *program)
{
	struct err e = { 0 };

	return kill_program(program, &e) == 0 || fail("%s", e.text) == 0;
}

/* A call that ended in another way than the test allows is wrong, and is told. */
static bool count(struct counts *c, const char *what, const struct ending *end)
{
	if (end->is_ok)
		atomic_fetch_add(&c->ok, 1);
	else if (end->is_lost)
		atomic_fetch_add(&c->reset, 1);
	else if (end->is_told_to_wait)
		atomic_fetch_add(&c->waited, 1);
	else if (atomic_fetch_add(&c->wrong, 1) < 5)
		(void)fail_call(what, end);
	return end->is_ok;
}

static void compare(struct counts *c, const char *what, const struct buf *got, struct span want)
{
	if (!span_is_equal(buf_view(got), want)) {
		atomic_fetch_add(&c->wrong, 1);
		(void)fail("%s: other bytes came back", what);
	}
}

static void call_once(struct counts *c, struct span old_blob)
{
	AUTO_BUF struct buf blob = BUF_EMPTY, plain = BUF_EMPTY, old = BUF_EMPTY, text = BUF_EMPTY;
	uint8_t fresh[2048];
	struct ending end;

	if (getrandom(fresh, sizeof(fresh), 0) != (ssize_t)sizeof(fresh))
		return;
	end = api_seal("container", span(fresh, sizeof(fresh)), 0, &blob);
	if (count(c, "seal", &end)) {
		end = api_unseal(buf_view(&blob), 0, &plain);
		if (count(c, "unseal", &end))
			compare(c, "unseal", &plain, span(fresh, sizeof(fresh)));
	}
	end = api_unseal(old_blob, 0, &old);
	if (count(c, "unseal of before", &end))
		compare(c, "unseal of before", &old, span_text(TEXT));
	end = api_status(0, &text);
	/* A service that has just started answers 503 until it has heard what the guest's state is.
	 */
	end.is_told_to_wait = end.is_told_to_wait || end.http == 503;
	(void)count(c, "status", &end);
}

static bool start_callers(struct counts *c, struct span old_blob)
{
	for (int i = 0; i < CALLERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return fail("fork: %s", strerror(errno)) == 0;
		if (pid > 0)
			continue;
		for (int n = 0; n < CALLS_MOST && !atomic_load(&c->stop); n++)
			call_once(c, old_blob);
		_exit(0);
	}
	return true;
}

static bool wait_for_calls(struct counts *c, unsigned calls)
{
	const uint64_t deadline = deadline_in(LOAD_MS);

	while (atomic_load(&c->ok) < calls && deadline_left(deadline) > 0)
		(void)poll(NULL, 0, STEP_MS);
	if (atomic_load(&c->ok) < calls)
		return fail("%u calls instead of %u", atomic_load(&c->ok), calls) == 0;
	return true;
}

/* Each caller ends after its current call, which has a deadline. */
static bool stop_callers(struct counts *c)
{
	bool is_fine = true;
	int status;

	atomic_store(&c->stop, true);
	while (wait(&status) > 0)
		is_fine = is_fine && status == 0;
	return is_fine || fail("a caller ended with status %d", status) == 0;
}

static bool run_load(struct counts *c, struct span blob)
{
	return start_callers(c, blob) && wait_for_calls(c, CALLS_BEFORE) && crash("api") &&
	       wait_for_calls(c, atomic_load(&c->ok) + CALLS_AFTER);
}

static bool seal_before(const char *scope, struct buf *ret)
{
	struct ending end = api_seal(scope, span_text(TEXT), AGAIN_MS, ret);

	return end.is_ok || fail_call(scope, &end) == 0;
}

int scenario_load_kill_api(void)
{
	AUTO_BUF struct buf blob = BUF_EMPTY, life = BUF_EMPTY;
	struct counts *c =
		mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool is_fine;

	if (c == MAP_FAILED)
		return fail("mmap: %s", strerror(errno));
	if (!seal_before("container", &blob) || !seal_before("life", &life))
		return 1;
	is_fine = run_load(c, buf_view(&blob));
	if (!stop_callers(c) || !is_fine)
		return 1;
	if (!opens_to("a blob of before", buf_view(&blob), span_text(TEXT)) ||
	    !opens_to("a blob of this life", buf_view(&life), span_text(TEXT)) ||
	    !volume_write("after", span_text("the volume is still there\n")))
		return 1;
	say("api killed: %u calls ok, %u reset, %u told to wait, %u wrong", atomic_load(&c->ok),
	    atomic_load(&c->reset), atomic_load(&c->waited), atomic_load(&c->wrong));
	return atomic_load(&c->wrong) == 0 ? 0 : 1;
}

int scenario_kill_attest(void)
{
	AUTO_BUF struct buf container = BUF_EMPTY, life = BUF_EMPTY, before = BUF_EMPTY;
	AUTO_BUF struct buf after = BUF_EMPTY, secret = BUF_EMPTY;
	struct ending end;
	uint64_t killed_ms;

	if (!seal_before("container", &container) || !seal_before("life", &life))
		return 1;
	end = api_evidence(AGAIN_MS, &before);
	if (!end.is_ok)
		return fail_call("evidence before the crash", &end);

	if (!crash("attest"))
		return 1;
	killed_ms = clock_boot_ms();
	end = api_evidence(AGAIN_MS, &after);
	if (!end.is_ok)
		return fail_call("evidence after the crash", &end);
	say("attest killed: attested again in %" PRIu64 " ms", clock_boot_ms() - killed_ms);

	end = api_secret("default/test/s1", AGAIN_MS, &secret);
	if (!end.is_ok)
		return fail_call("a secret after the crash", &end);
	if (!opens_to("a blob of before", buf_view(&container), span_text(TEXT)) ||
	    !opens_to("a blob of this life", buf_view(&life), span_text(TEXT)) ||
	    !volume_write("after", span_text("the volume is still there\n")))
		return 1;
	return 0;
}
