#include "attest/lanes.h"

#include <string.h>

#include "attest/key/derive.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"

/* What a question is: which lane answers it, how long its body is, whether equal ones may share an
 * answer. */
struct kind {
	uint16_t op;
	enum lane lane;
	size_t body;
	bool is_shared;
};

static const struct kind kinds[] = {
	{ MSG_EVIDENCE, LANE_CPU, sizeof(struct msg_evidence), true },
	{ MSG_SECRET, LANE_BROKER, sizeof(struct msg_secret), true },
	{ MSG_EVENT, LANE_LOG, sizeof(struct msg_event), false },
	{ MSG_EVENTLOG, LANE_LOG, 0, true },
};

/* Who asks for GPUs waits for NVML, and nobody else with them. */
static enum lane lane_of(const struct kind *kind, const struct lanes_question *q)
{
	if (q->op == MSG_EVIDENCE && q->job.ask.evidence.parts & PART_GPU)
		return LANE_GPU;
	return kind->lane;
}

static const struct kind *find_kind(uint16_t op)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].op == op)
			return &kinds[i];
	return NULL;
}

static struct lanes_question *find_free(struct lanes *l)
{
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		if (!l->questions[i].is_open)
			return &l->questions[i];
	return NULL;
}

static uint32_t number_of(struct span name)
{
	struct digest d = { .len = 0 };
	uint32_t n = 0;

	(void)digest_of(DIGEST_SHA256, name, &d, NULL);
	memcpy(&n, d.at, sizeof(n));
	return n;
}

static struct span caller_of(const struct lanes_question *q)
{
	const char *name = q->op == MSG_EVIDENCE ? q->job.ask.evidence.caller
			   : q->op == MSG_EVENT	 ? q->job.ask.event.caller
						 : CALLER_GUEST;

	return span(name, strnlen(name, LIMIT_NAME_BYTES));
}

/* The whole body is the question, so that equal keys are equal questions. */
static int make_key(const struct kind *kind, const struct lanes_question *q,
		    uint8_t ret[static SCHEDULE_KEY_BYTES], struct err *e)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	struct digest d;
	int failed = buf_append(&all, span(&q->op, sizeof(q->op)), IPC_BODY_BYTES * 2, e);

	if (!failed)
		failed = buf_append(&all, span(&q->job.ask, kind->body), IPC_BODY_BYTES * 2, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA256, buf_view(&all), &d, e);
	if (!failed)
		memcpy(ret, d.at, SCHEDULE_KEY_BYTES);
	return failed;
}

static void refuse(struct lanes *l, uint32_t ticket, const struct err *why)
{
	struct lanes_question *q = &l->questions[ticket];

	q->is_open = false;
	l->answer(l->ctx, q->op, q->id, NULL, -1, why);
}

/* The job's answers may be several tickets': they are told by the lane, which has one at a time. */
static void go_on(struct lanes *l, enum lane lane)
{
	struct schedule *line = &l->lines[lane];
	uint32_t tickets[LIMIT_QUESTIONS];
	struct schedule_question next;
	struct err e = { 0 };

	while (schedule_next(line, &next)) {
		struct lanes_question *q = &l->questions[next.ticket];

		q->job.deadline_ms = next.deadline_ms;
		if (!ipc_send(l->ends[lane], q->op, lane, span(&q->job, sizeof(q->job)), -1, &e))
			return;
		for (size_t i = 0, n = schedule_done(line, tickets); i < n; i++)
			refuse(l, tickets[i], &e);
	}
}

int lanes_ask(struct lanes *l, const struct ipc_msg *m, struct err *e)
{
	const struct kind *kind = find_kind(m->op);
	struct lanes_question *q = find_free(l);
	struct schedule_question s;
	enum lane lane;
	int failed;

	if (!kind || m->status)
		return FAIL(e, FAIL_INPUT, "question %u is not known", m->op);
	if (!q)
		return FAIL(e, FAIL_AGAIN, "%d questions are waiting already", LIMIT_QUESTIONS);
	*q = (struct lanes_question){ .op = m->op, .id = m->id };
	s = (struct schedule_question){ .ticket = (uint32_t)(q - l->questions),
					.is_shared = kind->is_shared,
					.deadline_ms = deadline_in(LIMIT_QUESTION_MS) };
	failed = ipc_body(m, &q->job.ask, kind->body, e);
	if (!failed)
		failed = make_key(kind, q, s.key, e);
	if (failed)
		return failed;
	s.caller = number_of(caller_of(q));
	lane = lane_of(kind, q);
	failed = schedule_add(&l->lines[lane], &s, e);
	if (failed)
		return failed;
	q->is_open = true;
	go_on(l, lane);
	return 0;
}

void lanes_answered(struct lanes *l, enum lane lane, const struct ipc_msg *m, int fd)
{
	struct schedule *line = &l->lines[lane];
	uint32_t tickets[LIMIT_QUESTIONS];
	struct err why = { 0 };
	size_t n;

	if (!line->is_busy || m->id != lane) {
		log_warning("lane %d: an answer that nobody waits for", lane);
		return;
	}
	if (m->status)
		(void)ipc_failure(m, &why);
	n = schedule_done(line, tickets);
	for (size_t i = 0; i < n; i++) {
		struct lanes_question *q = &l->questions[tickets[i]];

		q->is_open = false;
		l->answer(l->ctx, q->op, q->id, m->status ? NULL : m, fd, &why);
	}
	go_on(l, lane);
}

void lanes_expire(struct lanes *l, uint64_t now_ms)
{
	uint32_t tickets[LIMIT_QUESTIONS];
	struct err e = { 0 };

	(void)FAIL(&e, FAIL_AGAIN,
		   "no answer within %d s: the device is slow, or others came first",
		   LIMIT_QUESTION_MS / 1000);
	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		for (size_t i = 0, n = schedule_expire(&l->lines[lane], now_ms, tickets); i < n;
		     i++)
			refuse(l, tickets[i], &e);
}

void lanes_forget(struct lanes *l)
{
	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		schedule_forget(&l->lines[lane]);
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		l->questions[i].is_open = false;
}

uint64_t lanes_deadline(const struct lanes *l)
{
	uint64_t first = UINT64_MAX;

	for (size_t lane = 0; lane < LANE_COUNT; lane++) {
		uint64_t at = schedule_deadline(&l->lines[lane]);

		first = at < first ? at : first;
	}
	return first;
}
