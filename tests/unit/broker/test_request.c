#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/request.h"

Test(request, reads_what_a_broker_looks_at)
{
	static const char head[] = "POST /kbs/v0/attest?a=b%20c HTTP/1.1\r\n"
				   "Host: 127.0.0.1\r\nContent-Length: 17\r\n"
				   "cookie: x=1; kbs-session-id=abc; y=2\r\n"
				   "authorization: bearer aa.bb.cc\r\nExpect: 100-continue\r\n"
				   "Connection: close\r\n\r\n";
	struct broker_request r;

	cr_assert_eq(broker_request_parse(span_text(head), &r, NULL), 0);
	cr_expect(broker_span_is(r.method, "POST"));
	cr_expect(broker_span_is(r.path, "/kbs/v0/attest"));
	cr_expect(broker_span_is(r.query, "a=b%20c"));
	cr_expect(broker_span_is(r.cookie, "abc"));
	cr_expect(broker_span_is(r.bearer, "aa.bb.cc"));
	cr_expect_eq(r.body_len, 17);
	cr_expect(r.has_cookie && r.is_last && r.wants_100);
}

Test(request, of_version_1_0_is_the_last_unless_it_says_otherwise)
{
	struct broker_request r;

	cr_assert_eq(broker_request_parse(span_text("GET / HTTP/1.0\r\n\r\n"), &r, NULL), 0);
	cr_expect(r.is_last);
	cr_assert_eq(
		broker_request_parse(span_text("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
				     &r, NULL),
		0);
	cr_expect(!r.is_last);
}

struct refusal {
	char head[160];
};

ParameterizedTestParameters(request, refuses)
{
	static struct refusal rows[] = {
		{ "" },
		{ "\r\n" },
		{ "GET /\r\n\r\n" },
		{ "GET / HTTP/2.0\r\n\r\n" },
		{ "GET  / HTTP/1.1\r\n\r\n" },
		{ "GET / HTTP/1.1 \r\n\r\n" },
		{ "G\x01T / HTTP/1.1\r\n\r\n" },
		{ "GET http://x/ HTTP/1.1\r\n\r\n" },
		{ "GET /\x7f HTTP/1.1\r\n\r\n" },
		{ "GET / HTTP/1.1\n\r\n" },
		{ "GET / HTTP/1.1\r\nA: b\n\r\n" },
		{ "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n" },
		{ "GET / HTTP/1.1\r\n folded\r\n\r\n" },
		{ "GET / HTTP/1.1\r\nno colon\r\n\r\n" },
		{ "GET / HTTP/1.1\r\nA : b\r\n\r\n" },
		{ "GET / HTTP/1.1\r\nA: \x01\r\n\r\n" },
		{ "GET / HTTP/1.1\r\nA: b\r\n" },
		{ "GET / HTTP/1.1\r\n\r\nmore" },
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n" },
		{ "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n" },
		{ "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n" },
		{ "POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n" },
		{ "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n" },
	};
	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, request, refuses, .timeout = 5)
{
	struct broker_request r = { .body_len = 7 };
	struct err e = { 0 };

	cr_expect_eq(broker_request_parse(span_text(row->head), &r, &e), -FAIL_INPUT, "%s",
		     row->head);
	cr_expect_eq(r.body_len, 7, "output untouched on failure");
}

Test(request, has_a_bound_on_its_head)
{
	static char head[BROKER_HEAD_BYTES + 2];
	struct broker_request r;

	memset(head, 'a', sizeof(head) - 1);
	cr_expect_eq(broker_request_parse(span_text(head), &r, NULL), -FAIL_LIMIT);
}

Test(request, has_a_bound_on_its_lines)
{
	AUTO_BUF struct buf head = BUF_EMPTY;
	struct broker_request r;

	cr_assert_eq(buf_printf(&head, 65536, NULL, "GET / HTTP/1.1\r\n"), 0);
	for (int i = 0; i < BROKER_HEADERS; i++)
		cr_assert_eq(buf_printf(&head, 65536, NULL, "A: b\r\n"), 0);
	cr_assert_eq(buf_printf(&head, 65536, NULL, "\r\n"), 0);
	cr_expect_eq(broker_request_parse(buf_view(&head), &r, NULL), 0);
	head.len -= 2;
	cr_assert_eq(buf_printf(&head, 65536, NULL, "A: b\r\n\r\n"), 0);
	cr_expect_eq(broker_request_parse(buf_view(&head), &r, NULL), -FAIL_LIMIT);
}

struct cookie {
	char header[96];
	char want[32]; /* "-": not there */
};

ParameterizedTestParameters(request, finds_the_cookie)
{
	static struct cookie rows[] = {
		{ "kbs-session-id=abc", "abc" },
		{ "a=b; kbs-session-id=abc", "abc" },
		{ "a=b;kbs-session-id=abc;c=d", "abc" },
		{ " kbs-session-id = abc ", "abc" },
		{ "kbs-session-id=", "" },
		{ "kbs-session-id=first; kbs-session-id=second", "first" },
		{ "kbs-session-id=a=b", "a=b" },
		{ "kbs-session-id", "-" },
		{ "KBS-SESSION-ID=abc", "-" },
		{ "xkbs-session-id=abc", "-" },
		{ "a=kbs-session-id=abc", "-" },
		{ "", "-" },
		{ ";;;=;", "-" },
	};
	return cr_make_param_array(struct cookie, rows, COUNT_OF(rows));
}

ParameterizedTest(struct cookie *row, request, finds_the_cookie, .timeout = 5)
{
	struct span got = SPAN_EMPTY;
	bool found = broker_cookie_find(span_text(row->header), BROKER_COOKIE, &got);

	cr_expect_eq(found, strcmp(row->want, "-") != 0, "%s", row->header);
	cr_expect(!found || broker_span_is(got, row->want), "%s", row->header);
}

Test(request, query_has_whole_escapes)
{
	cr_expect(broker_query_is_sane(span_text("")));
	cr_expect(broker_query_is_sane(span_text("a=%2F&b")));
	cr_expect(!broker_query_is_sane(span_text("a=%2")));
	cr_expect(!broker_query_is_sane(span_text("%")));
	cr_expect(!broker_query_is_sane(span_text("%zz")));
}
