#include "attest/work.h"

#include <string.h>

#include "attest/questions.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/log.h"

/* A waiting lane has nothing to do until then but to look whether there is a main loop. */
#define IDLE_MS 600000

_Static_assert(LANE_BROKER == 0, "the boot's own way to the GPUs");

/* A sealed memfd, or -kind. */
static int answer(struct worker *w, const struct ipc_msg *m, struct err *e)
{
	struct boot *b = w->boot;
	struct work_job job;
	int failed = ipc_body(m, &job, sizeof(job), e);

	if (failed)
		return failed;
	if (!deadline_left(job.deadline_ms))
		return FAIL(e, FAIL_AGAIN, "no time is left");
	switch (m->op) {
	case MSG_EVENT:
		return question_event(b, &job.ask.event, job.deadline_ms, e);
	case MSG_EVENTLOG:
		return question_eventlog(b, job.deadline_ms, e);
	case MSG_EVIDENCE:
		return question_evidence(b, &w->gpu_way, &job.ask.evidence, job.deadline_ms, e);
	case MSG_SECRET:
		return question_secret(b, &job.ask.secret, job.deadline_ms, e);
	default:
		return FAIL(e, FAIL_BUG, "job %u", m->op);
	}
}

static int answer_one(struct worker *w, struct err *e)
{
	struct err why = { 0 };
	struct ipc_msg m;
	AUTO_FD int stray = -1, result = -1;
	int failed = ipc_recv(w->end, deadline_in(IDLE_MS), &m, &stray, e);

	if (failed == -(int)FAIL_AGAIN)
		return 0;
	if (failed)
		return failed;
	/* What PID 1 said too late for who asked. */
	if (m.op == MSG_VOLUME || m.op == MSG_VOLUME_START || m.op == MSG_GPU_START)
		return 0;
	result = answer(w, &m, &why);
	if (result < 0)
		return ipc_send_failure(w->end, m.op, m.id, &why, e);
	return ipc_send(w->end, m.op, m.id, SPAN_EMPTY, result, e);
}

static int boot(struct worker *w, struct err *e)
{
	int failed = boot_run(w->boot, e);

	if (failed)
		(void)ipc_send_failure(w->end, WORK_BOOTED, 0, e, &(struct err){ 0 });
	else
		failed = ipc_send(w->end, WORK_BOOTED, 0, SPAN_EMPTY, -1, e);
	return failed;
}

void worker_run(struct worker *w)
{
	struct err e = { 0 };
	int failed = w->lane == LANE_BROKER ? boot(w, &e) : 0;

	while (!failed)
		failed = answer_one(w, &e);
	fd_done(&w->end);
}

static void *run(void *arg)
{
	worker_run(arg);
	return NULL;
}

int worker_start(struct worker *w, enum lane lane, struct boot *boot, int end, struct err *e)
{
	w->lane = lane;
	w->boot = boot;
	w->end = end;
	w->gpu_way = (struct gpu_way){ boot->control, end, (uint8_t)lane, 0 };
	errno = pthread_create(&w->thread, NULL, run, w);
	if (errno) {
		fd_done(&w->end);
		return FAIL_ERRNO(e, "thread: %s", strerror(errno));
	}
	return 0;
}
