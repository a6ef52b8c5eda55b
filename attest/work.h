/*
 * The lanes: threads that may wait for the network and the TEE, so that the main loop never does,
 * and that don't wait for each other. Each answers one question at a time; the broker's boots
 * first. A lane and the main loop talk over a SEQPACKET pair alone:
 *
 *   main -> lane   what PID 1 answers to the lane, as it came; when booted one job, until its
 * answer lane -> main   WORK_BOOTED once (a status: the boot failed, and the lane ends); then
 * answers
 *
 * The end of the pair is the lane's end too.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "attest/boot.h"
#include "attest/evidence/gpu.h"
#include "base/err.h"
#include "base/messages.h"

#define WORK_BOOTED 1000 /* beside the numbers of base/messages.h */

/* MSG_EVIDENCE, MSG_SECRET, MSG_EVENT or MSG_EVENTLOG; the id is the main loop's. Answered with the
 * same op and id. */
struct work_job {
	uint64_t deadline_ms; /* for the answer */
	union {
		struct msg_evidence evidence;
		struct msg_secret secret;
		struct msg_event event;
	} ask;
};

enum lane {
	LANE_BROKER, /* the boot, then secrets: waits for the network     */
	LANE_CPU,    /* evidence of the CPU: waits for a throttled TEE     */
	LANE_GPU,    /* evidence with GPUs: waits for NVML too             */
	LANE_LOG,    /* events: waits for a quote over the log             */
	LANE_COUNT,
};

struct worker {
	pthread_t thread;
	enum lane lane;
	struct boot *boot;
	int end; /* the lane's own, closed when it is done */
	struct gpu_way gpu_way;
};

/* Starts it. `boot` is LANE_BROKER's until WORK_BOOTED; then the lanes share it as questions.h
 * says, and it may go when all have ended. `end` is consumed. -FAIL_SYS. */
int worker_start(struct worker *w, enum lane lane, struct boot *boot, int end, struct err *e);

/* What the thread does; for tests. */
void worker_run(struct worker *w);
