/*
 * The worker: a thread that may wait for the network and the TEE, so that the main loop never does.
 * It boots, then answers questions one after the other. The two talk over a SEQPACKET pair alone:
 *
 *   main -> worker   what PID 1 answers during the boot, as it came; then jobs
 *   worker -> main   WORK_BOOTED once (a status: the boot failed, and the worker ends); then
 * answers
 *
 * The end of the pair is the worker's end too.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "attest/boot.h"
#include "base/err.h"
#include "base/messages.h"

#define WORK_BOOTED 1000 /* beside the numbers of base/messages.h */

/* MSG_EVIDENCE or MSG_SECRET; the id is the main loop's. Answered with the same op and id. */
struct work_job {
	uint64_t deadline_ms; /* for the answer: in the queue it runs too */
	union {
		struct msg_evidence evidence;
		struct msg_secret secret;
	} ask;
};

struct worker {
	pthread_t thread;
	struct boot *boot;
	int end; /* the worker's own, closed when it is done */
};

/* Starts it. `boot` is the worker's until it ends, but for keys.seal, which don't change between
 * WORK_BOOTED and then; `end` is consumed. -FAIL_SYS. */
int worker_start(struct worker *w, struct boot *boot, int end, struct err *e);

/* What the thread does; for tests. */
void worker_run(struct worker *w);
