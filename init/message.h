/* Which messages PID 1 takes, from whom, in which shape. What it doesn't know it refuses. */
#pragma once

#include "base/err.h"
#include "base/messages.h"
#include "init/program.h"

/*
 * Checks a message that `from` sent, with the descriptor `fd` (or -1) that came along; `fd` stays
 * the caller's.
 *
 * 0, or -FAIL_INPUT: an operation that isn't its to send, a body of another size, a value out of
 * its range, text that isn't, a descriptor too many or too few, or not sealed.
 */
int message_check(enum program_id from, const struct ipc_msg *m, int fd, struct err *e);
