#include "api/ctl/conn.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/roles.h"

/* An abstract name begins with NUL and is as long as the address says; '@' is how people write it.
 */
static int make_address(const char *socket, struct sockaddr_un *ret, socklen_t *ret_len,
			struct err *e)
{
	size_t len = strlen(socket);
	bool is_abstract = socket[0] == '@';

	if (len < (is_abstract ? 2 : 1) || len >= sizeof(ret->sun_path))
		return FAIL(e, FAIL_INPUT, "'%s' can't be the name of a socket", socket);
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, socket, len);
	if (is_abstract)
		ret->sun_path[0] = '\0';
	*ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + !is_abstract);
	return 0;
}

static int connect_to(const char *socket_name, uint64_t deadline_ms, int *ret_fd, struct err *e)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int left = deadline_left(deadline_ms), rc;
	/* A full queue makes connect() wait; this is how a Unix socket is told for how long. */
	struct timeval wait = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 + 1 };
	struct sockaddr_un address;
	socklen_t len;

	if (make_address(socket_name, &address, &len, e) < 0)
		return -(int)e->kind;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0)
		return FAIL_ERRNO(e, "socket: %s", strerror(errno));
	do
		rc = connect(fd, (const struct sockaddr *)&address, len);
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && errno == EAGAIN)
		return FAIL(e, FAIL_AGAIN, "%s: accepts no connection", socket_name);
	if (rc < 0)
		return FAIL_ERRNO(e, "%s: %s", socket_name, strerror(errno));
	*ret_fd = fd_take(&fd);
	return 0;
}

int conn_open(const char *socket, uint64_t deadline_ms, int *ret_fd, struct err *e)
{
	int rc;

	if (socket)
		return connect_to(socket, deadline_ms, ret_fd, e);
	rc = connect_to(PATH_API_SOCKET, deadline_ms, ret_fd, e);
	if (rc == -FAIL_SYS && (e->sys == ENOENT || e->sys == ENOTDIR)) {
		rc = connect_to("@" API_ABSTRACT_NAME, deadline_ms, ret_fd, e);
		if (rc < 0)
			return err_add(e, "no %s, and", PATH_API_SOCKET);
	}
	return rc;
}

static int wait_for(int fd, short events, uint64_t deadline_ms, short *ret, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	int rc;

	do
		rc = poll(&p, 1, deadline_left(deadline_ms));
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return FAIL_ERRNO(e, "poll: %s", strerror(errno));
	if (rc == 0)
		return FAIL(e, FAIL_AGAIN, "nothing came in time");
	*ret = p.revents;
	return 0;
}

/* A service that has seen enough answers and closes, with our bytes still on the way: that is no
 * failure as long as the answer can be read. */
static int send_some(int fd, struct span out, struct swap *ret, struct err *e)
{
	ssize_t n = send(fd, out.at, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0) {
		ret->sent = (size_t)n;
		return 0;
	}
	ret->is_deaf = errno == EPIPE || errno == ECONNRESET;
	if (!ret->is_deaf && errno != EAGAIN && errno != EINTR)
		return FAIL_ERRNO(e, "send: %s", strerror(errno));
	return 0;
}

static int receive_some(int fd, void *in, size_t len, struct swap *ret, struct err *e)
{
	ssize_t n = recv(fd, in, len, MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return FAIL_ERRNO(e, "receive: %s", strerror(errno));
	ret->has_closed = n == 0;
	ret->got = n > 0 ? (size_t)n : 0;
	return 0;
}

int conn_swap(int fd, struct span out, void *in, size_t len, uint64_t deadline_ms, struct swap *ret,
	      struct err *e)
{
	struct swap s = { 0 };
	short ready;
	int rc;

	rc = wait_for(fd, (short)(out.len ? POLLIN | POLLOUT : POLLIN), deadline_ms, &ready, e);
	if (rc == 0 && out.len)
		rc = send_some(fd, out, &s, e);
	if (rc == 0 && (ready & ~POLLOUT || s.is_deaf))
		rc = receive_some(fd, in, len, &s, e);
	if (rc == 0)
		*ret = s;
	return rc;
}
