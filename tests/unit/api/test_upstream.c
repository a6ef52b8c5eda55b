/* Questions to attest: every one is answered once, whatever the other side does. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/upstream.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "tests/support/fault.h"

static struct event_base *base;
static struct upstream *up;
static int peer; /* attest's end */
static int gone_count;

struct heard {
	int count;
	enum err_kind kind; /* 0: an answer */
	int sys;
	size_t body_len;
	char text[160];
	struct buf bytes;
	struct upstream *asks_again;
};

static void answered(void *arg, const struct answer *a)
{
	struct heard *h = arg;
	uint32_t id;
	struct err e;

	h->count++;
	h->kind = a->why ? a->why->kind : (enum err_kind)0;
	h->sys = a->why ? a->why->sys : 0;
	h->body_len = a->body.len;
	(void)snprintf(h->text, sizeof(h->text), "%s", a->why ? a->why->text : "");
	if (a->bytes)
		h->bytes = buf_take(a->bytes);
	if (h->asks_again)
		(void)upstream_ask(h->asks_again, &(struct question){ .op = MSG_SEAL_KEYS },
				   answered, h, &id, &e);
}

static void gone(void *arg)
{
	(void)arg;
	gone_count++;
}

static int connect_pair(void)
{
	int pair[2];
	struct err e = { 0 };

	cr_assert_eq(ipc_pair(pair, &e), 0);
	cr_assert_eq(upstream_connect(up, pair[0], &e), 0, "%s", e.text);
	return pair[1];
}

static void set_up(void)
{
	struct err e;

	log_set_level(LOG_LEVEL_ERROR);
	base = event_base_new();
	cr_assert_eq(upstream_new(base, 40, gone, NULL, &up, &e), 0);
	peer = connect_pair();
}

static void tear_down(void)
{
	upstream_free(up);
	event_base_free(base);
	fd_done(&peer);
}

TestSuite(upstream, .init = set_up, .fini = tear_down, .timeout = 20);

static uint32_t ask(uint16_t op, size_t limit, struct heard *h)
{
	uint32_t id = 0;
	struct err e = { 0 };

	cr_assert_eq(upstream_ask(up, &(struct question){ op, span("q", 1), limit }, answered, h,
				  &id, &e),
		     0, "%s", e.text);
	cr_assert_neq(id, 0);
	return id;
}

static void turn(void)
{
	cr_assert_geq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

static void wait_heard(const struct heard *h, int count)
{
	uint64_t deadline = deadline_in(5000);

	while (h->count < count && deadline_left(deadline))
		cr_assert_geq(event_base_loop(base, EVLOOP_ONCE), 0);
	cr_assert_eq(h->count, count);
}

static struct ipc_msg hear(void)
{
	struct ipc_msg m;
	int fd = -1;
	struct err e;

	cr_assert_eq(ipc_recv(peer, deadline_in(1000), &m, &fd, &e), 0);
	cr_assert_eq(fd, -1);
	return m;
}

Test(upstream, carries_questions_and_small_answers)
{
	struct heard h = { 0 };
	uint32_t id = ask(MSG_SEAL_KEYS, 0, &h);
	struct ipc_msg m = hear();
	struct err e;

	cr_assert_eq(m.op, MSG_SEAL_KEYS);
	cr_assert_eq(m.id, id);
	cr_assert_eq(m.length, 1);
	cr_assert_eq(ipc_send(peer, MSG_SEAL_KEYS, id, span("abc", 3), -1, &e), 0);
	wait_heard(&h, 1);
	cr_assert_eq(h.kind, 0);
	cr_assert_eq(h.body_len, 3);
}

static void send_memfd(uint32_t id, struct span bytes, int op)
{
	struct err e;
	AUTO_FD int fd = fd_seal_bytes("test", bytes, &e);

	cr_assert_eq(ipc_send(peer, (uint16_t)op, id, SPAN_EMPTY, fd, &e), 0);
}

Test(upstream, reads_large_answers_out_of_sealed_memfds)
{
	struct heard h = { 0 };

	send_memfd(ask(MSG_SECRET, 100, &h), span_text("secret"), MSG_SECRET);
	wait_heard(&h, 1);
	cr_assert_eq(h.kind, 0);
	cr_assert_str_eq((char *)h.bytes.at, "secret");
	buf_done(&h.bytes);
}

Test(upstream, refuses_answers_that_are_none)
{
	struct heard large = { 0 }, bare = { 0 }, open = { 0 }, other = { 0 };
	uint32_t id;
	struct err e;
	AUTO_FD int fd = memfd_create("open", MFD_CLOEXEC);

	send_memfd(ask(MSG_SECRET, 5, &large), span_text("secret"), MSG_SECRET);
	id = ask(MSG_SECRET, 5, &bare);
	cr_assert_eq(ipc_send(peer, MSG_SECRET, id, SPAN_EMPTY, -1, &e), 0);
	id = ask(MSG_SECRET, 5, &open);
	cr_assert_eq(ipc_send(peer, MSG_SECRET, id, SPAN_EMPTY, fd, &e), 0);
	send_memfd(ask(MSG_SECRET, 50, &other), span_text("secret"), MSG_EVIDENCE);
	wait_heard(&other, 1);
	cr_expect_eq(large.kind, FAIL_LIMIT, "over the limit");
	cr_expect_eq(bare.kind, FAIL_INPUT, "without a descriptor");
	cr_expect_eq(open.kind, FAIL_INPUT, "not sealed");
	cr_expect_eq(other.kind, FAIL_INPUT, "an answer to another question");
	cr_expect(large.sys == EPROTO && bare.sys == EPROTO && open.sys == EPROTO &&
		  other.sys == EPROTO);
}

Test(upstream, hands_on_failures_as_they_are)
{
	struct heard h = { 0 };
	struct err why, e;
	uint32_t id = ask(MSG_SECRET, 5, &h);

	(void)FAIL(&why, FAIL_DENIED, "missing: a/b/c");
	cr_assert_eq(ipc_send_failure(peer, MSG_SECRET, id, &why, &e), 0);
	wait_heard(&h, 1);
	cr_assert_eq(h.kind, FAIL_DENIED);
	cr_assert_str_eq(h.text, "missing: a/b/c");
	cr_assert_eq(h.sys, 0);
}

Test(upstream, answers_out_of_order)
{
	struct heard a = { 0 }, b = { 0 };
	uint32_t first = ask(MSG_SECRET, 9, &a), second = ask(MSG_SECRET, 9, &b);

	cr_assert_neq(first, second);
	send_memfd(second, span_text("b"), MSG_SECRET);
	wait_heard(&b, 1);
	cr_assert_eq(a.count, 0);
	send_memfd(first, span_text("a"), MSG_SECRET);
	wait_heard(&a, 1);
	cr_assert_str_eq((char *)a.bytes.at, "a");
	cr_assert_str_eq((char *)b.bytes.at, "b");
	buf_done(&a.bytes);
	buf_done(&b.bytes);
}

Test(upstream, gives_each_question_a_deadline)
{
	struct heard h = { 0 };
	uint32_t id = ask(MSG_SECRET, 9, &h);

	wait_heard(&h, 1);
	cr_assert_eq(h.kind, FAIL_AGAIN);
	cr_assert_eq(h.sys, ETIMEDOUT);
	send_memfd(id, span_text("late"), MSG_SECRET);
	turn();
	cr_assert_eq(h.count, 1, "what comes late is for nobody");
	cr_assert_eq(gone_count, 0);
}

Test(upstream, lets_nonsense_run_into_the_deadline)
{
	struct heard h = { 0 };
	uint8_t junk[sizeof(struct ipc_msg)] = { 0xff };

	(void)ask(MSG_SECRET, 9, &h);
	cr_assert_eq(write(peer, junk, sizeof(junk)), (ssize_t)sizeof(junk));
	cr_assert_eq(write(peer, junk, 3), 3);
	wait_heard(&h, 1);
	cr_assert_eq(h.sys, ETIMEDOUT);
	cr_assert(upstream_is_connected(up));
}

Test(upstream, fails_what_is_open_when_the_peer_dies)
{
	struct heard a = { 0 }, b = { 0 }, c = { 0 };
	uint32_t id;
	struct err e = { 0 };

	(void)ask(MSG_SECRET, 9, &a);
	(void)ask(MSG_EVIDENCE, 9, &b);
	fd_done(&peer);
	wait_heard(&a, 1);
	wait_heard(&b, 1);
	cr_assert_eq(a.kind, FAIL_SYS);
	cr_assert_eq(a.sys, ECONNRESET);
	cr_assert_eq(gone_count, 1);
	cr_assert_not(upstream_is_connected(up));
	cr_assert_eq(
		upstream_ask(up, &(struct question){ .op = MSG_SECRET }, answered, &c, &id, &e),
		-FAIL_SYS);
	cr_assert_eq(e.sys, ENOTCONN);
	cr_assert_eq(c.count, 0);
	/* Its successor. */
	peer = connect_pair();
	send_memfd(ask(MSG_SECRET, 9, &c), span_text("again"), MSG_SECRET);
	wait_heard(&c, 1);
	cr_assert_str_eq((char *)c.bytes.at, "again");
	buf_done(&c.bytes);
}

Test(upstream, fails_what_is_open_when_the_peer_is_replaced)
{
	struct heard h = { 0 };
	int old = peer;

	(void)ask(MSG_SECRET, 9, &h);
	peer = connect_pair();
	cr_assert_eq(h.count, 1);
	cr_assert_eq(h.sys, ECONNRESET);
	cr_assert_eq(gone_count, 0, "nobody is gone: another is here");
	(void)close(old);
}

Test(upstream, lets_a_callback_ask_again_while_the_peer_goes)
{
	struct heard h = { .asks_again = up };

	(void)ask(MSG_SECRET, 9, &h);
	fd_done(&peer);
	wait_heard(&h, 1);
	turn();
	cr_assert_eq(h.count, 1, "the second question was refused");
}

Test(upstream, drops_cancelled_questions)
{
	struct heard h = { 0 };
	uint32_t id = ask(MSG_SECRET, 9, &h);

	upstream_cancel(up, id);
	upstream_cancel(up, id);
	upstream_cancel(up, 0);
	upstream_cancel(up, 4711);
	send_memfd(id, span_text("x"), MSG_SECRET);
	turn();
	fd_done(&peer);
	turn();
	cr_assert_eq(h.count, 0);
}

Test(upstream, bounds_what_is_open)
{
	struct heard h = { 0 };
	struct ipc_msg m;
	uint32_t id;
	struct err e;

	for (int i = 0; i < LIMIT_API_QUESTIONS; i++) {
		(void)ask(MSG_SECRET, 9, &h);
		m = hear(); /* so that the queue of the socket is not what fills up */
	}
	cr_assert_eq(m.op, MSG_SECRET);
	cr_assert_eq(
		upstream_ask(up, &(struct question){ .op = MSG_SECRET }, answered, &h, &id, &e),
		-FAIL_AGAIN);
	wait_heard(&h, LIMIT_API_QUESTIONS);
	(void)ask(MSG_SECRET, 9, &h);
}

Test(upstream, says_again_when_the_peer_does_not_read)
{
	struct heard h = { 0 };
	int failed = 0, asked = 0, pair[2], room = 1;
	struct err e;

	cr_assert_eq(ipc_pair(pair, &e), 0);
	/* The kernel makes the least of it, which is a few messages. */
	cr_assert_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	cr_assert_eq(upstream_connect(up, pair[0], &e), 0);
	fd_done(&peer);
	peer = pair[1];
	for (;; asked++) {
		uint32_t id;

		failed = upstream_ask(up, &(struct question){ .op = MSG_SECRET }, answered, &h, &id,
				      &e);
		if (failed)
			break;
	}
	cr_assert_eq(failed, -FAIL_AGAIN);
	cr_assert_lt(asked, LIMIT_API_QUESTIONS, "the socket's queue is shorter than the table");
	wait_heard(&h, asked);
}

Test(upstream, fails_cleanly_without_memory)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		struct upstream *u = NULL;
		struct err e = { 0 };
		int failed = upstream_new(base, 40, gone, NULL, &u, &e);

		fault_disarm_keep();
		cr_assert(failed == 0 || failed == -FAIL_SYS);
		upstream_free(u);
	}
}
