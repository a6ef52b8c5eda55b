/* Evidence with the guest's log, and the log under load. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/parts/scenarios.h"

#define WAIT_MS	    30000
#define LINE_CHARS  600 /* of a document, in a line of the console */
#define WRITERS	    10
#define EVENTS	    100
#define QUOTERS	    3
#define QUOTES	    4
#define RETRIES_MAX 200

/* The host's side puts the lines together again. */
static void show(const char *name, const struct buf *text)
{
	for (size_t at = 0; at < text->len; at += LINE_CHARS)
		say("%s %.*s", name,
		    (int)(text->len - at < LINE_CHARS ? text->len - at : LINE_CHARS),
		    (const char *)text->at + at);
}

bool shows_evidence(const char *name)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct ending end = api_evidence_log(WAIT_MS, &got);

	if (!end.is_ok)
		return fail_call("evidence", &end) == 0;
	show(name, &got);
	return true;
}

/* The host's side looks for its digest in the log. */
static bool shows_policy(void)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct ending end = api_policy(&got);

	if (!end.is_ok)
		return fail_call("policy", &end) == 0;
	say("policy %s", (const char *)got.at);
	return true;
}

int scenario_evidence(void)
{
	AUTO_BUF struct buf event = BUF_EMPTY, ours = BUF_EMPTY;
	struct ending end = api_event("app", "start", &event);

	if (!end.is_ok)
		return fail_call("event", &end);
	say("event %s", (const char *)event.at);
	end = api_event("sealinit", "ready", &ours);
	if (end.is_ok || strcmp(end.code, "denied") != 0)
		return fail_call("an event in the guest's name", &end);
	say("the guest's own domain is denied");
	if (!shows_policy() || !shows_evidence("document"))
		return 1;
	say("ok");
	return 0;
}

/* Who is told that many are there already asks again. */
static int write_events(void)
{
	int retries = 0;

	for (int i = 0; i < EVENTS;) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		struct ending end = api_event("load", "event", &got);

		if (end.is_ok)
			i++;
		else if (!end.is_told_to_wait || retries++ == RETRIES_MAX)
			return fail_call("event", &end);
	}
	return 0;
}

static int ask_quotes(void)
{
	for (int i = 0; i < QUOTES; i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		struct ending end = api_evidence_log(WAIT_MS, &got);

		if (!end.is_ok)
			return fail_call("evidence", &end);
	}
	return 0;
}

static bool wait_for(int count)
{
	bool are_good = true;
	int status;

	while (count-- > 0)
		are_good = wait(&status) > 0 && status == 0 && are_good;
	return are_good;
}

/* A thousand events and evidence at the same time; what the log then is, the host judges. */
int scenario_events(void)
{
	AUTO_BUF struct buf log = BUF_EMPTY;
	struct ending end;

	for (int i = 0; i < WRITERS + QUOTERS; i++)
		if (fork() == 0)
			_exit(i < WRITERS ? write_events() : ask_quotes());
	if (!wait_for(WRITERS + QUOTERS))
		return fail("a writer or a quoter failed");
	end = api_eventlog(&log);
	if (!end.is_ok)
		return fail_call("event log", &end);
	if (!strstr((const char *)log.at, "\"count\":"))
		return fail("the log does not count its events");
	say("%.*s", (int)strcspn(strstr((const char *)log.at, "\"count\":"), ","),
	    strstr((const char *)log.at, "\"count\":"));
	if (!shows_evidence("document"))
		return 1;
	say("ok");
	return 0;
}

/* The TEE gives no evidence any more: said in a code of its own, at once, and however often. All
 * else goes on. */
int scenario_tee_dead(void)
{
	for (int i = 0; i < 2; i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		struct ending end = api_evidence_log(0, &got);

		if (end.is_ok || end.is_told_to_wait || strcmp(end.code, "tee-dead") != 0)
			return fail_call("evidence of a dead TEE", &end);
	}
	say("no evidence: tee-dead");
	return scenario_hello();
}

/* All parts there are, for the host's side to judge. */
int scenario_evidence_gpu(void)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct ending end = api_evidence_gpu(WAIT_MS, &got);

	if (!end.is_ok)
		return fail_call("evidence with GPUs", &end);
	show("document", &got);
	say("ok");
	return 0;
}

/* GPUs that are not confidential give none; the CPU does. */
int scenario_gpu_denied(void)
{
	AUTO_BUF struct buf got = BUF_EMPTY, cpu = BUF_EMPTY;
	struct ending end = api_evidence_gpu(0, &got);

	if (end.is_ok || strcmp(end.code, "denied") != 0)
		return fail_call("evidence of GPUs that are none", &end);
	say("GPUs are denied");
	end = api_evidence(WAIT_MS, &cpu);
	if (!end.is_ok)
		return fail_call("evidence of the CPU", &end);
	say("ok");
	return 0;
}
