/* sealinit-broker: for demos and tests. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "tests/broker/options.h"
#include "tests/broker/policy.h"
#include "tests/broker/server.h"

#define EXIT_USAGE 2

static struct broker broker = { .resources = -1, .now = broker_now };

/* A policy with a mistake is said now, not when the first guest asks. */
static int prepare(const struct broker_options *o, struct err *e)
{
	AUTO_POLICY struct broker_policy policy = BROKER_POLICY_EMPTY;
	int failed;

	broker.policy = o->policy;
	broker.judge = o->judge;
	broker.session_seconds = o->session_seconds;
	broker.hash = o->hash;
	if (o->unavailable_seconds)
		broker.unavailable_until = deadline_in(o->unavailable_seconds * 1000);
	broker.resources = open(o->resources, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (broker.resources < 0)
		return FAIL_ERRNO(e, "--resources %.60s: %s", o->resources, strerror(errno));
	failed = broker_policy_load(o->policy, &policy, e);
	return failed ? failed : jwk_generate(&broker.signer, e);
}

static int serve(const struct broker_options *o, struct err *e)
{
	struct broker_server *server = NULL;
	int failed;

	if ((failed = prepare(o, e)) ||
	    (failed = broker_server_open(&broker, o->listen, o->tls, &server, e)))
		return failed;
	/* For scripts, which wait for this line. */
	(void)printf("listening on %s\n", broker_server_url(server));
	(void)fflush(stdout);
	failed = broker_server_run(server, e);
	broker_server_close(server);
	log_info("sessions %" PRIu64 ", attestations %" PRIu64 ", resources released %" PRIu64
		 ", refused %" PRIu64,
		 broker.counts.sessions, broker.counts.attestations, broker.counts.released,
		 broker.counts.refused);
	return failed;
}

static void release(void)
{
	broker_sessions_done(&broker.sessions);
	jwk_done(&broker.signer);
	fd_done(&broker.resources);
}

int main(int argc, char *argv[])
{
	struct broker_options options = { 0 };
	struct err e = { 0 };
	int failed;

	log_open("sealinit-broker", -1);
	json_init();
	if (secret_harden_process(&e) < 0 || broker_options_parse(argc, argv, &options, &e) < 0) {
		log_error("%s; see --help", e.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		(void)fputs(broker_usage, stdout);
		return 0;
	}
	failed = serve(&options, &e);
	release();
	if (failed)
		log_err(LOG_LEVEL_ERROR, "broker", &e);
	return failed ? 1 : 0;
}
