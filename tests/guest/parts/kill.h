/* Ending a program of sealinit as a crash would. */
#pragma once

#include "base/err.h"

/*
 * Asks the program's helper (tests/guest/crash.c) to kill it, "attest" or "api", and waits for that
 * one's end, which is the sign that the signal is sent. -FAIL_SYS: there is no helper; -FAIL_AGAIN:
 * it lives on.
 */
int kill_program(const char *program, struct err *e);
