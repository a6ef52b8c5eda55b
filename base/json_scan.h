/* The grammar of RFC 8259, checked before cJSON sees a byte. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

/* One value fills `text`; nested no deeper than `depth`; UTF-8 without NUL, surrogates in pairs.
 * At most LIMIT_JSON_MEMBERS an object and LIMIT_JSON_VALUES in all. -FAIL_INPUT, -FAIL_LIMIT. */
int json_scan(struct span text, unsigned int depth, struct err *e);

/* The next number at or after *at in a text that json_scan has accepted; *at moves behind it. */
bool json_scan_number(struct span text, size_t *at, struct span *ret);
