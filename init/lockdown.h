/* What the kernel allows for the rest of this boot. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct lockdown_row {
	const char *path;  /* beneath `/` */
	const char *value; /* one write, a newline is added */
	const char *shows; /* what reading it back must contain; NULL: exactly the value */
};

/* Every row, in the order of writing. */
const struct lockdown_row *lockdown_table(size_t *ret_count);

/*
 * Writes the table beneath `root` (stays open) and reads each value back. A file that is absent
 * is passed over: that kernel can't do what it forbids, or has no such switch. One that is there
 * and keeps another value is a warning. Returns how many did.
 */
size_t lockdown_apply(int root);

/* No core dumps, of this process and of all that it starts. -FAIL_SYS. */
int lockdown_no_cores(struct err *e);

/* Brings `lo` up. -FAIL_SYS. */
int lockdown_loopback(struct err *e);

/* Waits until the kernel's generator is seeded. -FAIL_AGAIN at the deadline (clock_boot_ms),
 * -FAIL_SYS. */
int lockdown_entropy(uint64_t deadline_ms, struct err *e);
