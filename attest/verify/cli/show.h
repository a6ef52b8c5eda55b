/* What verify_show() decoded, as indented text. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/*
 * Appends the JSON document as one "name: value" a line, members of members indented, elements of a
 * list behind '-'. The first line says that nothing was verified. -FAIL_INPUT: no JSON;
 * -FAIL_LIMIT: more values than LIMIT_JSON_VALUES; -FAIL_SYS.
 */
int show_text(struct span json, struct buf *ret, struct err *e);
