/* The values of options: bytes as hex or base64, a time. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/*
 * Bytes from text, 1 to `limit` of them. "hex:" and "b64:" in front say which it is; without, it is
 * hex if there are only hexadecimal digits (either case; an odd number of them is an error, a digit
 * got lost), and base64 otherwise: standard with padding, or URL-safe without (RFC 4648, 4 and 5).
 * `option` begins the text of an error. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. Into an empty `ret`.
 */
int value_bytes(const char *option, const char *text, size_t limit, struct buf *ret, struct err *e);

/* RFC 3339 with Z, "none" (VERIFY_NO_CLOCK), or NULL: the machine's clock. -FAIL_INPUT. */
int value_time(const char *option, const char *text, int64_t *ret, struct err *e);
