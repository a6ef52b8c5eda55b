/*
 * Why a call failed, as a code, an exit status and a next step. The codes of the service are those
 * of api/PROTOCOL.md ("Problems"); sealctl.1 (EXIT STATUS) repeats this table for people.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct exits_row {
	const char *code;
	int exit;	  /* sealctl's exit status                                           */
	const char *next; /* what to do about it; "" where the detail says it        */
};

/* Codes that arise on this side of the socket. */
#define CODE_LOCAL	"local" /* a file, a terminal, memory          */
#define CODE_USAGE	"usage"
#define CODE_NO_SOCKET	"no-socket"	  /* nobody listens                      */
#define CODE_LOST	"connection-lost" /* the service went away in mid-call   */
#define CODE_NO_ANSWER	"no-answer"	  /* nothing came within --timeout       */
#define CODE_BAD_ANSWER "bad-answer"	  /* what came back is not an answer     */

/* Those of the service that this program gives itself as well. */
#define CODE_NOT_READY "not-ready"
#define CODE_TOO_LARGE "too-large"

/* The row of a code; that of "internal" for a code that this sealctl doesn't know. Never NULL. */
const struct exits_row *exits_row(const char *code);

/* The code that an HTTP status stands for where the header Sealinit-Problem is missing. */
const char *exits_code_of_status(unsigned status);

/* Prints "sealctl: code: detail" and the next step to stderr; returns the exit status. `detail` may
 * be empty; what isn't printable ASCII in it becomes '?'. */
int exits_report(const char *code, const char *detail);
