#include "attest/net/resolve.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "attest/net/dns.h"
#include "base/clock.h"
#include "base/fd.h"

const char *const resolve_files[] = {
	"/run/kata-containers/sandbox/resolv.conf",
	"/etc/resolv.conf",
	NULL,
};

static bool make_address(const char *text, uint16_t port, struct sockaddr_storage *ret,
			 socklen_t *ret_len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(ret, &v4, sizeof(v4));
		*ret_len = sizeof(v4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
		memcpy(ret, &v6, sizeof(v6));
		*ret_len = sizeof(v6);
		return true;
	}
	return false;
}

static void add_nameserver(struct span word, struct nameservers *ret)
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t any[sizeof(struct in6_addr)];

	if (ret->count == LIMIT_NAMESERVERS || word.len >= sizeof(text))
		return;
	memcpy(text, word.at, word.len);
	if (inet_pton(AF_INET, text, any) == 1 || inet_pton(AF_INET6, text, any) == 1)
		memcpy(ret->at[ret->count++], text, sizeof(text));
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word off a line. */
static struct span next_word(struct span *line)
{
	size_t from = 0, to;

	while (from < line->len && is_blank(line->at[from]))
		from++;
	for (to = from; to < line->len && !is_blank(line->at[to]);)
		to++;
	struct span word = { line->at + from, to - from };

	*line = span(line->at + to, line->len - to);
	return word;
}

void resolve_read_conf(struct span text, struct nameservers *ret)
{
	while (text.len) {
		struct span line = span_cut(&text, '\n');

		if (span_is_equal(next_word(&line), span_text("nameserver")))
			add_nameserver(next_word(&line), ret);
	}
}

/* Read anew each time: in a Kata guest the agent writes it while we wait. */
static int find_nameservers(const struct resolver *r, struct nameservers *ret, struct err *e)
{
	*ret = r->given;
	for (const char *const *path = r->files; path && *path && !ret->count; path++) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		AUTO_FD int fd = open(*path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

		if (fd >= 0 && !fd_read_all(fd, LIMIT_RESOLV_CONF_BYTES, &text, NULL))
			resolve_read_conf(buf_view(&text), ret);
	}
	return ret->count ? 0 : FAIL(e, FAIL_AGAIN, "dns: no nameserver is known");
}

/* Connected, so that only this server's packets come in; the kernel picks the port at random. */
static int ask(const char *server, uint16_t port, const struct dns_query *q, struct err *e)
{
	struct sockaddr_storage to = { 0 };
	socklen_t len;
	AUTO_FD int fd = -1;

	if (!make_address(server, port, &to, &len))
		return FAIL(e, FAIL_BUG, "dns: nameserver %s", server);
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return FAIL_ERRNO(e, "dns: socket: %s", strerror(errno));
	/* No route to it, or nobody there: the next server may do better. */
	if (connect(fd, (struct sockaddr *)&to, len) < 0 ||
	    send(fd, q->at, q->len, MSG_NOSIGNAL) != (ssize_t)q->len)
		return FAIL(e, FAIL_AGAIN, "dns: %s: %s", server, strerror(errno));
	return fd_take(&fd);
}

/* Listens for the answer; what doesn't fit the question may be a forger's, and is passed over. */
static int listen_for(int fd, const struct dns_query *q, uint64_t deadline_ms,
		      struct dns_address *ret, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t message[LIMIT_DNS_BYTES];

	while (deadline_left(deadline_ms)) {
		ssize_t n = poll(&p, 1, deadline_left(deadline_ms));

		if (n <= 0)
			continue;
		n = recv(fd, message, sizeof(message), MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return FAIL(e, FAIL_AGAIN, "dns: %s", strerror(errno));
		if (n < 0)
			continue;
		n = dns_answer(span(message, (size_t)n), q, ret, e);
		if (n != -(int)FAIL_INPUT)
			return (int)n;
	}
	return FAIL(e, FAIL_AGAIN, "dns: no answer in time");
}

static int try_server(const char *server, uint16_t port, const char *host, uint16_t type,
		      uint64_t deadline_ms, struct dns_address *ret, struct err *e)
{
	struct dns_query q;
	uint16_t id;
	AUTO_FD int fd = -1;
	int failed;

	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
		return FAIL_ERRNO(e, "dns: getrandom: %s", strerror(errno));
	failed = dns_query(host, id, type, &q, e);
	if (failed)
		return failed;
	fd = ask(server, port, &q, e);
	if (fd < 0)
		return fd;
	return listen_for(fd, &q, deadline_ms, ret, e);
}

/* A, then AAAA, of one server. */
static int try_types(const char *server, const struct resolver *r, const char *host,
		     uint64_t deadline_ms, struct dns_address *ret, struct err *e)
{
	int failed = try_server(server, r->port, host, DNS_TYPE_A, deadline_ms, ret, e);

	if (!failed && !ret->is_found)
		failed = try_server(server, r->port, host, DNS_TYPE_AAAA, deadline_ms, ret, e);
	if (!failed && !ret->is_found)
		return FAIL(e, FAIL_DENIED, "dns: the name has no address");
	return failed;
}

static void fill(const struct dns_address *a, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memset(ret, 0, sizeof(*ret));
	*ret_len = a->len == 4 ? sizeof(v4) : sizeof(v6);
	memcpy(a->len == 4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr, a->at, a->len);
	memcpy(ret, a->len == 4 ? (const void *)&v4 : (const void *)&v6, *ret_len);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Round after round over the servers. An error that comes at once must not turn this into a busy
 * loop: each round takes its time. */
static int ask_around(const struct resolver *r, const struct nameservers *servers, const char *host,
		      uint64_t deadline_ms, struct dns_address *ret, struct err *e)
{
	int failed;

	do {
		uint64_t round_ends = deadline_in(LIMIT_DNS_TRY_MS);

		for (size_t i = 0; i < servers->count; i++) {
			uint64_t ends = sooner(deadline_in(LIMIT_DNS_TRY_MS), deadline_ms);

			failed = try_types(servers->at[i], r, host, ends, ret, e);
			if (failed != -(int)FAIL_AGAIN)
				return failed;
		}
		(void)poll(NULL, 0, deadline_left(sooner(round_ends, deadline_ms)));
	} while (deadline_left(deadline_ms));
	return failed;
}

int resolve_host(const struct resolver *r, const char *host, uint64_t deadline_ms,
		 struct sockaddr_storage *ret, socklen_t *ret_len, struct err *e)
{
	struct dns_address address = { .is_found = false };
	struct sockaddr_storage literal = { 0 };
	struct nameservers servers;
	int failed;

	if (make_address(host, 0, &literal, ret_len)) {
		*ret = literal;
		return 0;
	}
	failed = find_nameservers(r, &servers, e);
	if (!failed)
		failed = ask_around(r, &servers, host, deadline_ms, &address, e);
	if (failed)
		return err_add(e, "%.64s", host);
	fill(&address, ret, ret_len);
	return 0;
}
