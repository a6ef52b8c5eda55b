/* The way to the service: a Unix stream socket, with a deadline for every step. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/*
 * Connects.
 *
 *   socket       a path, or "@name" in the abstract namespace; NULL: PATH_API_SOCKET, and if
 * nothing is there, the abstract API_ABSTRACT_NAME deadline_ms  clock_boot_ms() ret_fd       the
 * caller's; for conn_swap() and close() only
 *
 * -FAIL_SYS: nobody there, `sys` says how; -FAIL_AGAIN: not accepted in time; -FAIL_INPUT: a name
 * that is no socket's.
 */
int conn_open(const char *socket, uint64_t deadline_ms, int *ret_fd, struct err *e);

struct swap {
	size_t sent;
	bool is_deaf; /* the other side reads no more; it may have answered already */
	bool has_closed;
	size_t got;
};

/*
 * Waits until bytes have come in or some of `out` can be sent, and does what it can of both.
 *
 *   out      what remains to be sent; empty: only receives
 *   in, len  room for what comes
 *
 * -FAIL_AGAIN the deadline has passed; -FAIL_SYS the connection broke.
 */
int conn_swap(int fd, struct span out, void *in, size_t len, uint64_t deadline_ms, struct swap *ret,
	      struct err *e);
