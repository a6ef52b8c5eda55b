/* Guests of SEV and SEV-ES: a root that was injected at launch, and nothing to attest with. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/guest/parts/scenarios.h"

#define AGAIN_MS 120000
#define STEP_MS	 20
#define TEXT	 "sealed before the crash"
#define FOUND	 "found EFI secret area"

/* The line of status that says what such a guest proves. */
static bool tells_what_it_proves(void)
{
	AUTO_BUF struct buf status = BUF_EMPTY;
	struct ending end = api_status(AGAIN_MS, &status);
	const char *line = end.is_ok ? strstr((const char *)status.at, FOUND) : NULL;

	if (!line)
		return fail_call("status", &end) == 0;
	say("%.*s", (int)strcspn(line, "\n"), line);
	return true;
}

/* Said at once, and not as something that waiting helps against; the log goes on without it. */
int scenario_no_evidence(void)
{
	AUTO_BUF struct buf got = BUF_EMPTY, event = BUF_EMPTY, log = BUF_EMPTY;
	struct ending end = api_event("app", "start", &event);

	if (!end.is_ok)
		return fail_call("event", &end);
	say("event %s", (const char *)event.at);
	end = api_evidence_log(0, &got);
	if (end.is_ok || end.is_told_to_wait || strcmp(end.code, "denied") != 0)
		return fail_call("evidence without a TEE that gives any", &end);
	say("no evidence: %s", end.code);
	end = api_eventlog(&log);
	if (!end.is_ok)
		return fail_call("event log", &end);
	say("log %.*s", 60, (const char *)log.at);
	return tells_what_it_proves() ? scenario_hello() : 1;
}

/* An event is attest's to answer: who answers after the crash is the next one. */
static bool attests_again(void)
{
	const uint64_t start_ms = clock_boot_ms(), deadline_ms = deadline_in(AGAIN_MS);
	struct ending end = { 0 };

	while (!end.is_ok && deadline_left(deadline_ms)) {
		AUTO_BUF struct buf got = BUF_EMPTY;

		end = api_event("app", "again", &got);
		if (!end.is_ok && !end.is_lost && !end.is_told_to_wait)
			return fail_call("an event after the crash", &end) == 0;
		if (!end.is_ok)
			(void)poll(NULL, 0, STEP_MS);
	}
	if (!end.is_ok)
		return fail_call("attest does not come back", &end) == 0;
	say("attest killed: attested again in %" PRIu64 " ms", clock_boot_ms() - start_ms);
	return true;
}

int scenario_kill_attest_launch(void)
{
	AUTO_BUF struct buf blob = BUF_EMPTY, after = BUF_EMPTY;
	struct ending end = api_seal("container", span_text(TEXT), AGAIN_MS, &blob);

	if (!end.is_ok)
		return fail_call("seal", &end);
	if (!crash("attest") || !attests_again())
		return 1;
	/* The keys as the API has them now are what the new attest made of the same secret. */
	if (!crash("api") || !opens_to("a blob of before", buf_view(&blob), span_text(TEXT)) ||
	    !tells_what_it_proves())
		return 1;
	end = api_seal("pod", span_text(TEXT), AGAIN_MS, &after);
	if (!end.is_ok)
		return fail_call("seal after the crash", &end);
	return scenario_hello();
}
