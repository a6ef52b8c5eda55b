/* Quotes from a quoting service: what is asked, what is taken for an answer, and for how long. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/evidence/qgs.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/support/fault.h"
#include "tests/unit/attest/fake_qgs.h"

static const uint8_t tdreport[QGS_TDREPORT_BYTES] = { 0x81, [1023] = 0x99 };

static int ask(struct fake_qgs *f, uint64_t ms, struct buf *ret, struct err *e)
{
	return qgs_quote(fake_qgs_connect, f, span(tdreport, sizeof(tdreport)), deadline_in(ms),
			 ret, e);
}

Test(qgs, asks_byte_for_byte_as_the_reference_says, .timeout = 10)
{
	static const uint8_t prefix[28] = { 0, 0, 4, 0x18, 1, 0, 1, 0, 0, 0, 0, 0, 0x18, 4,
					    0, 0, 0, 0,	   0, 0, 0, 4, 0, 0, 0, 0, 0,	 0 };
	AUTO_FAKE_QGS struct fake_qgs f = { .len = 0 };
	AUTO_BUF struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	fake_qgs_put(&f, 0, "a quote", 7);
	cr_assert_eq(ask(&f, 5000, &quote, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&quote), span_text("a quote")));
	cr_assert_eq(f.request_len, FAKE_QGS_REQUEST_BYTES);
	cr_assert_arr_eq(f.request, prefix, sizeof(prefix));
	cr_assert_arr_eq(f.request + sizeof(prefix), tdreport, sizeof(tdreport));
}

Test(qgs, passes_over_the_id_of_the_key, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .len = 0 };
	AUTO_BUF struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	fake_qgs_put(&f, LIMIT_QGS_ID_BYTES, "a quote", 7);
	cr_assert_eq(ask(&f, 5000, &quote, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&quote), span_text("a quote")));
}

Test(qgs, takes_any_minor_version_and_quotes_of_several_reads, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .len = 0 };
	AUTO_BUF struct buf quote = BUF_EMPTY;
	uint8_t long_one[12000];
	struct err e = { 0 };

	memset(long_one, 0x42, sizeof(long_one));
	fake_qgs_put(&f, 0, long_one, sizeof(long_one));
	f.bytes[4 + 2] = 0xff;
	cr_assert_eq(ask(&f, 5000, &quote, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&quote), span(long_one, sizeof(long_one))));
}

Test(qgs, leaves_alone_what_comes_behind_the_frame, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .is_silent = true };
	AUTO_BUF struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	fake_qgs_put(&f, 0, "a quote", 7);
	f.len += 100;
	cr_assert_eq(ask(&f, 5000, &quote, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&quote), span_text("a quote")));
}

/* One byte of a good answer, written over; `at` counts from the frame's length on. */
struct odd {
	size_t at;
	uint8_t value;
	int want;
	char says[32];
};

ParameterizedTestParameters(qgs, refuses)
{
	static struct odd rows[] = {
		/* the frame: 24 + 3 + 7 = 34 bytes */
		{ 3, 33, -FAIL_INPUT, "34" },	    /* shorter than the message says        */
		{ 3, 15, -FAIL_INPUT, "15 bytes" }, /* shorter than a head                  */
		{ 3, 0, -FAIL_INPUT, "0 bytes" },
		{ 3, 35, -FAIL_AGAIN, "hung up" },  /* one byte too few comes              */
		{ 0, 1, -FAIL_LIMIT, "frame" },	    /* 16 MiB                              */
		{ 0, 0xff, -FAIL_LIMIT, "frame" },  /* 4 GiB                               */
		{ 4, 0, -FAIL_INPUT, "version 0" }, /* the message's head                  */
		{ 4, 2, -FAIL_INPUT, "version 2" },
		{ 5, 1, -FAIL_INPUT, "version 257" },
		{ 8, 0, -FAIL_INPUT, "type 0" }, /* our own question, sent back         */
		{ 8, 3, -FAIL_INPUT, "type 3" }, /* collateral                          */
		{ 11, 1, -FAIL_INPUT, "type" },
		{ 12, 33, -FAIL_INPUT, "says 33" },
		{ 12, 35, -FAIL_INPUT, "says 35" },
		{ 15, 1, -FAIL_INPUT, "says" },
		{ 16, 1, -FAIL_DENIED, "error 0x1 (unknown)" },
		{ 20, 2, -FAIL_INPUT, "2 bytes of id" }, /* sums that don't hold            */
		{ 20, 4, -FAIL_INPUT, "4 bytes of id" },
		{ 23, 0xff, -FAIL_INPUT, "of id" },
		{ 24, 6, -FAIL_INPUT, "6 of quote" },
		{ 24, 8, -FAIL_INPUT, "8 of quote" },
		{ 27, 0xff, -FAIL_INPUT, "of quote" },
	};
	return cr_make_param_array(struct odd, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct odd *row, qgs, refuses, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .len = 0 };
	struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	fake_qgs_put(&f, 3, "a quote", 7);
	f.bytes[row->at] = row->value;
	cr_expect_eq(ask(&f, 5000, &quote, &e), row->want, "byte %zu = %u: %s", row->at, row->value,
		     e.text);
	cr_expect(strstr(e.text, row->says), "byte %zu = %u: %s", row->at, row->value, e.text);
	cr_expect_null(quote.at, "output untouched on failure");
}

/* Sizes that wrap around when they are added carelessly, and one that is over our own bound. */
struct sums {
	uint32_t id, quote;
	size_t len; /* of the message */
	int want;
};

ParameterizedTestParameters(qgs, adds_up_lengths)
{
	static struct sums rows[] = {
		{ 0xffffffff, 8, 24 + 7, -FAIL_INPUT },
		{ 8, 0xffffffff, 24 + 7, -FAIL_INPUT },
		{ 0xfffffff0, 0x17, 24 + 7, -FAIL_INPUT },
		{ 0, 0, 24, -FAIL_INPUT },
		{ 7, 0, 24 + 7, -FAIL_INPUT }, /* an id, and no quote */
		{ LIMIT_QGS_ID_BYTES + 1, 1, 24 + LIMIT_QGS_ID_BYTES + 2, -FAIL_LIMIT },
		{ 0, LIMIT_REPORT_BYTES + 1, 24 + LIMIT_REPORT_BYTES + 1, -FAIL_LIMIT },
		{ 0, LIMIT_REPORT_BYTES, 24 + LIMIT_REPORT_BYTES, 0 },
		{ 0, 0, 23, -FAIL_INPUT },
		{ 0, 0, 16, -FAIL_INPUT }, /* an error's length, without an error */
		{ 0, 0, 15, -FAIL_INPUT },
		{ 0, 0, 0, -FAIL_INPUT },
	};
	return cr_make_param_array(struct sums, rows, sizeof(rows) / sizeof(*rows));
}

static void put32(uint8_t *at, size_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

ParameterizedTest(struct sums *row, qgs, adds_up_lengths)
{
	uint8_t head[24] = { 1, 0, 1, 0, 1 };
	AUTO_BUF struct buf exact = BUF_EMPTY; /* on the heap: a byte read behind it is seen */
	struct span quote = SPAN_EMPTY;
	struct err e = { 0 };

	put32(head + 8, row->len);
	put32(head + 16, row->id);
	put32(head + 20, row->quote);
	cr_assert_eq(buf_reserve(&exact, row->len, &e), 0);
	memset(exact.at, 0, row->len);
	memcpy(exact.at, head, row->len < sizeof(head) ? row->len : sizeof(head));
	cr_expect_eq(qgs_parse(span(exact.at, row->len), &quote, &e), row->want, "%s", e.text);
	cr_expect_eq(quote.len, row->want ? 0 : row->quote);
}

struct code {
	uint32_t code;
	size_t len; /* of the message: errors may be a bare head */
	char says[48];
};

ParameterizedTestParameters(qgs, names_errors_of_the_service)
{
	static struct code rows[] = {
		{ 0x12001, 16, "error 0x12001 (unexpected)" },
		{ 0x12001, 24, "error 0x12001 (unexpected)" },
		{ 0x12002, 16, "0x12002 (out of memory)" },
		{ 0x12003, 24, "0x12003 (parameter)" },
		{ 0x12004, 16, "0x12004 (version)" },
		{ 0x12005, 16, "0x12005 (message type)" },
		{ 0x12006, 16, "0x12006 (message size)" },
		{ 0x12007, 16, "0x12007 (error code)" },
		{ 0xffffffff, 20, "0xffffffff (unknown)" },
	};
	return cr_make_param_array(struct code, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct code *row, qgs, names_errors_of_the_service, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .bytes = { 0, 0, 0, (uint8_t)row->len, 1, 0, 0, 0, 1 },
					    .len = 4 + row->len };
	struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	put32(f.bytes + 12, row->len);
	put32(f.bytes + 16, row->code);
	cr_expect_eq(ask(&f, 5000, &quote, &e), -FAIL_DENIED, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
}

Test(qgs, hears_when_the_service_hangs_up_anywhere, .timeout = 60)
{
	AUTO_FAKE_QGS struct fake_qgs good = { .len = 0 };

	fake_qgs_put(&good, 0, "a quote", 7);
	for (size_t len = 0; len < good.len; len++) {
		AUTO_FAKE_QGS struct fake_qgs f = good;
		struct buf quote = BUF_EMPTY;
		struct err e = { 0 };

		f.len = len;
		cr_expect_eq(ask(&f, 5000, &quote, &e), -FAIL_AGAIN, "%zu: %s", len, e.text);
		cr_expect_null(quote.at);
	}
}

/* A service that speaks first and leaves: its answer is one to whatever we would have asked. */
Test(qgs, survives_a_service_that_does_not_listen, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .is_hasty = true };
	struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(ask(&f, 5000, &quote, &e), -FAIL_AGAIN, "%s", e.text);
}

struct slow {
	size_t len; /* sent, then silence */
	int trickle_ms;
};

ParameterizedTestParameters(qgs, waits_no_longer_than_its_deadline)
{
	static struct slow rows[] = { { 0, 0 }, { 4, 0 }, { 10, 0 }, { 35, 50 } };
	return cr_make_param_array(struct slow, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct slow *row, qgs, waits_no_longer_than_its_deadline, .timeout = 10)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .is_silent = true, .trickle_ms = row->trickle_ms };
	struct buf quote = BUF_EMPTY;
	struct err e = { 0 };
	uint64_t start = clock_boot_ms();

	fake_qgs_put(&f, 0, "a quote", 7);
	f.len = row->len;
	cr_assert_eq(ask(&f, 300, &quote, &e), -FAIL_AGAIN, "%s", e.text);
	cr_expect(strstr(e.text, "in time"), "%s", e.text);
	cr_expect_geq(clock_boot_ms() - start, 250);
	cr_expect_lt(clock_boot_ms() - start, 5000);
}

Test(qgs, says_what_connecting_said)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .is_refused = true };
	struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(ask(&f, 5000, &quote, &e), -FAIL_AGAIN);
	cr_assert_eq(e.sys, ECONNRESET);
	cr_assert_str_eq(e.text, "qgs: refused");
}

Test(qgs, quotes_nothing_but_tdreports)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .len = 0 };
	struct buf quote = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(
		qgs_quote(fake_qgs_connect, &f, span(tdreport, 1023), deadline_in(100), &quote, &e),
		-FAIL_BUG);
	cr_assert_eq(f.connections, 0);
}

/* The answer lies there before the question comes, so that no thread allocates meanwhile. */
static int connect_prefilled(void *ctx, uint64_t deadline_ms, struct err *e)
{
	struct fake_qgs *f = ctx;
	int pair[2];

	(void)deadline_ms;
	(void)e;
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	cr_assert_eq(send(pair[1], f->bytes, f->len, 0), (ssize_t)f->len);
	f->connections = pair[1];
	return pair[0];
}

Test(qgs, survives_every_failing_allocation, .timeout = 30)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .len = 0 };
	int failures = 0;

	fake_qgs_put(&f, 0, "a quote", 7);
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf quote = BUF_EMPTY;
		struct err e = { 0 };
		int got = qgs_quote(connect_prefilled, &f, span(tdreport, sizeof(tdreport)),
				    deadline_in(5000), &quote, &e);

		close(f.connections);
		failures += got != 0;
		cr_assert(got == 0 ? quote.len == 7 : got == -FAIL_SYS && !quote.at, "%d: %s", got,
			  e.text);
	}
	cr_assert_geq(failures, 2);
}
