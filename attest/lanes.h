/*
 * The tenants' questions between the API and the lanes: each waits in the line of its lane, and its
 * answer goes back to whom asked. Equal questions of a caller share one answer (schedule.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/schedule.h"
#include "attest/work.h"
#include "base/err.h"
#include "base/ipc.h"

struct lanes_question {
	bool is_open;
	uint16_t op;
	uint32_t id; /* the asker's */
	struct work_job job;
};

struct lanes {
	int ends[LANE_COUNT]; /* the main loop's; stay open */
	/* Sends an answer (`m` and, unless -1, `fd`, a loan) or says why there is none (`why`). */
	void (*answer)(void *ctx, uint16_t op, uint32_t id, const struct ipc_msg *m, int fd,
		       const struct err *why);
	void *ctx;

	struct schedule lines[LANE_COUNT];
	struct lanes_question questions[LIMIT_QUESTIONS];
};

/* Takes a question into its lane's line. -FAIL_INPUT: unknown, or malformed. -FAIL_AGAIN: there is
 * no place left. */
int lanes_ask(struct lanes *l, const struct ipc_msg *m, struct err *e);

/* A lane has answered. One that was not asked is an error of ours, and logged. */
void lanes_answered(struct lanes *l, enum lane lane, const struct ipc_msg *m, int fd);

/* Tells those whose deadline has come. */
void lanes_expire(struct lanes *l, uint64_t now_ms);

/* Nobody waits any more: what comes is not passed on. */
void lanes_forget(struct lanes *l);

/* When lanes_expire() is due; UINT64_MAX: nobody waits. */
uint64_t lanes_deadline(const struct lanes *l);
