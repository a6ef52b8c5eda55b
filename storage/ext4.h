/* The little of ext4 that we read: where a file system that we have just made keeps its journal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define EXT4_EXTENTS 4 /* as many as an inode holds by itself */

struct ext4_extent {
	uint64_t offset; /* bytes */
	uint64_t len;
};

/*
 * Finds the journal's blocks in the file system on `fd` (blocks of 4096 bytes, as mkfs_make()
 * makes it; stays open).
 *
 * -FAIL_INPUT: another layout than that, or blocks outside the file system. -FAIL_SYS.
 * Spec: Linux, Documentation/filesystems/ext4 (super block, group descriptors, inodes, extents).
 */
int ext4_journal(int fd, struct ext4_extent ret[EXT4_EXTENTS], size_t *ret_count, struct err *e);
