/* RFC 4648: base64 with padding (section 4) and base64url without (section 5). Strict both ways. */
#pragma once

#include "base/err.h"
#include "base/span.h"

enum b64_form { B64_STANDARD, B64_URL };

/* Appends the text to `ret` (at most `limit` bytes in all). */
int b64_encode(enum b64_form form, struct span bytes, size_t limit, struct buf *ret, struct err *e);

/* Appends the bytes. -FAIL_INPUT: a character of the other alphabet, white space, wrong or missing
 * padding, non-zero bits behind the last byte. -FAIL_LIMIT. `ret` untouched on failure. */
int b64_decode(enum b64_form form, struct span text, size_t limit, struct buf *ret, struct err *e);
