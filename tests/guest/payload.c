/*
 * The container of the test image: does what it is told by the file `scenario` of the volume, or by
 * /etc/scenario of its own, which guests without a broker have, or else by the broker's resource
 * default/test/scenario, so that a test chooses without another image.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "tests/guest/parts/scenarios.h"

#define WAIT_MS	   60000
#define NAME_BYTES 64

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
	{ "time-evidence-gpu", scenario_time_evidence_gpu },
	{ "slow-tee", scenario_slow_tee },
	{ "evidence-gpu", scenario_evidence_gpu },
	{ "gpu-denied", scenario_gpu_denied },
	{ "no-evidence", scenario_no_evidence },
	{ "kill-attest-launch", scenario_kill_attest_launch },
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

static bool image_read(struct buf *ret, bool *ret_found)
{
	AUTO_FD int fd = open("/etc/scenario", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };

	*ret_found = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || fail("/etc/scenario: %s", strerror(errno)) == 0;
	return fd_read_all(fd, NAME_BYTES, ret, &e) == 0 || fail("/etc/scenario: %s", e.text) == 0;
}

int main(void)
{
	AUTO_BUF struct buf name = BUF_EMPTY;
	struct ending end;
	bool found;

	(void)signal(SIGPIPE, SIG_IGN);
	if (!volume_read("scenario", &name, &found) || (!found && !image_read(&name, &found)))
		return 1;
	if (!found) {
		end = api_secret("default/test/scenario", WAIT_MS, &name);
		if (!end.is_ok)
			return run_untold(&end);
	}
	return name.at ? run_named(&name) : fail("the scenario has no name");
}
