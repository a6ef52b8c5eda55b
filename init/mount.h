/*
 * The mounts that everybody in the guest expects (Linux, Documentation/filesystems; what
 * kata-agent as PID 1 would mount itself).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct mount_row {
	const char *type;
	const char *target; /* absolute; made if the root can be written */
	unsigned long flags;
	const char *data; /* NULL: none */
	bool is_late;	  /* its file system may come with a module; absent is fine */
};

/* Every row, in the order of mounting. */
const struct mount_row *mount_table(size_t *ret_count);

/*
 * Moves the initial ramfs, if that is the root, to a mount of its own that pivot_root() accepts;
 * mounts the rows that aren't late; makes the links in /dev; shares `/`, so that volumes mounted
 * later appear in the payload's namespace; hands the cgroup controllers on. -FAIL_SYS.
 */
int mount_early(struct err *e);

/* The late rows: after the modules. A file system that isn't there is passed over. -FAIL_SYS. */
int mount_late(struct err *e);
