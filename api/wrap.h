/* Bytes as the one member of a JSON object. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* {"name": base64}, in one allocation of the right size. -FAIL_SYS (ENOMEM). */
int wrap_b64(const char *name, struct span bytes, struct buf *ret, struct err *e);
