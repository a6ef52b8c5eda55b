/* A subcommand's call from its start to its exit status: attempts, report, output. */
#pragma once

#include "api/ctl/args.h"
#include "api/ctl/exchange.h"

/*
 * Makes the call; with --wait, again for as long as waiting can help and that time lasts. That is
 * safe: every attempt asks the same, and nothing that the API has today changes the guest.
 *
 *   can_wait  tells it of a failed attempt; call_can_wait() unless the caller knows more
 *
 * Returns as exchange() does for the last attempt.
 */
int call_make(const struct args *args, const struct request *rq,
	      bool (*can_wait)(const struct outcome *), struct output *out, struct outcome *ret,
	      struct err *e);

/* Nobody listens (yet, or for a moment), the connection broke, or the service names a time
 * (Sealinit-Retry-After-Ms). */
bool call_can_wait(const struct outcome *a);

/* call_make() with call_can_wait(), then commits `out` or says on stderr why not. Returns the exit
 * status. */
int call_run(const struct args *args, const struct request *rq, struct output *out);

/* Says on stderr why a call failed; returns the exit status. */
int call_report(struct outcome *a, const struct err *e);

/* Commits; on failure says why. Returns the exit status. */
int call_commit(struct output *out);
