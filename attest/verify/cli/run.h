/* What the command line asks for, done. */
#pragma once

#include "attest/verify/cli/options.h"

/* Fills `ret` with what goes to standard output and returns the exit status; or fills `e` and
 * returns an exit status of exits.h negated. */
int run(const struct options *o, struct buf *ret, struct err *e);
