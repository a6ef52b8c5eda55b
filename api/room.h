/* Room of exactly a size, for bodies of megabytes: buf_reserve() doubles. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* Makes `b` hold `len` bytes (and the NUL behind them) without another allocation; contents stay,
 * the old bytes are wiped. -FAIL_SYS (ENOMEM), `b` unchanged. */
int room_make(struct buf *b, size_t len, struct err *e);
