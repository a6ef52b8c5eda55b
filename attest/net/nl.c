#include "attest/net/nl.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

int nl_open(struct nl *ret, uint32_t groups, struct err *e)
{
	struct nl nl = { .socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC) };

	if (!nl.socket)
		return FAIL_ERRNO(e, "netlink: %s", strerror(errno));
	if (mnl_socket_bind(nl.socket, groups, MNL_SOCKET_AUTOPID) < 0) {
		int sys = errno;

		nl_close(&nl);
		errno = sys;
		return FAIL_ERRNO(e, "netlink: bind: %s", strerror(sys));
	}
	nl.port = mnl_socket_get_portid(nl.socket);
	*ret = nl;
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->socket)
		(void)mnl_socket_close(nl->socket);
	*nl = NL_CLOSED;
}

struct nlmsghdr *nl_begin(uint8_t *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return h;
}

static int wait_readable(const struct nl *nl, uint64_t deadline_ms, struct err *e)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(nl->socket), .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, deadline_left(deadline_ms));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return FAIL_ERRNO(e, "netlink: poll: %s", strerror(errno));
	return n ? 0 : FAIL(e, FAIL_AGAIN, "netlink: nothing came in time");
}

int nl_talk(struct nl *nl, struct nlmsghdr *message, mnl_cb_t each, void *ctx, uint64_t deadline_ms,
	    struct err *e)
{
	/* What the kernel puts into one part of a dump at most. */
	_Alignas(struct nlmsghdr) uint8_t buffer[32 * 1024];
	int state = MNL_CB_OK;
	ssize_t n;

	message->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, message, message->nlmsg_len) < 0)
		return FAIL_ERRNO(e, "netlink: send: %s", strerror(errno));
	while (state > MNL_CB_STOP) {
		int failed = wait_readable(nl, deadline_ms, e);

		if (failed)
			return failed;
		n = mnl_socket_recvfrom(nl->socket, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FAIL_ERRNO(e, "netlink: receive: %s", strerror(errno));
		state = mnl_cb_run(buffer, (size_t)n, nl->seq, nl->port, each, ctx);
		/* Left over from a list that was given up: not our answer. */
		if (state < 0 && errno == EPROTO)
			state = MNL_CB_OK;
	}
	/* EINTR here is NLM_F_DUMP_INTR: what was listed changed meanwhile. */
	if (state < 0 && errno == EINTR)
		return FAIL(e, FAIL_AGAIN, "netlink: the list changed while it was read");
	if (state < 0)
		return FAIL_ERRNO(e, "netlink: %s", strerror(errno));
	return 0;
}

int nl_wait(struct nl *events, uint64_t deadline_ms, struct err *e)
{
	uint8_t buffer[8 * 1024];
	int fd = mnl_socket_get_fd(events->socket);
	int failed = wait_readable(events, deadline_ms, e);
	ssize_t n;

	if (failed)
		return failed;
	do
		n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	while (n >= 0 || errno == EINTR);
	/* ENOBUFS: events were lost, so there was one. */
	if (errno != EAGAIN && errno != ENOBUFS)
		return FAIL_ERRNO(e, "netlink: events: %s", strerror(errno));
	return 0;
}
