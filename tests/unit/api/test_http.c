/* The head of a request: what passes, and the much longer list of what does not. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/http.h"
#include "base/limits.h"

static int parse(const char *text, struct http_head *ret)
{
	struct err e = { 0 };

	return http_head_parse(span_text(text), ret, &e);
}

Test(http, reads_a_head)
{
	struct http_head h;

	cr_assert_eq(parse("POST /v1/seal?scope=pod HTTP/1.1\r\nHost: x\r\n"
			   "content-TYPE: application/json ; charset=utf-8\r\n"
			   "Accept: text/plain\r\nContent-Length: \t12 \r\n\r\n",
			   &h),
		     0);
	cr_assert_eq(h.method, HTTP_POST);
	cr_assert(span_is_equal(h.path, span_text("/v1/seal")));
	cr_assert(span_is_equal(h.query, span_text("scope=pod")));
	cr_assert(span_is_equal(h.content_type, span_text("application/json")));
	cr_assert(span_is_equal(h.accept, span_text("text/plain")));
	cr_assert_eq(h.content_length, 12);
	cr_assert(h.has_query && h.keep_alive && !h.is_chunked && !h.expects_continue);
}

Test(http, tells_an_empty_query_from_none)
{
	struct http_head h;

	cr_assert_eq(parse("GET /? HTTP/1.1\r\nHost: x\r\n\r\n", &h), 0);
	cr_assert(h.has_query);
	cr_assert_eq(h.query.len, 0);
	cr_assert_eq(parse("GET / HTTP/1.1\r\nHost: x\r\n\r\n", &h), 0);
	cr_assert_not(h.has_query);
}

Test(http, understands_absolute_targets)
{
	struct http_head h;

	cr_assert_eq(parse("GET HTTP://sealinit:80/v1/status HTTP/1.1\r\nHost: x\r\n\r\n", &h), 0);
	cr_assert(span_is_equal(h.path, span_text("/v1/status")));
	cr_assert_eq(parse("GET http://sealinit HTTP/1.1\r\nHost: x\r\n\r\n", &h), 0);
	cr_assert(span_is_equal(h.path, span_text("/")));
}

Test(http, keeps_connections_as_the_version_and_the_header_say)
{
	struct http_head h;

	cr_assert_eq(parse("GET / HTTP/1.0\r\n\r\n", &h), 0);
	cr_assert_not(h.keep_alive);
	cr_assert_eq(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &h), 0);
	cr_assert(h.keep_alive);
	cr_assert_eq(parse("GET / HTTP/1.1\r\nHost:\r\nConnection: x, CLOSE\r\n\r\n", &h), 0);
	cr_assert_not(h.keep_alive);
}

Test(http, counts_a_length_beyond_all_memory_as_too_large)
{
	struct http_head h;

	cr_assert_eq(parse("POST / HTTP/1.1\r\nHost: x\r\n"
			   "Content-Length: 99999999999999999999999999\r\n\r\n",
			   &h),
		     0);
	cr_assert_eq(h.content_length, SIZE_MAX);
}

Test(http, ignores_an_expectation_of_http_1_0)
{
	struct http_head h;

	cr_assert_eq(parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", &h), 0);
	cr_assert_not(h.expects_continue);
	cr_assert_eq(parse("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n\r\n", &h), 0);
	cr_assert(h.expects_continue);
}

struct head {
	char text[200];
};

#define GET  "GET / HTTP/1.1\r\n"
#define HOST "Host: x\r\n"

ParameterizedTestParameters(http, refuses)
{
	static struct head rows[] = {
		{ "\r\n\r\n" },
		{ "GET /\r\n\r\n" },
		{ "GET / HTTP/2.0\r\n" HOST "\r\n" },
		{ "GET / HTTP/1.1 \r\n" HOST "\r\n" },
		{ "GET  / HTTP/1.1\r\n" HOST "\r\n" },
		{ " GET / HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET / http/1.1\r\n" HOST "\r\n" },
		{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n" },
		{ "G(T / HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET v1 HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET * HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET /a#b HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET /\x01 HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET https://x/ HTTP/1.1\r\n" HOST "\r\n" },
		{ "GET http://x?a HTTP/1.1 x\r\n" HOST "\r\n" },
		{ GET "\r\n" },
		{ GET HOST HOST "\r\n" },
		{ GET HOST "no colon\r\n\r\n" },
		{ GET HOST ": no name\r\n\r\n" },
		{ GET HOST "space : x\r\n\r\n" },
		{ GET HOST " folded: x\r\n\r\n" },
		{ GET HOST "A: x\r\n folded\r\n\r\n" },
		{ GET HOST "A: x\ry\r\n\r\n" },
		{ GET HOST "A: \x7f\r\n\r\n" },
		{ GET HOST "A: \xff\r\n\r\n" },
		{ GET HOST "A\xe4: x\r\n\r\n" },
		{ GET HOST "Content-Length: \r\n\r\n" },
		{ GET HOST "Content-Length: -1\r\n\r\n" },
		{ GET HOST "Content-Length: +1\r\n\r\n" },
		{ GET HOST "Content-Length: 1, 1\r\n\r\n" },
		{ GET HOST "Content-Length: 0x10\r\n\r\n" },
		{ GET HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" },
		{ GET HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n" },
		{ GET HOST "Transfer-Encoding: chunked, chunked\r\n\r\n" },
		{ GET HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ GET HOST "Transfer-Encoding: identity\r\n\r\n" },
		{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ GET HOST "Expect: 200-ok\r\n\r\n" },
		{ GET HOST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n" },
		{ GET HOST "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n" },
	};
	return cr_make_param_array(struct head, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct head *row, http, refuses)
{
	struct http_head h = { .content_length = 77 };

	cr_assert_eq(parse(row->text, &h), -FAIL_INPUT, "%s", row->text);
	cr_assert_eq(h.content_length, 77, "output untouched on failure");
}

Test(http, refuses_a_nul_in_a_value)
{
	static const char text[] = GET HOST "A: x\0y\r\n\r\n";
	struct http_head h;
	struct err e;

	cr_assert_eq(http_head_parse(span(text, sizeof(text) - 1), &h, &e), -FAIL_INPUT);
}

static void lines(char *to, size_t count)
{
	(void)strcpy(to, GET HOST);
	for (size_t i = 1; i < count; i++)
		(void)strcat(to, "A: b\r\n");
	(void)strcat(to, "\r\n");
}

Test(http, takes_sixty_four_lines_and_no_more)
{
	char text[1024];
	struct http_head h;

	lines(text, LIMIT_API_HEADERS);
	cr_assert_eq(parse(text, &h), 0);
	lines(text, LIMIT_API_HEADERS + 1);
	cr_assert_eq(parse(text, &h), -FAIL_LIMIT);
}

Test(http, finds_the_end_of_a_head_whatever_pieces_it_comes_in)
{
	static const char text[] = GET HOST "\r\nGET";
	const size_t head = sizeof(text) - 1 - 3;
	struct err e;

	for (size_t first = 0; first < sizeof(text); first++) {
		size_t scanned = 0;
		long got = http_head_scan(span(text, first), &scanned, &e);

		cr_assert_eq(got, first < head ? -(long)FAIL_AGAIN : (long)head, "%zu", first);
		if (got < 0)
			cr_assert_eq(http_head_scan(span(text, sizeof(text) - 1), &scanned, &e),
				     (long)head);
	}
}

Test(http, refuses_bare_line_feeds_as_soon_as_they_come)
{
	size_t scanned = 0;
	struct err e;

	cr_assert_eq(http_head_scan(span_text("GET / HTTP/1.1\nHost"), &scanned, &e),
		     -(long)FAIL_INPUT);
	scanned = 0;
	cr_assert_eq(http_head_scan(span_text("\n"), &scanned, &e), -(long)FAIL_INPUT);
	scanned = 0;
	cr_assert_eq(http_head_scan(span_text(GET "\n"), &scanned, &e), -(long)FAIL_INPUT);
}
