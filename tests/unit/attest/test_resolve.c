/* DNS: messages, and a resolver against a server on a loopback socket. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/net/dns.h"
#include "attest/net/resolve.h"
#include "base/clock.h"
#include "base/fd.h"
#include "tests/support/scratch.h"

static struct dns_query query_for(const char *host, uint16_t type)
{
	struct dns_query q = { .len = 0 };

	cr_assert_eq(dns_query(host, 0x1234, type, &q, &(struct err){ 0 }), 0);
	return q;
}

Test(resolve, asks_as_the_rfc_says)
{
	static const uint8_t want[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				      "\x03kbs\x07"
				      "example\x00\x00\x01\x00\x01";
	struct dns_query q = query_for("kbs.example", DNS_TYPE_A);

	cr_assert_eq(q.len, sizeof(want) - 1);
	cr_assert_arr_eq(q.at, want, q.len);
	q = query_for("kbs.example.", DNS_TYPE_A);
	cr_assert_eq(q.len, sizeof(want) - 1);
}

struct host_row {
	char host[300];
	int want;
};

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

ParameterizedTestParameters(resolve, refuses_what_is_no_host_name)
{
	static struct host_row rows[] = {
		{ "", -FAIL_INPUT },
		{ ".", -FAIL_INPUT },
		{ "a..b", -FAIL_INPUT },
		{ ".a", -FAIL_INPUT },
		{ "a b", -FAIL_INPUT },
		{ "a/b", -FAIL_INPUT },
		{ "k\xc3\xa4se.example", -FAIL_INPUT },
		{ LABEL63 ".b", 0 },
		{ LABEL63 "a.b", -FAIL_INPUT },
		{ LABEL63 "." LABEL63 "." LABEL63
			  ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaa",
		  0 }, /* 253 characters */
		{ LABEL63 "." LABEL63 "." LABEL63
			  ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaa",
		  -FAIL_INPUT },
	};
	return cr_make_param_array(struct host_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct host_row *row, resolve, refuses_what_is_no_host_name)
{
	struct dns_query q;

	cr_expect_eq(dns_query(row->host, 1, DNS_TYPE_A, &q, &(struct err){ 0 }), row->want, "%s",
		     row->host);
}

/* An answer: header, our question for "a.b", then what the row adds. Offsets in it: the question's
 * name is at 12, records begin at 12 + 5 + 4 = 21. */
#define HEAD(flags, count) "\x12\x34" flags "\x00\x01\x00" count "\x00\x00\x00\x00"
#define ASKED  \
	"\x01" \
	"a"    \
	"\x01" \
	"b"    \
	"\x00" \
	"\x00\x01\x00\x01"
#define OK(count)	     HEAD("\x81\x80", count) ASKED
#define A(name, ip)	     name "\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" ip
#define SELF		     "\xc0\x0c"
#define CNAME(name, len, to) name "\x00\x05\x00\x01\x00\x00\x00\x3c\x00" len to

struct answer_row {
	char name[48];
	size_t len;
	char at[256];
	int want;
	int is_found;
	char ip[5];
};

#define ROW(name, bytes, want, found, ip)                       \
	{                                                       \
		name, sizeof(bytes) - 1, bytes, want, found, ip \
	}

ParameterizedTestParameters(resolve, reads_answers)
{
	static struct answer_row rows[] = {
		ROW("an address", OK("\x01") A(SELF, "\x0a\x00\x00\x01"), 0, 1, "\x0a\x00\x00\x01"),
		ROW("in other letters",
		    HEAD("\x81\x80", "\x01") "\x01"
					     "A"
					     "\x01"
					     "B"
					     "\x00"
					     "\x00\x01\x00\x01" A("\x01"
								  "a"
								  "\x01"
								  "B"
								  "\x00",
								  "\x0a\x00\x00\x02"),
		    0, 1, "\x0a\x00\x00\x02"),
		ROW("the first of two",
		    OK("\x02") A(SELF, "\x01\x01\x01\x01") A(SELF, "\x02\x02\x02\x02"), 0, 1,
		    "\x01\x01\x01\x01"),
		ROW("nobody else's",
		    OK("\x01") A("\x01"
				 "x"
				 "\x00",
				 "\x01\x01\x01\x01"),
		    0, 0, ""),
		ROW("none", OK("\x00"), 0, 0, ""),
		/* alias "c" at offset 21 + 12 = 33 */
		ROW("an alias",
		    OK("\x02") CNAME(SELF, "\x03",
				     "\x01"
				     "c"
				     "\x00") A("\xc0\x21", "\x07\x07\x07\x07"),
		    0, 1, "\x07\x07\x07\x07"),
		ROW("an alias behind its address",
		    OK("\x02") A("\x01"
				 "c"
				 "\x00",
				 "\x07\x07\x07\x07") CNAME(SELF, "\x03",
							   "\x01"
							   "c"
							   "\x00"),
		    0, 1, "\x07\x07\x07\x07"),
		ROW("an alias without address",
		    OK("\x01") CNAME(SELF, "\x03",
				     "\x01"
				     "c"
				     "\x00"),
		    0, 0, ""),
		ROW("an alias of itself", OK("\x01") CNAME(SELF, "\x02", SELF), -FAIL_LIMIT, 0, ""),
		ROW("no such name", HEAD("\x81\x83", "\x00") ASKED, -FAIL_DENIED, 0, ""),
		ROW("server failure", HEAD("\x81\x82", "\x00") ASKED, -FAIL_AGAIN, 0, ""),
		ROW("refused", HEAD("\x81\x85", "\x00") ASKED, -FAIL_AGAIN, 0, ""),
		ROW("truncated", HEAD("\x83\x80", "\x00") ASKED, -FAIL_LIMIT, 0, ""),
		ROW("another id", "\x12\x35\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" ASKED,
		    -FAIL_INPUT, 0, ""),
		ROW("a question", HEAD("\x01\x00", "\x00") ASKED, -FAIL_INPUT, 0, ""),
		ROW("another operation", HEAD("\x91\x80", "\x00") ASKED, -FAIL_INPUT, 0, ""),
		ROW("no question", "\x12\x34\x81\x80\x00\x00\x00\x00\x00\x00\x00\x00", -FAIL_INPUT,
		    0, ""),
		ROW("two questions", "\x12\x34\x81\x80\x00\x02\x00\x00\x00\x00\x00\x00" ASKED ASKED,
		    -FAIL_INPUT, 0, ""),
		ROW("another name",
		    HEAD("\x81\x80", "\x00") "\x01"
					     "a"
					     "\x01"
					     "c"
					     "\x00"
					     "\x00\x01\x00\x01",
		    -FAIL_INPUT, 0, ""),
		ROW("another type",
		    HEAD("\x81\x80", "\x00") "\x01"
					     "a"
					     "\x01"
					     "b"
					     "\x00"
					     "\x00\x1c\x00\x01",
		    -FAIL_INPUT, 0, ""),
		ROW("another class",
		    HEAD("\x81\x80", "\x00") "\x01"
					     "a"
					     "\x01"
					     "b"
					     "\x00"
					     "\x00\x01\x00\x03",
		    -FAIL_INPUT, 0, ""),
		ROW("nothing", "", -FAIL_INPUT, 0, ""),
		ROW("half a header", "\x12\x34\x81\x80\x00", -FAIL_INPUT, 0, ""),
		ROW("fewer records than said", OK("\x02") A(SELF, "") "", -FAIL_INPUT, 0, ""),
		ROW("a pointer to itself", OK("\x01") A("\xc0\x15", "\x01\x01\x01\x01"),
		    -FAIL_INPUT, 0, ""),
		ROW("a pointer forwards", OK("\x01") A("\xc0\x17", "\x01\x01\x01\x01"), -FAIL_INPUT,
		    0, ""),
		ROW("a pointer outside", OK("\x01") A("\xff\xff", "\x01\x01\x01\x01"), -FAIL_INPUT,
		    0, ""),
		ROW("half a pointer", OK("\x01") "\xc0", -FAIL_INPUT, 0, ""),
		ROW("a label of unknown kind", OK("\x01") A("\x80\x00", "\x01\x01\x01\x01"),
		    -FAIL_INPUT, 0, ""),
		ROW("a name that never ends",
		    OK("\x01") "\x3f"
			       "aaa",
		    -FAIL_INPUT, 0, ""),
		ROW("an address of 5 bytes",
		    OK("\x01") SELF "\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x05"
				    "\x01\x01\x01\x01\x01",
		    -FAIL_INPUT, 0, ""),
		ROW("data beyond the end",
		    OK("\x01") SELF "\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04"
				    "\x01",
		    -FAIL_INPUT, 0, ""),
		ROW("an alias that is longer than its record",
		    OK("\x01") CNAME(SELF, "\x02",
				     "\x01"
				     "c"
				     "\x00"),
		    -FAIL_INPUT, 0, ""),
		ROW("another class of record",
		    OK("\x01") SELF "\x00\x01\x00\x03\x00\x00\x00\x3c\x00\x04"
				    "\x01\x01\x01\x01",
		    0, 0, ""),
	};
	return cr_make_param_array(struct answer_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct answer_row *row, resolve, reads_answers)
{
	struct dns_query q = query_for("a.b", DNS_TYPE_A);
	struct dns_address a = { .len = 99 };
	AUTO_BUF struct buf exact = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(buf_append(&exact, span(row->at, row->len), 512, &e), 0);
	cr_expect_eq(dns_answer(span(exact.at, row->len), &q, &a, &e), row->want, "%s: %s",
		     row->name, e.text);
	if (row->want)
		cr_expect_eq(a.len, 99, "%s: output untouched on failure", row->name);
	else
		cr_expect_eq(a.is_found, row->is_found, "%s", row->name);
	if (!row->want && row->is_found)
		cr_expect_arr_eq(a.at, row->ip, 4, "%s", row->name);
}

/* c0 -> c1 -> ... -> cN, then an address for the last. */
static int follow_aliases(int count)
{
	struct dns_query q = query_for("c0", DNS_TYPE_A);
	AUTO_BUF struct buf m = BUF_EMPTY;
	struct dns_address a;

	cr_assert_eq(buf_append(&m, span(q.at, q.len), 4096, NULL), 0);
	m.at[2] = 0x81;
	m.at[7] = (uint8_t)(count + 1);
	for (int i = 0; i < count; i++) {
		char record[] = "\x02"
				"cX"
				"\x00\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x02"
				"cY";

		record[2] = (char)('0' + i);
		record[16] = (char)('0' + i + 1);
		cr_assert_eq(buf_append(&m, span(record, sizeof(record)), 4096, NULL), 0);
	}
	char last[] = A("\x02"
			"cX"
			"\x00",
			"\x01\x02\x03\x04");

	last[2] = (char)('0' + count);
	cr_assert_eq(buf_append(&m, span(last, sizeof(last) - 1), 4096, NULL), 0);
	return dns_answer(buf_view(&m), &q, &a, &(struct err){ 0 });
}

Test(resolve, follows_eight_aliases_and_no_more)
{
	cr_assert_eq(follow_aliases(1), 0);
	cr_assert_eq(follow_aliases(LIMIT_DNS_CNAMES), 0);
	cr_assert_eq(follow_aliases(LIMIT_DNS_CNAMES + 1), -FAIL_LIMIT);
}

Test(resolve, reads_nameservers_and_nothing_else)
{
	struct nameservers n = { .count = 0 };

	resolve_read_conf(span_text("# nameserver 9.9.9.9\nsearch x\nnameserver\t10.0.0.1\r\n"
				    "nameserver fe80::1%eth0\nnameserver dns.example\n"
				    "nameservers 8.8.8.8\n  nameserver fd00::53 comment\n"
				    "nameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver"),
			  &n);
	cr_assert_eq(n.count, 3);
	cr_assert_str_eq(n.at[0], "10.0.0.1");
	cr_assert_str_eq(n.at[1], "fd00::53");
	cr_assert_str_eq(n.at[2], "10.0.0.2");
}

/* --- against a server --- */

enum manner {
	HONEST,	 /* A record                                     */
	ONLY_V6, /* no A, but AAAA                                */
	NO_RECORDS,
	UNKNOWN, /* NXDOMAIN                                      */
	SILENT,
	FAILING, /* SERVFAIL                                      */
	TRUNCATED,
	LYING,	    /* wrong id, wrong question, garbage, then right */
	LATE_START, /* the first question is lost                    */
};

struct server {
	int fd;
	uint16_t port;
	enum manner manner;
	int questions;
};

static void reply(struct server *s, uint8_t *m, size_t len, const struct sockaddr_in *to)
{
	(void)!sendto(s->fd, m, len, 0, (const struct sockaddr *)to, sizeof(*to));
}

static size_t add_record(uint8_t *m, size_t len, uint8_t type, uint8_t size)
{
	uint8_t record[12] = { 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, size };

	m[7] = 1;
	memcpy(m + len, record, sizeof(record));
	memset(m + len + sizeof(record), 0x0a, size);
	return len + sizeof(record) + size;
}

static void answer(struct server *s, uint8_t *m, size_t len, const struct sockaddr_in *from)
{
	bool is_v6 = m[len - 3] == DNS_TYPE_AAAA;

	m[2] = 0x81;
	m[3] = s->manner == UNKNOWN ? 0x83 : s->manner == FAILING ? 0x82 : 0x80;
	if (s->manner == TRUNCATED)
		m[2] |= 0x02;
	if (s->manner == LYING) {
		m[0] ^= 1;
		reply(s, m, len, from);
		m[0] ^= 1;
		m[13] ^= 1;
		reply(s, m, len, from);
		m[13] ^= 1;
		reply(s, m, 3, from);
	}
	if (s->manner == HONEST || s->manner == LYING || s->manner == LATE_START)
		len = is_v6 ? len : add_record(m, len, DNS_TYPE_A, 4);
	if (s->manner == ONLY_V6 && is_v6)
		len = add_record(m, len, DNS_TYPE_AAAA, 16);
	reply(s, m, len, from);
}

static void *serve(void *arg)
{
	struct server *s = arg;
	uint8_t m[512];

	for (;;) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(s->fd, m, 400, 0, (struct sockaddr *)&from, &from_len);

		if (n < 12)
			return NULL;
		s->questions++;
		if (s->manner != SILENT && !(s->manner == LATE_START && s->questions == 1))
			answer(s, m, (size_t)n, &from);
	}
}

static void start_server(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	pthread_t thread;

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(s->fd, (struct sockaddr *)&at, len), 0);
	cr_assert_eq(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
	cr_assert_eq(pthread_create(&thread, NULL, serve, s), 0);
	pthread_detach(thread);
}

static struct resolver resolver_of(const struct server *s)
{
	return (struct resolver){ .given = { { "127.0.0.1" }, 1 }, .port = s->port };
}

struct manner_row {
	int manner;
	unsigned int ms; /* until the deadline */
	int want;
	int family;
};

ParameterizedTestParameters(resolve, asks_a_server)
{
	static struct manner_row rows[] = {
		{ HONEST, 5000, 0, AF_INET },	       { ONLY_V6, 5000, 0, AF_INET6 },
		{ NO_RECORDS, 5000, -FAIL_DENIED, 0 }, { UNKNOWN, 5000, -FAIL_DENIED, 0 },
		{ SILENT, 300, -FAIL_AGAIN, 0 },       { FAILING, 300, -FAIL_AGAIN, 0 },
		{ TRUNCATED, 5000, -FAIL_LIMIT, 0 },   { LYING, 5000, 0, AF_INET },
		{ LATE_START, 5000, 0, AF_INET },
	};
	return cr_make_param_array(struct manner_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct manner_row *row, resolve, asks_a_server, .timeout = 20)
{
	struct server s = { .manner = (enum manner)row->manner };
	struct sockaddr_storage a = { .ss_family = 77 };
	socklen_t len = 0;
	struct err e = { 0 };
	uint64_t start = clock_boot_ms();

	start_server(&s);
	struct resolver r = resolver_of(&s);
	cr_expect_eq(resolve_host(&r, "kbs.example", deadline_in(row->ms), &a, &len, &e), row->want,
		     "manner %d: %s", row->manner, e.text);
	cr_expect_lt(clock_boot_ms() - start, row->ms + 1000, "manner %d", row->manner);
	if (row->want) {
		cr_expect_eq(a.ss_family, 77, "output untouched on failure");
		cr_expect(strstr(e.text, "kbs.example"), "%s", e.text);
	} else {
		cr_expect_eq(a.ss_family, row->family);
	}
	if (!row->want && row->family == AF_INET)
		cr_expect_eq(((struct sockaddr_in *)&a)->sin_addr.s_addr, htonl(0x0a0a0a0a));
}

Test(resolve, goes_on_to_the_next_server, .timeout = 20)
{
	struct server good = { .manner = HONEST };
	struct sockaddr_storage a;
	socklen_t len;
	struct err e = { 0 };

	start_server(&good);
	struct resolver r = { .given = { { "127.0.0.2", "127.0.0.1" }, 2 }, .port = good.port };
	cr_assert_eq(resolve_host(&r, "kbs.example", deadline_in(5000), &a, &len, &e), 0, "%s",
		     e.text);
}

Test(resolve, literals_need_no_server)
{
	struct resolver r = { .port = 53 };
	struct sockaddr_storage a;
	socklen_t len;
	struct err e = { 0 };

	cr_assert_eq(resolve_host(&r, "10.0.2.2", deadline_in(0), &a, &len, &e), 0);
	cr_assert_eq(a.ss_family, AF_INET);
	cr_assert_eq(((struct sockaddr_in *)&a)->sin_port, 0);
	cr_assert_eq(resolve_host(&r, "fd00::1", deadline_in(0), &a, &len, &e), 0);
	cr_assert_eq(a.ss_family, AF_INET6);
	cr_assert_eq(len, sizeof(struct sockaddr_in6));
}

Test(resolve, takes_nameservers_from_the_first_file_that_has_one, .timeout = 20)
{
	struct server s = { .manner = HONEST };
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int empty = fd_open_in(dir, "empty", O_WRONLY | O_CREAT, 0600, NULL);
	AUTO_FD int full = fd_open_in(dir, "full", O_WRONLY | O_CREAT, 0600, NULL);
	char paths[2][200];
	const char *const files[] = { "/nowhere", paths[0], paths[1], NULL };
	struct sockaddr_storage a;
	socklen_t len;
	struct err e = { 0 };

	start_server(&s);
	(void)snprintf(paths[0], sizeof(paths[0]), "%s/empty", scratch_path());
	(void)snprintf(paths[1], sizeof(paths[1]), "%s/full", scratch_path());
	struct resolver r = { .files = files, .port = s.port };
	cr_assert_eq(resolve_host(&r, "kbs.example", deadline_in(0), &a, &len, &e), -FAIL_AGAIN);
	cr_assert(strstr(e.text, "no nameserver is known"), "%s", e.text);
	cr_assert_eq(fd_write_all(full, span_text("nameserver 127.0.0.1\n"), NULL), 0);
	cr_assert_eq(resolve_host(&r, "kbs.example", deadline_in(5000), &a, &len, &e), 0, "%s",
		     e.text);
}

Test(resolve, a_name_that_is_none_is_not_asked_for, .timeout = 20)
{
	struct server s = { .manner = HONEST };
	struct sockaddr_storage a;
	socklen_t len;

	start_server(&s);
	struct resolver r = resolver_of(&s);
	cr_assert_eq(resolve_host(&r, "a b", deadline_in(5000), &a, &len, &(struct err){ 0 }),
		     -FAIL_INPUT);
	cr_assert_eq(s.questions, 0);
}
