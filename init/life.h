/* Memory that outlives a crash of attest: the root of the sealing scope `life`, and what is read
 * but once. */
#pragma once

#include "base/err.h"
#include "base/span.h"

#define LIFE_BYTES 4096

/* The guest's own event log, which outlives it too: a memory file of LIMIT_OWN_LOG_BYTES zero
 * bytes, of fixed size. The caller's, or -FAIL_SYS. */
int life_log_make(struct err *e);

/*
 * A memory file of LIFE_BYTES zero bytes, of fixed size. Secret memory (out of the kernel's own
 * page tables, memfd_secret(2)) where the kernel has it. PID 1 never maps it. The caller's, or
 * -FAIL_SYS.
 */
int life_make(struct err *e);

/* The same kind of memory, with these bytes (1 or more) in it and of their length: mapped while
 * they are copied. The caller's, or -FAIL_SYS. */
int life_keep(struct span bytes, struct err *e);
