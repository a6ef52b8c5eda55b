/* The root of the scope `life`: random, made once a guest, and kept in memory that outlives us. */
#pragma once

#include "base/err.h"
#include "base/secret.h"

#define LIFE_MAGIC	 "slifeV1" /* with its NUL: bytes 0 .. 7 of the page */
#define LIFE_MAGIC_BYTES 8
#define LIFE_ROOT_BYTES	 32 /* behind it */

/*
 * Reads the root from PID 1's page, or makes it there when the page is fresh (all zero in front).
 *
 *   fd    a memfd of at least one page, shared with an attest before and after us; stays open
 *   ret   LIFE_ROOT_BYTES; the caller's
 *
 * -FAIL_INPUT: too small, or something else is in it. -FAIL_SYS.
 */
int life_root(int fd, struct secret *ret, struct err *e);
