/* gzip, whole and in memory, the same bytes each time: no name, no time, no operating system. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* *ret (an empty buffer before) is the caller's. -FAIL_LIMIT over `limit` bytes of result,
 * -FAIL_SYS (ENOMEM). */
int gzip_pack(struct span plain, size_t limit, struct buf *ret, struct err *e);

/* One gzip member that fills `packed`; as above, and -FAIL_INPUT when it is anything else. */
int gzip_unpack(struct span packed, size_t limit, struct buf *ret, struct err *e);
