/*
 * The log of the guest's own events: what booted, what was opened, what tenants said. One critical
 * section holds record, log and register together:
 *
 *   the entry is written behind the others, with the register's value before it    (intent)
 *   the register is extended
 *   the entry is counted in
 *
 * The log lies in memory of PID 1's, so that it outlives a crash of ours between any two of these;
 * whoever opens it again finishes what was begun. It always leads from zero to the register, or
 * nothing is said at all.
 *
 * Without a register of hardware's the head is a chain in that same memory, extended like one:
 * worth what the measured guest is worth that keeps it, and signed only by way of report data
 * (attest/evidence/BINDING.md).
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/eventlog/entry.h"
#include "attest/eventlog/register.h"
#include "base/err.h"
#include "base/span.h"

struct ownlog_page;

/* All zero is a closed one. */
struct ownlog {
	pthread_mutex_t lock;
	struct ownlog_page *page;
	struct log_register reg;
	struct digest head; /* what the counted entries lead to */
	uint32_t count;	    /* of them                          */
};

enum ownlog_who { EVENT_OURS, EVENT_TENANT };

struct ownlog_event {
	uint64_t index;
	struct digest digest; /* what the register was extended with */
	struct digest head;   /* its value after that                */
};

/*
 * Opens the log, and finishes what a crash has cut.
 *
 *   fd    a memory file of at least LIMIT_OWN_LOG_BYTES, zero when it is new; stays open
 *   reg   what holds the head, copied; NULL: a chain
 *
 * -FAIL_FORGED: the register holds what this log does not lead to: somebody else extended it, and
 * nothing that we add can be replayed any more. -FAIL_INPUT: the memory is not a log of that
 * register. -FAIL_SYS, and as the register's.
 */
int ownlog_open(int fd, const struct log_register *reg, struct ownlog *ret, struct err *e);
void ownlog_close(struct ownlog *l);

/*
 * Records an event: it is in log and register, or (on failure) in neither.
 * -FAIL_INPUT (entry_check), -FAIL_DENIED (a tenant with a domain of ours), -FAIL_LIMIT: the log is
 * full; tenants leave LIMIT_OWN_LOG_RESERVE to us. -FAIL_AGAIN: the lock was not free in time.
 * -FAIL_FORGED as above. Else as the register's.
 */
int ownlog_append(struct ownlog *l, enum ownlog_who who, const struct entry_text *t,
		  uint64_t deadline_ms, struct ownlog_event *ret, struct err *e);

/* Whether the log has this very event. -FAIL_INPUT, -FAIL_AGAIN, -FAIL_FORGED as ownlog_append().
 */
int ownlog_has(struct ownlog *l, const struct entry_text *t, uint64_t deadline_ms, bool *ret,
	       struct err *e);

/* As ownlog_append() of our own, unless the log has this very event already. */
int ownlog_once(struct ownlog *l, const struct entry_text *t, uint64_t deadline_ms, struct err *e);

/* For a quote over the register: nothing is recorded in between, but by this thread, which may
 * begin more than once. -FAIL_AGAIN. */
int ownlog_begin(struct ownlog *l, uint64_t deadline_ms, struct err *e);
void ownlog_end(struct ownlog *l);

/* The log as it is; only between begin and end. `events` begins with the header, `entries` is
 * without it, a loan until the end. -FAIL_SYS, and as the register's read. */
struct ownlog_view {
	struct span entries;
	struct digest head;
	uint32_t count;
};
int ownlog_view(struct ownlog *l, struct ownlog_view *ret, struct err *e);
int ownlog_bytes(struct ownlog *l, struct buf *ret, struct err *e);

/* For tests: called between the steps of ownlog_append(), by number. */
extern void (*ownlog_step)(int step);
