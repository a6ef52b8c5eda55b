/* Whole calls, against a service that says what the test wants it to say. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/ctl/call.h"
#include "api/ctl/commands.h"
#include "api/ctl/conn.h"
#include "api/ctl/exits.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define ANSWERS 3

/* One connection an answer; "" closes without one. */
struct service {
	char answers[ANSWERS][512];
	size_t count;
	size_t head_only;   /* 1: answers when the head is there, and closes   */
	size_t body_len;    /* of the last request, as it came                  */
	char request[2048]; /* the last one's first bytes                     */
	char name[64];
	int fd;
	pthread_t thread;
};

static struct service service;

/* Reads a request to the end that its own Content-Length gives. */
static void read_request(int fd)
{
	static char all[9 * 1024 * 1024];
	size_t len = 0, body = 0;
	const char *end = NULL, *length;
	ssize_t n;

	do {
		n = recv(fd, all + len, sizeof(all) - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		all[len] = '\0';
		end = end ? end : strstr(all, "\r\n\r\n");
		length = strstr(all, "Content-Length: ");
		body = end && length ? strtoul(length + 16, NULL, 10) : 0;
	} while (!end || (!service.head_only && (size_t)(all + len - (end + 4)) < body));
	memcpy(service.request, all, sizeof(service.request) - 1);
	service.body_len = end ? (size_t)(all + len - (end + 4)) : 0;
}

static void *serve(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < service.count; i++) {
		AUTO_FD int fd = accept4(service.fd, NULL, NULL, SOCK_CLOEXEC);
		const char *answer = service.answers[i];

		if (fd < 0)
			break;
		read_request(fd);
		(void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	}
	fd_done(&service.fd);
	return NULL;
}

/* Listens under an abstract name of this process's own. */
static void open_service(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = snprintf(service.name, sizeof(service.name), "@sealctl-test-%d", (int)getpid());

	memcpy(address.sun_path + 1, service.name + 1, (size_t)n - 1);
	service.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(service.fd, (const struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
		     0);
	cr_assert_eq(listen(service.fd, 8), 0);
}

static void start_service(size_t count)
{
	open_service();
	service.count = count;
	cr_assert_eq(pthread_create(&service.thread, NULL, serve, NULL), 0);
}

static void say(size_t i, const char *head, const char *body)
{
	(void)snprintf(service.answers[i], sizeof(service.answers[i]),
		       "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
}

static struct args args_for(const char *words)
{
	return (struct args){ .socket = service.name, .timeout_ms = 3000, .words = { words } };
}

struct failure {
	char answer[256];
	char code[32];
	int kind;
};

#define RAW "Content-Type: application/octet-stream\r\n"

ParameterizedTestParameters(exchange, tells_why_not)
{
	static struct failure rows[] = {
		{ "", "connection-lost", -FAIL_INPUT },
		{ "HTTP/1.1 200 OK\r\n" RAW "Content-Length: 5\r\n\r\nhell", "connection-lost",
		  -FAIL_INPUT },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "bad-answer", -FAIL_INPUT },
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
		  "bad-answer", -FAIL_INPUT },
		{ "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
		  "bad-answer", -FAIL_DENIED },
		{ "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "denied", -FAIL_DENIED },
		{ "HTTP/1.1 403 Forbidden\r\nSealinit-Problem: of-tomorrow\r\n"
		  "Content-Length: 0\r\n\r\n",
		  "of-tomorrow", -FAIL_DENIED },
		{ "HTTP/1.1 200 OK\r\n" RAW "Content-Length: 99999999999\r\n\r\n", "bad-answer",
		  -FAIL_LIMIT },
		{ "220 mail.example ESMTP\r\n", "bad-answer", -FAIL_INPUT },
	};
	return cr_make_param_array(struct failure, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct failure *row, exchange, tells_why_not)
{
	const struct request rq = { .target = "/v1/secrets/a/b/c", .want = MEDIA_RAW };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	(void)snprintf(service.answers[0], sizeof(service.answers[0]), "%s", row->answer);
	start_service(1);
	cr_expect_eq(exchange(service.name, &rq, deadline_in(3000), &out, &answer, &e), row->kind,
		     "%s", e.text);
	cr_expect_str_eq(answer.code, row->code);
	(void)pthread_join(service.thread, NULL);
}

Test(exchange, asks_as_the_protocol_wants_it)
{
	struct input body = input_of(span_text("plain\0text"));
	const struct request rq = { "/v1/seal?scope=pod", MEDIA_RAW, MEDIA_RAW, &body };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	say(0, "200 OK\r\nContent-Type: application/octet-stream", "blob");
	start_service(1);
	cr_assert_eq(exchange(service.name, &rq, deadline_in(3000), &out, &answer, &e), 0, "%s",
		     e.text);
	(void)pthread_join(service.thread, NULL);
	cr_expect_null(answer.code);
	cr_expect(span_is_equal(buf_view(&out.mem), span_text("blob")));
	cr_expect_str_eq(
		service.request,
		"POST /v1/seal?scope=pod HTTP/1.1\r\nHost: sealinit\r\n"
		"Accept: application/octet-stream, text/plain\r\nConnection: close\r\n"
		"Content-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nplain");
}

Test(exchange, sends_large_bodies)
{
	const size_t len = 8 * 1024 * 1024;
	const struct request rq = { "/v1/seal", MEDIA_RAW, MEDIA_RAW, &(struct input){ 0 } };
	AUTO_FREE uint8_t *bytes = calloc(1, len);
	struct input body = input_of(span(bytes, len));
	struct request with_body = rq;
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	with_body.body = &body;
	say(0, "200 OK\r\nContent-Type: application/octet-stream", "blob");
	start_service(1);
	cr_expect_eq(exchange(service.name, &with_body, deadline_in(15000), &out, &answer, &e), 0,
		     "%s", e.text);
	(void)pthread_join(service.thread, NULL);
	cr_expect_eq(service.body_len, len);
}

Test(exchange, hears_an_answer_that_comes_before_its_question_is_over)
{
	const size_t len = 8 * 1024 * 1024;
	AUTO_FREE uint8_t *bytes = calloc(1, len);
	struct input body = input_of(span(bytes, len));
	const struct request rq = { "/v1/seal", MEDIA_RAW, MEDIA_RAW, &body };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	service.head_only = 1;
	say(0, "413 Content Too Large\r\nSealinit-Problem: too-large", "");
	start_service(1);
	cr_expect_eq(exchange(service.name, &rq, deadline_in(15000), &out, &answer, &e),
		     -FAIL_DENIED, "%s", e.text);
	cr_expect_str_eq(answer.code, "too-large");
	(void)pthread_join(service.thread, NULL);
}

Test(exchange, does_not_wait_for_ever)
{
	const struct request rq = { .target = "/v1/status", .want = MEDIA_TEXT };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };
	uint64_t before;

	/* A queue that nobody serves: the connection comes about, the answer doesn't. */
	open_service();
	before = clock_boot_ms();
	cr_expect_eq(exchange(service.name, &rq, deadline_in(200), &out, &answer, &e), -FAIL_AGAIN);
	cr_expect_str_eq(answer.code, CODE_NO_ANSWER);
	cr_expect_geq(clock_boot_ms() - before, 190);
	fd_done(&service.fd);
	cr_expect_eq(exchange(service.name, &rq, deadline_in(200), &out, &answer, &e), -FAIL_SYS);
	cr_expect_str_eq(answer.code, CODE_NO_SOCKET);
}

Test(exchange, does_not_wait_for_ever_to_be_let_in)
{
	int fds[64], n = 0, rc = 0;

	open_service();
	/* Until the queue is full; connections in it stay open. */
	for (; rc == 0 && n < (int)COUNT_OF(fds); n++) {
		struct err e = { 0 };

		rc = conn_open(service.name, deadline_in(100), &fds[n], &e);
	}
	cr_assert_eq(rc, -FAIL_AGAIN);
	while (n-- > 1)
		fd_done(&fds[n - 1]);
	fd_done(&service.fd);
}

Test(exchange, refuses_names_that_are_no_sockets)
{
	const struct request rq = { .target = "/v1/status", .want = MEDIA_TEXT };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };
	char name[200];

	memset(name, 'a', sizeof(name));
	name[199] = '\0';
	cr_expect_eq(exchange(name, &rq, deadline_in(200), &out, &answer, &e), -FAIL_INPUT);
	cr_expect_eq(exchange("", &rq, deadline_in(200), &out, &answer, &e), -FAIL_INPUT);
	cr_expect_eq(exchange("@", &rq, deadline_in(200), &out, &answer, &e), -FAIL_INPUT);
	cr_expect_eq(exchange("/dev/null", &rq, deadline_in(200), &out, &answer, &e), -FAIL_SYS);
}

Test(exchange, fails_cleanly_without_memory)
{
	const struct request rq = { .target = "/v1/secrets/a/b/c", .want = MEDIA_RAW };
	bool is_done = false;

	for (unsigned n = 1; !is_done && n < 100; n++) {
		struct output out = OUTPUT_EMPTY;
		struct outcome answer = { 0 };
		struct err e = { 0 };

		say(0, "200 OK\r\nContent-Type: application/octet-stream", "secret");
		start_service(1);
		fault_arm(n, FAULT_MEMORY);
		is_done = exchange(service.name, &rq, deadline_in(3000), &out, &answer, &e) == 0;
		fault_disarm_keep();
		if (!is_done)
			cr_expect_str_eq(answer.code, CODE_LOCAL);
		output_done(&out);
		outcome_done(&answer);
		/* A call that failed before it connected leaves the service waiting. */
		(void)shutdown(service.fd, SHUT_RDWR);
		(void)pthread_join(service.thread, NULL);
	}
	cr_expect(is_done);
}

Test(call, tries_again_while_waiting_helps)
{
	const struct request rq = { .target = "/v1/secrets/a/b/c", .want = MEDIA_RAW };
	struct args args = args_for(NULL);
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	args.wait_ms = 5000;
	say(0, "503 Busy\r\nSealinit-Problem: busy\r\nSealinit-Retry-After-Ms: 5", "");
	(void)snprintf(service.answers[1], sizeof(service.answers[1]),
		       "HTTP/1.1 200 OK\r\n" RAW "Content-Length: 50\r\n\r\nhalf an answer");
	say(2, "200 OK\r\nContent-Type: application/octet-stream", "whole");
	start_service(3);
	cr_expect_eq(call_make(&args, &rq, call_can_wait, &out, &answer, &e), 0, "%s", e.text);
	(void)pthread_join(service.thread, NULL);
	cr_expect(span_is_equal(buf_view(&out.mem), span_text("whole")),
		  "no half before the whole");
}

Test(call, does_not_try_again_what_stays_refused, .init = cr_redirect_stderr)
{
	const struct request rq = { .target = "/v1/unseal", .want = MEDIA_RAW };
	struct args args = args_for(NULL);
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;

	args.wait_ms = 5000;
	say(0,
	    "422 No\r\nSealinit-Problem: unseal-refused\r\nContent-Type: text/plain; charset=utf-8",
	    "unseal-refused: this blob does not open here\n");
	start_service(1);
	cr_expect_eq(call_run(&args, &rq, &out), 18);
	(void)pthread_join(service.thread, NULL);
	(void)fflush(stderr);
	cr_expect_stderr_eq_str("sealctl: unseal-refused: this blob does not open here\n"
				"  another context, another guest's key, an ended life, or a "
				"damaged blob: it can't "
				"be told\n");
}

Test(call, does_not_wait_unasked, .init = cr_redirect_stderr)
{
	const struct request rq = { .target = "/v1/secrets/a/b/c", .want = MEDIA_RAW };
	const struct args args = args_for(NULL);
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;

	say(0,
	    "503 Busy\r\nSealinit-Problem: busy\r\nSealinit-Retry-After-Ms: 5\r\n"
	    "Content-Type: application/problem+json",
	    "{\"code\":\"busy\",\"detail\":\"ask \\\"later\\\"\",\"status\":503}");
	start_service(1);
	cr_expect_eq(call_run(&args, &rq, &out), 14);
	(void)pthread_join(service.thread, NULL);
	(void)fflush(stderr);
	cr_expect_stderr_eq_str("sealctl: busy: ask \\\"later\\\"\n  --wait SECONDS tries again\n");
}

Test(call, leaves_no_file_when_the_answer_is_cut, .init = cr_redirect_stderr)
{
	AUTO_FD int dir = scratch_dir();
	char path[4096];
	struct args args = args_for("a/b/c");

	(void)snprintf(path, sizeof(path), "%s/secret", scratch_path());
	args.words[1] = path;
	args.n_words = 2;
	(void)snprintf(service.answers[0], sizeof(service.answers[0]),
		       "HTTP/1.1 200 OK\r\n" RAW "Content-Length: 50\r\n\r\nhalf a secret");
	start_service(1);
	cr_expect_eq(command_secret.run(&args), 3);
	(void)pthread_join(service.thread, NULL);
	cr_expect_lt(faccessat(dir, "secret", F_OK, 0), 0);
}

struct guest {
	char head[96];
	char body[96];
	int want; /* exit status */
};

ParameterizedTestParameters(status, ends)
{
	static struct guest rows[] = {
		{ "200 OK\r\nContent-Type: text/plain", "sealinit 0.1.0: ready\n", 0 },
		{ "503 No\r\nContent-Type: text/plain", "sealinit 0.1.0: attesting\n", 10 },
		{ "503 No\r\nSealinit-Problem: busy\r\nContent-Type: text/plain", "busy: later\n",
		  14 },
		{ "500 No\r\nSealinit-Problem: internal", "", 20 },
		{ "503 No\r\nContent-Type: application/json", "{}", 10 },
	};
	return cr_make_param_array(struct guest, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct guest *row, status, ends, .init = cr_redirect_stdout)
{
	const struct args args = args_for(NULL);

	say(0, row->head, row->body);
	start_service(1);
	cr_expect_eq(command_status.run(&args), row->want);
	(void)pthread_join(service.thread, NULL);
	(void)fflush(stdout);
	if (strncmp(row->body, "sealinit", 8) == 0)
		cr_expect_stdout_eq_str(row->body, "a status is shown, ready or not");
}

/* One question to wait with, then one to show. */
static void expect_no_waiting(const char *state)
{
	struct args args = args_for(NULL);
	char body[96];

	args.wait_ms = 60000;
	(void)snprintf(body, sizeof(body), "{\"version\":\"0.1.0\",\"state\":\"%s\"}", state);
	say(0, "503 No\r\nContent-Type: application/json", body);
	say(1, "503 No\r\nContent-Type: text/plain", "sealinit 0.1.0: over\n");
	start_service(2);
	cr_expect_eq(command_status.run(&args), 10);
	(void)pthread_join(service.thread, NULL);
}

Test(status, does_not_wait_for_a_failed_guest, .init = cr_redirect_stdout)
{
	expect_no_waiting("failed");
}

Test(status, does_not_wait_for_a_degraded_guest, .init = cr_redirect_stdout)
{
	expect_no_waiting("degraded");
}

Test(status, does_not_wait_for_a_guest_that_stops, .init = cr_redirect_stdout)
{
	expect_no_waiting("stopping");
}

Test(status, waits_for_a_guest_that_attests, .init = cr_redirect_stdout)
{
	struct args args = args_for(NULL);

	args.wait_ms = 5000;
	say(0, "503 No\r\nContent-Type: application/json", "{\"state\":\"attesting\"}");
	say(1, "200 OK\r\nContent-Type: application/json", "{\"state\":\"ready\"}");
	say(2, "200 OK\r\nContent-Type: text/plain", "sealinit 0.1.0: ready\n");
	start_service(3);
	cr_expect_eq(command_status.run(&args), 0);
	(void)pthread_join(service.thread, NULL);
}
