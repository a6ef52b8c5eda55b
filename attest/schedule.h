/*
 * Whose question is next: the waiting line in front of one device, or of one lane of work. A state
 * machine that knows neither the device nor the time: whoever drives it says what is done and when
 * now is.
 *
 *   one question is under way, the others wait
 *   those that ask the same (by `key`) and have not begun share one answer
 *   callers take turns, each with its own questions in order
 *   the line is bounded, and so is each caller's part of it
 *   whoever waits past its deadline leaves the line and is told, under way or not
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

#define SCHEDULE_KEY_BYTES 32

struct schedule_question {
	uint32_t ticket;		 /* the driver's own name for it                   */
	uint32_t caller;		 /* who asked: equal numbers are one caller        */
	uint8_t key[SCHEDULE_KEY_BYTES]; /* digest of what is asked                        */
	bool is_shared;			 /* false: never answered together with another    */
	uint64_t deadline_ms;		 /* of the same clock as `now_ms`                  */
};

struct schedule_place {
	enum { PLACE_FREE, PLACE_WAITING, PLACE_UNDER_WAY } state;
	uint64_t order; /* counts arrivals */
	struct schedule_question q;
};

/* All zero is an empty one. */
struct schedule {
	struct schedule_place places[LIMIT_QUESTIONS];
	uint64_t arrivals;
	uint32_t last_caller; /* whose turn it was */
	bool is_busy;	      /* until schedule_done(), whoever still waits for it */
	uint64_t begun, answered;
};

/* Takes it into the line. -FAIL_AGAIN: the line, or this caller's part of it, is full. */
int schedule_add(struct schedule *s, const struct schedule_question *q, struct err *e);

/*
 * When nothing is under way: begins the next question, and with it all that ask the same. *ret has
 * the latest of their deadlines, and the ticket of the one whose turn it was. False: nothing to do.
 */
bool schedule_next(struct schedule *s, struct schedule_question *ret);

/* What is under way is done. The tickets that wait for it leave the line and go to `ret`: their
 * number, which may be 0. */
size_t schedule_done(struct schedule *s, uint32_t ret[static LIMIT_QUESTIONS]);

/* Those whose deadline has come leave the line: likewise. */
size_t schedule_expire(struct schedule *s, uint64_t now_ms, uint32_t ret[static LIMIT_QUESTIONS]);

/* All leave the line, but for what is under way: its answer is then nobody's. */
void schedule_forget(struct schedule *s);

/* The first deadline in the line; UINT64_MAX: nobody waits. */
uint64_t schedule_deadline(const struct schedule *s);
