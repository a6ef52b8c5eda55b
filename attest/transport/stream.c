#include "attest/transport/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"

void stream_done(struct stream *s)
{
	SSL_free(s->ssl);
	s->ssl = NULL;
	fd_done(&s->fd);
	s->fd = -1;
}

int stream_wait(int fd, short events, uint64_t deadline_ms, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n, left;

	do {
		left = deadline_left(deadline_ms);
		if (!left)
			return FAIL(e, FAIL_AGAIN, "no answer in time");
		n = poll(&p, 1, left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return FAIL_ERRNO(e, "poll: %s", strerror(errno));
	return 0;
}

/* What connect() left behind: 0, or its error. */
static int connect_result(int fd)
{
	int sys = 0;
	socklen_t len = sizeof(sys);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &len) < 0 ? errno : sys;
}

int stream_connect(const struct sockaddr *to, socklen_t to_len, const char *what,
		   uint64_t deadline_ms, struct stream *ret, struct err *e)
{
	AUTO_FD int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int sys = 0;

	if (fd < 0)
		return FAIL_ERRNO(e, "socket: %s", strerror(errno));
	/* Our requests are one write each; a delay would only wait for an acknowledgement. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (connect(fd, to, to_len) < 0) {
		sys = errno;
		if (sys == EINPROGRESS) {
			int failed = stream_wait(fd, POLLOUT, deadline_ms, e);

			if (failed) {
				(void)err_add(e, "connect to %s", what);
				return failed;
			}
			sys = connect_result(fd);
		}
	}
	if (sys)
		return err_set(e, FAIL_AGAIN, sys, __func__, "connect to %s: %s", what,
			       strerror(sys));
	ret->fd = fd_take(&fd);
	ret->ssl = NULL;
	return 0;
}

/* After a TLS call that did not succeed: waits if that is what it wants, or says why it broke. */
static int tls_pause(struct stream *s, int result, uint64_t deadline_ms, struct err *e)
{
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return stream_wait(s->fd, POLLIN, deadline_ms, e);
	case SSL_ERROR_WANT_WRITE:
		return stream_wait(s->fd, POLLOUT, deadline_ms, e);
	}
	ERR_clear_error();
	return FAIL(e, FAIL_AGAIN, "the TLS connection broke");
}

static int plain_pause(struct stream *s, short events, uint64_t deadline_ms, struct err *e)
{
	if (errno == EINTR)
		return 0;
	if (errno == EAGAIN)
		return stream_wait(s->fd, events, deadline_ms, e);
	return err_set(e, FAIL_AGAIN, errno, __func__, "the connection broke: %s", strerror(errno));
}

int stream_write(struct stream *s, struct span bytes, uint64_t deadline_ms, struct err *e)
{
	while (bytes.len) {
		size_t done = 0;
		int failed = 0;

		if (s->ssl) {
			int result;

			/* SSL_get_error() would blame us for what others left in the queue. */
			ERR_clear_error();
			result = SSL_write_ex(s->ssl, bytes.at, bytes.len, &done);
			if (result != 1)
				failed = tls_pause(s, result, deadline_ms, e);
		} else {
			ssize_t n = send(s->fd, bytes.at, bytes.len, MSG_NOSIGNAL);

			if (n < 0)
				failed = plain_pause(s, POLLOUT, deadline_ms, e);
			else
				done = (size_t)n;
		}
		if (failed)
			return failed;
		bytes = span(bytes.at + done, bytes.len - done);
	}
	return 0;
}

static int read_tls(struct stream *s, void *at, size_t size, uint64_t deadline_ms, size_t *ret,
		    struct err *e)
{
	for (;;) {
		int result, failed;

		ERR_clear_error();
		result = SSL_read_ex(s->ssl, at, size, ret);
		if (result == 1)
			return 0;
		if (SSL_get_error(s->ssl, result) == SSL_ERROR_ZERO_RETURN) {
			*ret = 0;
			return 0;
		}
		failed = tls_pause(s, result, deadline_ms, e);
		if (failed)
			return failed;
	}
}

int stream_read(struct stream *s, void *at, size_t size, uint64_t deadline_ms, size_t *ret,
		struct err *e)
{
	if (s->ssl)
		return read_tls(s, at, size, deadline_ms, ret, e);
	for (;;) {
		ssize_t n = recv(s->fd, at, size, 0);
		int failed;

		if (n >= 0) {
			*ret = (size_t)n;
			return 0;
		}
		failed = plain_pause(s, POLLIN, deadline_ms, e);
		if (failed)
			return failed;
	}
}

bool stream_is_quiet(struct stream *s)
{
	uint8_t byte;
	int result;

	if (s->fd < 0)
		return false;
	if (!s->ssl)
		return recv(s->fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
	/* Not a look at the socket: session tickets may be waiting there, which are no answer. */
	ERR_clear_error();
	result = SSL_peek(s->ssl, &byte, 1);
	return result <= 0 && SSL_get_error(s->ssl, result) == SSL_ERROR_WANT_READ;
}
