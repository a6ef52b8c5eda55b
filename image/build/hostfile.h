/* Files of the building machine. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* Reads a regular file whole; symbolic links are followed. -FAIL_INPUT (a directory or the like),
 * -FAIL_LIMIT, -FAIL_SYS. *ret is the caller's. */
int hostfile_read(const char *path, size_t limit, struct buf *ret, struct err *e);

/* Writes it beside its place and moves it there: what was there before stays whole until then.
 * -FAIL_SYS. */
int hostfile_write(const char *path, struct span bytes, struct err *e);
