/* What base/err.h promises and gcc's analyzer can't see: a failure is a negative number. Included
 * ahead of every file that `make lint` compiles, since a path on which FAIL() returns 0 ends in a
 * false report. */
#pragma once

#include "base/err.h"

static inline int analyzer_negative(int n)
{
	return n < 0 ? n : -1;
}

#ifndef ANALYZER_ERR /* base/err.c defines what these stand for */
#undef FAIL
#undef FAIL_ERRNO
#define FAIL(e, kind, ...) analyzer_negative(err_set(e, kind, 0, __func__, __VA_ARGS__))
#define FAIL_ERRNO(e, ...) analyzer_negative(err_set(e, FAIL_SYS, errno, __func__, __VA_ARGS__))
#define err_add(...)	   analyzer_negative(err_add(__VA_ARGS__))
#endif
