/* What PID 1 has told about this guest, as plain data. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/messages.h"

enum guest_state {
	GUEST_ATTESTING,
	GUEST_READY,
	GUEST_DEGRADED, /* a stage failed, and the guest goes on */
	GUEST_FAILED,	/* a stage failed, and PID 1 decides     */
	GUEST_STOPPING,
};

struct status {
	struct msg_stage stages[STAGE_COUNT]; /* state STAGE_WAITING: nothing heard */
	struct msg_volume volumes[LIMIT_VOLUMES];
	size_t volume_count;
	struct msg_trust trust;
	struct msg_finding findings[LIMIT_FINDINGS]; /* state 0: nothing heard */
	struct msg_failed failed;
	bool has_trust, has_failed;
	bool is_told_ready; /* MSG_READY came                                 */
	bool has_keys;	    /* attest has said which sealing keys there are   */
	bool is_stopping;
	int modules_fd; /* /proc/sys/kernel/modules_disabled, or -1       */
};

#define STATUS_EMPTY ((struct status){ .modules_fd = -1 })

/* Take over one message of PID 1. -FAIL_INPUT: a body of another size, a number out of range, a
 * text that is none; -FAIL_LIMIT: more than LIMIT_VOLUMES. Nothing changes then. */
int status_take_stage(struct status *s, const struct ipc_msg *m, struct err *e);
int status_take_trust(struct status *s, const struct ipc_msg *m, struct err *e);
int status_take_finding(struct status *s, const struct ipc_msg *m, struct err *e);
int status_take_volume(struct status *s, const struct ipc_msg *m, struct err *e);
int status_take_failed(struct status *s, const struct ipc_msg *m, struct err *e);

/* MSG_READY, which undoes an earlier failure (as that undoes readiness): the last word counts. */
void status_take_ready(struct status *s);

enum guest_state status_state(const struct status *s);
const char *status_state_name(enum guest_state state);

/* The stage that runs, or failed last: what everybody waits for. NULL if there is none. */
const char *status_stage_name(const struct status *s);

/* Start of the first stage that was reported, the zero of all times; 0 without one. */
uint64_t status_origin_us(const struct status *s);

/* How long a stage took, or runs. */
uint64_t status_duration_ms(const struct msg_stage *stage);

/* One for all open volumes: "none" without one; the weakest of them; "mixed" where none is. */
const char *status_integrity(const struct status *s);
const char *status_rollback(const struct status *s);

/* Whether the kernel still takes modules, as it says now; true means it does not. */
bool status_modules_locked(const struct status *s);
