/*
 * Device mapper, over libdevmapper: mappings made, read back and removed by name, without udev.
 * One thread: libdevmapper's state is global.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define DM_ROWS	      4
#define DM_PATH_BYTES 160 /* "/dev/mapper/", a name of at most 127 bytes */

struct dm_row {
	uint64_t start; /* all in sectors of 512 bytes */
	uint64_t length;
	char type[16];
	char params[512];
};

/* A mapping as the kernel has it. */
struct dm_mapping {
	dev_t rdev;
	size_t row_count;
	struct dm_row rows[DM_ROWS];
	size_t lower_count;
	dev_t lower[DM_ROWS]; /* what it stands on */
};

/* Once, before any other call here or in libcryptsetup: no udev. */
void dm_init(void);

void dm_path(const char *name, char ret[DM_PATH_BYTES]);

/* Makes mapping and node. A name in use: -FAIL_SYS EEXIST. -FAIL_SYS. */
int dm_create(const char *name, const struct dm_row *rows, size_t count, struct err *e);

/* Reads tables and dependencies back. More rows than DM_ROWS: -FAIL_FORGED; none of that name:
 * -FAIL_SYS ENXIO. */
int dm_read(const char *name, struct dm_mapping *ret, struct err *e);

/* Removes it, and tries again until `deadline_ms` (clock_boot_ms) while somebody has it open.
 * 0 also when there is none. -FAIL_SYS. */
int dm_remove(const char *name, uint64_t deadline_ms, struct err *e);
