/* The waiting line in front of a device: who is next, who shares, who has waited too long. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/schedule.h"

#define FOREVER 1000000

static struct schedule_question question(uint32_t ticket, uint32_t caller, uint8_t what)
{
	return (struct schedule_question){ .ticket = ticket,
					   .caller = caller,
					   .key = { what },
					   .is_shared = true,
					   .deadline_ms = FOREVER };
}

static int add(struct schedule *s, uint32_t ticket, uint32_t caller, uint8_t what)
{
	struct schedule_question q = question(ticket, caller, what);

	return schedule_add(s, &q, &(struct err){ 0 });
}

/* The ticket that is begun, UINT32_MAX for none. */
static uint32_t next(struct schedule *s)
{
	struct schedule_question q;

	return schedule_next(s, &q) ? q.ticket : UINT32_MAX;
}

static size_t done(struct schedule *s)
{
	uint32_t tickets[LIMIT_QUESTIONS];

	return schedule_done(s, tickets);
}

Test(schedule, one_is_under_way_and_the_others_wait)
{
	struct schedule s = { .last_caller = 0 };

	cr_expect_eq(next(&s), UINT32_MAX, "nobody asked");
	cr_assert_eq(add(&s, 1, 1, 'a'), 0);
	cr_assert_eq(add(&s, 2, 1, 'b'), 0);
	cr_expect_eq(next(&s), 1);
	cr_expect_eq(next(&s), UINT32_MAX, "busy");
	cr_expect_eq(done(&s), 1);
	cr_expect_eq(next(&s), 2);
}

Test(schedule, callers_take_turns_and_each_keeps_its_order)
{
	static const uint32_t want[] = { 10, 20, 30, 11, 31, 12 };
	struct schedule s = { .last_caller = 0 };

	cr_assert_eq(add(&s, 10, 1, 'a'), 0);
	cr_assert_eq(add(&s, 11, 1, 'b'), 0);
	cr_assert_eq(add(&s, 12, 1, 'c'), 0);
	cr_assert_eq(add(&s, 20, 2, 'd'), 0);
	cr_assert_eq(add(&s, 30, 3, 'e'), 0);
	cr_assert_eq(add(&s, 31, 3, 'f'), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		cr_expect_eq(next(&s), want[i], "turn %zu", i);
		cr_expect_eq(done(&s), 1);
	}
}

Test(schedule, a_greedy_caller_delays_another_by_one_answer)
{
	struct schedule s = { .last_caller = 0 };

	for (uint32_t i = 0; i < LIMIT_CALLER_QUESTIONS; i++)
		cr_assert_eq(add(&s, i, 1, (uint8_t)i), 0);
	cr_assert_eq(next(&s), 0);
	cr_assert_eq(add(&s, 999, 2, 0xff), 0, "there is a place left");
	cr_assert_eq(done(&s), 1);
	cr_expect_eq(next(&s), 999);
}

Test(schedule, equal_questions_that_have_not_begun_share_one_answer)
{
	struct schedule s = { .last_caller = 0 };
	uint32_t tickets[LIMIT_QUESTIONS];

	cr_assert_eq(add(&s, 1, 1, 'a'), 0);
	cr_assert_eq(next(&s), 1);
	cr_assert_eq(add(&s, 2, 1, 'a'), 0, "too late for the one under way");
	cr_assert_eq(add(&s, 3, 2, 'a'), 0);
	cr_assert_eq(add(&s, 4, 2, 'b'), 0);
	cr_expect_eq(schedule_done(&s, tickets), 1);
	cr_expect_eq(tickets[0], 1);
	cr_expect_eq(next(&s), 3, "the other caller's turn");
	cr_expect_eq(schedule_done(&s, tickets), 2);
	cr_expect_eq(tickets[0] + tickets[1], 2 + 3);
	cr_expect_eq(next(&s), 4);
}

Test(schedule, what_changes_something_is_never_shared)
{
	struct schedule s = { .last_caller = 0 };
	struct schedule_question q = question(1, 1, 'a');

	q.is_shared = false;
	cr_assert_eq(schedule_add(&s, &q, NULL), 0);
	q.ticket = 2;
	cr_assert_eq(schedule_add(&s, &q, NULL), 0);
	cr_expect_eq(next(&s), 1);
	cr_expect_eq(done(&s), 1);
	cr_expect_eq(next(&s), 2);
	cr_expect_eq(done(&s), 1);
}

Test(schedule, the_latest_deadline_of_those_who_share_counts)
{
	struct schedule s = { .last_caller = 0 };
	struct schedule_question q = question(1, 1, 'a');

	q.deadline_ms = 50;
	cr_assert_eq(schedule_add(&s, &q, NULL), 0);
	q = question(2, 1, 'a');
	q.deadline_ms = 80;
	cr_assert_eq(schedule_add(&s, &q, NULL), 0);
	cr_assert_eq(schedule_deadline(&s), 50);
	cr_assert(schedule_next(&s, &q));
	cr_expect_eq(q.ticket, 1);
	cr_expect_eq(q.deadline_ms, 80);
}

Test(schedule, whoever_waited_too_long_is_told_even_if_it_is_under_way)
{
	struct schedule s = { .last_caller = 0 };
	struct schedule_question q = question(1, 1, 'a');
	uint32_t tickets[LIMIT_QUESTIONS];

	q.deadline_ms = 50;
	cr_assert_eq(schedule_add(&s, &q, NULL), 0);
	cr_assert_eq(next(&s), 1);
	q = question(2, 1, 'b');
	q.deadline_ms = 60;
	cr_assert_eq(schedule_add(&s, &q, NULL), 0);
	cr_expect_eq(schedule_expire(&s, 49, tickets), 0);
	cr_expect_eq(schedule_expire(&s, 50, tickets), 1);
	cr_expect_eq(tickets[0], 1);
	cr_expect_eq(next(&s), UINT32_MAX, "the device is still busy");
	cr_expect_eq(schedule_expire(&s, 60, tickets), 1);
	cr_expect_eq(tickets[0], 2);
	cr_expect_eq(schedule_deadline(&s), UINT64_MAX);
	cr_expect_eq(done(&s), 0, "nobody waits for that answer");
	cr_assert_eq(add(&s, 3, 1, 'c'), 0);
	cr_expect_eq(next(&s), 3);
}

Test(schedule, the_line_is_bounded_and_so_is_each_caller)
{
	struct schedule s = { .last_caller = 0 };
	uint32_t n = 0;

	for (; n < LIMIT_CALLER_QUESTIONS; n++)
		cr_assert_eq(add(&s, n, 1, (uint8_t)n), 0);
	cr_expect_eq(add(&s, 1000, 1, 'x'), -FAIL_AGAIN);
	for (; n < LIMIT_QUESTIONS; n++)
		cr_assert_eq(add(&s, n, 2, (uint8_t)n), 0);
	cr_expect_eq(add(&s, 1000, 3, 'x'), -FAIL_AGAIN);
	schedule_forget(&s);
	cr_expect_eq(next(&s), UINT32_MAX);
	cr_expect_eq(add(&s, 1000, 3, 'x'), 0);
}

/* What 64 callers see of a device that takes 50 ms, in time that is only counted: those who ask
 * for the same get one answer, those who don't wait for each other. */
static void simulate(const char *name, int kinds, uint64_t want_begun)
{
	enum { CALLERS = 64, DEVICE_MS = 50 };
	struct schedule s = { .last_caller = 0 };
	uint64_t waited[CALLERS], now_ms = 0;
	uint32_t tickets[LIMIT_QUESTIONS];
	size_t served = 0;

	for (uint32_t i = 0; i < CALLERS; i++)
		cr_assert_eq(add(&s, i, i, (uint8_t)(i % (uint32_t)kinds)), 0);
	while (next(&s) != UINT32_MAX) {
		now_ms += DEVICE_MS;
		for (size_t i = 0, n = schedule_done(&s, tickets); i < n; i++)
			waited[served++] = now_ms;
	}
	cr_assert_eq(served, CALLERS);
	cr_expect_eq(s.begun, want_begun);
	printf("schedule: 64 callers, %s, a device of %d ms: %llu requests, p50 %llu ms, p99 %llu "
	       "ms\n",
	       name, DEVICE_MS, (unsigned long long)s.begun, (unsigned long long)waited[31],
	       (unsigned long long)waited[62]);
}

Test(schedule, serves_64_callers)
{
	simulate("one question", 1, 1);
	simulate("eight questions", 8, 8);
	simulate("64 questions", 64, 64);
}
