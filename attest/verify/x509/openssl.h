/* What OpenSSL says when it refuses. */
#pragma once

#include "base/err.h"

/* Fills `e` as FAIL() does, but with FAIL_SYS when OpenSSL ran out of memory, so that a small
 * machine's trouble is not taken for forgery. Empties OpenSSL's queue of this thread. */
int openssl_fail(struct err *e, enum err_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts a prefix in front of an error's text and hands the failure on, also when `e` is NULL. */
#define FAIL_IN(failed, e, ...) ((void)err_add(e, __VA_ARGS__), (failed))
