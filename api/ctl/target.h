/* Routes with what a user said in them. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/* Appends "?name=value" or "&name=value" to a target, percent-encoded (RFC 3986, section 2.1: all
 * but the unreserved characters). -FAIL_LIMIT: over CTL_TARGET_BYTES in all. */
int target_add(struct buf *target, const char *name, const char *value, struct err *e);

/* The route of a broker resource "repository/type/tag", or of "kbs:///repository/type/tag".
 * -FAIL_INPUT: not three segments of [A-Za-z0-9_-][A-Za-z0-9_.-]*; over 253 bytes. */
int target_of_secret(const char *path, struct buf *ret, struct err *e);
