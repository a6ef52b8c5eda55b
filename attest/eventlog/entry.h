/*
 * One event as it stands in the log: three texts, tagged as CoCo's attestation agent does it
 * (AAEL), in a crypto-agile entry. Spec: TCG PC Client Platform Firmware Profile, 10.2;
 * coco-protocol reference 5.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/eventlog/register.h"
#include "base/err.h"
#include "base/span.h"

/* Loans. */
struct entry_text {
	const char *domain, *operation, *content;
};

/* `domain` and `operation` are words of printable ASCII without spaces, `content` one line of UTF-8
 * without controls, which may be empty; each below its LIMIT_EVENT_. -FAIL_INPUT names what is
 * wrong. */
int entry_check(const struct entry_text *t, struct err *e);

/* A domain of ours: "sealinit" in any case, or what begins like it. */
bool entry_is_ours(const char *domain);

/* The log's first event, from which readers learn the algorithm: CoCo's where registers are RTMRs,
 * else the TCG's. -FAIL_SYS. */
int entry_header(const struct log_register *reg, struct buf *ret, struct err *e);

/* Appends the entry to `ret`, and tells the digest that the register is extended with. -FAIL_LIMIT
 * (over `limit` bytes), -FAIL_SYS. */
int entry_make(const struct log_register *reg, const struct entry_text *t, size_t limit,
	       struct buf *ret, struct digest *ret_digest, struct err *e);

/* One entry of such a log, as it was made here. Loans. */
struct entry {
	struct span bytes;
	struct span digest;
	struct span text; /* "domain operation content" */
};

/* Takes an entry off the front. -FAIL_INPUT: it was not made here for this register. */
int entry_read(const struct log_register *reg, struct span *from, struct entry *ret, struct err *e);
