/* What the host and the platform put in the guest's way: initdata's disk, the TSM's directory. */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/limits.h"

#define INITDATA_MAGIC "initdata" /* the first 8 bytes of the disk; kata-integration, section 4 */

/*
 * Looks at the first 8 bytes of each whole disk, for the one that begins with INITDATA_MAGIC, and
 * takes its node away, so that nobody reads other bytes from it later.
 *
 *   sys_block  /sys/block; stays open
 *   dev        /dev; stays open
 *   ret_fd     the disk, read-only, the caller's; -1 if there is none
 *   ret_name   its name, or ""
 *
 * 0; -FAIL_INPUT when two disks claim to be it; -FAIL_SYS.
 */
int initdata_find(int sys_block, int dev, int *ret_fd, char ret_name[static LIMIT_NAME_BYTES],
		  struct err *e);

/*
 * Makes the report directory `name` in `tsm` (stays open) and gives it and its files to `uid`.
 * *ret_dir is the caller's; -1 if no platform has registered. -FAIL_SYS.
 * Spec: Linux, Documentation/ABI/testing/configfs-tsm-report.
 */
int tsm_prepare(int tsm, const char *name, uid_t uid, int *ret_dir, struct err *e);
