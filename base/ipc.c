#include "base/ipc.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

void ipc_msg_wipe(struct ipc_msg *m)
{
	explicit_bzero(m, sizeof(*m));
}

int ipc_pair(int ret[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0)
		return FAIL_ERRNO(e, "socketpair: %s", strerror(errno));
	return 0;
}

static int send_msg(int sock, const struct ipc_msg *m, int fd, struct err *e)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec part = { (void *)(uintptr_t)m, sizeof(*m) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	do
		n = sendmsg(sock, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
		return FAIL(e, FAIL_AGAIN, "peer does not read");
	if (n < 0)
		return FAIL_ERRNO(e, "send: %s", strerror(errno));
	return 0;
}

static int send_as(int sock, uint16_t op, uint32_t id, uint32_t status, struct span body, int fd,
		   struct err *e)
{
	AUTO_MSG struct ipc_msg m = {
		.version = IPC_VERSION, .op = op, .id = id, .status = status
	};

	if (body.len > sizeof(m.body))
		return FAIL(e, FAIL_BUG, "a body of %zu bytes", body.len);
	m.length = (uint32_t)body.len;
	if (body.len)
		memcpy(m.body, body.at, body.len);
	return send_msg(sock, &m, fd, e);
}

int ipc_send(int sock, uint16_t op, uint32_t id, struct span body, int fd, struct err *e)
{
	return send_as(sock, op, id, 0, body, fd, e);
}

int ipc_send_failure(int sock, uint16_t op, uint32_t id, const struct err *why, struct err *e)
{
	return send_as(sock, op, id, why->kind ? (uint32_t)why->kind : FAIL_BUG,
		       span_text(why->text), -1, e);
}

static int wait_readable(int sock, uint64_t deadline_ms, struct err *e)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, deadline_left(deadline_ms));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return FAIL_ERRNO(e, "poll: %s", strerror(errno));
	if (!n)
		return FAIL(e, FAIL_AGAIN, "no message in time");
	return 0;
}

/* Closes what came beyond the one descriptor that a message may carry. */
static int take_fd(struct msghdr *header, int *ret_fd, struct err *e)
{
	struct cmsghdr *c;
	int count = 0;

	for (c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		size_t i, n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (count++)
				(void)close(fd);
			else
				*ret_fd = fd;
		}
	}
	if (count > 1 || header->msg_flags & MSG_CTRUNC) {
		fd_done(ret_fd);
		return FAIL(e, FAIL_INPUT, "a message with %d descriptors", count);
	}
	return 0;
}

static bool is_well_formed(const struct ipc_msg *m, size_t n, int flags)
{
	return n == sizeof(*m) && !(flags & MSG_TRUNC) && m->version == IPC_VERSION &&
	       m->length <= IPC_BODY_BYTES && m->status <= FAIL_BUG;
}

int ipc_recv(int sock, uint64_t deadline_ms, struct ipc_msg *ret, int *ret_fd, struct err *e)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec part = { ret, sizeof(*ret) };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	AUTO_FD int fd = -1;
	int failed = wait_readable(sock, deadline_ms, e);
	ssize_t n;

	if (failed)
		return failed;
	do
		n = recvmsg(sock, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return FAIL(e, FAIL_AGAIN, "no message");
	if (n < 0)
		return FAIL_ERRNO(e, "receive: %s", strerror(errno));
	if (n == 0)
		return err_set(e, FAIL_SYS, ECONNRESET, __func__, "peer is gone");
	if (take_fd(&header, &fd, e) < 0)
		return -(int)FAIL_INPUT;
	if (!is_well_formed(ret, (size_t)n, header.msg_flags))
		return FAIL(e, FAIL_INPUT, "a malformed message of %zd bytes", n);
	*ret_fd = fd_take(&fd);
	return 0;
}

int ipc_body(const struct ipc_msg *m, void *ret, size_t len, struct err *e)
{
	if (m->length != len)
		return FAIL(e, FAIL_INPUT, "message %u: body of %u bytes, not %zu", m->op,
			    m->length, len);
	if (len)
		memcpy(ret, m->body, len);
	return 0;
}

int ipc_failure(const struct ipc_msg *m, struct err *e)
{
	if (m->status < FAIL_AGAIN || m->status > FAIL_BUG)
		return FAIL(e, FAIL_BUG, "message %u: not a failure", m->op);
	return FAIL(e, (enum err_kind)m->status, "%.*s", (int)m->length, (const char *)m->body);
}

bool ipc_is_text(const char *field, size_t size)
{
	size_t i;

	for (i = 0; i < size && field[i]; i++)
		if (field[i] < 0x20 || field[i] > 0x7e)
			return false;
	return i < size;
}
