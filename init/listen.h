/* The tenants' sockets: PID 1's, so that they outlive the process that serves them. */
#pragma once

#include "base/err.h"

/*
 * Listens on a Unix stream socket that any container may connect to (mode 0666). A file that lies
 * at `path` is replaced. A descriptor of the caller's, non-blocking, or -FAIL_SYS, -FAIL_LIMIT
 * (longer than sun_path).
 */
int listen_path(const char *path, struct err *e);

/* The same on the abstract name @`name` of this network namespace. */
int listen_abstract(const char *name, struct err *e);
