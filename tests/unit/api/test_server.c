/* Connections: hostile, slow, greedy, many. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "tests/support/fault.h"
#include "tests/unit/api/rig.h"

#define HOST   " HTTP/1.1\r\nHost: x\r\n"
#define STATUS "GET /v1/status" HOST "\r\n"
#define SECRET "GET /v1/secrets/a/b/c" HOST "\r\n"
#define RAW    "Content-Type: application/octet-stream\r\n"
#define SEAL   "POST /v1/seal" HOST RAW

static struct rig rig;

static void set_up(void)
{
	struct server_limits limits = SERVER_LIMITS;

	rig_init(&rig, &limits);
}

static void tear_down(void)
{
	rig_done(&rig);
}

static void set_limits(const struct server_limits *limits)
{
	rig_done(&rig);
	rig_init(&rig, limits);
}

TestSuite(server, .init = set_up, .fini = tear_down, .timeout = 60);

static void expect_code(const struct reply_seen *s, int status, const char *code)
{
	cr_expect_eq(s->status, status, "%d: %s", s->status, s->body.at ? (char *)s->body.at : "");
	cr_expect_str_eq(seen_header(s, "Sealinit-Problem"), code);
}

/* The loop sees a close some turns later. */
static void wait_connections(size_t count)
{
	uint64_t deadline = deadline_in(5000);

	while (server_connections(rig.server) != count && deadline_left(deadline))
		rig_turn(&rig);
	cr_assert_eq(server_connections(rig.server), count);
}

/* ---- requests in every shape ---- */

Test(server, takes_a_request_byte_by_byte)
{
	static const char text[] = "\r\n\r\n" SEAL "Content-Length: 5\r\n\r\nhello" STATUS;
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen sealed = { 0 };
	AUTO_SEEN struct reply_seen status = { 0 };

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		client_send(&c, span(text + i, 1));
		rig_turn(&rig);
	}
	sealed = client_read(&c, false);
	cr_assert_eq(sealed.status, 200);
	status = client_read(&c, false);
	cr_assert_eq(status.status, 200);
}

Test(server, answers_requests_that_come_together_in_their_order)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen a = { 0 };
	AUTO_SEEN struct reply_seen b = { 0 };
	AUTO_SEEN struct reply_seen d = { 0 };

	client_send(&c, span_text(SECRET STATUS "GET /nowhere" HOST "\r\n"));
	rig_wait_asked(&rig, 1);
	rig_answer(&rig, 1, span_text("first"));
	a = client_read(&c, false);
	b = client_read(&c, false);
	d = client_read(&c, false);
	cr_assert_str_eq((char *)a.body.at, "first");
	cr_assert_eq(b.status, 200);
	expect_code(&d, 404, "not-found");
}

Test(server, answers_a_client_that_sends_no_more)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen a = { 0 };
	AUTO_SEEN struct reply_seen b = { 0 };

	client_send(&c, span_text(SECRET STATUS));
	cr_assert_eq(shutdown(c.fd, SHUT_WR), 0);
	rig_wait_asked(&rig, 1);
	rig_answer(&rig, 1, span_text("late"));
	a = client_read(&c, false);
	b = client_read(&c, false);
	cr_assert_str_eq((char *)a.body.at, "late");
	cr_assert_eq(b.status, 200);
	cr_assert(client_is_closed(&c));
	wait_connections(0);
}

Test(server, takes_chunked_bodies)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen sealed = { 0 };
	AUTO_SEEN struct reply_seen next = { 0 };

	sealed = client_ask(&c, SEAL "Transfer-Encoding: chunked\r\n\r\n"
				     "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: x\r\n\r\n");
	cr_assert_eq(sealed.status, 200);
	cr_assert_eq(sealed.body.len, 96 + 16 + 6);
	next = client_ask(&c, STATUS);
	cr_assert_eq(next.status, 200);
}

Test(server, closes_when_it_is_told_to)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_CLIENT struct client old = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };
	AUTO_SEEN struct reply_seen old_seen = { 0 };

	s = client_ask(&c, "GET /v1/status" HOST "Connection: close\r\n\r\n");
	cr_assert_eq(s.status, 200);
	cr_assert_str_eq(seen_header(&s, "Connection"), "close");
	cr_assert(client_is_closed(&c));
	old_seen = client_ask(&old, "GET /v1/status HTTP/1.0\r\n\r\n");
	cr_assert_eq(old_seen.status, 200);
	cr_assert(client_is_closed(&old));
}

Test(server, says_continue_before_a_body_that_waits_for_it)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen go = { 0 };
	AUTO_SEEN struct reply_seen s = { 0 };

	go = client_ask(&c, SEAL "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	cr_assert_eq(go.status, 100);
	s = client_ask(&c, "hi");
	cr_assert_eq(s.status, 200);
}

Test(server, says_no_before_a_body_that_waits_for_it)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	s = client_ask(&c, SEAL "Content-Length: 8388609\r\nExpect: 100-continue\r\n\r\n");
	expect_code(&s, 413, "too-large");
	cr_assert_str_eq(seen_header(&s, "Connection"), "close");
	cr_assert(client_is_closed(&c));
}

/* ---- requests that are none ---- */

struct raw {
	char text[160];
	int status;
	char code[20];
};

ParameterizedTestParameters(server, refuses_and_closes)
{
	static struct raw rows[] = {
		{ "\n", 400, "bad-request" },
		{ "GET /v1/status HTTP/1.1\nHost: x\n\n", 400, "bad-request" },
		{ "\x16\x03\x01\x02\r\n\r\n", 400, "bad-request" },
		{ "GET /v1/status\r\n\r\n", 400, "bad-request" },
		{ "GET /v1/status HTTP/1.1\r\n\r\n", 400, "bad-request" },
		{ "GET /v1/status" HOST "A : b\r\n\r\n", 400, "bad-request" },
		{ "GET /v1/status" HOST "Expect: cake\r\n\r\n", 400, "bad-request" },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "bad-request" },
		{ SEAL "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, "bad-request" },
		{ SEAL "Content-Length: -5\r\n\r\nhello", 400, "bad-request" },
		{ SEAL "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
		  "bad-request" },
		{ SEAL "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", 400, "bad-request" },
		{ SEAL "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400, "bad-request" },
		{ SEAL "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 413,
		  "too-large" },
		{ SEAL "Content-Length: 8388609\r\n\r\n", 413, "too-large" },
		{ SEAL "Content-Length: 18446744073709551617\r\n\r\n", 413, "too-large" },
		{ "POST /v1/attestation/evidence" HOST "Content-Type: application/json\r\n"
		  "Content-Length: 4097\r\n\r\n",
		  413, "too-large" },
		{ "POST /v1/nowhere" HOST "Content-Length: 5\r\n\r\nhello", 404, "not-found" },
		{ "POST /v1/seal" HOST "Content-Length: 5\r\n\r\nhello", 415, "unsupported-media" },
	};
	return cr_make_param_array(struct raw, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct raw *row, server, refuses_and_closes)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = client_ask(&c, row->text);

	expect_code(&s, row->status, row->code);
	cr_expect_str_eq(seen_header(&s, "Connection"), "close");
	cr_assert(client_is_closed(&c));
	cr_assert_eq(c.got.len, 0, "one answer, and nothing of the rest is read as a request");
	client_done(&c);
	wait_connections(0);
}

Test(server, refuses_a_nul_in_a_head)
{
	static const char text[] = "GET /v1/status\0 HTTP/1.1\r\nHost: x\r\n\r\n";
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	client_send(&c, span(text, sizeof(text) - 1));
	s = client_read(&c, false);
	expect_code(&s, 400, "bad-request");
}

Test(server, refuses_a_head_that_does_not_end)
{
	char filler[LIMIT_API_HEAD_BYTES + 100];
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	memset(filler, 'a', sizeof(filler));
	client_send(&c, span_text("GET /"));
	client_send(&c, span(filler, sizeof(filler)));
	s = client_read(&c, false);
	expect_code(&s, 413, "too-large");
	cr_assert(client_is_closed(&c));
}

Test(server, refuses_too_many_header_lines)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	client_send(&c, span_text("GET /v1/status" HOST));
	for (int i = 0; i < LIMIT_API_HEADERS; i++)
		client_send(&c, span_text("A: b\r\n"));
	s = client_ask(&c, "\r\n");
	expect_code(&s, 413, "too-large");
}

Test(server, says_that_a_request_was_cut_short)
{
	AUTO_CLIENT struct client head = client_open(&rig);
	AUTO_CLIENT struct client body = client_open(&rig);
	AUTO_SEEN struct reply_seen a = { 0 };
	AUTO_SEEN struct reply_seen b = { 0 };

	client_send(&head, span_text("GET /v1/sta"));
	cr_assert_eq(shutdown(head.fd, SHUT_WR), 0);
	a = client_read(&head, false);
	expect_code(&a, 400, "bad-request");
	client_send(&body, span_text(SEAL "Content-Length: 5\r\n\r\nhell"));
	cr_assert_eq(shutdown(body.fd, SHUT_WR), 0);
	b = client_read(&body, false);
	expect_code(&b, 400, "bad-request");
}

/* A client that writes on without reading gets the answer all the same: the rest is read off. */
Test(server, gets_its_refusal_through_to_who_still_sends)
{
	AUTO_BUF struct buf junk = BUF_EMPTY;
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };
	struct err e;

	cr_assert_eq(buf_reserve(&junk, 9 * 1024 * 1024, &e), 0);
	junk.len = 9 * 1024 * 1024;
	memset(junk.at, 'j', junk.len);
	client_send(&c, span_text(SEAL "Content-Length: 9437184\r\n\r\n"));
	client_send(&c, buf_view(&junk));
	s = client_read(&c, false);
	expect_code(&s, 413, "too-large");
	cr_assert(client_is_closed(&c));
}

Test(server, refuses_a_chunked_body_that_grows_over_the_limit)
{
	char chunk[65536 + 16];
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	memcpy(chunk, "10000\r\n", 7);
	memset(chunk + 7, 'c', 65536);
	memcpy(chunk + 7 + 65536, "\r\n", 2);
	client_send(&c, span_text(SEAL "Transfer-Encoding: chunked\r\n\r\n"));
	for (size_t sent = 0; sent <= LIMIT_API_BODY_BYTES; sent += 65536)
		client_send(&c, span(chunk, 7 + 65536 + 2));
	s = client_read(&c, false);
	expect_code(&s, 413, "too-large");
	cr_assert_eq(server_held(rig.server), 0, "and gives back what it held");
}

/* ---- time ---- */

Test(server, does_not_wait_for_a_slow_sender)
{
	struct server_limits limits = SERVER_LIMITS;
	uint64_t begun;
	struct client c;
	AUTO_SEEN struct reply_seen s = { 0 };

	limits.request_ms = 150;
	set_limits(&limits);
	c = client_open(&rig);
	client_send(&c, span_text(SEAL "Content-Length: 8388608\r\n\r\n"));
	/* A byte now and then is not progress: the deadline is the request's, not the byte's. */
	for (begun = clock_boot_ms(); clock_boot_ms() - begun < 300; rig_turn(&rig))
		client_send(&c, span("x", 1));
	s = client_read(&c, false);
	expect_code(&s, 408, "timeout");
	cr_assert(client_is_closed(&c));
	client_done(&c);
	wait_connections(0);
}

Test(server, does_not_wait_for_a_slow_head)
{
	struct server_limits limits = SERVER_LIMITS;
	struct client c;
	AUTO_SEEN struct reply_seen s = { 0 };

	limits.request_ms = 50;
	set_limits(&limits);
	c = client_open(&rig);
	s = client_ask(&c, "GET /v1/status HTTP/1.1\r\nHo");
	expect_code(&s, 408, "timeout");
	client_done(&c);
}

Test(server, closes_idle_connections_without_a_word)
{
	struct server_limits limits = SERVER_LIMITS;
	struct client fresh, used;
	AUTO_SEEN struct reply_seen s = { 0 };

	limits.idle_ms = 50;
	set_limits(&limits);
	fresh = client_open(&rig);
	used = client_open(&rig);
	s = client_ask(&used, STATUS);
	cr_assert_eq(s.status, 200);
	cr_assert(client_is_closed(&fresh));
	cr_assert(client_is_closed(&used));
	cr_assert_eq(fresh.got.len + used.got.len, 0);
	client_done(&fresh);
	client_done(&used);
	wait_connections(0);
}

Test(server, drops_who_does_not_read_the_answer)
{
	struct server_limits limits = SERVER_LIMITS;
	AUTO_BUF struct buf big = BUF_EMPTY;
	struct client c;
	struct err e;

	limits.answer_ms = 50;
	set_limits(&limits);
	cr_assert_eq(buf_reserve(&big, 1000000, &e), 0);
	big.len = 1000000;
	c = client_open(&rig);
	client_send(&c, span_text(SECRET));
	rig_wait_asked(&rig, 1);
	rig_answer(&rig, 1, buf_view(&big));
	cr_assert_eq(server_held(rig.server), 1000000);
	wait_connections(0);
	cr_assert_eq(server_held(rig.server), 0);
	client_done(&c);
}

Test(server, lingers_only_so_long)
{
	struct server_limits limits = SERVER_LIMITS;
	struct client c;
	AUTO_SEEN struct reply_seen s = { 0 };

	limits.linger_ms = 50;
	set_limits(&limits);
	c = client_open(&rig);
	s = client_ask(&c, SEAL "Content-Length: 99999999\r\n\r\n");
	expect_code(&s, 413, "too-large");
	/* The client neither sends nor closes. */
	wait_connections(0);
	client_done(&c);
}

/* ---- many ---- */

Test(server, serves_sixty_four_at_once)
{
	struct client clients[64];

	for (size_t i = 0; i < 64; i++) {
		clients[i] = client_open(&rig);
		client_send(&clients[i], span_text(SECRET));
	}
	rig_wait_asked(&rig, 64);
	for (uint32_t i = 64; i > 0; i--) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%u", i);
		rig_answer(&rig, i, span_text(text));
	}
	for (size_t i = 0; i < 64; i++) {
		AUTO_SEEN struct reply_seen s = client_read(&clients[i], false);
		char text[16];

		(void)snprintf(text, sizeof(text), "%zu", i + 1);
		cr_assert_str_eq((char *)s.body.at, text, "everybody gets their own");
		client_done(&clients[i]);
	}
	wait_connections(0);
}

Test(server, turns_away_who_does_not_fit)
{
	struct server_limits limits = SERVER_LIMITS;
	struct client in[2], out;
	AUTO_SEEN struct reply_seen s = { 0 };

	limits.connections = 2;
	set_limits(&limits);
	for (size_t i = 0; i < 2; i++) {
		in[i] = client_open(&rig);
		client_send(&in[i], span_text("GET /v1/st"));
		rig_turn(&rig);
	}
	out = client_open(&rig);
	s = client_read(&out, false);
	expect_code(&s, 503, "busy");
	cr_assert_str_eq(seen_header(&s, "Sealinit-Retry-After-Ms"), "500");
	cr_assert(client_is_closed(&out));
	cr_assert_eq(server_connections(rig.server), 2);
	client_done(&out);
	client_done(&in[0]);
	client_done(&in[1]);
}

Test(server, makes_room_by_closing_who_has_been_idle_longest)
{
	struct server_limits limits = SERVER_LIMITS;
	struct client first, second, third;
	AUTO_SEEN struct reply_seen a = { 0 };
	AUTO_SEEN struct reply_seen b = { 0 };

	limits.connections = 2;
	set_limits(&limits);
	first = client_open(&rig);
	second = client_open(&rig);
	/* The first one was used last. */
	a = client_ask(&first, STATUS);
	cr_assert_eq(a.status, 200);
	third = client_open(&rig);
	cr_assert(client_is_closed(&second));
	b = client_ask(&third, STATUS);
	cr_assert_eq(b.status, 200);
	cr_assert_not(first.is_at_end);
	client_done(&first);
	client_done(&second);
	client_done(&third);
}

Test(server, holds_so_many_bytes_and_no_more)
{
	struct server_limits limits = SERVER_LIMITS;
	struct client greedy, other, small;
	AUTO_SEEN struct reply_seen refused = { 0 };
	AUTO_SEEN struct reply_seen served = { 0 };
	AUTO_SEEN struct reply_seen again = { 0 };
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct err e;

	limits.held_bytes = 100000;
	set_limits(&limits);
	greedy = client_open(&rig);
	client_send(&greedy, span_text(SEAL "Content-Length: 80000\r\n\r\nx"));
	rig_turn(&rig);
	other = client_open(&rig);
	refused = client_ask(&other, SEAL "Content-Length: 30000\r\n\r\n");
	expect_code(&refused, 503, "busy");
	cr_assert_str_eq(seen_header(&refused, "Sealinit-Retry-After-Ms"), "500");
	small = client_open(&rig);
	served = client_ask(&small, SEAL "Content-Length: 5\r\n\r\nhello");
	cr_assert_eq(served.status, 200, "small ones pass");
	client_done(&greedy);
	wait_connections(2);
	cr_assert_eq(server_held(rig.server), 0);
	cr_assert_eq(buf_reserve(&body, 30000, &e), 0);
	body.len = 30000;
	again = client_post(&small, "/v1/seal", "application/octet-stream", NULL, buf_view(&body));
	cr_assert_eq(again.status, 200);
	client_done(&other);
	client_done(&small);
}

Test(server, counts_answers_like_bodies)
{
	struct server_limits limits = SERVER_LIMITS;
	AUTO_BUF struct buf big = BUF_EMPTY;
	struct client clients[3];
	AUTO_SEEN struct reply_seen s = { 0 };
	struct err e;

	limits.held_bytes = 900000;
	set_limits(&limits);
	cr_assert_eq(buf_reserve(&big, 400000, &e), 0);
	big.len = 400000;
	for (uint32_t i = 0; i < 3; i++) {
		clients[i] = client_open(&rig);
		client_send(&clients[i], span_text(SECRET));
		rig_wait_asked(&rig, i + 1);
		rig_answer(&rig, i + 1, buf_view(&big));
	}
	s = client_read(&clients[2], false);
	expect_code(&s, 503, "busy");
	for (uint32_t i = 0; i < 3; i++)
		client_done(&clients[i]);
}

/* ---- ends ---- */

Test(server, forgets_the_question_of_a_client_that_went_away)
{
	struct client c = client_open(&rig);

	client_send(&c, span_text(SECRET));
	rig_wait_asked(&rig, 1);
	client_done(&c);
	rig_answer(&rig, 1, span_text("for nobody"));
	wait_connections(0);
	c = client_open(&rig);
	client_send(&c, span_text(SECRET));
	rig_wait_asked(&rig, 2);
	server_free(rig.server);
	cr_assert_eq(rig.cancelled, 1, "and what is open at the end is cancelled");
	rig.server = NULL;
	client_done(&c);
}

static void count(void *arg)
{
	(*(int *)arg)++;
}

Test(server, answers_stopping_to_all_that_is_under_way)
{
	struct client idle = client_open(&rig), waiting = client_open(&rig);
	struct client head = client_open(&rig), body = client_open(&rig);
	struct client *all[] = { &waiting, &head, &body };
	int ended = 0;

	client_send(&waiting, span_text(SECRET));
	client_send(&head, span_text("GET /v1/st"));
	client_send(&body, span_text(SEAL "Content-Length: 50000\r\n\r\nx"));
	rig_wait_asked(&rig, 1);
	server_stop(rig.server, count, &ended);
	for (size_t i = 0; i < 3; i++) {
		AUTO_SEEN struct reply_seen s = client_read(all[i], false);

		expect_code(&s, 503, "stopping");
		cr_assert_str_eq(seen_header(&s, "Connection"), "close");
		client_done(all[i]);
	}
	cr_assert(client_is_closed(&idle));
	cr_assert_eq(idle.got.len, 0);
	wait_connections(0);
	cr_assert_eq(ended, 1);
	cr_assert_eq(rig.cancelled, 1);
	client_done(&idle);
}

Test(server, stops_at_once_without_connections)
{
	int ended = 0;

	server_stop(rig.server, count, &ended);
	cr_assert_eq(ended, 1);
}

/* ---- listening sockets ---- */

static int listen_on(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* An abstract name: nothing stays behind. */
	(void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s-%d", name, (int)getpid());
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(listen(fd, 64), 0);
	return fd;
}

static struct client connect_to(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct client c = { .rig = &rig };

	c.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s-%d", name, (int)getpid());
	cr_assert_eq(connect(c.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return c;
}

Test(server, accepts_on_both_of_its_sockets)
{
	struct err e;
	struct client a, b;
	AUTO_SEEN struct reply_seen first = { 0 };
	AUTO_SEEN struct reply_seen second = { 0 };

	cr_assert_eq(server_listen(rig.server, listen_on("one"), &e), 0);
	cr_assert_eq(server_listen(rig.server, listen_on("two"), &e), 0);
	a = connect_to("one");
	b = connect_to("two");
	first = client_ask(&a, STATUS);
	second = client_ask(&b, STATUS);
	cr_assert_eq(first.status, 200);
	cr_assert_eq(second.status, 200);
	client_done(&a);
	client_done(&b);
}

Test(server, stops_listening_when_it_stops)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e;
	int ended = 0;

	cr_assert_eq(server_listen(rig.server, listen_on("gone"), &e), 0);
	server_stop(rig.server, count, &ended);
	(void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "gone-%d", (int)getpid());
	cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), -1);
	cr_assert_eq(errno, ECONNREFUSED);
}

Test(server, refuses_a_fifth_listening_socket_and_what_is_none)
{
	struct err e;

	cr_assert_eq(server_listen(rig.server, -1, &e), -FAIL_SYS);
	for (int i = 0; i < SERVER_LISTENERS; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "n%d", i);
		cr_assert_eq(server_listen(rig.server, listen_on(name), &e), 0);
	}
	cr_assert_eq(server_listen(rig.server, listen_on("more"), &e), -FAIL_LIMIT);
}

/* ---- without memory ---- */

/* One allocation after the other fails: a clean answer, a closed connection, or no difference. */
Test(server, survives_every_failing_allocation)
{
	for (unsigned int n = 1; n < 60; n++) {
		struct client c = client_open(&rig);
		struct reply_seen s;
		struct span text = span_text(SEAL "Content-Length: 20000\r\n\r\n");
		static const char filler[20000];

		cr_assert_eq(send(c.fd, text.at, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
		cr_assert_eq(send(c.fd, filler, sizeof(filler), MSG_NOSIGNAL), 20000);
		fault_arm(n, FAULT_MEMORY);
		for (int turn = 0; turn < 4; turn++)
			rig_turn(&rig);
		fault_disarm_keep();
		s = client_read(&c, false);
		cr_assert(s.status == 200 || s.status == 500 || s.status == 503 || s.status == 0,
			  "%d", s.status);
		seen_done(&s);
		client_done(&c);
		wait_connections(0);
		if (!fault_fired())
			return;
	}
	cr_assert_fail("no end of allocations");
}
