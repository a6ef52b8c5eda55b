#include "attest/service.h"

#include <poll.h>
#include <string.h>

#include "attest/work.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/messages.h"

enum turn { GO_ON = 0, STOP = 1 }; /* or -kind */

/* To the API. One that is gone, or doesn't read, is its own trouble: PID 1 sees to it. */
static void send_to_api(struct service *s, const struct ipc_msg *m, struct span body, int fd)
{
	struct err e = { 0 };

	if (s->api >= 0 && ipc_send(s->api, m->op, m->id, body, fd, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "api", &e);
}

static void refuse(struct service *s, uint16_t op, uint32_t id, const struct err *why)
{
	struct err e = { 0 };

	if (s->api >= 0 && ipc_send_failure(s->api, op, id, why, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "api", &e);
}

static struct service_pending *find_free(struct service *s)
{
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		if (!s->pending[i].is_open)
			return &s->pending[i];
	return NULL;
}

static int send_job(struct service *s, const struct ipc_msg *m, const struct work_job *job,
		    struct err *e)
{
	struct service_pending *p = find_free(s);
	int failed;

	if (!p)
		return FAIL(e, FAIL_AGAIN, "%d questions are waiting already", LIMIT_QUESTIONS);
	failed = ipc_send(s->work, m->op, (uint32_t)(p - s->pending) + 1, span(job, sizeof(*job)),
			  -1, e);
	if (failed)
		return failed;
	*p = (struct service_pending){ true, m->op, m->id, s->peer };
	return 0;
}

static int pass_on(struct service *s, const struct ipc_msg *m, struct err *e)
{
	struct work_job job = { .deadline_ms = deadline_in(LIMIT_QUESTION_MS) };
	int failed = m->op == MSG_EVIDENCE
			     ? ipc_body(m, &job.ask.evidence, sizeof(job.ask.evidence), e)
			     : ipc_body(m, &job.ask.secret, sizeof(job.ask.secret), e);

	return failed ? failed : send_job(s, m, &job, e);
}

static int take_question(struct service *s, const struct ipc_msg *m, struct err *e)
{
	if (m->status || (m->op != MSG_SEAL_KEYS && m->op != MSG_EVIDENCE && m->op != MSG_SECRET))
		return FAIL(e, FAIL_INPUT, "question %u is not known", m->op);
	if (!s->is_booted)
		return FAIL(e, FAIL_AGAIN, "still attesting");
	if (m->op != MSG_SEAL_KEYS)
		return pass_on(s, m, e);
	if (m->length)
		return FAIL(e, FAIL_INPUT, "a question for keys has no body");
	send_to_api(s, m, secret_view(s->seal_keys), -1);
	return 0;
}

static int on_api(struct service *s, struct err *e)
{
	struct ipc_msg m;
	AUTO_FD int stray = -1;
	struct err why = { 0 };
	int failed = ipc_recv(s->api, 0, &m, &stray, &why);

	(void)e;
	if (failed == -(int)FAIL_AGAIN)
		return GO_ON;
	if (failed == -(int)FAIL_SYS) {
		log_info("the API has ended; waiting for the next one");
		fd_done(&s->api);
		return GO_ON;
	}
	if (failed)
		log_err(LOG_LEVEL_WARNING, "api", &why);
	else if (take_question(s, &m, &why) < 0)
		refuse(s, m.op, m.id, &why);
	return GO_ON;
}

static void take_peer(struct service *s, int *fd)
{
	if (*fd < 0) {
		log_warning("PID 1: a peer without a descriptor");
		return;
	}
	fd_done(&s->api);
	s->api = fd_take(fd);
	s->peer++;
}

/* For the boot, which waits for it in the worker's thread. */
static int relay(struct service *s, const struct ipc_msg *m, int fd, struct err *e)
{
	struct err why = { 0 };

	if (s->is_booted)
		return GO_ON;
	if (!m->status)
		return ipc_send(s->work, m->op, m->id, span(m->body, m->length), fd, e);
	(void)ipc_failure(m, &why);
	return ipc_send_failure(s->work, m->op, m->id, &why, e);
}

static int on_control(struct service *s, struct err *e)
{
	struct ipc_msg m;
	AUTO_FD int fd = -1;
	int failed = ipc_recv(s->control, 0, &m, &fd, e);

	if (failed == -(int)FAIL_AGAIN)
		return GO_ON;
	if (failed == -(int)FAIL_SYS)
		return err_add(e, "PID 1");
	if (failed) {
		log_err(LOG_LEVEL_WARNING, "PID 1", e);
		return GO_ON;
	}
	switch (m.op) {
	case MSG_STOP:
		return STOP;
	case MSG_PEER:
		take_peer(s, &fd);
		return GO_ON;
	case MSG_VOLUME:
	case MSG_VOLUME_START:
		return relay(s, &m, fd, e);
	default:
		log_warning("PID 1: message %u is not known", m.op);
		return GO_ON;
	}
}

static void take_answer(struct service *s, const struct ipc_msg *m, int fd)
{
	struct service_pending *p =
		m->id && m->id <= LIMIT_QUESTIONS ? &s->pending[m->id - 1] : NULL;
	struct ipc_msg answer = *m;
	struct err why = { 0 };

	if (!p || !p->is_open || p->op != m->op) {
		log_warning("worker: an answer that nobody waits for");
		return;
	}
	p->is_open = false;
	if (p->peer != s->peer)
		return;
	answer.id = p->id;
	if (!m->status) {
		send_to_api(s, &answer, span(answer.body, answer.length), fd);
		return;
	}
	(void)ipc_failure(m, &why);
	refuse(s, p->op, p->id, &why);
}

static int on_work(struct service *s, struct err *e)
{
	struct ipc_msg m;
	AUTO_FD int fd = -1;
	int failed = ipc_recv(s->work, 0, &m, &fd, e);

	if (failed == -(int)FAIL_AGAIN)
		return GO_ON;
	if (failed)
		return err_add(e, "worker");
	if (m.op != WORK_BOOTED)
		take_answer(s, &m, fd);
	else if (m.status)
		return ipc_failure(&m, e);
	else
		s->is_booted = true;
	return GO_ON;
}

int service_run(struct service *s, struct err *e)
{
	static int (*const on[])(struct service *, struct err *) = { on_control, on_work, on_api };
	int turn = GO_ON;

	while (turn == GO_ON) {
		struct pollfd p[] = {
			{ .fd = s->control, .events = POLLIN },
			{ .fd = s->work, .events = POLLIN },
			{ .fd = s->api, .events = POLLIN }, /* -1 is passed over */
		};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return FAIL_ERRNO(e, "poll: %s", strerror(errno));
		/* A replaced service pair has another number, or another poll to wait for. */
		for (size_t i = 0; turn == GO_ON && i < 3; i++)
			if (p[i].revents && (i < 2 || p[i].fd == s->api))
				turn = on[i](s, e);
	}
	return turn == STOP ? 0 : turn;
}

void service_done(struct service *s)
{
	fd_done(&s->api);
}
