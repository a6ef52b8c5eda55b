/* Where a volume appears, and how it goes. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Opens the directory `path` beneath `root` (stays open), making what is missing of it (0755,
 * ours).
 *
 *   path     absolute, without "." and ".." and empty parts; symbolic links are not followed
 *   ret_dir  an O_PATH descriptor of the caller's
 *
 * -FAIL_INPUT: a path of another form; -FAIL_DENIED: something is mounted there; -FAIL_SYS.
 */
int mount_point(int root, const char *path, int *ret_dir, struct err *e);

/* Mounts the ext4 on `device` over `dir`: noatime, nodev, nosuid, errors=remount-ro. -FAIL_SYS. */
int mount_ext4(const char *device, int dir, struct err *e);

/* Gives the root directory of what is mounted at `path` its permissions, and waits until
 * everything is on the disk. -FAIL_SYS. */
int mount_finish(const char *path, mode_t mode, struct err *e);

/*
 * Writes back and unmounts what is at `path`, trying again until `deadline_ms` (clock_boot_ms)
 * while it is in use. Only if it is the device `rdev`: 0 without doing anything when something else
 * or nothing is there. -FAIL_SYS.
 */
int mount_close(const char *path, dev_t rdev, uint64_t deadline_ms, struct err *e);
