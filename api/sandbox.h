/* The system calls that are left once everything is open. */
#pragma once

#include "base/err.h"

#define SANDBOX_EXIT 159 /* 128 + SIGSYS: what PID 1 sees of a violation */

/*
 * From here on a call that is not on the list ends the process, after one line on the console that
 * says which it was. Needs no_new_privs (secret_harden_process). -FAIL_SYS.
 */
int sandbox_enter(struct err *e);
