#include "tests/unit/attest/test_http_server.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

struct client {
	int fd;
	SSL *ssl;
};

static ssize_t take(const struct client *c, char *at, size_t size)
{
	return c->ssl ? SSL_read(c->ssl, at, (int)size) : recv(c->fd, at, size, 0);
}

static void give(const struct client *c, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = c->ssl ? SSL_write(c->ssl, bytes.at, (int)bytes.len)
				   : send(c->fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes = span(bytes.at + n, bytes.len - (size_t)n);
	}
}

/* One request to the end that its Content-Length gives. */
static bool read_request(const struct client *c, char *all, bool head_only)
{
	size_t len = 0, body = 0;
	const char *end = NULL, *length;

	do {
		ssize_t n = take(c, all + len, SERVER_REQUEST_BYTES - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		all[len] = '\0';
		end = strstr(all, "\r\n\r\n");
		length = strstr(all, "Content-Length: ");
		body = end && length && length < end ? strtoul(length + 16, NULL, 10) : 0;
	} while (!end || (!head_only && (size_t)(all + len - (end + 4)) < body));
	return true;
}

static void serve_client(struct server *s, const struct client *c, char *all)
{
	struct server_answer answer = { 0 };

	while (!answer.close && read_request(c, all, s->head_only)) {
		s->requests++;
		answer = (struct server_answer){ 0 };
		s->handle(s->ctx, all, &answer);
		give(c, buf_view(&answer.bytes));
		buf_done(&answer.bytes);
	}
	if (c->ssl && !answer.reset)
		(void)SSL_shutdown(c->ssl);
	if (answer.reset)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
				 sizeof(struct linger));
}

static void *serve(void *arg)
{
	struct server *s = arg;
	char *all = malloc(SERVER_REQUEST_BYTES);
	sigset_t pipe;

	/* OpenSSL's own sockets raise it when a client leaves; in the client it stays deadly. */
	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	for (;;) {
		struct client c = { accept(s->listener, NULL, NULL), NULL };

		if (c.fd < 0)
			break;
		s->connections++;
		if (s->tls) {
			c.ssl = SSL_new(s->tls);
			(void)SSL_set_fd(c.ssl, c.fd);
		}
		if (!c.ssl || SSL_accept(c.ssl) == 1)
			serve_client(s, &c, all);
		SSL_free(c.ssl);
		fd_done(&c.fd);
	}
	free(all);
	return NULL;
}

static void listen_on_loopback(struct server *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(s->listener, (struct sockaddr *)&to, len), 0);
	cr_assert_eq(listen(s->listener, 8), 0);
	cr_assert_eq(getsockname(s->listener, (struct sockaddr *)&to, &len), 0);
	s->port = ntohs(to.sin_port);
}

void server_start(struct server *s)
{
	listen_on_loopback(s);
	cr_assert_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

pid_t server_fork(struct server *s)
{
	pid_t child;

	listen_on_loopback(s);
	child = fork();
	if (!child) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)serve(s);
		_exit(0);
	}
	fd_done(&s->listener);
	return child;
}

void server_stop(struct server *s)
{
	(void)shutdown(s->listener, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	fd_done(&s->listener);
}

void server_say(struct server_answer *ret, int status, const char *fields, struct span body)
{
	struct err e = { 0 };

	cr_assert_eq(buf_printf(&ret->bytes, 1 << 23, &e,
				"HTTP/1.1 %d Said\r\nContent-Length: %zu\r\n%s\r\n", status,
				body.len, fields),
		     0);
	cr_assert_eq(buf_append(&ret->bytes, body, 1 << 23, &e), 0);
}
