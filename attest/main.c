/*
 * sealinit-attest: proves what this guest is, and receives what it is owed. The lanes (work.c) are
 * threads that wait for TEE and broker, the first of them boots; the main loop (service.c) hears
 * PID 1 and the API.
 */
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/boot.h"
#include "attest/evidence/tdx_direct.h"
#include "attest/gpu/pci.h"
#include "attest/options.h"
#include "attest/privilege.h"
#include "attest/service.h"
#include "attest/tpm/tpm.h"
#include "attest/work.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/log.h"

static int harden(struct err *e)
{
	/* One arena for all threads: they rarely allocate at once, and pages of a second one are
	 * memory that tenants pay for. */
	(void)mallopt(M_ARENA_MAX, 1);
	json_init();
	/* A broker that hangs up is an error of a write, not the end of us. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return FAIL_ERRNO(e, "SIGPIPE");
	return secret_harden_process(e);
}

/* True when the lane has put everything away; false if it still waits for somebody. */
static bool stop_lane(const struct worker *w, int end, uint64_t deadline_ms)
{
	struct pollfd p = { .fd = end, .events = POLLIN };
	struct ipc_msg m;

	while (deadline_left(deadline_ms) && poll(&p, 1, deadline_left(deadline_ms)) > 0) {
		AUTO_FD int fd = -1;

		if (ipc_recv(end, 0, &m, &fd, &(struct err){ 0 }) == -(int)FAIL_SYS)
			return pthread_join(w->thread, NULL) == 0;
	}
	return false;
}

static bool stop_lanes(const struct worker *workers, const int *ends, size_t count)
{
	uint64_t deadline_ms = deadline_in(LIMIT_WORKER_STOP_MS);
	bool are_all = true;

	for (size_t i = 0; i < count; i++)
		(void)shutdown(ends[i], SHUT_WR);
	for (size_t i = 0; i < count; i++)
		are_all = stop_lane(&workers[i], ends[i], deadline_ms) && are_all;
	return are_all;
}

static int start_lane(struct worker *w, enum lane lane, struct boot *boot, int *ret_end,
		      struct err *e)
{
	int pair[2];

	if (ipc_pair(pair, e) < 0)
		return -(int)FAIL_SYS;
	*ret_end = pair[0];
	if (lane == LANE_BROKER)
		boot->answers = pair[1];
	return worker_start(w, lane, boot, pair[1], e);
}

/* The boot begins with the capability for the link, which nobody else has a use for: the other
 * threads start without it. */
static int run(struct boot *boot, struct service *service, struct err *e)
{
	static struct worker workers[LANE_COUNT];
	int *ends = service->lanes.ends;
	size_t started = 0;
	int failed = 0;

	while (!failed && started < LANE_COUNT) {
		failed = start_lane(&workers[started], (enum lane)started, boot, &ends[started], e);
		if (!failed && started++ == LANE_BROKER)
			failed = privilege_drop(e);
	}
	if (!failed)
		failed = service_run(service, e);
	if (stop_lanes(workers, ends, started))
		boot_done(boot);
	else
		secret_done(&boot->keys.seal);
	return failed;
}

/* For status alone: sealinit-gpu counts them itself. */
static unsigned count_gpus(void)
{
	struct pci_count bus = { 0 };
	struct gpu_why why = { 0 };

	if (pci_read(PCI_DEVICES, &bus, &why) < 0)
		log_err(LOG_LEVEL_WARNING, "GPUs", &why.err);
	return bus.gpus;
}

int main(int argc, char **argv)
{
	static struct boot boot;
	static struct service service;
	static char qgs_conf[] = QGS_CONF_PATH;
	static struct tdx_direct tdx_direct;
	static struct tpm tpm;
	struct options options;
	struct err e = { 0 };

	log_open("sealinit-attest", 1);
	if (harden(&e) < 0 || options_parse(argc, argv, &options, &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "start", &e);
		return EXIT_FAILURE;
	}
	tdx_direct = TDX_DIRECT(qgs_conf);
	options.dev.tdx_direct = &tdx_direct;
	if (options.dev.tpmrm >= 0) {
		tpm_init(&tpm, options.dev.tpmrm);
		options.dev.tpm = &tpm;
	}
	options.dev.gpus = count_gpus();
	boot = (struct boot){
		.ops = &boot_ops,
		.control = options.control,
		.life = options.life,
		.eventlog = options.eventlog,
		.dev = options.dev,
		.source = options.source,
	};
	service = (struct service){
		.control = options.control,
		.api = options.api,
		.seal_keys = &boot.keys.seal,
		.policy = &boot.policy,
	};
	if (run(&boot, &service, &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "end", &e);
		/* Not exit(): its handlers would pull the libraries from under a worker that still
		 * waits for the network. */
		_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}
