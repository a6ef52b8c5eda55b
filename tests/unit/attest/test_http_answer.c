/* attest/transport/answer: the parser, fed whole and byte by byte. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "attest/transport/answer.h"
#include "base/limits.h"
#include "tests/support/fault.h"

#define OK "HTTP/1.1 200 OK\r\n"

/* Feeds `text` in steps of `step` bytes, then ends the connection if `ended`. */
static int feed(struct answer *a, const char *text, size_t step, bool ended, struct err *e)
{
	struct span rest = span_text(text);
	int failed = 0;

	while (rest.len && !failed) {
		size_t n = rest.len < step ? rest.len : step;

		failed = answer_take(a, span(rest.at, n), e);
		rest = span(rest.at + n, rest.len - n);
	}
	return !failed && ended ? answer_end(a, e) : failed;
}

struct good {
	char text[300];
	char body[40];
	unsigned int status;
	bool keep_alive;
	bool ended; /* the connection's end belongs to it */
};

ParameterizedTestParameters(answer, reads)
{
	static struct good rows[] = {
		{ OK "Content-Length: 5\r\n\r\nhello", "hello", 200, true, false },
		{ OK "content-length:\t5 \r\nX-Y:\r\n\r\nhello", "hello", 200, true, false },
		{ OK "Content-Length: 0\r\n\r\n", "", 200, true, false },
		{ "HTTP/1.1 401\r\nContent-Length: 2\r\n\r\nno", "no", 401, true, false },
		{ "HTTP/1.1 599 \r\nContent-Length: 2\r\n\r\nno", "no", 599, true, false },
		{ "HTTP/1.1 204 No Content\r\n\r\n", "", 204, true, false },
		{ "HTTP/1.1 304 Same\r\nContent-Length: 10\r\n\r\n", "", 304, true, false },
		{ OK "Content-Length: 1\r\nConnection: close\r\n\r\nx", "x", 200, false, false },
		{ OK "Content-Length: 1\r\nConnection: a, CLOSE ,b\r\n\r\nx", "x", 200, false,
		  false },
		{ OK "Content-Length: 1\r\nConnection: closed\r\n\r\nx", "x", 200, true, false },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx", "x",
		  200, false, false },
		{ OK "\r\nto the end", "to the end", 200, false, true },
		{ OK "\r\n", "", 200, false, true },
		{ OK "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello", 200,
		  true, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n00003;a=\"b\"\r\nabc\r\nA\r\n0123456789\r\n"
		     "000;x\r\nTrailer: 1\r\n\r\n",
		  "abc0123456789", 200, true, false },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" OK
		  "Content-Length: 1\r\n\r\nx",
		  "x", 200, true, false },
	};
	return cr_make_param_array(struct good, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct good *row, answer, reads)
{
	for (size_t step = 1; step <= sizeof(row->text); step = step < 8 ? step + 1 : step * 7) {
		AUTO_ANSWER struct answer a = { 0 };
		struct err e = { 0 };

		cr_assert_eq(feed(&a, row->text, step, row->ended, &e), 0, "%s: %s", row->text,
			     e.text);
		cr_assert(answer_is_complete(&a), "%s", row->text);
		cr_assert_eq(a.status, row->status);
		cr_assert_eq(a.keep_alive, row->keep_alive, "%s", row->text);
		cr_assert(span_is_equal(buf_view(&a.body), span_text(row->body)), "%s", row->text);
	}
}

struct bad {
	char text[300];
	int want;
	bool ended;
};

ParameterizedTestParameters(answer, refuses)
{
	static struct bad rows[] = {
		{ "HTTP/2 200 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.2 200 OK\r\n", -FAIL_INPUT, false },
		{ "http/1.1 200 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1  200 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 20 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 2000 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 600 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 099 OK\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 200 O\x01K\r\n", -FAIL_INPUT, false },
		{ "\r\n" OK, -FAIL_INPUT, false },
		{ "<html>\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 200 OK\n", -FAIL_INPUT, false },
		{ OK "A: b\n\r\n", -FAIL_INPUT, false },
		{ OK "A: b\rC: d\r\n", -FAIL_INPUT, false },
		{ OK "A: b\r\r\n", -FAIL_INPUT, false },
		{ OK "A: b\r\n c\r\n\r\n", -FAIL_INPUT, false },
		{ OK "A: b\r\n\tc\r\n\r\n", -FAIL_INPUT, false },
		{ OK " A: b\r\n\r\n", -FAIL_INPUT, false },
		{ OK "A : b\r\n\r\n", -FAIL_INPUT, false },
		{ OK ": b\r\n\r\n", -FAIL_INPUT, false },
		{ OK "no colon\r\n\r\n", -FAIL_INPUT, false },
		{ OK "A\x80: b\r\n\r\n", -FAIL_INPUT, false },
		{ OK "A: b\x7f\r\n\r\n", -FAIL_INPUT, false },
		{ OK "A: \x01\r\n\r\n", -FAIL_INPUT, false },
		{ OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", -FAIL_INPUT, false },
		{ OK "Content-Length: 1, 1\r\n\r\nx", -FAIL_INPUT, false },
		{ OK "Content-Length: +1\r\n\r\nx", -FAIL_INPUT, false },
		{ OK "Content-Length: -1\r\n\r\nx", -FAIL_INPUT, false },
		{ OK "Content-Length: 0x1\r\n\r\nx", -FAIL_INPUT, false },
		{ OK "Content-Length: \r\n\r\nx", -FAIL_INPUT, false },
		{ OK "Content-Length: 18446744073709551616\r\n\r\n", -FAIL_INPUT, false },
		{ OK "Content-Length: 18446744073709551615\r\n\r\n", -FAIL_LIMIT, false },
		{ OK "Content-Length: 2097153\r\n\r\n", -FAIL_LIMIT, false },
		{ OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", -FAIL_INPUT,
		  false },
		{ OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", -FAIL_INPUT,
		  false },
		{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		  -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: identity\r\n\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0x1\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n 1\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1 \r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n000000001\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n200001\r\n", -FAIL_LIMIT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", -FAIL_LIMIT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n200000\r\n", -FAIL_LIMIT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", -FAIL_INPUT, false },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n", -FAIL_INPUT,
		  false },
		{ OK "Content-Length: 1\r\n\r\nxy", -FAIL_INPUT, false },
		{ OK "Content-Length: 0\r\n\r\n" OK, -FAIL_INPUT, false },
		{ "HTTP/1.1 204 No\r\n\r\nx", -FAIL_INPUT, false },
		{ "HTTP/1.1 101 Switch\r\n\r\n", -FAIL_INPUT, false },
		{ "HTTP/1.1 100 C\r\nContent-Length: 1\r\n\r\n", -FAIL_INPUT, false },
		{ "", -FAIL_AGAIN, true },
		{ "HTTP/1.1 20", -FAIL_AGAIN, true },
		{ OK "A: b\r\n", -FAIL_AGAIN, true },
		{ OK "Content-Length: 2\r\n\r\nx", -FAIL_AGAIN, true },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", -FAIL_AGAIN, true },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", -FAIL_AGAIN, true },
	};
	return cr_make_param_array(struct bad, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bad *row, answer, refuses)
{
	for (size_t step = 1; step <= sizeof(row->text); step += step < 4 ? 1 : 100) {
		AUTO_ANSWER struct answer a = { 0 };
		struct err e = { 0 };

		cr_assert_eq(feed(&a, row->text, step, row->ended, &e), row->want, "%s: %s",
			     row->text, e.text);
		cr_assert_eq(e.kind, (enum err_kind) - row->want);
	}
}

/* Appends `line` for ever: must be refused before `most` bytes. */
static int endless(const char *start, const char *line, size_t most)
{
	AUTO_ANSWER struct answer a = { 0 };
	int failed = answer_take(&a, span_text(start), NULL);

	for (size_t n = 0; !failed && n < most; n += strlen(line))
		failed = answer_take(&a, span_text(line), NULL);
	return failed;
}

Test(answer, bounds_whatever_could_go_on_for_ever)
{
	const size_t head = LIMIT_HTTP_HEAD_BYTES + 4096, body = LIMIT_HTTP_BODY_BYTES + 4096;

	cr_expect_eq(endless("HTTP/1.1 200 ", "aaaaaaaaaaaaaaaa", head), -FAIL_LIMIT);
	cr_expect_eq(endless(OK "A: ", "aaaaaaaaaaaaaaaa", head), -FAIL_LIMIT);
	cr_expect_eq(endless(OK, "A: b\r\n", head), -FAIL_LIMIT);
	cr_expect_eq(endless("", "HTTP/1.1 100 C\r\n\r\n", head), -FAIL_LIMIT);
	cr_expect_eq(endless(OK "\r\n", "body without an end", body), -FAIL_LIMIT);
	cr_expect_eq(endless(OK "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", body),
		     -FAIL_LIMIT);
	cr_expect_eq(endless(OK "Transfer-Encoding: chunked\r\n\r\n1;", "aaaaaaaa", head),
		     -FAIL_LIMIT);
	cr_expect_eq(endless(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", head),
		     -FAIL_LIMIT);
}

Test(answer, takes_a_body_of_just_the_limit)
{
	AUTO_ANSWER struct answer a = { 0 };
	static char block[4096];
	struct err e = { 0 };
	int failed = answer_take(&a, span_text(OK "Content-Length: 2097152\r\n\r\n"), &e);

	for (size_t n = 0; !failed && n < LIMIT_HTTP_BODY_BYTES; n += sizeof(block))
		failed = answer_take(&a, span(block, sizeof(block)), &e);
	cr_assert_eq(failed, 0, "%s", e.text);
	cr_assert(answer_is_complete(&a));
	cr_assert_eq(a.body.len, LIMIT_HTTP_BODY_BYTES);
}

Test(answer, finds_fields_by_name_and_count)
{
	AUTO_ANSWER struct answer a = { 0 };
	struct err e = { 0 };

	cr_assert_eq(feed(&a,
			  OK "Set-Cookie: a=1\r\nX-Set-Cookie: z\r\nSET-COOKIE:b=2: c \r\n"
			     "Empty:\r\nContent-Length: 0\r\n\r\n",
			  3, false, &e),
		     0, "%s", e.text);
	cr_expect(span_is_equal(answer_field(&a, "set-cookie", 0), span_text("a=1")));
	cr_expect(span_is_equal(answer_field(&a, "set-cookie", 1), span_text("b=2: c")));
	cr_expect_null(answer_field(&a, "set-cookie", 2).at);
	cr_expect_not_null(answer_field(&a, "empty", 0).at);
	cr_expect_eq(answer_field(&a, "empty", 0).len, 0);
	cr_expect_null(answer_field(&a, "cookie", 0).at);
}

Test(answer, forgets_the_fields_of_interim_answers_and_trailers)
{
	AUTO_ANSWER struct answer a = { 0 };
	struct err e = { 0 };

	cr_assert_eq(feed(&a,
			  "HTTP/1.1 103 Hints\r\nSet-Cookie: a=1\r\n\r\n" OK
			  "Transfer-Encoding: chunked\r\n\r\n0\r\nSet-Cookie: b=2\r\n\r\n",
			  1000, false, &e),
		     0, "%s", e.text);
	cr_assert_null(answer_field(&a, "set-cookie", 0).at);
}

Test(answer, fails_cleanly_when_memory_runs_out)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_ANSWER struct answer a = { 0 };
		struct err e = { 0 };
		int failed = feed(
			&a, OK "A: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 7,
			false, &e);

		fault_disarm_keep();
		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0, "call %u: %s", n, e.text);
	}
}
