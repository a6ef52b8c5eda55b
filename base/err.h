/* One error: owned by the caller, filled where it happened, no allocation. */
#pragma once

#include <errno.h>

enum err_kind {
	FAIL_AGAIN = 1, /* nothing is broken: the same call may work later       */
	FAIL_INPUT,	/* bytes from outside break their own spec               */
	FAIL_LIMIT,	/* bytes from outside exceed our bound                   */
	FAIL_DENIED,	/* the other side answered, and the answer is no         */
	FAIL_FORGED,	/* a tag, digest or signature does not match             */
	FAIL_SYS,	/* the kernel refused; .sys says why                     */
	FAIL_BUG,	/* we broke a promise to ourselves                       */
};

struct err {
	enum err_kind kind;
	int sys;	   /* errno, or 0                                        */
	const char *where; /* __func__ of the first to see it                    */
	char text[160];	   /* one line: outside bytes quoted, secret bytes never */
};

/* Each returns -kind, so `return FAIL(...)` is one act. */
#define FAIL(e, kind, ...) err_set(e, kind, 0, __func__, __VA_ARGS__)
#define FAIL_ERRNO(e, ...) err_set(e, FAIL_SYS, errno, __func__, __VA_ARGS__)

/* Fills `e` (which may be NULL) and returns -kind. A text that doesn't fit is cut;
 * bytes that aren't printable ASCII become '?'. */
int err_set(struct err *e, enum err_kind kind, int sys, const char *where, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Puts "prefix: " in front of the text that is there already; returns -e->kind
 * (-FAIL_BUG when `e` is NULL or was never filled). */
int err_add(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "again", "input", "limit", "denied", "forged", "sys", "bug"; "unknown" for anything else. */
const char *err_kind_name(enum err_kind kind);
