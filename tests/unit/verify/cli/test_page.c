#include <criterion/criterion.h>
#include <string.h>

#include "attest/verify/cli/page.h"
#include "attest/verify/cli/show.h"

Test(page, lets_no_byte_through_that_a_terminal_would_obey)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };
	struct page p = { .out = &out, .e = &e };

	page_text(&p, "a\x1b[2Jb\nc\r\x7f\xc3\xa4");
	page_end_line(&p);
	cr_expect_str_eq((char *)out.at, "a?[2Jb?c????\n");
}

Test(page, wraps_words_behind_an_indent)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };
	struct page p = { .out = &out, .e = &e };
	size_t column = 0;

	page_column(&p, 10);
	page_wrap(&p, 12,
		  "one two three four five six seven eight nine ten eleven twelve thirteen "
		  "fourteen fifteen sixteen seventeen eighteen nineteen twenty");
	cr_expect_eq(p.failed, 0);
	cr_expect_eq(strncmp((char *)out.at, "          one two", 17), 0);
	cr_expect_not_null(strstr((char *)out.at, "\n            "));
	cr_expect_not_null(strstr((char *)out.at, "twenty\n"));
	for (size_t i = 0; i < out.len; i++) {
		column = out.at[i] == '\n' ? 0 : column + 1;
		cr_expect_leq(column, PAGE_WIDTH);
	}
}

Test(page, leaves_a_long_word_whole)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };
	struct page p = { .out = &out, .e = &e };
	char word[129];

	memset(word, 'f', 128);
	word[128] = 0;
	page_text(&p, "measurement ");
	page_wrap(&p, 2, word);
	cr_expect_not_null(strstr((char *)out.at, word));
}

static void show(const char *json, struct buf *ret)
{
	struct err e = { 0 };

	cr_assert_eq(show_text(span_text(json), ret, &e), 0, "%s", e.text);
}

Test(show, begins_by_saying_that_nothing_was_verified)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	show("{\"verified\":false}", &out);
	cr_expect_eq(strncmp((char *)out.at, "DECODED ONLY. Nothing below was verified", 40), 0);
	cr_expect_not_null(strstr((char *)out.at, "\nverified: false\n"));
}

Test(show, indents_members_and_marks_elements)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	show("{\"parts\":[{\"name\":\"cpu0\",\"claims\":{\"vmpl\":1,\"big\":18446744073709551615,"
	     "\"ids\":[1,2,3],\"none\":null,\"empty\":[],\"deep\":{\"x\":true}}},{\"name\":\"b\"}]"
	     "}",
	     &out);
	cr_expect_str_eq(strstr((char *)out.at, "\n\n") + 2, "parts:\n"
							     "  - name: cpu0\n"
							     "    claims:\n"
							     "      vmpl: 1\n"
							     "      big: 18446744073709551615\n"
							     "      ids: 1 2 3\n"
							     "      none: -\n"
							     "      empty: -\n"
							     "      deep:\n"
							     "        x: true\n"
							     "  - name: b\n");
}

Test(show, makes_no_line_of_what_evidence_says)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	show("{\"x\":\"a\\nACCEPTED\",\"y\\nz\":1}", &out);
	cr_expect_null(strstr((char *)out.at, "\nACCEPTED"));
	cr_expect_not_null(strstr((char *)out.at, "x: a?ACCEPTED\n"));
	cr_expect_not_null(strstr((char *)out.at, "y?z: 1\n"));
}

Test(show, stops_at_a_depth)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	show("[[[[[[[[[[[[[[[[[[[[\"x\"]]]]]]]]]]]]]]]]]]]]", &out);
	cr_expect_not_null(strstr((char *)out.at, "..."));
}

Test(show, refuses_what_is_no_JSON)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(show_text(span_text("{"), &out, &e), -FAIL_INPUT);
}
