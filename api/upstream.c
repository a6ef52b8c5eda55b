#include "api/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/limits.h"
#include "base/log.h"

#define MESSAGES_A_TURN 16 /* then the tenants get their turn */

struct open_question {
	uint32_t id; /* 0: this row is free */
	uint16_t op;
	size_t limit;
	uint64_t deadline_ms;
	answer_fn *answered;
	void *arg;
};

struct upstream {
	struct event_base *base;
	struct event *readable; /* NULL without a peer */
	struct event *timer;
	int fd;
	uint32_t last_id;
	unsigned int deadline_ms;
	void (*gone)(void *arg);
	void *gone_arg;
	struct open_question open[LIMIT_API_QUESTIONS];
};

static struct open_question *find(struct upstream *u, uint32_t id)
{
	for (size_t i = 0; i < LIMIT_API_QUESTIONS; i++)
		if (u->open[i].id == id)
			return &u->open[i];
	return NULL;
}

static void set_timer(struct upstream *u)
{
	uint64_t first = UINT64_MAX;
	struct timeval tv;
	int left;

	for (size_t i = 0; i < LIMIT_API_QUESTIONS; i++)
		if (u->open[i].id && u->open[i].deadline_ms < first)
			first = u->open[i].deadline_ms;
	if (first == UINT64_MAX) {
		(void)evtimer_del(u->timer);
		return;
	}
	left = deadline_left(first);
	tv = (struct timeval){ left / 1000, left % 1000 * 1000 };
	if (evtimer_add(u->timer, &tv) < 0)
		log_error("no memory for a timer");
}

/* The row is free before the callback runs: it may ask again. */
static void answer_row(struct open_question *row, const struct answer *answer)
{
	struct open_question q = *row;

	row->id = 0;
	q.answered(q.arg, answer);
}

static void fail_row(struct open_question *row, int sys, const char *text)
{
	struct err why;

	(void)err_set(&why, sys == ETIMEDOUT ? FAIL_AGAIN : FAIL_SYS, sys, __func__, "%s", text);
	answer_row(row, &(struct answer){ .why = &why });
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *u = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < LIMIT_API_QUESTIONS; i++)
		if (u->open[i].id && !deadline_left(u->open[i].deadline_ms))
			fail_row(&u->open[i], ETIMEDOUT, "sealinit-attest did not answer in time");
	set_timer(u);
}

static void disconnect(struct upstream *u)
{
	if (u->readable)
		event_free(u->readable);
	u->readable = NULL;
	fd_done(&u->fd);
	for (size_t i = 0; i < LIMIT_API_QUESTIONS; i++)
		if (u->open[i].id)
			fail_row(&u->open[i], ECONNRESET, "sealinit-attest has ended");
	set_timer(u);
}

static void take_answer(struct open_question *row, const struct ipc_msg *m, int fd)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct answer answer = { .body = span(m->body, m->length), .bytes = &bytes };
	struct err why = { 0 };

	if (m->op != row->op) {
		answer.why = &why;
		(void)FAIL(&why, FAIL_INPUT, "an answer to another question");
	} else if (m->status) {
		answer.why = &why;
		(void)ipc_failure(m, &why);
	} else if (row->limit && fd_unseal_bytes(fd, row->limit, &bytes, &why) < 0) {
		answer.why = &why;
	}
	if (answer.why && !m->status)
		why.sys = EPROTO;
	answer_row(row, &answer);
}

/* False when there is nothing more to read now. */
static bool read_one(struct upstream *u)
{
	AUTO_MSG struct ipc_msg m;
	AUTO_FD int fd = -1;
	struct open_question *row;
	struct err e;
	int failed = ipc_recv(u->fd, 0, &m, &fd, &e);

	if (failed == -(int)FAIL_AGAIN)
		return false;
	if (failed == -(int)FAIL_SYS) {
		log_warning("sealinit-attest has ended; waiting for its successor");
		disconnect(u);
		u->gone(u->gone_arg);
		return false;
	}
	if (failed) {
		/* Its question times out: an attest that talks nonsense does not get to stop us. */
		log_err(LOG_LEVEL_WARNING, "attest", &e);
		return true;
	}
	row = m.id ? find(u, m.id) : NULL;
	if (row)
		take_answer(row, &m, fd);
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *u = arg;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < MESSAGES_A_TURN; i++)
		if (!read_one(u))
			break;
	set_timer(u);
}

int upstream_new(struct event_base *base, unsigned int deadline_ms, void (*gone)(void *arg),
		 void *gone_arg, struct upstream **ret, struct err *e)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (!u)
		return FAIL_ERRNO(e, "no memory");
	u->base = base;
	u->fd = -1;
	u->deadline_ms = deadline_ms;
	u->gone = gone;
	u->gone_arg = gone_arg;
	u->timer = evtimer_new(base, on_timer, u);
	if (!u->timer) {
		free(u);
		return FAIL(e, FAIL_SYS, "no memory for a timer");
	}
	*ret = u;
	return 0;
}

int upstream_connect(struct upstream *u, int fd, struct err *e)
{
	AUTO_FD int end = fd;
	struct event *readable;

	disconnect(u);
	readable = event_new(u->base, end, EV_READ | EV_PERSIST, on_readable, u);
	if (!readable || event_add(readable, NULL) < 0) {
		if (readable)
			event_free(readable);
		return FAIL(e, FAIL_SYS, "no memory for an event");
	}
	u->readable = readable;
	u->fd = fd_take(&end);
	return 0;
}

bool upstream_is_connected(const struct upstream *u)
{
	return u->fd >= 0;
}

static uint32_t next_id(struct upstream *u)
{
	do
		u->last_id++;
	while (!u->last_id || find(u, u->last_id));
	return u->last_id;
}

int upstream_ask(struct upstream *u, const struct question *q, answer_fn *answered, void *arg,
		 uint32_t *ret_id, struct err *e)
{
	struct open_question *row = find(u, 0);
	uint32_t id;
	int failed;

	if (u->fd < 0)
		return err_set(e, FAIL_SYS, ENOTCONN, __func__, "sealinit-attest is not there");
	if (!row)
		return FAIL(e, FAIL_AGAIN, "%d questions are open", LIMIT_API_QUESTIONS);
	id = next_id(u);
	failed = ipc_send(u->fd, q->op, id, q->body, -1, e);
	if (failed == -(int)FAIL_SYS && e)
		e->sys = ENOTCONN; /* its end reaches on_readable() by itself */
	if (failed)
		return failed;
	*row = (struct open_question){ .id = id,
				       .op = q->op,
				       .limit = q->limit,
				       .deadline_ms = deadline_in(u->deadline_ms),
				       .answered = answered,
				       .arg = arg };
	*ret_id = id;
	set_timer(u);
	return 0;
}

void upstream_cancel(struct upstream *u, uint32_t id)
{
	struct open_question *row = id ? find(u, id) : NULL;

	if (row)
		row->id = 0;
}

void upstream_free(struct upstream *u)
{
	if (!u)
		return;
	if (u->readable)
		event_free(u->readable);
	event_free(u->timer);
	fd_done(&u->fd);
	free(u);
}
