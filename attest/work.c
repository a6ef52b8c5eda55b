#include "attest/work.h"

#include <string.h>

#include "attest/questions.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/log.h"

/* A waiting lane has nothing to do until then but to look whether there is a main loop. */
#define IDLE_MS 600000

/* What goes back: a body, a sealed memfd, or (on failure) neither. */
struct result {
	int fd;
	size_t len;
	struct msg_event_done event;
};

static int answer_event(struct boot *b, const struct work_job *job, struct result *ret,
			struct err *e)
{
	int failed = question_event(b, &job->ask.event, job->deadline_ms, &ret->event, e);

	if (!failed)
		ret->len = sizeof(ret->event);
	return failed;
}

static int answer(struct boot *b, const struct ipc_msg *m, struct result *ret, struct err *e)
{
	struct work_job job;
	int failed = ipc_body(m, &job, sizeof(job), e);

	if (failed)
		return failed;
	if (!deadline_left(job.deadline_ms))
		return FAIL(e, FAIL_AGAIN, "no time is left");
	switch (m->op) {
	case MSG_EVENT:
		return answer_event(b, &job, ret, e);
	case MSG_EVENTLOG:
		ret->fd = question_eventlog(b, job.deadline_ms, e);
		break;
	case MSG_EVIDENCE:
		ret->fd = question_evidence(b, &job.ask.evidence, job.deadline_ms, e);
		break;
	case MSG_SECRET:
		ret->fd = question_secret(b, &job.ask.secret, job.deadline_ms, e);
		break;
	default:
		return FAIL(e, FAIL_BUG, "job %u", m->op);
	}
	return ret->fd < 0 ? ret->fd : 0;
}

static int answer_one(struct worker *w, struct err *e)
{
	struct err why = { 0 };
	struct ipc_msg m;
	AUTO_FD int stray = -1;
	struct result result = { .fd = -1 };
	int failed = ipc_recv(w->end, deadline_in(IDLE_MS), &m, &stray, e);

	if (failed == -(int)FAIL_AGAIN)
		return 0;
	if (failed)
		return failed;
	/* What PID 1 said too late for the boot. */
	if (m.op == MSG_VOLUME || m.op == MSG_VOLUME_START)
		return 0;
	if (answer(w->boot, &m, &result, &why) < 0)
		return ipc_send_failure(w->end, m.op, m.id, &why, e);
	failed = ipc_send(w->end, m.op, m.id, span(&result.event, result.len), result.fd, e);
	fd_done(&result.fd);
	return failed;
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
	errno = pthread_create(&w->thread, NULL, run, w);
	if (errno) {
		fd_done(&w->end);
		return FAIL_ERRNO(e, "thread: %s", strerror(errno));
	}
	return 0;
}
