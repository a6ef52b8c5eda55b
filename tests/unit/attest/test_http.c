/* attest/transport/http: whole exchanges over loopback TCP. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "attest/transport/http.h"
#include "attest/transport/stream.h"
#include "base/clock.h"
#include "base/fd.h"
#include "tests/support/fault.h"
#include "tests/unit/attest/test_http_server.h"

#define SCRIPT 6

/* What the server says to each request in turn, as bytes; "" ends the connection without a word. */
struct script {
	char answers[SCRIPT][256];
	bool close[SCRIPT];
	bool reset[SCRIPT];
	size_t at;
	char seen[4096]; /* the last request's beginning */
};

static void play(void *ctx, const char *request, struct server_answer *ret)
{
	struct script *s = ctx;
	size_t n = s->at++ % SCRIPT;

	strncpy(s->seen, request, sizeof(s->seen) - 1);
	ret->close = s->close[n] || !*s->answers[n];
	ret->reset = s->reset[n];
	(void)buf_append(&ret->bytes, span_text(s->answers[n]), 4096, NULL);
}

static int resolve(void *ctx, const char *host, uint64_t deadline_ms, struct sockaddr_storage *ret,
		   socklen_t *ret_len, struct err *e)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

	(void)ctx;
	(void)deadline_ms;
	if (strcmp(host, "broker.test") != 0)
		return FAIL(e, FAIL_AGAIN, "no such name");
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*ret_len = sizeof(*v4);
	return 0;
}

static struct http *client_of(const char *host, uint16_t port)
{
	struct http_config config = { .resolve = resolve };
	struct http *h = NULL;
	struct err e = { 0 };
	char text[64];

	(void)snprintf(text, sizeof(text), "http://%s:%u/base", host, port);
	cr_assert_eq(url_parse(span_text(text), &config.url, &e), 0, "%s", e.text);
	cr_assert_eq(http_new(&config, &h, &e), 0, "%s", e.text);
	return h;
}

static const struct http_request get = { "GET", "/x", NULL, { NULL, 0 } };

Test(http, sends_just_what_is_needed_and_keeps_the_connection, .timeout = 10)
{
	struct script script = {
		.answers = { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
			     "HTTP/1.1 404 No\r\nTransfer-Encoding: "
			     "chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n" },
	};
	struct server server = { .handle = play, .ctx = &script };
	const struct http_request post = { "POST", "/y", "a=b", span_text("{}") };
	AUTO_ANSWER struct answer first = { 0 }, second = { 0 };
	struct err e = { 0 };
	struct http *h;
	char want[400];

	server_start(&server);
	h = client_of("broker.test", server.port);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &first, &e), 0, "%s", e.text);
	cr_assert_eq(first.status, 200);
	cr_assert(span_is_equal(buf_view(&first.body), span_text("one")));
	(void)snprintf(want, sizeof(want),
		       "GET /base/x HTTP/1.1\r\nHost: broker.test:%u\r\nUser-Agent: sealinit\r\n"
		       "Accept: application/json\r\n\r\n",
		       server.port);
	cr_assert_str_eq(script.seen, want);

	cr_assert_eq(http_call(h, &post, deadline_in(5000), &second, &e), 0, "%s", e.text);
	cr_assert_eq(second.status, 404);
	cr_assert(span_is_equal(buf_view(&second.body), span_text("two")));
	(void)snprintf(want, sizeof(want),
		       "POST /base/y HTTP/1.1\r\nHost: broker.test:%u\r\nUser-Agent: sealinit\r\n"
		       "Accept: application/json\r\nCookie: a=b\r\n"
		       "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		       server.port);
	cr_assert_str_eq(script.seen, want);
	cr_assert_eq(http_round_trips(h), 2);
	http_free(h);
	server_stop(&server);
	cr_assert_eq(server.connections, 1);
}

Test(http, opens_another_connection_when_the_server_says_close, .timeout = 10)
{
	struct script script = {
		.answers = { "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
			     "HTTP/1.1 200 OK\r\n\r\nto the end" },
		.close = { true, true },
	};
	struct server server = { .handle = play, .ctx = &script };
	AUTO_ANSWER struct answer first = { 0 }, second = { 0 };
	struct err e = { 0 };
	struct http *h;

	server_start(&server);
	h = client_of("127.0.0.1", server.port);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &first, &e), 0, "%s", e.text);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &second, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&second.body), span_text("to the end")));
	http_free(h);
	server_stop(&server);
	cr_assert_eq(server.connections, 2);
}

Test(http, repeats_a_request_that_met_a_closed_idle_connection_once, .timeout = 10)
{
	struct script script = {
		.answers = { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "",
			     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew", "", "" },
	};
	struct server server = { .handle = play, .ctx = &script };
	AUTO_ANSWER struct answer first = { 0 }, second = { 0 };
	struct answer third = { 0 };
	struct err e = { 0 };
	struct http *h;

	server_start(&server);
	h = client_of("127.0.0.1", server.port);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &first, &e), 0, "%s", e.text);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &second, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&second.body), span_text("new")));
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &third, &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "the connection ended before the answer");
	http_free(h);
	server_stop(&server);
	cr_assert_eq(server.requests, 5);
	cr_assert_eq(server.connections, 3);
}

/* An answer that came before its question belongs to nobody. */
Test(http, takes_a_connection_with_bytes_on_it_for_spent)
{
	AUTO_STREAM struct stream s = STREAM_CLOSED;
	int ends[2];

	cr_assert_not(stream_is_quiet(&s), "closed");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	s.fd = ends[0];
	cr_assert(stream_is_quiet(&s));
	cr_assert_eq(send(ends[1], "HTTP/1.1 200 OK\r\n", 17, 0), 17);
	cr_assert_not(stream_is_quiet(&s), "bytes");
	cr_assert_eq(recv(ends[0], &(char[17]){ 0 }, 17, 0), 17);
	fd_done(&ends[1]);
	cr_assert_not(stream_is_quiet(&s), "ended");
}

Test(http, reads_an_answer_that_came_before_the_body_was_read, .timeout = 20)
{
	struct script script = { .answers = { "HTTP/1.1 413 Large\r\nContent-Length: 0\r\n"
					      "Connection: close\r\n\r\n" } };
	struct server server = { .handle = play, .ctx = &script, .head_only = true };
	static char body[3 * 1024 * 1024];
	const struct http_request post = { "POST", "/y", NULL, span(body, sizeof(body)) };
	AUTO_ANSWER struct answer a = { 0 };
	struct err e = { 0 };
	struct http *h;
	int failed;

	memset(body, 'x', sizeof(body));
	server_start(&server);
	script.close[0] = true;
	h = client_of("127.0.0.1", server.port);
	failed = http_call(h, &post, deadline_in(10000), &a, &e);
	/* The reset that follows such an answer may overtake it: then the call may be repeated. */
	cr_assert(failed == -FAIL_AGAIN || (!failed && a.status == 413), "%d %s", failed, e.text);
	http_free(h);
	server_stop(&server);
}

struct failure {
	char answer[256];
	bool reset;
	int want;
	char says[64];
};

ParameterizedTestParameters(http, refuses)
{
	static struct failure rows[] = {
		{ "", false, -FAIL_AGAIN, "ended before the answer" },
		{ "", true, -FAIL_AGAIN, "the connection broke" },
		{ "HTTP/1.1 200 OK\r\nContent-Le", false, -FAIL_AGAIN, "ended within the answer" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", false, -FAIL_AGAIN,
		  "ended within" },
		{ "HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n",
		  false, -FAIL_DENIED,
		  "redirects (302), which is not followed; to \"https://else" },
		{ "HTTP/1.1 308 Found\r\nContent-Length: 0\r\n\r\n", false, -FAIL_DENIED,
		  "redirects (308)" },
		{ "HTTP/1.1 304 Same\r\n\r\n", false, -FAIL_DENIED, "redirects (304)" },
		{ "SSH-2.0-OpenSSH\r\n", false, -FAIL_INPUT, "not a status line" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n", false,
		  -FAIL_INPUT, "bytes behind" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", false, -FAIL_LIMIT,
		  "body" },
	};
	return cr_make_param_array(struct failure, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct failure *row, http, refuses, .timeout = 10)
{
	struct script script = { .close = { true } };
	struct server server = { .handle = play, .ctx = &script };
	struct answer a = { 0 };
	struct err e = { 0 };
	struct http *h;

	memcpy(script.answers[0], row->answer, sizeof(row->answer));
	script.reset[0] = row->reset;
	server_start(&server);
	h = client_of("127.0.0.1", server.port);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &a, &e), row->want, "%s: %s",
		     row->answer, e.text);
	cr_assert(strstr(e.text, row->says), "%s: %s", row->answer, e.text);
	cr_assert_null(a.body.at, "output untouched");
	http_free(h);
	server_stop(&server);
}

Test(http, says_who_refused_to_connect, .timeout = 10)
{
	struct script script = { 0 };
	struct server server = { .handle = play, .ctx = &script };
	struct answer a = { 0 };
	struct err e = { 0 };
	struct http *h;
	char want[64];

	server_start(&server);
	server_stop(&server);
	h = client_of("127.0.0.1", server.port);
	cr_assert_eq(http_call(h, &get, deadline_in(5000), &a, &e), -FAIL_AGAIN);
	(void)snprintf(want, sizeof(want), "connect to 127.0.0.1:%u: Connection refused",
		       server.port);
	cr_assert_str_eq(e.text, want);
	cr_assert_eq(e.sys, ECONNREFUSED);
	cr_assert_eq(http_round_trips(h), 0);
	http_free(h);
}

Test(http, passes_on_what_the_resolver_says, .timeout = 10)
{
	struct answer a = { 0 };
	struct err e = { 0 };
	AUTO_HTTP struct http *h = client_of("nobody.test", 80);

	cr_assert_eq(http_call(h, &get, deadline_in(1000), &a, &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "no such name");
}

/* A listener whose queue nobody empties: connected, and silent. */
Test(http, stops_waiting_at_its_deadline, .timeout = 10)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	AUTO_FD int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t begin = clock_boot_ms();
	struct answer a = { 0 };
	struct err e = { 0 };
	struct http *h;

	cr_assert_eq(bind(listener, (struct sockaddr *)&to, len), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&to, &len), 0);
	h = client_of("127.0.0.1", ntohs(to.sin_port));
	cr_assert_eq(http_call(h, &get, deadline_in(300), &a, &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "no answer in time");
	cr_assert_geq(clock_boot_ms() - begin, 299);
	cr_assert_lt(clock_boot_ms() - begin, 3000);
	cr_assert_eq(http_call(h, &get, 0, &a, &e), -FAIL_AGAIN, "a deadline of long ago");
	http_free(h);
}

Test(http, fails_cleanly_when_memory_runs_out, .timeout = 60)
{
	struct script script = { 0 };
	struct server server = { .handle = play, .ctx = &script };
	pid_t child;

	for (size_t i = 0; i < SCRIPT; i++)
		strcpy(script.answers[i], "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 1\r\n\r\nx");
	child = server_fork(&server);

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_ANSWER struct answer a = { 0 };
		AUTO_HTTP struct http *h = NULL;
		struct http_config config = { .resolve = resolve };
		struct err e = { 0 };
		char text[64];
		int failed;

		(void)snprintf(text, sizeof(text), "http://127.0.0.1:%u", server.port);
		failed = url_parse(span_text(text), &config.url, &e);
		if (!failed)
			failed = http_new(&config, &h, &e);
		if (!failed)
			failed = http_call(h, &get, deadline_in(5000), &a, &e);
		fault_disarm_keep();
		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0, "call %u: %s", n, e.text);
	}
	(void)kill(child, SIGKILL);
}
