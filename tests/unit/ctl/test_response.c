#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/ctl/response.h"

#define BODY_LIMIT 32

/* Feeds a text in steps of `step` bytes and collects the body. */
static int read_text(struct response *r, const char *text, size_t len, size_t step,
		     struct buf *ret_body, struct err *e)
{
	struct span piece;
	size_t used;
	int rc;

	response_init(r, BODY_LIMIT);
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < step ? len - at : step;
		for (size_t i = 0; i < n; i += used) {
			rc = response_feed(r, span(text + at + i, n - i), &used, &piece, e);
			if (rc == 0)
				rc = buf_append(ret_body, piece, BODY_LIMIT, e);
			if (rc < 0)
				return rc;
			cr_assert_leq(used, n - i);
		}
	}
	return response_end(r, e);
}

struct accepted {
	char text[256];
	unsigned status;
	char type[32];
	char problem[32];
	char body[40];
};

#define OK "HTTP/1.1 200 OK\r\n"

ParameterizedTestParameters(response, reads)
{
	static struct accepted rows[] = {
		{ OK "Content-Length: 0\r\n\r\n", 200, "", "", "" },
		{ OK "content-length:5\r\n\r\nhello", 200, "", "", "hello" },
		{ OK
		  "Content-Length: \t 5 \t\r\nContent-Type: Text/Plain; charset=utf-8\r\n\r\nhello",
		  200, "text/plain", "", "hello" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, "",
		  "", "hello" },
		{ OK "Transfer-Encoding: "
		     "Chunked\r\n\r\n00a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
		  200, "", "", "01234567890123456789" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", "", "" },
		{ "HTTP/1.1 204 \r\n\r\n", 204, "", "", "" },
		{ "HTTP/1.1 422 Unprocessable Content\r\nSealinit-Problem: unseal-refused\r\n"
		  "Content-Length: 2\r\n\r\n{}",
		  422, "", "unseal-refused", "{}" },
		{ OK "X-Other: caf\xc3\xa9\r\nEmpty:\r\nContent-Length: 32\r\n\r\n"
		     "01234567890123456789012345678901",
		  200, "", "", "01234567890123456789012345678901" },
	};
	return cr_make_param_array(struct accepted, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct accepted *row, response, reads)
{
	for (size_t step = 1; step <= sizeof(row->text); step++) {
		AUTO_BUF struct buf body = BUF_EMPTY;
		struct err e = { 0 };
		struct response r;

		cr_expect_eq(read_text(&r, row->text, strlen(row->text), step, &body, &e), 0,
			     "step %zu: %s", step, e.text);
		cr_expect(response_has_head(&r) && response_is_done(&r));
		cr_expect_eq(r.status, row->status);
		cr_expect_str_eq(r.type, row->type);
		cr_expect_str_eq(r.problem, row->problem);
		cr_expect(span_is_equal(buf_view(&body), span_text(row->body)));
		cr_expect_eq(r.body_bytes, strlen(row->body));
	}
}

struct refused {
	char text[256];
	int want;
};

ParameterizedTestParameters(response, refuses)
{
	static struct refused rows[] = {
		{ "", -FAIL_INPUT },
		{ "\r\n", -FAIL_INPUT },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ "HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ "SSH-2.0-OpenSSH_9.2\r\n", -FAIL_INPUT },
		/* line ends */
		{ "HTTP/1.1 200 OK\nContent-Length: 0\n\n", -FAIL_INPUT },
		{ OK "Content-Length: 0\n\r\n", -FAIL_INPUT },
		{ OK "Content-Length: 0\r\r\n\r\n", -FAIL_INPUT },
		{ OK "X: a\rb\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "X: a\033[2J\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		/* headers */
		{ OK " X: folded\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK ": nameless\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Content-Length : 0\r\n\r\n", -FAIL_INPUT },
		{ OK "colonless\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Content-Type: \r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n",
		  -FAIL_INPUT },
		{ OK "Sealinit-Problem: Bad Code\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Sealinit-Problem: \r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Sealinit-Problem: a-code-that-is-as-long-as-this-one-is\r\n\r\n",
		  -FAIL_INPUT },
		{ OK "Sealinit-Retry-After-Ms: soon\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Sealinit-Retry-After-Ms: 3600001\r\nContent-Length: 0\r\n\r\n", -FAIL_INPUT },
		{ OK "Sealinit-Retry-After-Ms: 1\r\nSealinit-Retry-After-Ms: 1\r\n\r\n",
		  -FAIL_INPUT },
		/* lengths */
		{ OK "\r\nuntil the end", -FAIL_INPUT },
		{ OK "Content-Length: \r\n\r\n", -FAIL_INPUT },
		{ OK "Content-Length: -1\r\n\r\n", -FAIL_INPUT },
		{ OK "Content-Length: +1\r\n\r\nx", -FAIL_INPUT },
		{ OK "Content-Length: 0x1\r\n\r\nx", -FAIL_INPUT },
		{ OK "Content-Length: 1, 1\r\n\r\nx", -FAIL_INPUT },
		{ OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", -FAIL_INPUT },
		{ OK "Content-Length: 18446744073709551616\r\n\r\n", -FAIL_INPUT },
		{ OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
		  -FAIL_INPUT },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		  -FAIL_INPUT },
		{ OK "Content-Length: 33\r\n\r\n012345678901234567890123456789012", -FAIL_LIMIT },
		{ OK "Content-Length: 5\r\n\r\nhell", -FAIL_INPUT },
		{ OK "Content-Length: 5\r\n\r\nhello!", -FAIL_INPUT },
		{ OK "Content-Length: 0\r\n\r\n\r\n", -FAIL_INPUT },
		/* chunks */
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 0\r\n\r\n",
		  -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n21\r\n", -FAIL_LIMIT },
		{ OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", -FAIL_LIMIT },
		{ OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", -FAIL_INPUT },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nfffffffffffffff\r\n",
		  -FAIL_LIMIT },
	};
	return cr_make_param_array(struct refused, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refused *row, response, refuses)
{
	for (size_t step = 1; step <= sizeof(row->text); step++) {
		AUTO_BUF struct buf body = BUF_EMPTY;
		struct err e = { 0 };
		struct response r;

		cr_expect_eq(read_text(&r, row->text, strlen(row->text), step, &body, &e),
			     row->want, "step %zu of %s", step, row->text);
	}
}

Test(response, refuses_a_head_without_end)
{
	static const char line[] = "X-Filler: 0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789\r\n";
	struct err e = { 0 };
	struct response r;
	struct span body;
	size_t used;
	int rc;

	response_init(&r, BODY_LIMIT);
	rc = response_feed(&r, span_text(OK), &used, &body, &e);
	for (size_t fed = 0; rc == 0 && fed < 2 * RESPONSE_HEAD_BYTES; fed += sizeof(line) - 1)
		rc = response_feed(&r, span_text(line), &used, &body, &e);
	cr_expect_eq(rc, -FAIL_LIMIT);
}

Test(response, refuses_too_many_headers)
{
	struct err e = { 0 };
	struct response r;
	struct span body;
	size_t used;
	int rc;

	response_init(&r, BODY_LIMIT);
	rc = response_feed(&r, span_text(OK), &used, &body, &e);
	for (int i = 0; i < RESPONSE_HEADERS; i++)
		rc = rc < 0 ? rc : response_feed(&r, span_text("A: b\r\n"), &used, &body, &e);
	cr_expect_eq(rc, 0);
	cr_expect_eq(response_feed(&r, span_text("A: b\r\n"), &used, &body, &e), -FAIL_LIMIT);
}

Test(response, refuses_a_line_without_end)
{
	char line[RESPONSE_LINE_BYTES + 1];
	struct err e = { 0 };
	struct response r;
	struct span body;
	size_t used;

	memset(line, 'a', sizeof(line));
	response_init(&r, BODY_LIMIT);
	cr_expect_eq(response_feed(&r, span(line, sizeof(line)), &used, &body, &e), -FAIL_LIMIT);
}

Test(response, stays_refused)
{
	struct err e = { 0 };
	struct response r;
	struct span body;
	size_t used;

	response_init(&r, BODY_LIMIT);
	cr_expect_eq(response_feed(&r, span_text("\n"), &used, &body, &e), -FAIL_INPUT);
	cr_expect_eq(response_feed(&r, span_text(OK), &used, &body, &e), -FAIL_BUG);
	cr_expect_not(response_has_head(&r));
}
