/* A broker's resource becomes the root secret. */
#pragma once

#include "base/err.h"
#include "base/secret.h"

/*
 * Takes the resource over as it is, byte for byte: it is never decoded, trimmed or terminated.
 *
 *   resource   emptied on success; stays the caller's on failure
 *   uri_path   for the error's text
 *
 * -FAIL_INPUT: fewer than ROOT_SECRET_MIN_BYTES (32) or more than ROOT_SECRET_MAX_BYTES (4096)
 * bytes, or one byte repeated. The text says what to put there.
 */
int release_root(struct secret *resource, const char *uri_path, struct secret *ret, struct err *e);
