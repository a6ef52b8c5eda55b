/*
 * The container of the test image: does what it is told by the file `scenario` of the volume, or
 * else by the broker's resource default/test/scenario, so that a test chooses without another
 * image.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/parts/scenarios.h"

#define WAIT_MS 60000

static int scenario_die(void)
{
	say("dies");
	abort();
}

static int scenario_exit_3(void)
{
	say("exits with 3");
	return 3;
}

static const struct {
	char name[24];
	int (*run)(void);
} scenarios[] = {
	{ "hello", scenario_hello },
	{ "write-forever", scenario_write_forever },
	{ "secrets", scenario_secrets },
	{ "invisible", scenario_invisible },
	{ "load-kill-api", scenario_load_kill_api },
	{ "kill-attest", scenario_kill_attest },
	{ "evidence", scenario_evidence },
	{ "events", scenario_events },
	{ "tee-dead", scenario_tee_dead },
	{ "kill-attest-events", scenario_kill_attest_events },
	{ "time-evidence", scenario_time_evidence },
	{ "slow-tee", scenario_slow_tee },
	{ "evidence-gpu", scenario_evidence_gpu },
	{ "gpu-denied", scenario_gpu_denied },
	{ "die", scenario_die },
	{ "exit-3", scenario_exit_3 },
};

static int run_named(struct buf *name)
{
	char *text = (char *)name->at;

	text[strcspn(text, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (strcmp(scenarios[i].name, text) == 0) {
			say("scenario %s", text);
			return scenarios[i].run();
		}
	return fail("there is no scenario '%s'", text);
}

/* Without a broker nobody can tell: a guest that went on in spite of that has a scenario of its
 * own. */
static int run_untold(const struct ending *end)
{
	AUTO_BUF struct buf status = BUF_EMPTY;

	(void)api_status(0, &status);
	if (status.at && strstr((const char *)status.at, ": degraded"))
		return scenario_degraded();
	return fail_call("which scenario?", end);
}

int main(void)
{
	AUTO_BUF struct buf name = BUF_EMPTY;
	struct ending end;
	bool found;

	(void)signal(SIGPIPE, SIG_IGN);
	if (!volume_read("scenario", &name, &found))
		return 1;
	if (!found) {
		end = api_secret("default/test/scenario", WAIT_MS, &name);
		if (!end.is_ok)
			return run_untold(&end);
	}
	return name.at ? run_named(&name) : fail("the scenario has no name");
}
