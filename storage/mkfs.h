/*
 * A file system without reading a sector that nobody wrote, and without a write that grows with
 * the volume: mke2fs makes it on a sparse file in memory, and what is there is copied.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct mkfs_with {
	const char *loader; /* runs `program` with the libraries of `libraries`; or NULL: its own */
	const char *libraries;
	const char *program;
	uid_t uid; /* owner of the root directory */
	gid_t gid;
	uint64_t deadline_ms; /* clock_boot_ms */
};

/*
 * Makes an ext4 of `size` bytes (a multiple of 4096) in a sparse file in memory. mke2fs runs as
 * nobody, with that file and no other descriptor.
 *
 *   ret_fd  the caller's
 *
 * -FAIL_SYS: it couldn't be started, failed (its last line is in the text), or took too long.
 */
int mkfs_make(const struct mkfs_with *with, uint64_t size, int *ret_fd, struct err *e);

/*
 * Copies what is written in `from` to `to`, in whole blocks of 4096 bytes from aligned memory (`to`
 * may be O_DIRECT), then zeroes the blocks of the journal that were not written, since recovery
 * reads them. Flushes. Both stay open. -FAIL_SYS; -FAIL_INPUT as ext4_journal().
 */
int mkfs_copy(int from, int to, struct err *e);
