#include "api/conn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/room.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

#define LINGER_BYTES (4 * LIMIT_API_BODY_BYTES) /* what a refused client may still send us */

static void conn_run(struct conn *c);

/* ---- timers, state ---- */

static void kill_conn(struct conn *c)
{
	c->is_dead = true;
}

static void want(struct conn *c, bool reads, bool writes)
{
	int failed = reads ? event_add(c->readable, NULL) : event_del(c->readable);

	failed |= writes ? event_add(c->writable, NULL) : event_del(c->writable);
	if (failed)
		kill_conn(c);
}

static void set_timer(struct conn *c, unsigned int ms)
{
	struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	if (evtimer_add(c->timer, &tv) < 0)
		kill_conn(c);
}

/* Nothing of a request is there, nothing of an answer is left. */
static bool is_idle(const struct conn *c)
{
	return c->state == CONN_HEAD && !c->in.len;
}

static void tell_idle(struct conn *c)
{
	if (c->is_idle == is_idle(c))
		return;
	c->is_idle = !c->is_idle;
	c->host->idle_changed(c->host, c);
}

/* ---- the budget of bytes ---- */

static void release(struct conn *c)
{
	c->host->held -= c->held;
	c->held = 0;
}

/* Holds `bytes` in all; small amounts are not counted. */
static bool hold(struct conn *c, size_t bytes)
{
	size_t others = c->host->held - c->held;

	if (bytes <= LIMIT_API_SMALL_BYTES)
		bytes = 0;
	if (bytes &&
	    (others > c->host->limits.held_bytes || bytes > c->host->limits.held_bytes - others))
		return false;
	c->host->held = others + bytes;
	c->held = bytes;
	return true;
}

/* ---- answering ---- */

static void start_write(struct conn *c)
{
	struct reply *r = &c->exchange.reply;
	struct err e = { 0 };

	/* The body of the request is done with; its room is the answer's now. */
	buf_done(&c->exchange.body);
	if (!hold(c, r->body.len)) {
		release(c);
		reply_problem(r, form_of_problem(c->exchange.head.accept), PROBLEM_BUSY,
			      REPLY_RETRY_MS, "too many bytes are held for others");
	}
	if (c->host->is_stopping)
		c->keeps_alive = false;
	if (reply_head(r, c->keeps_alive, &c->out, &e) < 0) {
		kill_conn(c);
		return;
	}
	if (c->exchange.head.method == HTTP_HEAD)
		buf_done(&r->body);
	c->state = CONN_WRITE;
	set_timer(c, c->host->limits.answer_ms);
}

/* A problem that leaves the rest of the request unread. */
static void refuse(struct conn *c, enum problem problem, const char *text)
{
	c->keeps_alive = false;
	reply_problem(&c->exchange.reply, form_of_problem(c->exchange.head.accept), problem,
		      problem == PROBLEM_BUSY ? REPLY_RETRY_MS : 0, "%s", text);
	start_write(c);
}

static void exchange_is_done(struct exchange *x)
{
	struct conn *c = (struct conn *)((char *)x - offsetof(struct conn, exchange));

	start_write(c);
	if (!c->is_running)
		conn_run(c);
}

static void answer(struct conn *c)
{
	c->state = CONN_ANSWER;
	/* What the route waits for has a deadline of its own. */
	(void)evtimer_del(c->timer);
	exchange_run(&c->exchange);
}

/* ---- the body ---- */

static void take_in(struct conn *c, size_t n)
{
	/* Bytes that moved down leave none behind: they may be a secret. */
	memmove(c->in.at, c->in.at + n, c->in.len - n);
	explicit_bzero(c->in.at + c->in.len - n, n);
	c->in.len -= n;
}

static bool body_append(struct conn *c, struct span piece)
{
	struct buf *body = &c->exchange.body;
	size_t limit = exchange_body_limit(&c->exchange), need = body->len + piece.len, room;
	struct err e;

	if (need > limit) {
		refuse(c, PROBLEM_TOO_LARGE, "the body is too large for this route");
		return false;
	}
	room = need >= body->cap ? (need > limit / 2 ? limit : need * 2) : body->cap - 1;
	if (!hold(c, room)) {
		refuse(c, PROBLEM_BUSY, "too many bytes are held for others");
		return false;
	}
	if (room_make(body, room, &e) < 0 || buf_append(body, piece, limit, &e) < 0) {
		refuse(c, PROBLEM_INTERNAL, "no memory for the body");
		return false;
	}
	return true;
}

/* Each returns false when the connection has to wait for bytes or has gone on to another state. */
static bool read_counted(struct conn *c)
{
	size_t left = c->exchange.head.content_length - c->exchange.body.len;
	size_t n = left < c->in.len ? left : c->in.len;

	if (!body_append(c, span(c->in.at, n)))
		return false;
	take_in(c, n);
	return n == left;
}

static bool read_chunked(struct conn *c)
{
	struct span in = buf_view(&c->in), piece;
	struct err e = { 0 };

	while (in.len && !chunk_is_done(&c->chunk)) {
		if (chunk_next(&c->chunk, &in, &piece, &e) < 0) {
			refuse(c, problem_of(e.kind), e.text);
			return false;
		}
		if (piece.len && !body_append(c, piece))
			return false;
	}
	take_in(c, c->in.len - in.len);
	return chunk_is_done(&c->chunk);
}

static bool run_body(struct conn *c)
{
	bool is_whole = c->exchange.head.is_chunked ? read_chunked(c) : read_counted(c);

	if (is_whole) {
		answer(c);
		return true;
	}
	if (c->state != CONN_BODY)
		return true;
	if (!c->is_at_end)
		return false;
	refuse(c, PROBLEM_BAD_REQUEST, "the request ends within its body");
	return true;
}

/* ---- the head ---- */

/* RFC 9112, 2.2: an empty line before a request is passed over. */
static void skip_empty_lines(struct conn *c)
{
	size_t n = 0;

	while (c->in.len - n >= 2 && c->in.at[n] == '\r' && c->in.at[n + 1] == '\n')
		n += 2;
	if (n) {
		take_in(c, n);
		c->scanned = 0;
	}
}

static void begin_body(struct conn *c)
{
	struct exchange *x = &c->exchange;
	struct err e;

	if (!hold(c, x->head.content_length)) {
		refuse(c, PROBLEM_BUSY, "too many bytes are held for others");
		return;
	}
	if (room_make(&x->body, x->head.content_length, &e) < 0) {
		refuse(c, PROBLEM_INTERNAL, "no memory for the body");
		return;
	}
	/* RFC 9110, 10.1.1: not when the body is on its way already. */
	if (x->head.expects_continue && !c->in.len &&
	    send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL | MSG_DONTWAIT) != 25) {
		kill_conn(c);
		return;
	}
	memset(&c->chunk, 0, sizeof(c->chunk));
	c->state = CONN_BODY;
}

static void begin_request(struct conn *c, size_t head_len)
{
	struct exchange *x = &c->exchange;
	bool has_body;
	struct err e = { 0 };

	if (buf_append(&c->head, span(c->in.at, head_len), LIMIT_API_HEAD_BYTES, &e) < 0) {
		refuse(c, PROBLEM_INTERNAL, "no memory for the head");
		return;
	}
	take_in(c, head_len);
	c->scanned = 0;
	if (http_head_parse(buf_view(&c->head), &x->head, &e) < 0) {
		refuse(c, problem_of(e.kind), e.text);
		return;
	}
	has_body = x->head.is_chunked || x->head.content_length;
	c->keeps_alive = x->head.keep_alive;
	if (!exchange_begin(x)) {
		/* The body stays unread, so nothing that follows could be told from it. */
		c->keeps_alive &= !has_body;
		start_write(c);
	} else if (has_body) {
		begin_body(c);
	} else {
		answer(c);
	}
}

static bool run_head(struct conn *c)
{
	struct err e = { 0 };
	long head_len;

	skip_empty_lines(c);
	head_len = http_head_scan(buf_view(&c->in), &c->scanned, &e);
	if (head_len > 0) {
		begin_request(c, (size_t)head_len);
		return true;
	}
	if (head_len == -(long)FAIL_INPUT) {
		refuse(c, PROBLEM_BAD_REQUEST, e.text);
		return true;
	}
	if (c->in.len >= LIMIT_API_HEAD_BYTES) {
		refuse(c, PROBLEM_TOO_LARGE, "the head is too large");
		return true;
	}
	if (!c->is_at_end)
		return false;
	if (c->in.len)
		refuse(c, PROBLEM_BAD_REQUEST, "the request ends within its head");
	else
		kill_conn(c);
	return true;
}

/* ---- writing ---- */

static void begin_next(struct conn *c)
{
	exchange_done(&c->exchange);
	buf_done(&c->head);
	c->out.len = 0;
	c->sent = 0;
	release(c);
	if (c->host->is_stopping) {
		kill_conn(c);
		return;
	}
	if (!c->in.len)
		buf_done(&c->in);
	c->state = CONN_HEAD;
	set_timer(c, c->in.len ? c->host->limits.request_ms : c->host->limits.idle_ms);
}

/* A socket that is closed with bytes unread resets, and the answer may be lost on the way: so
 * first the rest is read off. */
static void begin_linger(struct conn *c)
{
	exchange_done(&c->exchange);
	release(c);
	if (c->is_at_end || c->host->is_stopping || shutdown(c->fd, SHUT_WR) < 0) {
		kill_conn(c);
		return;
	}
	if (c->in.len)
		take_in(c, c->in.len);
	c->sent = 0;
	c->state = CONN_LINGER;
	set_timer(c, c->host->limits.linger_ms);
}

static bool run_write(struct conn *c)
{
	struct span head = buf_view(&c->out), body = buf_view(&c->exchange.reply.body);
	struct iovec parts[2];
	struct msghdr m = { .msg_iov = parts };
	size_t skip = c->sent < head.len ? c->sent : head.len;
	ssize_t n;

	if (c->sent == head.len + body.len) {
		if (c->keeps_alive)
			begin_next(c);
		else
			begin_linger(c);
		return true;
	}
	if (skip < head.len)
		parts[m.msg_iovlen++] = (struct iovec){ c->out.at + skip, head.len - skip };
	if (body.len)
		parts[m.msg_iovlen++] =
			(struct iovec){ c->exchange.reply.body.at + (c->sent - skip),
					body.len - (c->sent - skip) };
	n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		kill_conn(c);
		return true;
	}
	c->sent += (size_t)n;
	return true;
}

/* ---- events ---- */

/* What is to be heard of, once nothing can go on without it. */
static void settle(struct conn *c)
{
	switch (c->state) {
	case CONN_HEAD:
	case CONN_BODY:
	case CONN_LINGER:
		want(c, true, false);
		return;
	case CONN_ANSWER:
		/* Not reading holds back whoever sends on without waiting. */
		want(c, false, false);
		return;
	case CONN_WRITE:
		want(c, false, true);
		return;
	}
}

static bool run_step(struct conn *c)
{
	switch (c->state) {
	case CONN_HEAD:
		return run_head(c);
	case CONN_BODY:
		return run_body(c);
	case CONN_WRITE:
		return run_write(c);
	case CONN_ANSWER:
	case CONN_LINGER:
		break;
	}
	return false;
}

static void conn_run(struct conn *c)
{
	c->is_running = true;
	while (!c->is_dead && run_step(c))
		;
	if (!c->is_dead) {
		tell_idle(c);
		settle(c);
	}
	c->is_running = false;
	if (c->is_dead)
		c->host->closed(c->host, c);
}

/* Reads what there is, once. False when the connection broke. */
static bool fill(struct conn *c)
{
	bool was_idle = is_idle(c);
	struct err e;
	ssize_t n;

	if (c->in.len >= LIMIT_API_HEAD_BYTES)
		return true;
	if (room_make(&c->in, LIMIT_API_HEAD_BYTES, &e) < 0)
		return false;
	n = read(c->fd, c->in.at + c->in.len, LIMIT_API_HEAD_BYTES - c->in.len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		c->is_at_end = true;
	c->in.len += (size_t)n;
	/* Told at once, so that a request that is answered at once counts as use as well. */
	tell_idle(c);
	if (was_idle && n > 0)
		set_timer(c, c->host->limits.request_ms);
	return true;
}

static void linger(struct conn *c)
{
	size_t n = c->in.len;

	take_in(c, n);
	if (__builtin_add_overflow(c->sent, n, &c->sent) || c->sent > LINGER_BYTES || c->is_at_end)
		kill_conn(c);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (!fill(c))
		kill_conn(c);
	else if (c->state == CONN_LINGER)
		linger(c);
	conn_run(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_run(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (is_idle(c) || c->state == CONN_WRITE || c->state == CONN_LINGER)
		kill_conn(c);
	else if (c->state == CONN_HEAD || c->state == CONN_BODY)
		refuse(c, PROBLEM_TIMEOUT, "the request took too long to arrive");
	conn_run(c);
}

void conn_stop(struct conn *c)
{
	if (is_idle(c) || c->state == CONN_LINGER) {
		kill_conn(c);
	} else if (c->state != CONN_WRITE) {
		exchange_stop(&c->exchange);
		c->keeps_alive = false;
		start_write(c);
	}
	conn_run(c);
}

int conn_new(struct conn_host *h, int fd, struct conn **ret, struct err *e)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		(void)close(fd);
		return FAIL_ERRNO(e, "no memory for a connection");
	}
	c->host = h;
	c->fd = fd;
	c->is_idle = true;
	c->exchange.services = h->services;
	c->exchange.done = exchange_is_done;
	c->readable = event_new(h->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(h->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	c->timer = evtimer_new(h->base, on_timer, c);
	if (!c->readable || !c->writable || !c->timer) {
		conn_free(c);
		return FAIL(e, FAIL_SYS, "no memory for a connection");
	}
	set_timer(c, h->limits.idle_ms);
	want(c, true, false);
	if (c->is_dead) {
		conn_free(c);
		return FAIL(e, FAIL_SYS, "no event for a connection");
	}
	*ret = c;
	return 0;
}

void conn_free(struct conn *c)
{
	release(c);
	exchange_done(&c->exchange);
	if (c->readable)
		event_free(c->readable);
	if (c->writable)
		event_free(c->writable);
	if (c->timer)
		event_free(c->timer);
	buf_done(&c->in);
	buf_done(&c->head);
	buf_done(&c->out);
	fd_done(&c->fd);
	free(c);
}
