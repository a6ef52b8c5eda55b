/* Text armour (RFC 7468), strictly. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/*
 * Takes the next block "-----BEGIN <label>-----" off the front of `rest` and decodes it.
 *
 *   limit  bytes of the block's content
 *   ret    the content, appended to an empty buffer; the caller's to release
 *
 * 1, or 0 when nothing is left but white space and at most one NUL, the last byte of all.
 * -FAIL_INPUT: anything between the blocks, another label, base64 that is not strict within its
 * lines (LF or CRLF). -FAIL_LIMIT, -FAIL_SYS.
 */
int pem_next(struct span *rest, const char *label, size_t limit, struct buf *ret, struct err *e);
