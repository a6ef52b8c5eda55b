/* Sealing and unsealing differ in their route: bytes go in, other bytes come out. */
#pragma once

#include "api/ctl/args.h"

/* Posts words[0] (or standard input) to `route` with the --scope and --context that were given, and
 * writes the answer to words[1] (or standard output). Returns the exit status. */
int transform_run(const struct args *args, const char *route);
