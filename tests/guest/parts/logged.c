/* The log under writers whose attest is killed: what was acknowledged stands in it once, and what
 * the boot wrote still does. */
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/guest/parts/scenarios.h"

#define WRITERS	      4
#define EVENTS_MOST   150 /* of one writer */
#define EVENTS_BEFORE 20  /* acknowledged, of all writers, between one crash and the next */
#define CRASHES	      3
#define AGAIN_MS      120000
#define STEP_MS	      2

enum fate { UNSENT, UNKNOWN, ACKNOWLEDGED };

struct board {
	atomic_uint acknowledged;
	atomic_bool stop;
	_Atomic(enum fate) fates[WRITERS][EVENTS_MOST];
};

static void name_event(int writer, int n, char ret[static 24])
{
	(void)snprintf(ret, 24, "event-%d-%d", writer, n);
}

/* A call that ended otherwise than well may have recorded its event or not: it is not made again,
 * since that would be a second event. The next waits until somebody answers. */
static int write_events(struct board *b, int writer)
{
	for (int n = 0; n < EVENTS_MOST && !atomic_load(&b->stop); n++) {
		AUTO_BUF struct buf got = BUF_EMPTY, evidence = BUF_EMPTY;
		struct ending end;
		char name[24];

		name_event(writer, n, name);
		atomic_store(&b->fates[writer][n], UNKNOWN);
		end = api_event("load", name, &got);
		if (end.is_ok) {
			atomic_store(&b->fates[writer][n], ACKNOWLEDGED);
			atomic_fetch_add(&b->acknowledged, 1);
			continue;
		}
		if (!end.is_lost && !end.is_told_to_wait)
			return fail_call(name, &end);
		end = api_evidence(AGAIN_MS, &evidence);
		if (!end.is_ok)
			return fail_call("evidence between two crashes", &end);
	}
	return 0;
}

static bool wait_for_events(struct board *b)
{
	const unsigned want = atomic_load(&b->acknowledged) + EVENTS_BEFORE;
	const uint64_t deadline = deadline_in(AGAIN_MS);

	while (atomic_load(&b->acknowledged) < want && deadline_left(deadline) > 0)
		(void)poll(NULL, 0, STEP_MS);
	return atomic_load(&b->acknowledged) >= want || fail("the writers stand still") == 0;
}

static bool crash_under_load(struct board *b)
{
	for (int i = 0; i < CRASHES; i++)
		if (!wait_for_events(b) || !crash("attest"))
			return false;
	return wait_for_events(b);
}

/* The events themselves, out of the API's answer. */
static bool read_log(struct buf *ret)
{
	static const char member[] = "\"events\":\"";
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct ending end = api_eventlog(&text);
	struct err e = { 0 };
	const char *at;

	if (!end.is_ok)
		return fail_call("event log", &end) == 0;
	at = strstr((const char *)text.at, member);
	if (!at)
		return fail("the event log has no events") == 0;
	at += strlen(member);
	if (b64_decode(B64_STANDARD, span(at, strcspn(at, "\"")), LIMIT_OWN_LOG_BYTES, ret, &e) < 0)
		return fail("events: %s", e.text) == 0;
	return true;
}

static unsigned times(const struct buf *log, const char *words)
{
	const uint8_t *at = log->at, *end = log->at + log->len;
	unsigned n = 0;

	while (at && (at = memmem(at, (size_t)(end - at), words, strlen(words)))) {
		at += strlen(words);
		n++;
	}
	return n;
}

/* How often what was acknowledged is in the log: once. What was not: once, or not at all. */
static bool all_are_there_once(struct board *b, const struct buf *log, unsigned *ret_unknown)
{
	for (int w = 0; w < WRITERS; w++)
		for (int n = 0; n < EVENTS_MOST; n++) {
			enum fate fate = atomic_load(&b->fates[w][n]);
			char name[24], words[40];
			unsigned found;

			name_event(w, n, name);
			(void)snprintf(words, sizeof(words), "load %s ", name);
			found = times(log, words);
			if (found > (fate != UNSENT) || (fate == ACKNOWLEDGED && !found))
				return fail("%s stands %u times in the log", name, found) == 0;
			*ret_unknown += fate == UNKNOWN;
		}
	return true;
}

static bool boot_stands_once(const struct buf *log)
{
	static const char *const ours[] = { "sealinit config {",
					    "sealinit policy {\"digest\":\"sha256:",
					    "sealinit secret {\"path\":\"default/sealinit/root\"",
					    "sealinit secret {\"path\":\"default/test/scenario\"",
					    "sealinit volume {\"name\":\"data\"",
					    "sealinit ready {" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (times(log, ours[i]) != 1)
			return fail("%s stands %u times in the log", ours[i],
				    times(log, ours[i])) == 0;
	if (times(log, "sealinit ") != sizeof(ours) / sizeof(*ours))
		return fail("the guest wrote %u events", times(log, "sealinit ")) == 0;
	return true;
}

static bool run_writers(struct board *b)
{
	bool is_fine = true;
	int status;

	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			_exit(write_events(b, i));
	is_fine = crash_under_load(b);
	atomic_store(&b->stop, true);
	for (int i = 0; i < WRITERS; i++)
		is_fine = wait(&status) > 0 && status == 0 && is_fine;
	return is_fine;
}

int scenario_kill_attest_events(void)
{
	AUTO_BUF struct buf log = BUF_EMPTY;
	struct board *b =
		mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned unknown = 0;

	if (b == MAP_FAILED)
		return fail("no memory to share");
	if (!run_writers(b))
		return fail("a writer failed, or the crashes did");
	if (!read_log(&log) || !boot_stands_once(&log) || !all_are_there_once(b, &log, &unknown))
		return 1;
	say("attest killed %d times: %u events acknowledged, %u unknown, each at most once",
	    CRASHES, atomic_load(&b->acknowledged), unknown);
	if (!shows_evidence("document"))
		return 1;
	say("ok");
	return 0;
}
