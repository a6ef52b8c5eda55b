/* Reasons, for people. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* What a code means, for which question, whether a policy may let it pass; "list": all codes, one a
 * line. Appends. -FAIL_INPUT for an unknown code (the text names the nearest), -FAIL_SYS. */
int explain_code(const char *code, struct buf *ret, struct err *e);
