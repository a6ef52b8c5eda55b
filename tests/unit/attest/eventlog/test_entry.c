/* Events as bytes: the layout of CoCo's agent, and what is refused as text. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/eventlog/entry.h"
#include "base/limits.h"
#include "tests/support/evidence/log.h"
#include "tests/support/fault.h"

static const struct log_register rtmr = {
	.strength = "rtmr", .name = "RTMR3", .number = 4, .alg = DIGEST_SHA384
};
static const struct log_register pcr = {
	.strength = "pcr", .name = "PCR 14", .number = 14, .alg = DIGEST_SHA256
};
static const struct entry_text text = { "domain", "operation", "content" };

/* coco-protocol reference 5: the digest over the tagged data of this very text, and the entry. */
Test(entry, is_laid_out_as_the_agent_does_it)
{
	static const uint8_t front[] = { 4, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0x0c, 0 };
	static const uint8_t tail[] = "\x20\0\0\0LEAA\x18\0\0\0domain operation content";
	char hex[2 * 48 + 1];
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct digest d;

	cr_assert_eq(entry_make(&rtmr, &text, SIZE_MAX, &got, &d, NULL), 0);
	digest_hex(span(d.at, d.len), hex);
	cr_expect_str_eq(hex, "dad5f0e226318ffa9839b75a472c6aa7fdb5834949d0a0a22990cf04d5692440"
			      "fb00f3aa0609db7e49cd8d793f670d02");
	cr_assert_eq(got.len, 98);
	cr_expect_arr_eq(got.at, front, sizeof(front));
	cr_expect_arr_eq(got.at + 14, d.at, 48);
	cr_expect_arr_eq(got.at + 62, tail, sizeof(tail) - 1);
}

Test(entry, of_a_pcr_has_its_number_and_algorithm)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	char hex[2 * 32 + 1];
	struct digest d;

	cr_assert_eq(entry_make(&pcr, &text, SIZE_MAX, &got, &d, NULL), 0);
	digest_hex(span(d.at, d.len), hex);
	cr_expect_str_eq(hex, "46df8dacf00a07d34a83cdf56d7978697790787cf2ba1432ef7c38f22cd96351");
	cr_expect_eq(got.at[0], 14);
	cr_expect_eq(got.at[12], 0x0b);
}

Test(entry, the_header_is_the_agents)
{
	struct eventlog l = eventlog_aael_only();
	AUTO_BUF struct buf got = BUF_EMPTY;

	cr_assert_eq(entry_header(&rtmr, &got, NULL), 0);
	cr_expect_eq(got.len, 69);
	cr_expect(span_is_equal(buf_view(&got), buf_view(&l.bytes)));
	eventlog_done(&l);
}

Test(entry, is_read_as_it_was_written)
{
	AUTO_BUF struct buf two = BUF_EMPTY;
	struct entry x;
	struct span left;
	struct digest d;

	cr_assert_eq(entry_make(&rtmr, &text, SIZE_MAX, &two, &d, NULL), 0);
	cr_assert_eq(
		entry_make(&rtmr, &(struct entry_text){ "a", "b", "" }, SIZE_MAX, &two, &d, NULL),
		0);
	left = buf_view(&two);
	cr_assert_eq(entry_read(&rtmr, &left, &x, NULL), 0);
	cr_expect(span_is_equal(x.text, span_text("domain operation content")));
	cr_expect_eq(x.bytes.len, 98);
	cr_assert_eq(entry_read(&rtmr, &left, &x, NULL), 0);
	cr_expect(span_is_equal(x.text, span_text("a b ")));
	cr_expect(span_is_equal(x.digest, span(d.at, d.len)));
	cr_expect_eq(left.len, 0);
}

Test(entry, every_flip_and_every_cut_is_refused)
{
	AUTO_BUF struct buf one = BUF_EMPTY;
	struct digest d;
	struct entry x;

	cr_assert_eq(entry_make(&rtmr, &text, SIZE_MAX, &one, &d, NULL), 0);
	for (size_t bit = 0; bit < one.len * 8; bit++) {
		struct span left = buf_view(&one);

		one.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_eq(entry_read(&rtmr, &left, &x, NULL), -FAIL_INPUT, "bit %zu", bit);
		one.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < one.len; len++) {
		struct span left = span(one.at, len);

		cr_expect_eq(entry_read(&rtmr, &left, &x, NULL), -FAIL_INPUT, "%zu bytes", len);
		cr_expect_eq(left.len, len, "nothing taken");
	}
}

struct words {
	char domain[72], operation[72], content[24];
	int want;
	char says[16];
};

ParameterizedTestParameters(entry, texts)
{
	static struct words rows[] = {
		{ "d", "o", "", 0, "" },
		{ "d", "o", "a line of words", 0, "" },
		{ "d", "o", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92", 0, "" },
		{ "", "o", "c", -FAIL_INPUT, "domain" },
		{ "d", "", "c", -FAIL_INPUT, "operation" },
		{ "d d", "o", "c", -FAIL_INPUT, "domain" },
		{ "d", "o\t", "c", -FAIL_INPUT, "operation" },
		{ "d\xc3\xbc", "o", "c", -FAIL_INPUT, "domain" },
		{ "d", "o", "two\nlines", -FAIL_INPUT, "content" },
		{ "d", "o", "esc\x1b[2J", -FAIL_INPUT, "content" },
		{ "d", "o", "del\x7f", -FAIL_INPUT, "content" },
		{ "d", "o", "nel\xc2\x85", -FAIL_INPUT, "content" },
		{ "d", "o", "ls\xe2\x80\xa8", -FAIL_INPUT, "content" },
		{ "d", "o", "\xc0\xaf", -FAIL_INPUT, "content" },
		{ "d", "o", "\xe0\x80\xaf", -FAIL_INPUT, "content" },
		{ "d", "o", "\xed\xa0\x80", -FAIL_INPUT, "content" },
		{ "d", "o", "\xf4\x90\x80\x80", -FAIL_INPUT, "content" },
		{ "d", "o", "cut \xe2\x82", -FAIL_INPUT, "content" },
		{ "d", "o", "\x80", -FAIL_INPUT, "content" },
		{ "0123456789012345678901234567890123456789012345678901234567890123", "o", "c",
		  -FAIL_INPUT, "domain" },
		{ "012345678901234567890123456789012345678901234567890123456789012", "o", "c", 0,
		  "" },
	};

	return cr_make_param_array(struct words, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct words *row, entry, texts)
{
	const struct entry_text t = { row->domain, row->operation, row->content };
	struct err e = { 0 };

	cr_expect_eq(entry_check(&t, &e), row->want, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
}

Test(entry, content_is_bounded)
{
	char long_line[LIMIT_EVENT_BYTES + 1];
	struct err e = { 0 };

	memset(long_line, 'x', sizeof(long_line));
	long_line[LIMIT_EVENT_BYTES] = 0;
	cr_expect_eq(entry_check(&(struct entry_text){ "d", "o", long_line }, &e), -FAIL_INPUT);
	long_line[LIMIT_EVENT_BYTES - 1] = 0;
	cr_expect_eq(entry_check(&(struct entry_text){ "d", "o", long_line }, &e), 0);
}

Test(entry, domains_like_ours_are_ours)
{
	cr_expect(entry_is_ours("sealinit"));
	cr_expect(entry_is_ours("SealInit"));
	cr_expect(entry_is_ours("sealinit.example"));
	cr_expect_not(entry_is_ours("sealini"));
	cr_expect_not(entry_is_ours("app.sealinit"));
}

Test(entry, survives_every_failing_allocation)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf b = BUF_EMPTY;
		struct digest d;
		int got = entry_make(&rtmr, &text, SIZE_MAX, &b, &d, &(struct err){ 0 });

		cr_assert(got == 0 ? b.len == 98 : got == -FAIL_SYS && !b.len, "%d", got);
	}
}
