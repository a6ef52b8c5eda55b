/* err, span, b64, digest, clock: what everything else stands on. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "tests/support/fault.h"

Test(err, returns_its_kind_and_keeps_one_printable_line)
{
	struct err e = { 0 };

	cr_assert_eq(FAIL(&e, FAIL_DENIED, "no: %s", "a\nb\x7f"), -FAIL_DENIED);
	cr_assert_str_eq(e.text, "no: a?b?");
	cr_assert_eq(err_add(&e, "broker %d", 7), -FAIL_DENIED);
	cr_assert_str_eq(e.text, "broker 7: no: a?b?");
	cr_assert_eq(FAIL(NULL, FAIL_LIMIT, "nobody looks"), -FAIL_LIMIT);
}

Test(err, cuts_what_does_not_fit_and_stays_terminated)
{
	char long_text[400];
	struct err e = { 0 };

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	(void)FAIL(&e, FAIL_INPUT, "%s", long_text);
	cr_assert_eq(strlen(e.text), sizeof(e.text) - 1);
	(void)err_add(&e, "%s", long_text);
	cr_assert_lt(strlen(e.text), sizeof(e.text));
	cr_assert_eq(err_add(&(struct err){ 0 }, "never filled"), -FAIL_BUG);
	cr_assert_str_eq(err_kind_name(99), "unknown");
}

Test(span, buffer_keeps_what_it_had_when_the_limit_is_passed)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(buf_append(&b, span_text("abc"), 5, &e), 0);
	cr_assert_eq(buf_append(&b, span_text("def"), 5, &e), -FAIL_LIMIT);
	cr_assert_str_eq((char *)b.at, "abc");
	cr_assert_eq(buf_printf(&b, 5, &e, "%d", 123), -FAIL_LIMIT);
	cr_assert_eq(buf_printf(&b, 5, &e, "%d", 12), 0);
	cr_assert_str_eq((char *)b.at, "abc12");
	cr_assert_eq(buf_append(&b, span("x", SIZE_MAX), SIZE_MAX, &e), -FAIL_LIMIT);
}

Test(span, is_cut_into_what_stands_between_separators)
{
	struct span rest = span_text("a,,b");

	cr_expect(span_has(rest, ','));
	cr_expect(span_is_equal(span_cut(&rest, ','), span_text("a")));
	cr_expect(span_is_equal(span_cut(&rest, ','), SPAN_EMPTY));
	cr_expect_not(span_has(rest, ','));
	cr_expect(span_is_equal(span_cut(&rest, ','), span_text("b")));
	cr_expect_eq(rest.len, 0);
	cr_expect_eq(span_cut(&rest, ',').len, 0);
	cr_expect_not(span_has(rest, ','));
	rest = span_text("last,");
	cr_expect(span_is_equal(span_cut(&rest, ','), span_text("last")));
	cr_expect_eq(rest.len, 0);
}

Test(span, is_trimmed_of_blanks_and_nothing_else)
{
	cr_expect(span_is_equal(span_trim(span_text(" \t a b\t ")), span_text("a b")));
	cr_expect(span_is_equal(span_trim(span_text("\na\r")), span_text("\na\r")));
	cr_expect_eq(span_trim(span_text("\t ")).len, 0);
	cr_expect_eq(span_trim(SPAN_EMPTY).len, 0);
}

Test(span, survives_every_failing_allocation)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf b = BUF_EMPTY;
		struct err e = { 0 };
		int got = buf_append(&b, span_text("key"), 100, &e);

		if (!got)
			got = buf_printf(&b, 4000, &e, "%03000d", 1);
		fault_disarm_keep();
		cr_assert_eq(got, fault_fired() ? -FAIL_SYS : 0);
	}
}

struct b64_row {
	int form;
	char bytes[16];
	char text[24];
};

ParameterizedTestParameters(b64, round_trips)
{
	static struct b64_row rows[] = {
		{ B64_STANDARD, "", "" },
		{ B64_STANDARD, "f", "Zg==" },
		{ B64_STANDARD, "fo", "Zm8=" },
		{ B64_STANDARD, "foo", "Zm9v" },
		{ B64_STANDARD, "foobar", "Zm9vYmFy" },
		{ B64_URL, "f", "Zg" },
		{ B64_URL, "fo", "Zm8" },
		{ B64_URL, "\xfb\xff\xfe", "-__-" },
		{ B64_STANDARD, "\xfb\xff\xfe", "+//+" },
	};

	return cr_make_param_array(struct b64_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct b64_row *row, b64, round_trips)
{
	AUTO_BUF struct buf text = BUF_EMPTY, bytes = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(b64_encode((enum b64_form)row->form, span_text(row->bytes), 100, &text, &e),
		     0);
	cr_assert(span_is_equal(buf_view(&text), span_text(row->text)));
	cr_assert_eq(b64_decode((enum b64_form)row->form, span_text(row->text), 100, &bytes, &e),
		     0);
	cr_assert(span_is_equal(buf_view(&bytes), span_text(row->bytes)));
}

ParameterizedTestParameters(b64, refuses)
{
	static struct b64_row rows[] = {
		{ B64_STANDARD, "no padding", "Zg" },
		{ B64_STANDARD, "half padding", "Zg=" },
		{ B64_STANDARD, "three", "Z===" },
		{ B64_STANDARD, "padding inside", "Zg==Zg==" },
		{ B64_STANDARD, "url alphabet", "-__-" },
		{ B64_URL, "standard", "+//+" },
		{ B64_URL, "padded", "Zg==" },
		{ B64_URL, "one character", "Z" },
		{ B64_URL, "bits behind", "Zh" },
		{ B64_STANDARD, "bits behind", "Zm9=" },
		{ B64_STANDARD, "blank", "Zm 9" },
		{ B64_STANDARD, "newline", "Zm9v\nZm9" },
		{ B64_STANDARD, "high byte", "Zm9\xff" },
	};

	return cr_make_param_array(struct b64_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct b64_row *row, b64, refuses)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(b64_decode((enum b64_form)row->form, span_text(row->text), 100, &bytes, &e),
		     -FAIL_INPUT, "%s", row->bytes);
	cr_assert_null(bytes.at);
}

Test(b64, keeps_its_limit)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(b64_encode(B64_STANDARD, span_text("foo"), 3, &b, &e), -FAIL_LIMIT);
	cr_assert_eq(b64_decode(B64_STANDARD, span_text("Zm9v"), 2, &b, &e), -FAIL_LIMIT);
}

Test(digest, gives_the_published_values)
{
	struct digest d;
	struct err e = { 0 };
	char hex[2 * DIGEST_MAX_BYTES + 1];

	cr_assert_eq(digest_of(DIGEST_SHA256, span_text("abc"), &d, &e), 0); /* FIPS 180-2 B.1 */
	digest_hex(span(d.at, d.len), hex);
	cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 4231, test case 2 */
	cr_assert_eq(digest_hmac(DIGEST_SHA384, span_text("Jefe"),
				 span_text("what do ya want for nothing?"), &d, &e),
		     0);
	digest_hex(span(d.at, d.len), hex);
	cr_assert_str_eq(hex, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
			      "8e2240ca5e69e2c78b3239ecfab21649");
}

Test(digest, refuses_names_that_are_not_exactly_ours)
{
	static const char *const names[] = { "sha-256", "SHA256", "sha1", "sm3", "", "sha2566" };
	enum digest_alg alg;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		cr_expect_eq(digest_alg_parse(span_text(names[i]), &alg, &e), -FAIL_INPUT);
	cr_assert_eq(digest_alg_parse(span_text("sha512"), &alg, &e), 0);
	cr_assert_eq(digest_alg_len(alg), 64);
	cr_assert_not(digest_is_equal(span_text("ab"), span_text("abc")));
}

Test(clock, deadline_ends)
{
	uint64_t soon = deadline_in(10);

	cr_assert_gt(deadline_left(deadline_in(1000)), 900);
	while (deadline_left(soon))
		;
	cr_assert_eq(deadline_left(0), 0);
	cr_assert_geq(clock_wall(), 1793491200);
}
