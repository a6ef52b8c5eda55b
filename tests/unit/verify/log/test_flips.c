/* Every bit of a bound log, and every cut. */
#include "tests/unit/verify/log/bench.h"

/* What the hardware's registers answer for, and what they can't. */
enum place { HEADER, REGISTER, TYPE, DIGESTS, SIZE, DATA, END };

static uint32_t le32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Marks each byte of a log with one algorithm of 48 bytes. */
static void mark(const struct eventlog *l, size_t end, enum place *places)
{
	const uint8_t *at = l->bytes.at;
	size_t i = 32 + le32(at + 28);

	for (size_t k = 0; k < l->bytes.len; k++)
		places[k] = k < i ? HEADER : END;
	while (i < end) {
		size_t data = le32(at + i + 62);

		for (size_t k = 0; k < 66 + data; k++)
			places[i + k] = k < 4	 ? REGISTER
					: k < 8	 ? TYPE
					: k < 62 ? DIGESTS
					: k < 66 ? SIZE
						 : DATA;
		i += 66 + data;
	}
	cr_assert(i == end);
}

/* All events of the log, expected by type and digest. */
static void expect_all(struct bench *b, const struct eventlog *l)
{
	AUTO_BUF struct buf json = BUF_EMPTY;
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	const cJSON *event;

	cr_assert(log_show(buf_view(&l->bytes), shown, NULL) == 0);
	cr_assert(buf_printf(&json, 65536, NULL, "{\"events\": [") == 0);
	cJSON_ArrayForEach(event, cJSON_GetObjectItem(shown, "events"))
	{
		bool is_twice = false;
		const cJSON *before = cJSON_GetObjectItem(shown, "events")->child;

		for (; before != event; before = before->next)
			is_twice = is_twice ||
				   (cJSON_Compare(cJSON_GetObjectItem(before, "digests"),
						  cJSON_GetObjectItem(event, "digests"), true) &&
				    cJSON_Compare(cJSON_GetObjectItem(before, "register"),
						  cJSON_GetObjectItem(event, "register"), true));
		if (is_twice)
			continue;
		cr_assert(buf_printf(&json, 65536, NULL,
				     "%s{\"register\": %s, \"type\": %lu, \"digest\": \"%s\"}",
				     json.len > 12 ? "," : "",
				     cJSON_GetObjectItem(event, "register")->valuestring,
				     strtoul(event_text(event, "type_id"), NULL, 16),
				     event_text(cJSON_GetObjectItem(event, "digests"), "sha384")) ==
			  0);
	}
	cr_assert(buf_printf(&json, 65536, NULL, "]}") == 0);
	cr_assert(bench_policy(b, (const char *)json.at) == 0);
}

static int believed(const struct bench *b)
{
	const cJSON *event;
	int count = 0;

	cJSON_ArrayForEach(event, bench_claim(b, "events")) count +=
		!strcmp(event_text(event, "checkable"), "matches");
	return count;
}

Test(log_flips, every_bit_is_refused_or_is_text_that_nobody_believes)
{
	struct eventlog l = eventlog_cc();
	enum place places[8192];
	struct bench b;
	size_t end;
	int all, refused = 0, texts = 0;

	bench_init(&b);
	eventlog_boot(&l, true);
	eventlog_aael(&l, 4, "domain operation content");
	end = l.bytes.len;
	eventlog_end(&l, 0xff, 8);
	cr_assert(l.bytes.len < 8192);
	mark(&l, end, places);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect_all(&b, &l);
	cr_assert(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	all = believed(&b);
	for (size_t bit = 0; bit < 8 * l.bytes.len; bit++) {
		enum place place = places[bit / 8];
		bool accepted;

		l.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		accepted = bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED;
		refused += !accepted;
		texts += accepted && place == DATA;
		/* Nothing is compared with the header's versions or its unused digest; and the last
		 * event may swallow the terminator. Then its digest no longer covers its data. */
		cr_expect(!accepted || place == DATA || place == HEADER ||
				  (place == SIZE && believed(&b) < all),
			  "byte %zu bit %zu", bit / 8, bit % 8);
		cr_expect(!accepted || believed(&b) <= all, "byte %zu", bit / 8);
		l.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	printf("%d bits refused, %d only in texts\n", refused, texts);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	eventlog_done(&l);
	bench_done(&b);
}

/* A bit in data that a digest covers: shown as not covered. */
Test(log_flips, every_bit_of_checkable_data_shows)
{
	struct eventlog l = eventlog_cc();
	struct bench b;
	size_t data;

	bench_init(&b);
	eventlog_variable(&l, 1, 0x80000001, "SecureBoot", span("\x01", 1));
	bench_sign(&b, &l, EVENTLOG_SHA384);
	data = l.last + 66;
	for (size_t bit = 8 * data; bit < 8 * l.bytes.len; bit++) {
		l.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
		cr_expect(!strcmp(event_text(bench_event(&b, 0), "checkable"), "differs"));
		l.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_flips, every_cut_is_refused)
{
	struct eventlog l = eventlog_cc();
	struct bench b;
	size_t end;

	bench_init(&b);
	eventlog_boot(&l, true);
	end = l.bytes.len;
	eventlog_end(&l, 0xff, 8);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	for (size_t len = 0; len <= l.bytes.len; len++)
		cr_expect((bench_run(&b, span(l.bytes.at, len)) == VERIFY_ACCEPTED) == (len >= end),
			  "%zu of %zu bytes", len, l.bytes.len);
	eventlog_done(&l);
	bench_done(&b);
}

/* Each pair of neighbours in one register, swapped. */
Test(log_flips, order_within_a_register_is_signed)
{
	struct bench b;

	bench_init(&b);
	for (int swap = 0; swap < 2; swap++) {
		struct eventlog l = eventlog_cc();

		eventlog_text(&l, 3, 5, swap ? "second" : "first");
		eventlog_text(&l, 3, 5, swap ? "first" : "second");
		if (!swap)
			bench_sign(&b, &l, EVENTLOG_SHA384);
		cr_expect(bench_run(&b, buf_view(&l.bytes)) ==
			  (swap ? VERIFY_REFUSED : VERIFY_ACCEPTED));
		eventlog_done(&l);
	}
	bench_done(&b);
}
