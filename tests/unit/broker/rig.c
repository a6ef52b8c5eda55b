#include "tests/unit/broker/rig.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/broker/server.h"
#include "tests/support/scratch.h"

#define ANSWER_LIMIT (4 * 1024 * 1024)
#define PATIENCE_MS  5000

static _Noreturn void serve(struct broker *b, const char *tls, int ready)
{
	struct broker_server *server = NULL;
	struct err e = { 0 };
	int failed;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (broker_server_open(b, "127.0.0.1:0", tls, &server, &e) < 0) {
		(void)dprintf(STDERR_FILENO, "%s\n", e.text);
		_exit(1);
	}
	(void)dprintf(ready, "%s\n", broker_server_url(server));
	(void)close(ready);
	failed = broker_server_run(server, &e);
	broker_server_close(server);
	_exit(failed ? 1 : 0);
}

static void read_url(struct rig *rig, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const char *colon;
	ssize_t n;

	cr_assert_eq(poll(&p, 1, PATIENCE_MS), 1);
	n = read(fd, rig->url, sizeof(rig->url) - 1);
	cr_assert_gt(n, 1, "the broker did not start");
	rig->url[n - 1] = 0;
	colon = strrchr(rig->url, ':');
	cr_assert_not_null(colon);
	rig->port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

static SSL_CTX *client_context(const char *dir)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char root[300];

	(void)snprintf(root, sizeof(root), "%s/root.pem", dir);
	cr_assert_not_null(ctx);
	cr_assert_eq(SSL_CTX_load_verify_locations(ctx, root, NULL), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

struct rig rig_start(bool tls)
{
	struct rig rig = { .tls = tls, .broker = guest_broker() };
	char dir[256];
	int pipes[2];

	(void)snprintf(dir, sizeof(dir), "%s/tls", scratch_path());
	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	rig.broker->now = broker_now;
	rig.pid = fork();
	cr_assert_geq(rig.pid, 0);
	if (!rig.pid)
		serve(rig.broker, tls ? dir : NULL, pipes[1]);
	(void)close(pipes[1]);
	read_url(&rig, pipes[0]);
	(void)close(pipes[0]);
	if (tls)
		rig.client = client_context(dir);
	return rig;
}

void rig_stop(struct rig *rig)
{
	int status = -1;

	SSL_CTX_free(rig->client);
	cr_assert_eq(kill(rig->pid, SIGTERM), 0);
	cr_assert_eq(waitpid(rig->pid, &status, 0), rig->pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned int)status);
}

struct wire wire_open(const struct rig *rig)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(rig->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct wire w = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	(void)signal(SIGPIPE, SIG_IGN);
	cr_assert_geq(w.fd, 0);
	cr_assert_eq(setsockopt(w.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	cr_assert_eq(setsockopt(w.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
	cr_assert_eq(connect(w.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (!rig->tls)
		return w;
	w.ssl = SSL_new(rig->client);
	cr_assert_not_null(w.ssl);
	cr_assert_eq(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(w.ssl), "127.0.0.1"), 1);
	cr_assert_eq(SSL_set_fd(w.ssl, w.fd), 1);
	cr_assert_eq(SSL_connect(w.ssl), 1);
	return w;
}

void wire_close(struct wire *w)
{
	if (w->ssl)
		(void)SSL_shutdown(w->ssl);
	SSL_free(w->ssl);
	fd_done(&w->fd);
}

/* A peer that has answered and left need not take the rest. */
void wire_send(struct wire *w, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = w->ssl ? SSL_write(w->ssl, bytes.at, (int)bytes.len)
				   : write(w->fd, bytes.at, bytes.len);

		if (n <= 0)
			return;
		bytes = span(bytes.at + n, bytes.len - (size_t)n);
	}
}

static bool take(struct wire *w, char *c)
{
	return (w->ssl ? SSL_read(w->ssl, c, 1) : read(w->fd, c, 1)) == 1;
}

static void read_head(struct wire *w, struct reply *r)
{
	size_t len = 0;

	memset(r->head, 0, sizeof(r->head));
	while (len < sizeof(r->head) - 1 && take(w, &r->head[len])) {
		len++;
		if (len >= 4 && !memcmp(r->head + len - 4, "\r\n\r\n", 4))
			break;
	}
	r->status = 0;
	if (len)
		cr_assert_eq(sscanf(r->head, "HTTP/1.1 %u ", &r->status), 1, "%s", r->head);
}

struct reply wire_read(struct wire *w)
{
	struct reply r = { 0 };
	const char *at;
	size_t len;
	char c;

	do
		read_head(w, &r);
	while (r.status == 100);
	at = strstr(r.head, "content-length: ");
	len = at ? strtoul(at + 16, NULL, 10) : 0;
	for (size_t i = 0; i < len && take(w, &c); i++)
		cr_assert_eq(buf_append(&r.body, span(&c, 1), ANSWER_LIMIT, NULL), 0);
	cr_expect_eq(r.body.len, len);
	return r;
}

void reply_done(struct reply *r)
{
	buf_done(&r->body);
}

struct reply rig_ask(const struct rig *rig, const char *method, const char *path,
		     const char *headers, struct span body)
{
	struct wire w = wire_open(rig);
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct reply r;

	cr_assert_eq(
		buf_printf(&text, ANSWER_LIMIT, NULL,
			   "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %zu\r\n%s\r\n",
			   method, path, body.len, headers),
		0);
	cr_assert_eq(buf_append(&text, body, ANSWER_LIMIT, NULL), 0);
	wire_send(&w, buf_view(&text));
	r = wire_read(&w);
	wire_close(&w);
	return r;
}

struct guest_session rig_session(const struct rig *rig, const char *jwk, struct buf *ret_token)
{
	AUTO_REPLY struct reply auth =
		rig_ask(rig, "POST", "/kbs/v0/auth", "", span_text(GUEST_AUTH));
	AUTO_REPLY struct reply attest = { 0 };
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct guest_session s = { "", "" };
	struct guest_claim claim = { .nonce = s.nonce, .jwk = jwk };
	const char *cookie = strstr(auth.head, "set-cookie: ");
	char headers[128];

	cr_assert_eq(auth.status, 200);
	cr_assert_not_null(cookie);
	cr_assert_eq(sscanf(cookie, "set-cookie: %63[^;]", s.cookie), 1);
	cr_assert_eq(sscanf((const char *)auth.body.at, "{\"nonce\":\"%63[^\"]", s.nonce), 1);
	if (!jwk)
		return s;
	body = guest_attestation(&claim);
	(void)snprintf(headers, sizeof(headers), "Cookie: %s\r\n", s.cookie);
	attest = rig_ask(rig, "POST", "/kbs/v0/attest", headers, buf_view(&body));
	cr_assert_eq(attest.status, 200, "%s", (const char *)attest.body.at);
	cr_assert_not_null(strstr(attest.head, s.cookie));
	/* {"token":"..."} */
	cr_assert_gt(attest.body.len, 12);
	if (ret_token)
		cr_assert_eq(buf_append(ret_token, span(attest.body.at + 10, attest.body.len - 12),
					LIMIT_TOKEN_BYTES, NULL),
			     0);
	return s;
}
