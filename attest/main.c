/*
 * sealinit-attest: proves what this guest is, and receives what it is owed. Two threads: the worker
 * (work.c) boots, then asks TEE and broker; the main loop (service.c) hears PID 1 and the API.
 */
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/boot.h"
#include "attest/options.h"
#include "attest/privilege.h"
#include "attest/service.h"
#include "attest/work.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/log.h"

static int harden(struct err *e)
{
	/* One arena for both threads: they rarely allocate at once, and pages of a second one are
	 * memory that tenants pay for. */
	(void)mallopt(M_ARENA_MAX, 1);
	json_init();
	/* A broker that hangs up is an error of a write, not the end of us. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return FAIL_ERRNO(e, "SIGPIPE");
	return secret_harden_process(e);
}

/* True when the worker has put everything away; false if it still waits for somebody. */
static bool stop_worker(struct worker *w, int work)
{
	struct pollfd p = { .fd = work, .events = POLLIN };
	uint64_t deadline_ms = deadline_in(LIMIT_WORKER_STOP_MS);
	struct ipc_msg m;

	(void)shutdown(work, SHUT_WR);
	while (deadline_left(deadline_ms) && poll(&p, 1, deadline_left(deadline_ms)) > 0) {
		AUTO_FD int fd = -1;

		if (ipc_recv(work, 0, &m, &fd, &(struct err){ 0 }) == -(int)FAIL_SYS)
			return pthread_join(w->thread, NULL) == 0;
	}
	return false;
}

/* The worker begins with the capability for the link, which the main loop never has a use for. */
static int run(struct boot *boot, struct service *service, struct err *e)
{
	struct worker worker;
	int work[2], failed;

	if (ipc_pair(work, e) < 0)
		return -(int)FAIL_SYS;
	boot->answers = work[1];
	service->work = work[0];
	if (worker_start(&worker, boot, work[1], e) < 0)
		return -(int)FAIL_SYS;
	failed = privilege_drop(e);
	if (!failed)
		failed = service_run(service, e);
	if (stop_worker(&worker, work[0]))
		boot_done(boot);
	else
		secret_done(&boot->keys.seal);
	return failed;
}

int main(int argc, char **argv)
{
	static struct boot boot;
	static struct service service;
	struct options options;
	struct err e = { 0 };

	log_open("sealinit-attest", 1);
	if (harden(&e) < 0 || options_parse(argc, argv, &options, &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "start", &e);
		return EXIT_FAILURE;
	}
	boot = (struct boot){
		.ops = &boot_ops,
		.control = options.control,
		.life = options.life,
		.dev = options.dev,
		.source = options.source,
	};
	service = (struct service){
		.control = options.control,
		.api = options.api,
		.seal_keys = &boot.keys.seal,
	};
	if (run(&boot, &service, &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "end", &e);
		/* Not exit(): its handlers would pull the libraries from under a worker that still
		 * waits for the network. */
		_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}
