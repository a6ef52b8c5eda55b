#include "attest/schedule.h"

#include <string.h>

/* Of the callers that wait, the one that comes after the last one in a circle; of its questions
 * the oldest. */
static bool is_before(const struct schedule *s, const struct schedule_place *a,
		      const struct schedule_place *b)
{
	uint32_t turn_a = a->q.caller - s->last_caller - 1;
	uint32_t turn_b = b->q.caller - s->last_caller - 1;

	return turn_a != turn_b ? turn_a < turn_b : a->order < b->order;
}

static bool is_same(const struct schedule_question *a, const struct schedule_question *b)
{
	return a->is_shared && b->is_shared && !memcmp(a->key, b->key, sizeof(a->key));
}

int schedule_add(struct schedule *s, const struct schedule_question *q, struct err *e)
{
	struct schedule_place *free = NULL;
	size_t own = 0;

	for (size_t i = 0; i < LIMIT_QUESTIONS; i++) {
		struct schedule_place *p = &s->places[i];

		if (p->state == PLACE_FREE)
			free = free ? free : p;
		else
			own += p->q.caller == q->caller;
	}
	if (!free)
		return FAIL(e, FAIL_AGAIN, "%d questions are waiting already", LIMIT_QUESTIONS);
	if (own >= LIMIT_CALLER_QUESTIONS)
		return FAIL(e, FAIL_AGAIN, "%zu questions of this caller are waiting already", own);
	*free = (struct schedule_place){ PLACE_WAITING, s->arrivals++, *q };
	return 0;
}

bool schedule_next(struct schedule *s, struct schedule_question *ret)
{
	const struct schedule_place *first = NULL;

	if (s->is_busy)
		return false;
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		if (s->places[i].state == PLACE_WAITING &&
		    (!first || is_before(s, &s->places[i], first)))
			first = &s->places[i];
	if (!first)
		return false;
	*ret = first->q;
	s->last_caller = first->q.caller;
	s->is_busy = true;
	s->begun++;
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++) {
		struct schedule_place *p = &s->places[i];

		if (p->state != PLACE_WAITING || (p != first && !is_same(&p->q, ret)))
			continue;
		p->state = PLACE_UNDER_WAY;
		if (p->q.deadline_ms > ret->deadline_ms)
			ret->deadline_ms = p->q.deadline_ms;
	}
	return true;
}

size_t schedule_done(struct schedule *s, uint32_t ret[static LIMIT_QUESTIONS])
{
	size_t n = 0;

	s->is_busy = false;
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		if (s->places[i].state == PLACE_UNDER_WAY) {
			s->places[i].state = PLACE_FREE;
			ret[n++] = s->places[i].q.ticket;
		}
	s->answered += n;
	return n;
}

size_t schedule_expire(struct schedule *s, uint64_t now_ms, uint32_t ret[static LIMIT_QUESTIONS])
{
	size_t n = 0;

	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		if (s->places[i].state != PLACE_FREE && s->places[i].q.deadline_ms <= now_ms) {
			s->places[i].state = PLACE_FREE;
			ret[n++] = s->places[i].q.ticket;
		}
	return n;
}

void schedule_forget(struct schedule *s)
{
	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		s->places[i].state = PLACE_FREE;
}

uint64_t schedule_deadline(const struct schedule *s)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < LIMIT_QUESTIONS; i++)
		if (s->places[i].state != PLACE_FREE && s->places[i].q.deadline_ms < first)
			first = s->places[i].q.deadline_ms;
	return first;
}
