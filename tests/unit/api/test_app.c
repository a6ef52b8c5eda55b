/*
 * The whole process but its main(): the loop runs in a child, this test is PID 1, attest and the
 * tenants, all over real sockets.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/app.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/unit/api/keys.h"

#define STATUS "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
#define SECRET "GET /v1/secrets/a/b/c HTTP/1.1\r\nHost: x\r\n\r\n"
#define SEAL                                                         \
	"POST /v1/seal HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" \
	"Content-Type: application/octet-stream\r\n\r\nx"

static pid_t child;
static int control, attest;
static struct sockaddr_un where = { .sun_family = AF_UNIX };

static int listening(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(where.sun_path + 1, sizeof(where.sun_path) - 1, "app-%d", (int)getpid());
	cr_assert_eq(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
	cr_assert_eq(listen(fd, 128), 0);
	return fd;
}

static void serve(int control_fd, int attest_fd, int listen_fd)
{
	struct options o = { .control = control_fd,
			     .attest = attest_fd,
			     .listen = { listen_fd },
			     .listen_count = 1 };
	struct server_limits limits = SERVER_LIMITS;
	struct app *app = NULL;
	struct err e = { 0 };
	int failed;

	json_init();
	app_init_memory();
	failed = app_new(&o, &limits, &app, &e);
	if (!failed)
		failed = app_run(app, &e);
	app_free(app);
	exit(failed ? 1 : 0);
}

static void set_up(void)
{
	int c[2], a[2], listener = listening();
	struct err e;

	log_set_level(LOG_LEVEL_ERROR);
	cr_assert_eq(ipc_pair(c, &e), 0);
	cr_assert_eq(ipc_pair(a, &e), 0);
	child = fork();
	if (!child) {
		(void)close(c[0]);
		(void)close(a[0]);
		serve(c[1], a[1], listener);
	}
	(void)close(c[1]);
	(void)close(a[1]);
	(void)close(listener);
	control = c[0];
	attest = a[0];
}

/* How the child ended, once it has; fails the test after 5 s. */
static int ended(void)
{
	uint64_t deadline = deadline_in(5000);
	struct timespec tick = { 0, 1000000 };
	int status;
	pid_t got;

	while (!(got = waitpid(child, &status, WNOHANG)) && deadline_left(deadline))
		(void)nanosleep(&tick, NULL);
	cr_assert_eq(got, child, "it ends");
	child = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void tear_down(void)
{
	if (child) {
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
	}
	fd_done(&control);
	fd_done(&attest);
}

TestSuite(app, .init = set_up, .fini = tear_down, .timeout = 60);

static void tell(uint16_t op, const void *body, size_t len, int fd)
{
	struct err e = { 0 };

	cr_assert_eq(ipc_send(control, op, 0, span(body, len), fd, &e), 0, "%s", e.text);
}

static struct ipc_msg question(void)
{
	struct ipc_msg m;
	int fd = -1;
	struct err e = { 0 };

	cr_assert_eq(ipc_recv(attest, deadline_in(5000), &m, &fd, &e), 0, "%s", e.text);
	return m;
}

static void give_keys(void)
{
	struct msg_seal_keys keys = keys_all();
	struct ipc_msg m = question();
	struct err e;

	cr_assert_eq(m.op, MSG_SEAL_KEYS);
	cr_assert_eq(ipc_send(attest, MSG_SEAL_KEYS, m.id, span(&keys, sizeof(keys)), -1, &e), 0);
}

static int dial(void)
{
	struct timeval limit = { 5, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&where, sizeof(where)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Answers are small here: one read has them. */
static char *hear(int fd)
{
	static char text[8192];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	cr_assert_geq(n, 0, "an answer in time");
	text[n] = 0;
	return text;
}

static char *ask(const char *text)
{
	AUTO_FD int fd = dial();

	say(fd, text);
	return hear(fd);
}

/* Asks until the answer begins so. */
static void wait_for(const char *text, const char *begin)
{
	uint64_t deadline = deadline_in(5000);
	struct timespec tick = { 0, 2000000 };

	while (strncmp(ask(text), begin, strlen(begin)) != 0) {
		cr_assert(deadline_left(deadline), "%s: %s", begin, ask(text));
		(void)nanosleep(&tick, NULL);
	}
}

static void become_ready(void)
{
	tell(MSG_READY, NULL, 0, -1);
	give_keys();
	wait_for(STATUS, "HTTP/1.1 200");
}

Test(app, answers_from_the_first_moment_on)
{
	struct msg_stage stage = { .stage = STAGE_NET, .state = STAGE_RUNNING, .start_us = 1 };
	char *said = ask(STATUS);

	cr_assert(strstr(said, "HTTP/1.1 503 ") && strstr(said, "\"state\":\"attesting\""));
	tell(MSG_STAGE, &stage, sizeof(stage), -1);
	cr_assert(strstr(ask(SEAL), "Sealinit-Problem: not-ready"));
	cr_assert(strstr(ask(SEAL), "in stage net"));
}

Test(app, fetches_the_keys_when_the_guest_is_ready)
{
	become_ready();
	cr_assert(strstr(ask(SEAL), "HTTP/1.1 200 OK"));
}

Test(app, asks_for_the_keys_again_when_attest_is_not_ready_to_give_them)
{
	struct err why, e;
	struct ipc_msg m;

	tell(MSG_READY, NULL, 0, -1);
	m = question();
	(void)FAIL(&why, FAIL_AGAIN, "busy");
	cr_assert_eq(ipc_send_failure(attest, MSG_SEAL_KEYS, m.id, &why, &e), 0);
	give_keys();
	wait_for(SEAL, "HTTP/1.1 200");
}

Test(app, goes_on_without_keys_if_there_are_none)
{
	struct err why, e;
	struct ipc_msg m;

	tell(MSG_READY, NULL, 0, -1);
	m = question();
	(void)FAIL(&why, FAIL_DENIED, "no root secret");
	cr_assert_eq(ipc_send_failure(attest, MSG_SEAL_KEYS, m.id, &why, &e), 0);
	wait_for(STATUS, "HTTP/1.1 200");
	cr_assert(strstr(ask(SEAL), "Sealinit-Problem: denied"));
}

Test(app, refuses_malformed_keys_and_messages_and_lives_on)
{
	struct err e;
	struct ipc_msg m;
	uint8_t junk[100] = { 1 };

	tell(MSG_STAGE, junk, sizeof(junk), -1);
	tell(MSG_TRUST, junk, sizeof(junk), -1);
	tell(MSG_PEER, NULL, 0, -1);
	tell(999, NULL, 0, -1);
	cr_assert_eq(write(control, junk, sizeof(junk)), (ssize_t)sizeof(junk));
	tell(MSG_READY, NULL, 0, -1);
	m = question();
	cr_assert_eq(ipc_send(attest, MSG_SEAL_KEYS, m.id, span(junk, sizeof(junk)), -1, &e), 0);
	wait_for(STATUS, "HTTP/1.1 200");
	cr_assert(strstr(ask(SEAL), "Sealinit-Problem: denied"));
}

Test(app, hands_a_secret_through)
{
	AUTO_FD int fd = -1, secret = -1;
	struct msg_secret asked;
	struct ipc_msg m;
	struct err e;

	become_ready();
	fd = dial();
	say(fd, SECRET);
	m = question();
	cr_assert_eq(m.op, MSG_SECRET);
	cr_assert_eq(ipc_body(&m, &asked, sizeof(asked), &e), 0);
	cr_assert_str_eq(asked.path, "a/b/c");
	secret = fd_seal_bytes("s", span_text("hunter2"), &e);
	cr_assert_eq(ipc_send(attest, MSG_SECRET, m.id, SPAN_EMPTY, secret, &e), 0);
	cr_assert(strstr(hear(fd), "\r\n\r\nhunter2"));
}

Test(app, serves_on_when_attest_is_killed_and_replaced_under_load)
{
	int clients[32], next[2];
	struct err e;

	become_ready();
	for (int i = 0; i < 32; i++) {
		clients[i] = dial();
		say(clients[i], SECRET);
	}
	for (int i = 0; i < 32; i++)
		cr_assert_eq(question().op, MSG_SECRET);
	fd_done(&attest);
	for (int i = 0; i < 32; i++) {
		char *said = hear(clients[i]);

		cr_assert(strstr(said, "Sealinit-Problem: not-ready"), "%s", said);
		cr_assert(strstr(said, "Sealinit-Retry-After-Ms: 500"));
	}
	cr_assert(strstr(ask(SEAL), "HTTP/1.1 200"), "the keys are still here");
	cr_assert(strstr(ask(STATUS), "\"state\":\"attesting\""));

	cr_assert_eq(ipc_pair(next, &e), 0);
	tell(MSG_PEER, NULL, 0, next[1]);
	(void)close(next[1]);
	attest = next[0];
	give_keys();
	wait_for(STATUS, "HTTP/1.1 200");
	/* The same connections go on. */
	for (int i = 0; i < 32; i++) {
		say(clients[i], SECRET);
		cr_assert_eq(question().op, MSG_SECRET);
	}
	for (int i = 0; i < 32; i++)
		(void)close(clients[i]);
}

Test(app, shows_degraded_and_ready_again)
{
	struct msg_failed failed = { .stage = STAGE_BROKER, .kind = FAIL_DENIED, .text = "no" };

	tell(MSG_FAILED, &failed, sizeof(failed), -1);
	uint64_t deadline = deadline_in(5000);

	while (!strstr(ask(STATUS), "\"state\":\"degraded\"") && deadline_left(deadline))
		;
	cr_assert(strstr(ask(STATUS), "HTTP/1.1 503"));
	cr_assert(strstr(ask(SEAL), "goes on without secrets: stage broker failed: no"));
	become_ready();
}

Test(app, stops_when_it_is_told_to_with_a_last_word_to_all)
{
	AUTO_FD int waiting = -1, idle = -1;

	become_ready();
	idle = dial();
	waiting = dial();
	say(waiting, SECRET);
	cr_assert_eq(question().op, MSG_SECRET);
	tell(MSG_STOP, NULL, 0, -1);
	cr_assert(strstr(hear(waiting), "Sealinit-Problem: stopping"));
	cr_assert_str_eq(hear(idle), "");
	cr_assert_eq(ended(), 0);
}

Test(app, stops_although_a_tenant_does_not_read)
{
	AUTO_FD int fd = -1;

	become_ready();
	fd = dial();
	/* Answers pile up in the socket until the child can't write. */
	for (int i = 0; i < 4000; i++)
		if (send(fd, STATUS, strlen(STATUS), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	tell(MSG_STOP, NULL, 0, -1);
	cr_assert_eq(ended(), 0);
}

Test(app, ends_with_pid_1)
{
	fd_done(&control);
	cr_assert_eq(ended(), 1);
}

Test(app, serves_sixty_four_tenants_at_once_while_one_is_slow)
{
	AUTO_FD int slow = -1;
	int clients[64];

	become_ready();
	slow = dial();
	say(slow, "POST /v1/seal HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n"
		  "Content-Type: application/octet-stream\r\n\r\n");
	for (int i = 0; i < 64; i++) {
		clients[i] = dial();
		say(clients[i], SEAL);
	}
	for (int i = 0; i < 64; i++) {
		cr_assert(strstr(hear(clients[i]), "HTTP/1.1 200"));
		(void)close(clients[i]);
	}
}
