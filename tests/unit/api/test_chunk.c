#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/chunk.h"

/* Feeds `text` in pieces of `step` bytes; collects what comes out. */
static int feed(const char *text, size_t step, struct buf *ret, bool *ret_done, size_t *ret_left)
{
	struct span rest = span_text(text);
	struct chunk c = { 0 };
	struct err e = { 0 };

	*ret_done = false;
	while (rest.len && !chunk_is_done(&c)) {
		struct span in = span(rest.at, rest.len < step ? rest.len : step), piece;
		size_t had = in.len;
		int failed = chunk_next(&c, &in, &piece, &e);

		if (failed)
			return failed;
		cr_assert_eq(buf_append(ret, piece, 4096, &e), 0);
		rest = span(rest.at + (had - in.len), rest.len - (had - in.len));
	}
	*ret_done = chunk_is_done(&c);
	*ret_left = rest.len;
	return 0;
}

Test(chunk, puts_a_body_together_whatever_pieces_it_comes_in)
{
	static const char text[] =
		"5\r\nhello\r\n0A;x=\"y\"\r\n, 10 bytes\r\n000\r\nT: x\r\n\r\nGET";

	for (size_t step = 1; step < sizeof(text); step++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		size_t left;
		bool done;

		cr_assert_eq(feed(text, step, &got, &done, &left), 0);
		cr_assert(done);
		cr_assert_eq(left, 3, "what follows stays");
		cr_assert(span_is_equal(buf_view(&got), span_text("hello, 10 bytes")));
	}
}

Test(chunk, is_not_done_before_its_end)
{
	static const char text[] = "5\r\nhello\r\n0\r\nT: x\r\n\r\n";
	char cut[sizeof(text)];

	for (size_t len = 0; len + 1 < sizeof(text); len++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		size_t left;
		bool done;

		memcpy(cut, text, len);
		cut[len] = 0;
		cr_assert_eq(feed(cut, 64, &got, &done, &left), 0);
		cr_assert_not(done, "%zu", len);
	}
}

struct body {
	char text[64];
	int want;
};

ParameterizedTestParameters(chunk, refuses)
{
	static struct body rows[] = {
		{ "\r\n", -FAIL_INPUT },
		{ "x\r\n", -FAIL_INPUT },
		{ "-1\r\n", -FAIL_INPUT },
		{ "+1\r\n", -FAIL_INPUT },
		{ " 1\r\nx\r\n", -FAIL_INPUT },
		{ "1 \r\nx\r\n", -FAIL_INPUT },
		{ "0x1\r\nx\r\n", -FAIL_INPUT },
		{ "1\nx\r\n", -FAIL_INPUT },
		{ "1\r\rx\r\n", -FAIL_INPUT },
		{ "1\rx", -FAIL_INPUT },
		{ "1\r\nxy\r\n", -FAIL_INPUT },
		{ "1\r\nx\n", -FAIL_INPUT },
		{ "1\r\nx0\r\n", -FAIL_INPUT },
		{ "0\r\nT: x\n\r\n", -FAIL_INPUT },
		{ "fffffffffffffffff\r\n", -FAIL_LIMIT },
		{ "10000000000000000\r\n", -FAIL_LIMIT },
	};
	return cr_make_param_array(struct body, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct body *row, chunk, refuses)
{
	for (size_t step = 1; step < 8; step++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		size_t left;
		bool done;

		cr_assert_eq(feed(row->text, step, &got, &done, &left), row->want, "%s", row->text);
	}
}

Test(chunk, bounds_lines_and_trailers)
{
	char text[1024] = "1;";
	AUTO_BUF struct buf got = BUF_EMPTY;
	size_t left;
	bool done;

	memset(text + 2, 'e', CHUNK_LINE_BYTES);
	cr_assert_eq(feed(text, 1024, &got, &done, &left), -FAIL_LIMIT);
	(void)strcpy(text, "0\r\n");
	for (int i = 0; i <= CHUNK_TRAILERS; i++)
		(void)strcat(text, "T: x\r\n");
	cr_assert_eq(feed(text, 1024, &got, &done, &left), -FAIL_LIMIT);
}
